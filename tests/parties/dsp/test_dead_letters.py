"""When work is left to a person, and what the DCC's people do about it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.parties.dsp.southbound_messages import bring
from tests.parties.dsp.test_device_alerts import alert, counters
from tests.parties.dsp.test_push_back import post
from tests.parties.dsp.world import (
    ESME,
    GSME,
    SRP_URL,
    SUPPLIER_URL,
    USERS,
    DspWorld,
    command,
    dsp_world,
    fail_the_supplier,
)
from tests.policy.shipped import changed

from stayon.duis.dcc_alerts import CommandFailure
from stayon.duis.response import DccAlert
from stayon.parties.dsp.request_management.dead_letters import DeadLetterError
from stayon.policy import Policy
from stayon.ports.audit import AuditQuery
from stayon.ports.dead_letters import LetterQuery, LetterRecord, LetterState
from stayon.ports.outbound import CarrierWork
from stayon.ports.store_work import WorkKind

MANY = 10**6
LOW_CREDIT = 0x810D


def patience(*, failures: int, seconds: int) -> Policy:
    """A policy whose patience is the same with commands and with messages."""
    wanted = f"failures = {failures}\nseconds = {seconds}"
    shipped = ("failures = 12\nseconds = 86400", "failures = 12\nseconds = 259200")
    return changed("dead_letters.toml", *((one, wanted) for one in shipped))


@pytest.fixture
async def impatient(tmp_path: Path) -> AsyncIterator[DspWorld]:
    """Work is given up at its third failure, and its dispatcher runs."""
    policy = patience(failures=3, seconds=0)
    async with dsp_world(tmp_path, policy) as world:
        await fail_the_supplier(world)
        running = asyncio.create_task(world.dsp.run())
        yield world
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def letters(world: DspWorld, state: LetterState | None = None) -> list[LetterRecord]:
    return list(await world.store.dead_letters(LetterQuery(state)))


async def test_a_command_is_left_to_a_person_at_the_last_failure(impatient: DspWorld) -> None:
    impatient.carrier.refusals = 2
    await impatient.send(command(1))
    await impatient.settle(60)
    assert len(impatient.carrier.taken) == 1
    assert await letters(impatient) == []
    impatient.carrier.refusals = 3
    await impatient.send(command(2))
    await impatient.settle(60)
    (letter,) = await letters(impatient)
    assert (letter.kind, letter.target, letter.failures) == (WorkKind.CARRY, "csp-north", 3)
    assert letter.reason == "the carrier is busy"
    assert await impatient.store.next_due() is None
    rows = await impatient.store.audit_rows(AuditQuery(request_id=str(letter.request_id)))
    last = rows[-1].entry
    assert (last.step, last.code, last.detail) == ("dead-letter", "failed", "the carrier is busy")


async def test_it_is_sent_again_by_the_bureau_and_counts_anew(impatient: DspWorld) -> None:
    impatient.carrier.refusals = 5
    await impatient.send(command(1))
    await impatient.settle(60)
    dead = impatient.dsp.dead_letters
    record = await dead.send_again(1, "kim", "the CSP is back")
    assert record.state is LetterState.SENT_AGAIN
    await impatient.settle(60)
    (taken,) = impatient.carrier.taken
    assert (await dead.letter(1)).message == taken.message
    assert len(await letters(impatient)) == 1
    assert (await dead.send_again(1, "pat", "once more")).decided_by == "kim"
    with pytest.raises(DeadLetterError, match="sent again by kim"):
        await dead.discard(1, "pat", "too late")
    await impatient.settle(60)
    assert len(impatient.carrier.taken) == 1
    rows = await impatient.store.audit_rows(AuditQuery(step="dead-letter"))
    assert [row.entry.code for row in rows] == ["failed", "sent again"]
    assert rows[-1].entry.detail == "kim: the CSP is back"


async def test_the_sender_of_a_discarded_command_is_told(impatient: DspWorld) -> None:
    impatient.carrier.refusals = MANY
    await impatient.send(command(1))
    await impatient.settle(60)
    record = await impatient.dsp.dead_letters.discard(1, "kim", "a newer one was sent")
    assert record.state is LetterState.DISCARDED
    await impatient.settle()
    (told,) = impatient.delivered(SRP_URL)
    assert isinstance(told.body, DccAlert)
    assert isinstance(told.body.alert, CommandFailure)
    assert told.body.alert.request_id == record.request_id
    assert await impatient.store.next_due() is None


async def test_nothing_is_decided_without_a_reason(impatient: DspWorld) -> None:
    impatient.carrier.refusals = MANY
    await impatient.send(command(1))
    await impatient.settle(60)
    dead = impatient.dsp.dead_letters
    for because in ("", "  ", "x" * 401):
        with pytest.raises(DeadLetterError, match="reason"):
            await dead.send_again(1, "kim", because)
    with pytest.raises(DeadLetterError, match="no dead letter 2"):
        await dead.discard(2, "kim", "because")
    assert [each.state for each in await letters(impatient)] == [LetterState.WAITING]


async def test_both_numbers_of_the_policy_must_be_reached(tmp_path: Path) -> None:
    """A DSP that was away itself for days gives nothing up at the first failure after."""
    async with dsp_world(tmp_path, patience(failures=3, seconds=3600)) as world:
        await fail_the_supplier(world)
        running = asyncio.create_task(world.dsp.run())
        world.carrier.refusals = MANY
        await world.send(command(1))
        await world.settle(3000)
        assert await letters(world) == []
        await world.settle(1200)
        (letter,) = await letters(world)
        assert letter.failures > 3
        assert letter.died_at - letter.failing_since >= timedelta(seconds=3600)
        running.cancel()
        await asyncio.wait([running])


async def test_what_nobody_is_known_for_is_given_up_at_once(impatient: DspWorld) -> None:
    supplier, srp = USERS
    await impatient.store.put_users([replace(supplier, receive_url=""), srp])
    await bring(impatient, alert(LOW_CREDIT, 1))
    await impatient.settle()
    (letter,) = await letters(impatient)
    assert "no Receive Response Service is known" in letter.reason
    assert (letter.failures, letter.attempts) == (1, 1)
    rows = await impatient.store.audit_rows(AuditQuery(code="undeliverable"))
    assert len(rows) == 1
    await impatient.store.put_users([supplier])
    await impatient.dsp.dead_letters.send_again(1, "kim", "it has one now")
    await impatient.settle()
    assert counters(impatient) == [1]


async def test_alerts_keep_their_order_behind_a_dead_one(impatient: DspWorld) -> None:
    """The second is given up; the third waits for it, another device's do not."""
    supplier, srp = USERS
    await bring(impatient, alert(LOW_CREDIT, 1))
    await impatient.store.put_users([replace(supplier, receive_url=""), srp])
    await bring(impatient, alert(LOW_CREDIT, 2))
    await impatient.settle()
    await impatient.store.put_users([supplier])
    await bring(impatient, alert(LOW_CREDIT, 3))
    await bring(impatient, alert(LOW_CREDIT, 1, GSME), device=GSME)
    await impatient.settle(3600)
    assert counters(impatient) == [1]
    assert counters(impatient, GSME) == [1]
    letter = await impatient.dsp.dead_letters.letter(1)
    assert letter.behind == 1
    await impatient.dsp.dead_letters.send_again(1, "kim", "it has a service again")
    await impatient.settle(600)
    assert counters(impatient, ESME) == [1, 2, 3]


