"""DCC Alerts: each with its code from the policy, to the sender, in a version that it knows."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.parties.dsp.southbound_messages import (
    bring,
    bring_s1sp,
    response_frame,
    s1sp_document,
)
from tests.parties.dsp.world import (
    ESME,
    NOW,
    OLD_METER,
    SRP,
    SRP_URL,
    SUPPLIER,
    SUPPLIER_URL,
    USERS,
    DspWorld,
    command,
    dsp_world,
    fail_the_supplier,
    rule,
    smets1_request,
)
from tests.policy.shipped import changed

from stayon.domain.request_id import RequestId
from stayon.duis.dcc_alerts import (
    AlertVersionMismatch,
    CommandFailure,
    DuisVersionMismatch,
    QuarantinedRequest,
    ResponseVersionMismatch,
    S1spAlertDsp,
)
from stayon.duis.response import DccAlert, DeviceResponse, ServiceResponse
from stayon.duis.smets1 import S1spAlert, Smets1Result
from stayon.parties.dsp.request_management.version_fit import is_older
from stayon.policy.alerts import DccAlertKind
from stayon.ports.audit import AuditQuery
from stayon.ports.outbound import DeliveryFailure

OF_ESME = RequestId(SUPPLIER, ESME, 1)
OF_OLD_METER = RequestId(SUPPLIER, OLD_METER, 2)


async def cause_command_failure(world: DspWorld) -> None:
    await world.send(command(1))
    failure = DeliveryFailure(f"{OF_ESME}/carry", ESME, "NO_WAN")
    await world.dsp.southbound.receive_failures([failure])


async def cause_no_response(world: DspWorld) -> None:
    await world.send(command(1))
    failure = DeliveryFailure(f"{OF_ESME}/carry", ESME, "HAN_UNREACHABLE", may_have_arrived=True)
    await world.dsp.southbound.receive_failures([failure])


async def cause_quarantine(world: DspWorld) -> None:
    await world.dsp.administration.set_threshold(rule(quarantine=0), "pat")
    await world.send(command(1))


async def cause_s1sp_alert(world: DspWorld) -> None:
    await world.send(smets1_request(2))
    alert = S1spAlert("5.5", "S1VE100", NOW, request_id=OF_OLD_METER, device_id=OLD_METER)
    await bring_s1sp(world, s1sp_document(alert))


async def cause_version_mismatch(world: DspWorld) -> None:
    await world.send(command(1))
    await world.store.put_users([replace(USERS[1], duis_version="5.4")])
    await bring(world, response_frame())


CAUSES = {
    DccAlertKind.COMMAND_FAILURE: cause_command_failure,
    DccAlertKind.NO_RESPONSE: cause_no_response,
    DccAlertKind.QUARANTINED: cause_quarantine,
    DccAlertKind.S1SP_ALERT: cause_s1sp_alert,
    DccAlertKind.VERSION_MISMATCH: cause_version_mismatch,
}
ELEMENTS = {
    DccAlertKind.COMMAND_FAILURE: CommandFailure,
    DccAlertKind.NO_RESPONSE: CommandFailure,
    DccAlertKind.QUARANTINED: QuarantinedRequest,
    DccAlertKind.S1SP_ALERT: S1spAlertDsp,
    DccAlertKind.VERSION_MISMATCH: DuisVersionMismatch,
}


@pytest.fixture
async def other_codes(tmp_path: Path) -> AsyncIterator[DspWorld]:
    """A DSP whose operator has given every DCC Alert another code."""
    policy = changed(
        "codes.toml",
        ("N12", "N1"),
        ("N13", "N6"),
        ("N28", "N2"),
        ("N29", "N3"),
        ("N42", "N4"),
        ("N57", "N5"),
    )
    async with dsp_world(tmp_path, policy) as made:
        await fail_the_supplier(made)
        yield made


async def the_alert(world: DspWorld) -> DccAlert:
    await world.settle()
    (alert,) = [each.body for each in world.delivered(SRP_URL)]
    assert isinstance(alert, DccAlert)
    return alert


@pytest.mark.requirement("D9", "D14", "S1")
@pytest.mark.parametrize("kind", CAUSES, ids=[kind.value for kind in CAUSES])
async def test_a_dcc_alert_goes_to_the_sender_and_not_to_the_originator(
    failed: DspWorld, kind: DccAlertKind
) -> None:
    await CAUSES[kind](failed)
    alert = await the_alert(failed)
    assert type(alert.alert) is ELEMENTS[kind]
    assert failed.delivered(SUPPLIER_URL) == []
    rows = await failed.store.audit_rows(AuditQuery(originator=SUPPLIER))
    assert {row.entry.sender for row in rows if row.entry.request_id} == {SRP}
    assert await failed.store.audit_rows(AuditQuery(sender=SUPPLIER)) == ()


@pytest.mark.requirement("D9")
@pytest.mark.parametrize(
    ("kind", "code"),
    list(zip(CAUSES, ["N1", "N6", "N2", "N4", "N5"], strict=True)),
    ids=[kind.value for kind in CAUSES],
)
async def test_its_code_is_the_operators(
    other_codes: DspWorld, kind: DccAlertKind, code: str
) -> None:
    await CAUSES[kind](other_codes)
    assert (await the_alert(other_codes)).alert_code == code


async def test_a_response_that_the_version_cannot_say_is_told_of(failed: DspWorld) -> None:
    await cause_version_mismatch(failed)
    (told,) = failed.delivered(SRP_URL)
    assert (told.schema_version, told.request_id, told.response_id) == ("5.4", OF_ESME, None)
    assert told.body == DccAlert(
        "N57", DuisVersionMismatch(ResponseVersionMismatch(OF_ESME, "2.1", "2.1", "5.5"), "5.4")
    )


async def test_a_version_that_knows_it_gets_it(failed: DspWorld) -> None:
    await failed.send(command(1))
    frame = response_frame()
    await bring(failed, frame)
    (told,) = failed.delivered(SRP_URL)
    assert told.schema_version == "5.5"
    assert told.body == ServiceResponse("2.1", "2.1", DeviceResponse(frame))


async def test_a_smets1_response_that_the_version_cannot_say_is_told_of(failed: DspWorld) -> None:
    await failed.send(smets1_request(2))
    await failed.store.put_users([replace(USERS[1], duis_version="5.4")])
    await bring_s1sp(failed, s1sp_document(Smets1Result(success=True)))
    mismatch = ResponseVersionMismatch(OF_OLD_METER, "2.1", "2.1", "5.5")
    assert (await the_alert(failed)).alert == DuisVersionMismatch(mismatch, "5.4")


async def test_an_alert_that_the_version_cannot_say_is_told_of(tmp_path: Path) -> None:
    newer = ('code = "N12", since = "5.4"', 'code = "N12", since = "5.5"')
    async with dsp_world(tmp_path, changed("codes.toml", newer)) as world:
        await fail_the_supplier(world)
        await world.send(command(1))
        await world.store.put_users([replace(USERS[1], duis_version="5.4")])
        failure = DeliveryFailure(f"{OF_ESME}/carry", ESME, "NO_WAN")
        await world.dsp.southbound.receive_failures([failure])
        mismatch = AlertVersionMismatch("N12", ESME, OF_ESME)
        assert (await the_alert(world)).alert == DuisVersionMismatch(mismatch, "5.4")


async def test_an_alert_comes_in_the_users_own_version(failed: DspWorld) -> None:
    await failed.send(command(1))
    await failed.store.put_users([replace(USERS[1], duis_version="5.4")])
    failure = DeliveryFailure(f"{OF_ESME}/carry", ESME, "NO_WAN")
    await failed.dsp.southbound.receive_failures([failure])
    await failed.settle()
    (told,) = failed.delivered(SRP_URL)
    assert told.schema_version == "5.4"
    assert told.body == DccAlert("N12", CommandFailure(OF_ESME, ESME))


def test_versions_are_compared_by_their_numbers() -> None:
    assert is_older("5.4", "5.10")
    assert not is_older("5.10", "5.4")
    assert not is_older("5.5", "5.5")
