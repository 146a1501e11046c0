"""6.23 for a later time at the DSP: who is responsible before, at and after midnight."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.devices.test_change_of_supplier import command as made_elsewhere
from tests.parties.dsp.cos import (
    FLOOR,
    GAINING,
    GAINING_URL,
    appoint,
    body,
    change_of_supplier,
    meter,
    of_gaining,
)
from tests.parties.dsp.southbound_messages import bring, codes
from tests.parties.dsp.test_change_of_supplier import Repository, anchor, answers
from tests.parties.dsp.world import (
    BEFORE,
    COS,
    DEVICES,
    ESME,
    NOW,
    OLD_METER,
    SUPPLIER,
    SUPPLIER_GBCS,
    SUPPLIER_URL,
    DspWorld,
    command,
    dsp_world,
    fail_the_supplier,
    organisation,
)
from tests.support.throwaway_keys import throwaway_key

from stayon.devices.alerts import AlertCode
from stayon.devices.esme import Esme
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import CANCELLATION
from stayon.domain.request_id import RequestId
from stayon.duis.dcc_alerts import DeviceChangeOfSupplier
from stayon.duis.response import (
    DccAlert,
    DeviceAlert,
    DeviceResponse,
    FutureDatedDeviceAlert,
    LocalCommand,
    Response,
    ServiceResponse,
)
from stayon.gbcs.frame import ABSENT, encode_frame, parse_frame
from stayon.gbcs.protection import sign
from stayon.parties.dsp.request_management.exit_quarantine import Decider
from stayon.ports.audit import AuditQuery
from stayon.ports.store_reference import Registration, ThresholdRule

MIDNIGHT = datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC) + timedelta(days=2)
MPXN = DEVICES[0].mpxn


def later(counter: int = 1, execution: datetime = MIDNIGHT, **changes: Any) -> bytes:
    asked = body(execution=execution, **changes)
    return of_gaining(change_of_supplier(asked, counter))


async def registered_from_midnight(world: DspWorld) -> None:
    """The gaining supplier is a User, and the meter point's supplier from midnight on."""
    await appoint(world)
    await world.store.put_registrations(
        MPXN,
        [Registration(MPXN, SUPPLIER, BEFORE, MIDNIGHT), Registration(MPXN, GAINING, MIDNIGHT)],
    )


async def carried(world: DspWorld, esme: Esme, sent: bytes) -> bytes:
    """Send a 6.23 and bring the meter's answer, as the command; its response only."""
    assert (await world.send(sent)).code == "I99"
    message = world.carrier.taken[-1].message
    response, *_ = esme.execute(message, world.clock.now())
    await bring(world, response)
    return response


async def until_midnight(world: DspWorld, esme: Esme) -> tuple[bytes, ...]:
    await world.clock.run_until(MIDNIGHT)
    return esme.advance(MIDNIGHT)


def outcomes(world: DspWorld) -> list[FutureDatedDeviceAlert]:
    contents = [r.body.content for r in answers(world) if isinstance(r.body, ServiceResponse)]
    return [each for each in contents if isinstance(each, FutureDatedDeviceAlert)]


def kinds(found: list[Response]) -> list[type]:
    return [type(each.body) for each in found]


@pytest.mark.requirement("A10", "decision 14", "D10", "D11")
async def test_the_supplier_changes_when_the_device_says_so_at_midnight(failed: DspWorld) -> None:
    await registered_from_midnight(failed)
    esme = meter()
    response = await carried(failed, esme, later())
    assert await anchor(failed) == (SUPPLIER, DEVICES[0].supplier_certificate)
    (answer,) = answers(failed)
    assert isinstance(answer.body, ServiceResponse)
    assert answer.body.content == DeviceResponse(response)
    assert answer.request_id == RequestId(GAINING, ESME, 1)
    # Until then it is the failed supplier's: its SRP is served, its alerts go to it.
    await failed.clock.run_until(MIDNIGHT - timedelta(seconds=1))
    assert (await failed.send(command(2))).code == "I99"
    (tampered,) = esme.raise_alert(AlertCode.TAMPER, failed.clock.now())
    await bring(failed, tampered)
    assert kinds(failed.delivered(SUPPLIER_URL)) == [DeviceAlert]
    (alert,) = await until_midnight(failed, esme)
    # The registration has moved; the DSP goes by the device's word about itself.
    assert (await failed.send(command(3))).code == "E4"
    assert (await anchor(failed))[0] == SUPPLIER
    await bring(failed, alert)
    assert (await anchor(failed))[0] == GAINING
    told = failed.delivered(SUPPLIER_URL)
    assert kinds(told) == [DeviceAlert, DccAlert]
    assert told[1].body == DccAlert("N27", DeviceChangeOfSupplier(ESME, "ESME", MPXN))
    assert outcomes(failed) == [FutureDatedDeviceAlert(0x8F66, alert, 1, 1)]
    assert answers(failed)[-1].request_id == RequestId(GAINING, ESME, 1)
    rows = await failed.store.audit_rows(AuditQuery(device=ESME))
    (row,) = (row.entry for row in rows if row.entry.code == "8F66" and row.entry.srv == "6.23")
    assert row.request_id == str(RequestId(GAINING, ESME, 1))
    (tampered,) = esme.raise_alert(AlertCode.TAMPER, failed.clock.now())
    await bring(failed, tampered)
    assert kinds(failed.delivered(GAINING_URL))[-1] is DeviceAlert
    assert kinds(failed.delivered(SUPPLIER_URL)) == [DeviceAlert, DccAlert]


