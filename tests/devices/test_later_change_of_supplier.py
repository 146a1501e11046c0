"""CS02b for a later time at the meter: kept, executed, told; or cancelled, or replaced."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.devices.test_change_of_supplier import command, outcome_of, safe_command
from tests.parties.dsp.cos import FLOOR, GAINING, body, mac, meter
from tests.parties.dsp.world import COS, COS_GBCS, ESME, NOW, SUPPLIER, key_of, pre_command

from stayon.adapters.keys.local import LocalKey
from stayon.devices.alerts import AlertCode
from stayon.devices.esme import Esme
from stayon.devices.security import RefusalReason
from stayon.domain.instants import CANCELLATION
from stayon.domain.request_id import RequestId
from stayon.gbcs.frame import Cra, Frame, parse_frame
from stayon.gbcs.protection import verify_signature
from stayon.gbcs.security_credentials_alert import (
    FUTURE_DATED_CREDENTIALS,
    CredentialsAlert,
    decode_credentials_alert,
)
from stayon.gbcs.security_credentials_outcome import decode_response
from stayon.parties.dsp.cos_party import CosParty

MIDNIGHT = (NOW + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
SECOND = timedelta(seconds=1)


def cos() -> CosParty:
    return CosParty(COS, LocalKey(key_of(*COS_GBCS)))


def later(party: CosParty, counter: int = 4, **offered: Any) -> bytes:
    """A command for midnight, or what ``offered`` says."""
    asked = body(**{"execution": MIDNIGHT, **offered})
    return mac(party.command(RequestId(GAINING, ESME, counter), asked, NOW))


def told(message: bytes, esme: Esme) -> tuple[Frame, CredentialsAlert]:
    """A signed alert about credentials, for the CoS Party."""
    frame = parse_frame(message)
    assert (frame.cra, frame.message_code) == (Cra.ALERT, FUTURE_DATED_CREDENTIALS)
    assert (frame.originator, frame.recipient) == (ESME, COS)
    verify_signature(frame, esme.keys.signing.public_key())
    return frame, decode_credentials_alert(frame)


@pytest.mark.requirement("A10", "decision 14", "R7")
def test_the_losing_supplier_until_then_and_the_gaining_one_from_then_on() -> None:
    esme = meter()
    made = later(cos())
    (response,) = esme.execute(made, NOW)
    # Kept: an answer without an outcome.
    assert decode_response(parse_frame(response).content) is None
    assert parse_frame(response).recipient == COS
    assert esme.execute(made, NOW) == (response,)
    assert esme.advance(MIDNIGHT - SECOND) == ()
    assert esme.anchors.supplier == SUPPLIER
    (tampered,) = esme.raise_alert(AlertCode.TAMPER, MIDNIGHT - SECOND)
    assert parse_frame(tampered).recipient == SUPPLIER
    (obeyed,) = esme.execute(mac(pre_command(ESME, 3)), MIDNIGHT - SECOND)
    assert parse_frame(obeyed).recipient == SUPPLIER
    (message,) = esme.advance(MIDNIGHT)
    frame, alert = told(message, esme)
    assert alert.at == MIDNIGHT
    assert alert.outcome.succeeded
    assert alert.outcome.counter == parse_frame(made).counter
    assert {cell.before.party for cell in alert.outcome.cells} == {SUPPLIER}
    assert {cell.now.party for cell in alert.outcome.cells} == {GAINING}
    assert frame.counter == parse_frame(tampered).counter + 1
    assert esme.anchors.supplier == GAINING
    assert esme.execute(mac(pre_command(ESME, 4)), MIDNIGHT) == ()
    assert esme.execute(safe_command(FLOOR), MIDNIGHT) == ()
    reasons = [refusal.reason for refusal in esme.refusals]
    assert reasons == [RefusalReason.UNKNOWN_ORIGINATOR, RefusalReason.REPLAY]
    (obeyed,) = esme.execute(safe_command(FLOOR + 1), MIDNIGHT)
    assert parse_frame(obeyed).recipient == GAINING
    (tampered,) = esme.raise_alert(AlertCode.TAMPER, MIDNIGHT + SECOND)
    assert parse_frame(tampered).recipient == GAINING


@pytest.mark.requirement("A10", "decision 14")
def test_a_meter_that_nobody_looks_at_is_the_gaining_suppliers_all_the_same() -> None:
    esme = meter()
    esme.execute(later(cos()), NOW)
    (response, alert) = esme.execute(safe_command(FLOOR + 1), MIDNIGHT + timedelta(hours=5))
    assert parse_frame(response).recipient == GAINING
    assert told(alert, esme)[1].at == MIDNIGHT


@pytest.mark.requirement("A10", "R7")
def test_what_was_raised_before_is_the_losing_suppliers_however_late_it_leaves() -> None:
    esme = meter()
    esme.prepayment.consumption_per_hour = 20_00000  # its credit is used up within the hour
    esme.execute(later(cos()), NOW)
    esme.prepayment.advance(MIDNIGHT + SECOND)
    assert esme.execute(mac(pre_command(ESME, 9)), MIDNIGHT + SECOND) == ()
    *before, change = esme.collect()
    assert told(change, esme)[1].at == MIDNIGHT
    assert before
    assert {parse_frame(message).recipient for message in before} == {SUPPLIER}


@pytest.mark.requirement("A10", "decision 14", refuses=True)
def test_cancelled_it_changes_nothing() -> None:
    esme, party = meter(), cos()
    esme.execute(later(party), NOW)
    (response,) = esme.execute(later(party, 5, execution=CANCELLATION), NOW)
    assert decode_response(parse_frame(response).content) is None
    assert esme.advance(MIDNIGHT + timedelta(days=40)) == ()
    assert esme.anchors.supplier == SUPPLIER


@pytest.mark.requirement("A10", "decision 14", refuses=True)
def test_replaced_only_the_last_one_counts() -> None:
    esme, party = meter(), cos()
    esme.execute(later(party), NOW)
    second = later(party, 5, execution=MIDNIGHT + timedelta(days=1))
    esme.execute(second, NOW)
    assert esme.advance(MIDNIGHT + SECOND) == ()
    assert esme.anchors.supplier == SUPPLIER
    (message,) = esme.advance(MIDNIGHT + timedelta(days=1))
    assert told(message, esme)[1].outcome.counter == parse_frame(second).counter
    assert esme.anchors.supplier == GAINING


@pytest.mark.requirement("A10", "decision 14")
def test_one_at_once_takes_the_place_of_what_waits_unless_it_fails() -> None:
    esme, party = meter(), cos()
    esme.execute(later(party), NOW)
    (response,) = esme.execute(later(party, 5, execution=None, certification_path=()), NOW)
    assert not outcome_of(response).succeeded
    assert esme.prepayment.appointment == MIDNIGHT
    (response,) = esme.execute(later(party, 6, execution=None), NOW)
    assert outcome_of(response).succeeded
    assert esme.advance(MIDNIGHT + SECOND) == ()


@pytest.mark.requirement("A10", refuses=True)
def test_what_does_not_fit_is_found_out_then_and_told_as_8f67() -> None:
    esme = meter()
    (response,) = esme.execute(later(cos(), certification_path=()), NOW)
    assert decode_response(parse_frame(response).content) is None
    (message,) = esme.advance(MIDNIGHT)
    _, alert = told(message, esme)
    assert not alert.outcome.succeeded
    assert all(cell.now == cell.before for cell in alert.outcome.cells)
    assert esme.anchors.supplier == SUPPLIER


@pytest.mark.requirement("A10")
def test_a_time_that_has_passed_on_the_way_is_now() -> None:
    esme = meter()
    response, message = esme.execute(later(cos()), MIDNIGHT + SECOND)
    assert decode_response(parse_frame(response).content) is None
    _, alert = told(message, esme)
    assert (alert.at, alert.outcome.succeeded) == (MIDNIGHT + SECOND, True)
    assert esme.anchors.supplier == GAINING


@pytest.mark.requirement("A10", refuses=True)
def test_a_cancellation_with_floors_and_a_date_without_are_not_answered() -> None:
    esme = meter()
    floors = command(lambda update: replace(update, role_floors=()), execution=MIDNIGHT)
    assert esme.execute(floors, NOW) == ()
    assert esme.refusals[-1].reason is RefusalReason.MALFORMED
    assert esme.prepayment.appointment is None
