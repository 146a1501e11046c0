"""Service Request 6.23 at the DSP: what ends a contingency for a device."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from tests.parties.dsp.cos import (
    GAINING,
    GAINING_AGREEMENT,
    GAINING_GBCS,
    GAINING_URL,
    appoint,
    body,
    change_of_supplier,
    mac,
    meter,
    of_gaining,
)
from tests.parties.dsp.southbound_messages import bring, codes, s1sp_document
from tests.parties.dsp.world import (
    COS,
    DEVICES,
    ESME,
    NOW,
    OLD_METER,
    SRP_XML,
    SUPPLIER,
    SUPPLIER_GBCS,
    SUPPLIER_URL,
    SUPPLIER_XML,
    DspWorld,
    command,
    dsp_world,
    fail_the_supplier,
    organisation,
    pre_command,
    signed,
)
from tests.support.throwaway_keys import throwaway_key

from stayon.devices.alerts import AlertCode
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis.dcc_alerts import DeviceChangeOfSupplier
from stayon.duis.response import (
    DccAlert,
    DeviceAlert,
    DeviceResponse,
    LocalCommand,
    Response,
    ServiceResponse,
    Smets1Message,
)
from stayon.duis.smets1 import Smets1Error, Smets1Result
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.protection import verify_signature
from stayon.gbcs.security_credentials import decode_update_credentials
from stayon.gbcs.security_credentials_outcome import decode_response
from stayon.parties.dsp.kms import NoDeviceKeys
from stayon.parties.dsp.request_management.exit_quarantine import Decider
from stayon.ports.audit import AuditQuery
from stayon.ports.certificate_lookup import LookupUnavailable
from stayon.ports.outbound import OutboundError, S1spMessage
from stayon.ports.store_reference import ThresholdRule


async def anchor(world: DspWorld, device: Eui64 = ESME) -> tuple[Eui64 | None, int | None]:
    row = await world.store.device(device)
    assert row is not None
    return row.notified_critical_supplier, row.supplier_certificate


def answers(world: DspWorld) -> list[Response]:
    return [r for r in world.delivered(GAINING_URL) if isinstance(r.body, ServiceResponse)]


@pytest.mark.requirement("A10", "decision 14", "D11", "D10")
async def test_the_device_takes_the_gaining_supplier_and_the_contingency_ends(
    failed: DspWorld,
) -> None:
    await appoint(failed)
    esme = meter()
    assert (await failed.send(of_gaining(change_of_supplier()))).code == "I99"
    (work,) = failed.carrier.taken
    sent = parse_frame(work.message)
    assert (sent.message_code, sent.originator) == (0x0107, COS)
    assert decode_update_credentials(sent.content).counter == sent.counter
    response, *_ = esme.execute(work.message, NOW)
    assert await anchor(failed) == (SUPPLIER, organisation(*SUPPLIER_GBCS).serial)
    await bring(failed, response)
    assert await anchor(failed) == (GAINING, organisation(*GAINING_GBCS).serial)
    (answer,) = answers(failed)
    assert answer.request_id == RequestId(GAINING, ESME, 1)
    assert isinstance(answer.body, ServiceResponse)
    assert answer.body.content == DeviceResponse(response)
    frame = parse_frame(response)
    verify_signature(frame, esme.keys.signing.public_key())
    outcome = decode_response(frame.content)
    assert outcome is not None
    assert outcome.succeeded
    assert {cell.now.party for cell in outcome.cells} == {GAINING}
    # From now on: the contingency is over, and alerts go to the new supplier.
    assert (await failed.send(command(2))).code == "E4"
    assert esme.execute(mac(pre_command(ESME, 3)), NOW) == ()
    (alert,) = esme.raise_alert(AlertCode.TAMPER, NOW)
    await bring(failed, alert)
    (only,) = failed.delivered(SUPPLIER_URL)
    assert isinstance(only.body, DccAlert)
    (told,) = (r for r in failed.delivered(GAINING_URL) if isinstance(r.body, DeviceAlert))
    assert told.body.alert_code == AlertCode.TAMPER  # type: ignore[union-attr]


@pytest.mark.requirement("A10", "decision 14", "D10")
async def test_the_losing_supplier_is_told_once_and_not_by_whom(failed: DspWorld) -> None:
    await appoint(failed)
    await failed.send(of_gaining(change_of_supplier()))
    (work,) = failed.carrier.taken
    response, *_ = meter().execute(work.message, NOW)
    for _ in range(2):
        await bring(failed, response)
    (told,) = failed.delivered(SUPPLIER_URL)
    change = DeviceChangeOfSupplier(ESME, "ESME", DEVICES[0].mpxn)
    assert told.body == DccAlert("N27", change)
    assert told.request_id is None
    assert not any(
        GAINING.hex in str(b).lower() for u, b in failed.poster.posted if u == SUPPLIER_URL
    )
    rows = await failed.store.audit_rows(AuditQuery(device=ESME))
    (row,) = (row.entry for row in rows if row.entry.step == "dcc-alert")
    assert (row.code, row.sender) == ("N27", SUPPLIER)


@pytest.mark.requirement("A10", "decision 14", refuses=True)
async def test_between_registration_and_trust_anchor_nobody_can(failed: DspWorld) -> None:
    await appoint(failed)
    assert (await failed.send(command(1))).code == "E4"
    assert await anchor(failed) == (SUPPLIER, organisation(*SUPPLIER_GBCS).serial)
    esme = meter()
    (alert,) = esme.raise_alert(AlertCode.TAMPER, NOW)
    await bring(failed, alert)
    assert len(failed.delivered(SUPPLIER_URL)) == 1


@pytest.mark.requirement("A10", "D15", refuses=True)
async def test_only_the_registered_gaining_supplier_may(failed: DspWorld) -> None:
    await appoint(failed, OLD_METER)
    assert (await failed.send(of_gaining(change_of_supplier()))).code == "E4"
    stolen = change_of_supplier(originator=SUPPLIER, counter=2)
    assert (await failed.send(of_gaining(stolen))).code == "E65"
    assert (await failed.send(signed(stolen, SUPPLIER_XML))).code == "E65"
    assert (await failed.send(signed(stolen, SRP_XML))).code == "E2"
    assert failed.carrier.taken == []


@pytest.mark.requirement("A10", refuses=True)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"import_mpxn": "1200000000009"}, "E062301"),
        ({"digital_signing": organisation(*SUPPLIER_GBCS).der}, "E062302"),
        ({"digital_signing": organisation(*GAINING_AGREEMENT).der}, "E062302"),
        ({"key_agreement": organisation(*GAINING_GBCS).der}, "E062302"),
        ({"digital_signing": organisation(*SRP_XML).der}, "E062302"),
        ({"digital_signing": b"0\x00"}, "E062302"),
        ({"digital_signing": organisation(*GAINING_GBCS, key="own make").der}, "E062303"),
    ],
)
async def test_what_is_not_its_own_does_not_get_into_a_cell(
    failed: DspWorld, changes: dict[str, Any], code: str
) -> None:
    await appoint(failed)
    asked = change_of_supplier(body(**changes))
    assert (await failed.send(of_gaining(asked))).code == code
    old = change_of_supplier(body(DEVICES[2].mpxn, **changes), 2, OLD_METER)
    assert (await failed.send(of_gaining(old))).code == code
    assert (failed.carrier.taken, failed.s1sp.taken) == ([], [])


@pytest.mark.requirement("A10", refuses=True)
async def test_the_same_identity_counts_once(failed: DspWorld) -> None:
    await appoint(failed)
    asked = of_gaining(change_of_supplier())
    first, again = await failed.post(asked), await failed.post(asked)
    assert first.body == again.body
    assert len(failed.carrier.taken) == 1
    assert (await failed.send(of_gaining(change_of_supplier(body(supplier_floor=1))))).code == "E65"


@pytest.mark.requirement("A10")
async def test_two_commands_of_one_instant_have_two_counters(failed: DspWorld) -> None:
    await appoint(failed)
    for counter in (1, 2):
        await failed.send(of_gaining(change_of_supplier(counter=counter)))
    counters = [parse_frame(work.message).counter for work in failed.carrier.taken]
    assert counters == [NOW.timestamp() * 1000, NOW.timestamp() * 1000 + 1]


@pytest.mark.requirement("A10", refuses=True)
async def test_a_device_that_refuses_keeps_its_supplier(failed: DspWorld) -> None:
    await appoint(failed)
    path = (organisation(*SUPPLIER_GBCS).der,)
    await failed.send(of_gaining(change_of_supplier(body(certification_path=path))))
    (work,) = failed.carrier.taken
    (response,) = meter().execute(work.message, NOW)
    await bring(failed, response)
    assert (await anchor(failed))[0] == SUPPLIER
    assert len(answers(failed)) == 1


@pytest.mark.requirement("A10", refuses=True)
async def test_an_old_answer_that_comes_again_gives_nothing_back(failed: DspWorld) -> None:
    await appoint(failed)
    await failed.send(of_gaining(change_of_supplier()))
    (response,) = meter().execute(failed.carrier.taken[0].message, NOW)
    await bring(failed, response)
    third = Eui64.parse("00-DB-12-34-00-00-00-03")
    await failed.store.set_device(ESME, trust_anchor=(third, 7))
    await bring(failed, response)
    assert await anchor(failed) == (third, 7)


@pytest.mark.requirement("A10", refuses=True)
async def test_an_answer_that_names_somebody_else_is_kept_unread(failed: DspWorld) -> None:
    await appoint(failed)
    await failed.send(of_gaining(change_of_supplier()))
    (response,) = meter().execute(failed.carrier.taken[0].message, NOW)
    forged = response.replace(organisation(*GAINING_GBCS).subject_key_id, bytes(8))
    before = await anchor(failed)
    await bring(failed, forged)
    assert await anchor(failed) == before


@pytest.mark.requirement("A10", "S2", "decision 14")
async def test_a_smets1_meter_changes_hands_through_its_s1sp(failed: DspWorld) -> None:
    await appoint(failed)
    asked = change_of_supplier(body(DEVICES[2].mpxn), 2, OLD_METER)
    assert (await failed.send(of_gaining(asked))).code == "I99"
    assert len(failed.s1sp.taken) == 1
    assert await anchor(failed, OLD_METER) == (SUPPLIER, None)
    document = s1sp_document(Smets1Result(success=True), 2, GAINING, "6.23")
    await failed.dsp.southbound.receive_s1sp_messages([S1spMessage(OLD_METER, document)])
    await failed.settle()
    assert await anchor(failed, OLD_METER) == (GAINING, None)
    assert [type(told.body) for told in failed.delivered(SUPPLIER_URL)] == [DccAlert]
    assert any(isinstance(r.body, Smets1Message) for r in failed.delivered(GAINING_URL))


@pytest.mark.requirement("A10", "S2", refuses=True)
async def test_a_smets1_meter_that_did_not_stays(failed: DspWorld) -> None:
    await appoint(failed)
    await failed.send(of_gaining(change_of_supplier(body(DEVICES[2].mpxn), 2, OLD_METER)))
    no = Smets1Result(success=False, errors=(Smets1Error(1, 1, "no"),))
    document = s1sp_document(no, 2, GAINING, "6.23")
    await failed.dsp.southbound.receive_s1sp_messages([S1spMessage(OLD_METER, document)])
    assert await anchor(failed, OLD_METER) == (SUPPLIER, None)


@pytest.mark.requirement("D16")
async def test_the_command_can_be_carried_to_the_meter(failed: DspWorld) -> None:
    await appoint(failed)
    answer = await failed.send(of_gaining(change_of_supplier(variant=2)), "D")
    assert isinstance(answer.body, ServiceResponse)
    assert isinstance(answer.body.content, LocalCommand)
    esme = meter()
    (response,) = esme.execute(answer.body.content.gbcs_payload, NOW)
    assert esme.anchors.supplier == GAINING
    await bring(failed, response)
    assert (await anchor(failed))[0] == GAINING


@pytest.mark.requirement("D14", refuses=True)
async def test_one_that_is_released_is_looked_at_by_the_cos_party_again(failed: DspWorld) -> None:
    await appoint(failed)
    role = next(iter((await failed.store.reference()).users[GAINING].roles))
    rule = ThresholdRule(GAINING, role, GAINING, "6.23", 3600, 1, 1)
    await failed.store.put_threshold(rule, "pat", NOW)
    for counter, asked in enumerate((body(), body(), body(import_mpxn="9"))):
        await failed.send(of_gaining(change_of_supplier(asked, counter)))
    for event in (1, 2):
        await failed.dsp.exit_quarantine.release(event, Decider("jo", GAINING), "expected")
    await failed.settle()
    assert len(failed.carrier.taken) == 2
    assert [answer.code for answer in answers(failed)] == ["E062301"]


class Repository:
    """An SMKI repository that knows this key for every device, or none, or does not answer."""

    def __init__(self, key: str | None, *, answers: bool = True) -> None:
        self.key = key
        self.answers = answers

    async def device_signing_key(
        self, device_id: Eui64, at: datetime
    ) -> EllipticCurvePublicKey | None:
        assert (device_id, at) == (ESME, NOW)
        if not self.answers:
            raise LookupUnavailable("the repository does not answer")
        return None if self.key is None else throwaway_key(self.key).public_key()


async def answered_by_the_meter(world: DspWorld) -> bytes:
    await fail_the_supplier(world)
    await appoint(world)
    assert (await world.send(of_gaining(change_of_supplier()))).code == "I99"
    response, *_ = meter().execute(world.carrier.taken[0].message, NOW)
    return response


@pytest.mark.requirement("A10", "decision 14", refuses=True)
@pytest.mark.parametrize("key", [None, "signing of another meter"])
async def test_an_answer_that_is_not_the_devices_changes_nothing(
    tmp_path: Path, key: str | None
) -> None:
    async with dsp_world(tmp_path, device_keys=Repository(key)) as world:
        await bring(world, await answered_by_the_meter(world))
        assert (await anchor(world))[0] == SUPPLIER
        assert answers(world) == []
        assert await codes(world, "unreadable") == 1


@pytest.mark.requirement("A10", "decision 14", refuses=True)
async def test_while_the_repository_does_not_answer_the_carrier_keeps_it(tmp_path: Path) -> None:
    repository = Repository("signing of the meter", answers=False)
    async with dsp_world(tmp_path, device_keys=repository) as world:
        response = await answered_by_the_meter(world)
        with pytest.raises(OutboundError, match="does not answer"):
            await bring(world, response)
        assert (await anchor(world))[0] == SUPPLIER
        repository.answers = True
        await bring(world, response)
        assert (await anchor(world))[0] == GAINING


async def test_a_kms_without_a_repository_knows_no_device() -> None:
    assert await NoDeviceKeys().device_signing_key(ESME, NOW) is None