@pytest.mark.requirement("A10", "decision 14", refuses=True)
async def test_a_cancelled_one_changes_nothing(failed: DspWorld) -> None:
    await registered_from_midnight(failed)
    esme = meter()
    await carried(failed, esme, later())
    await carried(failed, esme, later(2, CANCELLATION))
    assert await until_midnight(failed, esme) == ()
    assert (await anchor(failed))[0] == SUPPLIER
    assert (outcomes(failed), failed.delivered(SUPPLIER_URL)) == ([], [])


@pytest.mark.requirement("A10", "decision 14", refuses=True)
async def test_a_replaced_one_changes_nothing_and_the_last_one_does(failed: DspWorld) -> None:
    await registered_from_midnight(failed)
    esme = meter()
    await carried(failed, esme, later())
    day_after = MIDNIGHT + timedelta(days=1)
    await carried(failed, esme, later(2, day_after))
    assert await until_midnight(failed, esme) == ()
    (alert,) = esme.advance(day_after)
    await bring(failed, alert)
    assert (await anchor(failed))[0] == GAINING
    assert answers(failed)[-1].request_id == RequestId(GAINING, ESME, 2)


@pytest.mark.requirement("A10", "decision 14", refuses=True)
async def test_one_that_fails_at_midnight_leaves_the_supplier(failed: DspWorld) -> None:
    await registered_from_midnight(failed)
    esme = meter()
    await carried(failed, esme, later(certification_path=(organisation(*SUPPLIER_GBCS).der,)))
    (alert,) = await until_midnight(failed, esme)
    await bring(failed, alert)
    assert (await anchor(failed))[0] == SUPPLIER
    assert outcomes(failed) == [FutureDatedDeviceAlert(0x8F67, alert, 1, 1)]
    assert failed.delivered(SUPPLIER_URL) == []


@pytest.mark.requirement("A10", "decision 14", refuses=True)
async def test_an_old_alert_that_comes_again_gives_nothing_back(failed: DspWorld) -> None:
    await registered_from_midnight(failed)
    esme = meter()
    await carried(failed, esme, later())
    (alert,) = await until_midnight(failed, esme)
    await bring(failed, alert)
    third = Eui64.parse("00-DB-12-34-00-00-00-03")
    await failed.store.set_device(ESME, trust_anchor=(third, 7))
    await bring(failed, alert)
    assert await anchor(failed) == (third, 7)
    assert len(outcomes(failed)) == 1


@pytest.mark.requirement("A10", "decision 14", refuses=True)
async def test_an_alert_about_no_command_of_the_cos_party_changes_nothing(
    failed: DspWorld,
) -> None:
    await registered_from_midnight(failed)
    esme = meter()
    # The DSP has not sent it: another CoS Party has, or another DSP.
    assert len(esme.execute(made_elsewhere(execution=MIDNIGHT), NOW)) == 1
    (alert,) = await until_midnight(failed, esme)
    assert parse_frame(alert).recipient == COS
    await bring(failed, alert)
    assert (await anchor(failed))[0] == SUPPLIER
    assert await codes(failed, "unmatched") == 1


@pytest.mark.requirement("A10", "decision 14", refuses=True)
@pytest.mark.parametrize("key", [None, "signing of another meter"])
async def test_an_alert_that_is_not_the_devices_changes_nothing(
    tmp_path: Path, key: str | None
) -> None:
    async with dsp_world(tmp_path, device_keys=AtAnyTime(key)) as world:
        await fail_the_supplier(world)
        await registered_from_midnight(world)
        esme = meter()
        await carried(world, esme, later())
        (alert,) = await until_midnight(world, esme)
        await bring(world, alert)
        assert (await anchor(world))[0] == SUPPLIER
        assert outcomes(world) == []
        assert await codes(world, "unreadable") == 1