async def test_alerts_go_on_once_the_dead_one_is_discarded(impatient: DspWorld) -> None:
    supplier, srp = USERS
    await impatient.store.put_users([replace(supplier, receive_url=""), srp])
    await bring(impatient, alert(LOW_CREDIT, 1))
    await impatient.settle()
    await impatient.store.put_users([supplier])
    await bring(impatient, alert(LOW_CREDIT, 2))
    await impatient.dsp.dead_letters.discard(1, "kim", "nobody wants it")
    await impatient.settle(600)
    assert counters(impatient) == [2]
    assert impatient.delivered(SUPPLIER_URL)[-1].code == "I0"


async def test_one_that_is_poison_does_not_take_others_along(
    impatient: DspWorld, caplog: pytest.LogCaptureFixture
) -> None:
    submit = impatient.carrier.submit
    opened = asyncio.Event()

    async def chokes(work: Sequence[CarrierWork]) -> None:
        await opened.wait()
        if any(each.work_id.endswith(":3/carry") for each in work):
            raise ValueError("a mistake of ours")
        await submit(work)

    impatient.carrier.submit = chokes  # type: ignore[method-assign]
    for counter in range(1, 6):
        assert (await post(impatient, command(counter)))[0] == 200
    opened.set()
    await impatient.settle(60)
    assert len(impatient.carrier.taken) == 4
    (letter,) = await letters(impatient)
    assert letter.key.endswith(":3/carry")
    assert letter.reason == "a mistake of the program, which its log has: ValueError"
    assert "work was not done" in caplog.text
