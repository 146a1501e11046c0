"""Device Alerts after revocation: to the failed supplier, in order, and not too many (R7, D10)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.parties.dsp.southbound_messages import bring, bring_s1sp, s1sp_document
from tests.parties.dsp.world import (
    ESME,
    GSME,
    NOW,
    S1SP_XML,
    SRP_URL,
    SUPPLIER,
    SUPPLIER_URL,
    DspWorld,
    device_key,
    key_of,
)

from stayon import safexml, xmlsig
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.duis.response import (
    NOT_THROTTLED,
    DeviceAlert,
    Smets1Message,
    Throttling,
)
from stayon.duis.smets1 import Smets1DeviceAlert, parse_signed_response
from stayon.gbcs import protection
from stayon.gbcs.device_alerts import AlertHeader, encode_generic_alert
from stayon.gbcs.frame import parse_frame
from stayon.policy.alerts import SAFETY_CRITICAL
from stayon.ports.audit import AuditQuery

LOW_CREDIT = 0x810D
OF_A_GSME_ONLY = 0x8F1D
CODES = {
    ESME: sorted(SAFETY_CRITICAL - {OF_A_GSME_ONLY}),
    GSME: sorted(SAFETY_CRITICAL),
}


def alert(code: int, counter: int, device: Eui64 = ESME) -> bytes:
    header = AlertHeader(device, SUPPLIER, counter)
    fuel = Fuel.GAS if device == GSME else Fuel.ELECTRICITY
    return protection.sign(encode_generic_alert(header, fuel, code, NOW), device_key(device))


def delivered(world: DspWorld) -> list[DeviceAlert]:
    bodies = [each.body for each in world.delivered(SUPPLIER_URL)]
    alerts = [body for body in bodies if isinstance(body, DeviceAlert)]
    assert len(alerts) == len(bodies)
    return alerts


def counters(world: DspWorld, device: Eui64 = ESME) -> list[int]:
    frames = [parse_frame(each.gbcs_payload) for each in delivered(world)]
    return [frame.counter for frame in frames if frame.originator == device]


@pytest.fixture
async def running(failed: DspWorld) -> AsyncIterator[DspWorld]:
    task = asyncio.create_task(failed.dsp.run())
    yield failed
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.requirement("R7", "D10", "T6")
@pytest.mark.parametrize(
    ("device", "code"),
    [(device, code) for device, codes in CODES.items() for code in codes],
    ids=lambda value: f"{value:04X}" if isinstance(value, int) else str(value)[-2:],
)
async def test_a_safety_critical_alert_reaches_the_failed_supplier(
    failed: DspWorld, device: Eui64, code: int
) -> None:
    message = alert(code, 7, device)
    await bring(failed, message, device=device)
    (told,) = failed.delivered(SUPPLIER_URL)
    assert told.body == DeviceAlert(code, message, NOT_THROTTLED)
    assert (told.request_id, told.code) == (None, "I0")
    assert str(told.response_id) == f"{device}:{SUPPLIER}:7"
    assert failed.delivered(SRP_URL) == []
    rows = await failed.store.audit_rows(AuditQuery(device=device, code=f"{code:04X}"))
    assert [(row.entry.step, row.entry.sender) for row in rows] == [("alert", SUPPLIER)]


@pytest.mark.requirement("R7", "D10", "S2")
@pytest.mark.parametrize("code", sorted(SAFETY_CRITICAL), ids=lambda code: f"{code:04X}")
async def test_a_smets1_alert_reaches_the_failed_supplier(failed: DspWorld, code: int) -> None:
    said = Smets1DeviceAlert(code, "in words", NOW)
    await bring_s1sp(failed, s1sp_document(said))
    (told,) = failed.delivered(SUPPLIER_URL)
    assert isinstance(told.body, Smets1Message)
    assert told.body.throttling == NOT_THROTTLED
    root = safexml.parse(told.body.signed_response)
    signed = xmlsig.verify(root, xmlsig.read_signature(root), key_of(*S1SP_XML).public_key())
    assert parse_signed_response(signed.root).body == said
    assert failed.delivered(SRP_URL) == []


@pytest.mark.requirement("R7", "S2")
async def test_a_smets1_alert_that_is_signed_anew_is_the_same_alert(failed: DspWorld) -> None:
    """Its S1SP died before it had written down that the DSP had it."""
    said = Smets1DeviceAlert(LOW_CREDIT, "low", NOW)
    # Keys of tests give the same signature each time, so the octets differ by something else.
    await bring_s1sp(failed, s1sp_document(said, 7))
    await bring_s1sp(
        failed, s1sp_document(replace(said, description="Low"), 7), s1sp_document(said, 8)
    )
    assert len(failed.delivered(SUPPLIER_URL)) == 2


@pytest.mark.requirement("R7", "PANEL-storms")
@pytest.mark.parametrize("code", sorted(SAFETY_CRITICAL), ids=lambda code: f"{code:04X}")
async def test_no_storm_holds_a_safety_critical_alert_back(failed: DspWorld, code: int) -> None:
    await bring(failed, *(alert(code, n, GSME) for n in range(1, 61)), device=GSME)
    assert counters(failed, GSME) == list(range(1, 61))


@pytest.mark.requirement("PANEL-storms", refuses=True)
async def test_a_storm_is_held_back_and_counted_and_reported(failed: DspWorld) -> None:
    await bring(failed, *(alert(LOW_CREDIT, n) for n in range(1, 31)))
    assert counters(failed) == list(range(1, 13))
    assert {each.throttling for each in delivered(failed)} == {NOT_THROTTLED}
    rows = await failed.store.audit_rows(AuditQuery(device=ESME, code="810D"))
    held_back = [row for row in rows if "held back" in row.entry.detail]
    assert (len(rows), len(held_back)) == (30, 18)

    await failed.settle(3600)
    await bring(failed, alert(LOW_CREDIT, 31), alert(LOW_CREDIT, 32))
    later = delivered(failed)[12:]
    assert [each.throttling for each in later] == [Throttling(1, 18), NOT_THROTTLED]

    await bring(failed, *(alert(LOW_CREDIT, n) for n in range(33, 45)))
    await failed.settle(3600)
    await bring(failed, alert(LOW_CREDIT, 45))
    assert delivered(failed)[-1].throttling == Throttling(2, 2)


@pytest.mark.requirement("PANEL-storms")
async def test_other_devices_and_codes_are_not_held_back(failed: DspWorld) -> None:
    await bring(failed, *(alert(LOW_CREDIT, n) for n in range(1, 31)))
    await bring(failed, alert(0x8119, 31), alert(0x8F73, 32))
    await bring(failed, alert(LOW_CREDIT, 1, GSME), device=GSME)
    assert counters(failed)[12:] == [31, 32]
    assert counters(failed, GSME) == [1]


@pytest.mark.requirement("PANEL-storms")
async def test_a_few_are_no_storm(failed: DspWorld) -> None:
    for hour in range(4):
        await bring(failed, *(alert(LOW_CREDIT, 12 * hour + n) for n in range(1, 13)))
        await failed.settle(3600)
    assert counters(failed) == list(range(1, 49))
    assert {each.throttling for each in delivered(failed)} == {NOT_THROTTLED}


@pytest.mark.requirement("PANEL-storms")
async def test_the_same_alert_twice_is_counted_once(failed: DspWorld) -> None:
    again = alert(LOW_CREDIT, 1)
    await bring(failed, *(again for _ in range(20)))
    await bring(failed, *(alert(LOW_CREDIT, n) for n in range(2, 13)))
    assert counters(failed) == list(range(1, 13))


@pytest.mark.requirement("PANEL-storms", refuses=True)
async def test_a_storm_of_smets1_alerts_is_held_back(failed: DspWorld) -> None:
    low = Smets1DeviceAlert(LOW_CREDIT, "low", NOW)
    documents = [s1sp_document(low, counter) for counter in range(1, 21)]
    await bring_s1sp(failed, *documents)
    assert len(failed.delivered(SUPPLIER_URL)) == 12
    await failed.settle(3600)
    await bring_s1sp(failed, s1sp_document(low, 21))
    last = failed.delivered(SUPPLIER_URL)[-1].body
    assert isinstance(last, Smets1Message)
    assert last.throttling == Throttling(1, 8)


async def test_smets1_alerts_in_words_only_all_pass(failed: DspWorld) -> None:
    documents = [
        s1sp_document(Smets1DeviceAlert(None, "unusual", NOW), counter) for counter in range(1, 21)
    ]
    await bring_s1sp(failed, *documents)
    assert len(failed.delivered(SUPPLIER_URL)) == 20


@pytest.mark.requirement("R7", "D10")
async def test_an_endpoint_that_is_down_gets_them_later_in_order(running: DspWorld) -> None:
    running.poster.statuses = [0, 503, 0, 0, 503, 0, 0, 0]
    await bring(running, *(alert(0x8F73, n) for n in (1, 2, 3)))
    await bring(running, *(alert(0x8F3F, n, GSME) for n in (1, 2)), device=GSME)
    await running.settle(5)
    await bring(running, alert(0x8F1F, 4))
    assert len(counters(running)) < 4
    await running.settle(3600)
    assert counters(running) == [1, 2, 3, 4]
    assert counters(running, GSME) == [1, 2]
    assert await running.store.next_due() is None


@pytest.mark.requirement("D10")
async def test_one_device_does_not_wait_for_another(running: DspWorld) -> None:
    # ESME and GSME have lanes of their own: the first answer of the endpoint meets one of them.
    running.poster.statuses = [0]
    await bring(running, alert(0x8F73, 1))
    await bring(running, alert(0x8F73, 1, GSME), device=GSME)
    assert counters(running) == []
    assert counters(running, GSME) == [1]
    await running.settle(2)
    assert counters(running) == [1]


@pytest.mark.requirement("D10")
async def test_alerts_that_came_out_of_order_are_put_in_order(running: DspWorld) -> None:
    await bring(running, *(alert(0x8F73, n) for n in (3, 1, 2)))
    assert counters(running) == [1, 2, 3]


@pytest.mark.requirement("D10")
async def test_what_another_process_has_in_hand_goes_first(
    failed: DspWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed.dsp.dispatcher, "take", lambda claims: None)
    await bring(failed, alert(0x8F73, 1))
    monkeypatch.undo()
    task = asyncio.create_task(failed.dsp.run())
    await bring(failed, alert(0x8F73, 2))
    await failed.settle(30)
    assert counters(failed) == []
    await failed.settle(40)
    assert counters(failed) == [1, 2]
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_counter_beyond_all_numbers_is_delivered(failed: DspWorld) -> None:
    await bring(failed, alert(0x8F73, 2**64 - 1))
    assert counters(failed) == [2**64 - 1]


async def test_the_window_is_aligned_to_utc(failed: DspWorld) -> None:
    # NOW is 10:30:15: half an hour later the next window has begun.
    await bring(failed, *(alert(LOW_CREDIT, n) for n in range(1, 13)))
    await failed.settle(timedelta(minutes=29, seconds=40).total_seconds())
    await bring(failed, alert(LOW_CREDIT, 13))
    assert len(counters(failed)) == 12
    await failed.settle(10)
    await bring(failed, alert(LOW_CREDIT, 14))
    assert counters(failed)[-1] == 14
