"""Dead letters in the store: work moves there whole, waits, and moves back in its place."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import URL
from tests.adapters.storage.values import NOW, admission, entry, eui, identity, incoming, work

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.ports.audit import AuditQuery
from stayon.ports.dead_letters import (
    Discard,
    LetterChange,
    LetterDecided,
    LetterDecidedBefore,
    LetterDecision,
    LetterQuery,
    LetterState,
    SendAgain,
)
from stayon.ports.kept_messages import MessageKind
from stayon.ports.operations import GivenUp
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import (
    Accepted,
    ClaimedWork,
    HeldBack,
    Incoming,
    TakenIn,
    WorkDeferred,
    WorkDied,
    WorkDone,
    WorkKind,
)

FIRST = Versions(0, 0)
SINCE = NOW - timedelta(days=3)
LATE = NOW + timedelta(days=2)


def died(claim: ClaimedWork, reason: str = "the CSP is away") -> WorkDied:
    return WorkDied(claim, reason, 12, SINCE, entry("failed"))


def decision(letter: int, because: str = "the CSP is back") -> LetterDecision:
    return LetterDecision(letter, "kim", NOW, because, entry("sent again"))


async def accepted(store: SqlStore, counter: int = 1) -> ClaimedWork:
    outcome = await store.admit(admission(counter, FIRST))
    assert isinstance(outcome, Accepted)
    return outcome.claims[0]


async def an_alert(store: SqlStore, position: int) -> ClaimedWork:
    """An alert of one device, with everything that a piece of work can have."""
    key = f"alert {position}"
    delivery = replace(
        work(key, WorkKind.DEVICE_ALERT), target="user", request_id=None, position=position
    )
    taken = await store.take_in(Incoming(key, NOW, eui(1), b"frame", (delivery,), entry("810D")))
    assert isinstance(taken, TakenIn)
    return taken.claims[0]


async def test_a_dead_letter_is_kept_whole(store: SqlStore) -> None:
    claim = await accepted(store)
    await store.give_up(died(claim))
    assert await store.next_due() is None
    (record,) = await store.dead_letters(LetterQuery())
    assert (record.letter, record.state) == (1, LetterState.WAITING)
    assert (record.reason, record.failures, record.attempts) == ("the CSP is away", 12, 1)
    assert (record.failing_since, record.died_at, record.created_at) == (SINCE, NOW, NOW)
    same = ("key", "kind", "target", "request_id", "device", "sender", "role", "supplier")
    assert all(getattr(record, name) == getattr(claim.work, name) for name in same)
    letter = await store.dead_letter(1)
    assert letter is not None
    assert (letter.record, letter.message, letter.behind) == (record, claim.work.message, 0)
    assert await store.dead_letter(2) is None
    messages = await store.messages(identity(1))
    assert MessageKind.GIVEN_UP in {each.kind for each in messages}
    assert (await store.audit_rows(AuditQuery(code="failed")))[0].entry == entry("failed")
    health = await store.health(NOW)
    assert health.dead_letters == (GivenUp("carry", "csp-north", 1, NOW),)
    assert health.queues == ()


async def test_failures_are_counted_and_a_lease_that_runs_out_is_none(store: SqlStore) -> None:
    claim = await accepted(store)
    assert (claim.failures, claim.failing_since) == (0, None)
    await store.defer(WorkDeferred(claim, NOW))
    (claim,) = await store.claim(NOW, 10)
    assert (claim.attempt, claim.failures, claim.failing_since) == (2, 0, None)
    await store.defer(WorkDeferred(claim, NOW, "no answer"))
    (claim,) = await store.claim(NOW, 10)
    assert (claim.failures, claim.failing_since) == (1, NOW)
    (claim,) = await store.claim(LATE, 10)
    assert (claim.failures, claim.failing_since) == (1, NOW)
    await store.defer(WorkDeferred(claim, LATE, "no answer"))
    (claim,) = await store.claim(LATE, 10)
    assert (claim.failures, claim.failing_since) == (2, NOW)


async def test_who_was_too_slow_gives_up_nothing(store: SqlStore) -> None:
    slow = await accepted(store)
    (quick,) = await store.claim(LATE, 10)
    await store.give_up(died(slow))
    assert await store.dead_letters(LetterQuery()) == ()
    assert await store.audit_rows(AuditQuery(code="failed")) == ()
    await store.finish(WorkDone(quick, entry("dispatched")))
    await store.give_up(died(quick))
    assert await store.dead_letters(LetterQuery(None)) == ()


async def test_what_is_sent_again_is_what_died(store: SqlStore) -> None:
    delivery = replace(work("alert", WorkKind.DEVICE_ALERT), position=7, request_id=None)
    made = Incoming("alert", NOW, eui(1), b"frame", (delivery,), entry("810D"))
    taken = await store.take_in(made)
    assert isinstance(taken, TakenIn)
    (claim,) = taken.claims
    await store.give_up(died(claim))
    outcome = await store.decide_letter(SendAgain(decision(1)))
    assert isinstance(outcome, LetterDecided)
    assert outcome.claims == (replace(claim, attempt=2),)
    (record,) = await store.dead_letters(LetterQuery(LetterState.SENT_AGAIN))
    assert (record.decided_by, record.decided_because) == ("kim", "the CSP is back")
    # Whoever had it before finishes nothing; its new claim does.
    await store.finish(WorkDone(claim, entry("delivered")))
    assert await store.next_due() is not None
    await store.give_up(died(outcome.claims[0], "again"))
    reasons = [each.reason for each in await store.dead_letters(LetterQuery(None))]
    assert reasons == ["the CSP is away", "again"]


async def test_without_a_lease_it_is_for_whoever_claims_it(
    database: URL, clock: SimulatedClock
) -> None:
    worker = SqlStore(database, clock, writer="worker")
    web = SqlStore(database, clock, writer="web", works=False)
    claim = await accepted(worker)
    await worker.give_up(died(claim))
    assert await web.decide_letter(SendAgain(decision(1))) == LetterDecided(())
    assert await worker.claim(NOW, 10) == [replace(claim, attempt=2)]
    for store in (web, worker):
        await store.close()


async def test_held_back_alerts_are_still_told_of(store: SqlStore) -> None:
    claim = await an_alert(store, 1)
    await store.give_up(died(claim))
    # As alert storm protection would have written it.
    with store._writing.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE dead_letter SET held_back_reports = 2, held_back_count = 18, event = 4"
        )
    outcome = await store.decide_letter(SendAgain(decision(1)))
    assert isinstance(outcome, LetterDecided)
    assert (outcome.claims[0].held_back, outcome.claims[0].event) == (HeldBack(2, 18), 4)


async def test_a_letter_is_decided_once(store: SqlStore) -> None:
    for counter in (1, 2):
        await store.give_up(died(await accepted(store, counter)))
    changes: list[LetterChange] = [
        SendAgain(decision(1)),
        Discard(decision(1)),
        SendAgain(decision(2)),
    ] * 5
    outcomes = await asyncio.gather(*(store.decide_letter(each) for each in changes))
    written = [each for each in outcomes if isinstance(each, LetterDecided)]
    assert len(written) == 2
    assert outcomes[1] == LetterDecidedBefore()
    assert await store.decide_letter(SendAgain(decision(9))) == LetterDecidedBefore()
    assert len(await store.claim(LATE, 10)) == 2


async def test_a_discarded_command_has_failed(store: SqlStore) -> None:
    await store.give_up(died(await accepted(store)))
    tells = incoming("failure", identity(1))
    outcome = await store.decide_letter(Discard(decision(1), tells))
    assert isinstance(outcome, LetterDecided)
    assert [claim.work.key for claim in outcome.claims] == ["failure/deliver"]
    stored = await store.request(identity(1))
    assert stored is not None
    assert stored.concluded
    (record,) = await store.dead_letters(LetterQuery(LetterState.DISCARDED))
    assert record.letter == 1


async def test_a_command_that_was_answered_meanwhile_has_not(store: SqlStore) -> None:
    """The CSP had it after all: the answer counts, and nobody is told of a failure."""
    await store.give_up(died(await accepted(store)))
    await store.take_in(incoming("answer", identity(1)))
    outcome = await store.decide_letter(Discard(decision(1), incoming("failure", identity(1))))
    assert outcome == LetterDecided(())


async def test_a_discard_that_comes_second_tells_nobody(store: SqlStore) -> None:
    await store.give_up(died(await accepted(store)))
    both: list[LetterChange] = [
        SendAgain(decision(1)),
        Discard(decision(1), incoming("failure", identity(1))),
    ]
    first, second = await asyncio.gather(*(store.decide_letter(each) for each in both))
    assert isinstance(first, LetterDecided)
    assert second == LetterDecidedBefore()
    stored = await store.request(identity(1))
    assert stored is not None
    assert not stored.concluded


async def test_later_alerts_of_a_device_wait_for_the_dead_one(store: SqlStore) -> None:
    first, second, third = [await an_alert(store, n) for n in (1, 2, 3)]
    ahead = await store.ahead_of(third.work)
    assert ahead == ("alert 1", NOW + timedelta(seconds=60))
    await store.give_up(died(second))
    assert await store.ahead_of(third.work) == ahead
    await store.give_up(died(first))
    assert await store.ahead_of(third.work) == ("alert 1", None)
    letter = await store.dead_letter(2)
    assert letter is not None
    assert (letter.record.key, letter.behind) == ("alert 1", 1)
    await store.decide_letter(SendAgain(decision(2)))
    assert await store.ahead_of(third.work) == ahead
    await store.decide_letter(Discard(decision(1)))
    assert await store.ahead_of(second.work) == ahead
    other = replace(third.work, device=eui(2))
    assert await store.ahead_of(other) is None


async def test_letters_are_found(store: SqlStore) -> None:
    for counter in range(1, 5):
        await store.give_up(died(await accepted(store, counter)))
    await store.give_up(died(await an_alert(store, 1)))
    await store.decide_letter(Discard(decision(2)))

    async def found(query: LetterQuery) -> list[int]:
        return [each.letter for each in await store.dead_letters(query)]

    assert await found(LetterQuery()) == [1, 3, 4, 5]
    assert await found(LetterQuery(after=1, limit=2)) == [3, 4]
    assert await found(LetterQuery(None)) == [1, 2, 3, 4, 5]
    assert await found(LetterQuery(kind=WorkKind.DEVICE_ALERT)) == [5]
    assert await found(LetterQuery(target="csp-north")) == [1, 3, 4]


@pytest.mark.parametrize("state", [LetterState.WAITING, LetterState.SENT_AGAIN])
async def test_no_letter_is_none(store: SqlStore, state: LetterState) -> None:
    assert await store.dead_letters(LetterQuery(state)) == ()