class AtAnyTime(Repository):
    async def device_signing_key(self, device_id: Eui64, at: datetime) -> Any:
        del device_id, at
        return None if self.key is None else throwaway_key(self.key).public_key()


@pytest.mark.requirement("A10", "decision 14", refuses=True)
async def test_an_alert_that_names_another_supplier_is_kept_unread(failed: DspWorld) -> None:
    await registered_from_midnight(failed)
    esme = meter()
    await carried(failed, esme, later())
    (alert,) = await until_midnight(failed, esme)
    frame = parse_frame(alert)
    content = frame.content.replace(GAINING.octets, COS.octets)
    forged = sign(
        encode_frame(replace(frame, content=content, signature=ABSENT)), esme.keys.signing
    )
    await bring(failed, forged)
    assert (await anchor(failed))[0] == SUPPLIER
    assert await codes(failed, "unreadable") == 1


@pytest.mark.requirement("A10", refuses=True)
@pytest.mark.parametrize(
    "execution",
    [
        NOW,
        NOW - timedelta(days=1),
        NOW + timedelta(days=30, seconds=1),
        MIDNIGHT + timedelta(milliseconds=500),
        CANCELLATION - timedelta(seconds=1),
    ],
)
async def test_a_time_that_is_none_to_be_had_is_refused(
    failed: DspWorld, execution: datetime
) -> None:
    await appoint(failed)
    assert (await failed.send(later(execution=execution))).code == "E062304"
    old = body(DEVICES[2].mpxn, execution=execution)
    assert (await failed.send(of_gaining(change_of_supplier(old, 2, OLD_METER)))).code == "E062304"
    assert (failed.carrier.taken, failed.s1sp.taken) == ([], [])


@pytest.mark.requirement("A10", "D15", refuses=True)
async def test_whoever_is_registered_then_may_and_nobody_else(failed: DspWorld) -> None:
    await registered_from_midnight(failed)
    early = MIDNIGHT - timedelta(seconds=1)
    assert (await failed.send(of_gaining(change_of_supplier()))).code == "E4"
    assert (await failed.send(later(execution=early))).code == "E4"
    assert (await failed.send(later())).code == "I99"
    # Its registration is taken back: nothing of it is left to cancel but by who stays.
    await failed.store.put_registrations(MPXN, [Registration(MPXN, SUPPLIER, BEFORE)])
    assert (await failed.send(later(2))).code == "E4"
    assert (await failed.send(later(3, CANCELLATION))).code == "E4"


@pytest.mark.requirement("A10", "D16")
async def test_one_that_is_carried_to_the_meter_is_proved_the_same_way(failed: DspWorld) -> None:
    await registered_from_midnight(failed)
    asked = change_of_supplier(body(execution=MIDNIGHT), variant=2)
    answer = await failed.send(of_gaining(asked), "D")
    assert isinstance(answer.body, ServiceResponse)
    assert isinstance(answer.body.content, LocalCommand)
    esme = meter()
    esme.execute(answer.body.content.gbcs_payload, NOW)
    (alert,) = await until_midnight(failed, esme)
    await bring(failed, alert)
    assert (await anchor(failed))[0] == GAINING


@pytest.mark.requirement("D14", "A10")
async def test_one_that_leaves_quarantine_is_proved_the_same_way(failed: DspWorld) -> None:
    await registered_from_midnight(failed)
    role = next(iter((await failed.store.reference()).users[GAINING].roles))
    await failed.store.put_threshold(
        ThresholdRule(GAINING, role, GAINING, "6.23", 3600, 1, 1), "pat", NOW
    )
    await failed.send(later())
    await failed.send(later(2))
    assert len(failed.carrier.taken) == 1
    await failed.dsp.exit_quarantine.release(1, Decider("jo", GAINING), "expected")
    await failed.settle()
    esme = meter()
    esme.execute(failed.carrier.taken[1].message, NOW)
    (alert,) = await until_midnight(failed, esme)
    await bring(failed, alert)
    assert (await anchor(failed))[0] == GAINING
    assert answers(failed)[-1].request_id == RequestId(GAINING, ESME, 2)


@pytest.mark.requirement("A10", "decision 14")
async def test_a_dsp_that_starts_anew_in_between_knows_whose_it_was(tmp_path: Path) -> None:
    esme = meter()
    async with dsp_world(tmp_path) as world:
        await fail_the_supplier(world)
        await registered_from_midnight(world)
        await carried(world, esme, later())
    async with dsp_world(tmp_path) as world:
        await registered_from_midnight(world)
        (alert,) = await until_midnight(world, esme)
        await bring(world, alert)
        assert (await anchor(world))[0] == GAINING
        assert len(outcomes(world)) == 1
    assert esme.anchors.supplier == GAINING
    assert esme._accepted == FLOOR
