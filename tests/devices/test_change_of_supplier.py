"""CS02b at the meter: whose it may be afterwards, and what it refuses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.parties.dsp.cos import (
    FLOOR,
    GAINING,
    GAINING_AGREEMENT,
    GAINING_GBCS,
    body,
    mac,
    meter,
)
from tests.parties.dsp.world import COS, COS_GBCS, ESME, NOW, SUPPLIER, key_of, organisation
from tests.safe_profile import SAFE_ELECTRICITY

from stayon.adapters.keys.local import LocalKey
from stayon.devices.security import RefusalReason
from stayon.domain.request_id import RequestId
from stayon.gbcs.frame import ABSENT, encode_frame, parse_frame
from stayon.gbcs.prepayment_activation import Cancel
from stayon.gbcs.prepayment_configuration import Immediate, UseCase, encode_pre_command
from stayon.gbcs.protection import sign
from stayon.gbcs.security_credentials import (
    Cell,
    CellUsage,
    Replacement,
    ReplacementMode,
    UpdateSecurityCredentials,
    decode_update_credentials,
    encode_update_credentials,
)
from stayon.gbcs.security_credentials_outcome import (
    NOT_REPLACED,
    CredentialsOutcome,
    decode_response,
)
from stayon.parties.dsp.cos_party import CosParty

REQUEST_ID = RequestId(GAINING, ESME, 4)
Change = Callable[[UpdateSecurityCredentials], UpdateSecurityCredentials]


def command(change: Change = lambda update: update, **offered: Any) -> bytes:
    """The CoS Party's command for the meter, its content changed before it is signed."""
    made = CosParty(COS, LocalKey(key_of(*COS_GBCS))).command(REQUEST_ID, body(**offered), NOW)
    frame = parse_frame(made)
    content = encode_update_credentials(change(decode_update_credentials(frame.content)))
    unsigned = replace(frame, content=content, signature=ABSENT)
    return mac(sign(encode_frame(unsigned), key_of(*COS_GBCS)))


def outcome_of(response: bytes) -> CredentialsOutcome:
    outcome = decode_response(parse_frame(response).content)
    assert outcome is not None
    return outcome


def safe_command(counter: int) -> bytes:
    """The safe profile for the meter by its new supplier."""
    made = encode_pre_command(
        RequestId(GAINING, ESME, counter),
        SAFE_ELECTRICITY,
        activation=Immediate(),
        use_case=UseCase.ECS08A,
        now=NOW,
    )
    return mac(sign(made, key_of(*GAINING_GBCS)))


@pytest.mark.requirement("A10", "decision 14")
def test_the_new_supplier_is_obeyed_above_its_floor() -> None:
    esme = meter()
    (response,) = esme.execute(command(), NOW)
    assert outcome_of(response).succeeded
    assert esme.anchors.supplier == GAINING
    assert esme.execute(safe_command(FLOOR), NOW) == ()
    assert esme.refusals[-1].reason is RefusalReason.REPLAY
    (obeyed,) = esme.execute(safe_command(FLOOR + 1), NOW)
    assert parse_frame(obeyed).recipient == GAINING


@pytest.mark.requirement("A10")
def test_cells_that_get_no_certificate_stay() -> None:
    esme = meter()
    before = esme.anchors
    (response,) = esme.execute(command(key_agreement=None, key_agreement_top_up=None), NOW)
    assert len(outcome_of(response).cells) == 1
    assert esme.anchors.supplier_agreement == before.supplier_agreement
    assert esme.anchors.supplier_signing != before.supplier_signing


@pytest.mark.requirement("A10")
def test_the_old_holder_is_told_and_a_top_up_cell_of_its_own_is_kept_apart() -> None:
    esme = meter()
    esme.execute(command(), NOW)
    top_up = organisation(*GAINING_AGREEMENT).public_key
    assert esme.anchors.supplier_top_up == top_up
    again = CosParty(COS, LocalKey(key_of(*COS_GBCS)))
    again._last = 10**15
    (response,) = esme.execute(mac(again.command(REQUEST_ID, body(), NOW)), NOW)
    assert {cell.before.party for cell in outcome_of(response).cells} == {GAINING}


@pytest.mark.requirement("A10", refuses=True)
def test_a_replay_and_a_lower_counter_do_nothing() -> None:
    esme = meter()
    first = command()
    answer = esme.execute(first, NOW)
    assert esme.execute(first, NOW) == answer  # the same octets: the same answer
    assert esme.execute(command(supplier_floor=1), NOW) == ()
    assert esme.refusals[-1].reason is RefusalReason.REPLAY


@pytest.mark.requirement("A10", refuses=True)
def test_only_the_cos_party_may() -> None:
    esme = meter()
    made = CosParty(SUPPLIER, LocalKey(key_of(*COS_GBCS))).command(REQUEST_ID, body(), NOW)
    assert esme.execute(mac(made), NOW) == ()
    made = CosParty(COS, LocalKey(key_of(*GAINING_GBCS))).command(REQUEST_ID, body(), NOW)
    assert esme.execute(mac(made), NOW) == ()
    reasons = [refusal.reason for refusal in esme.refusals]
    assert reasons == [RefusalReason.UNKNOWN_ORIGINATOR, RefusalReason.BAD_SIGNATURE]
    esme.anchors = replace(esme.anchors, supplier=COS, change_of_supplier=None)
    esme.anchors = replace(esme.anchors, supplier_signing=key_of(*COS_GBCS).public_key())
    assert esme.execute(command(), NOW) == ()
    assert esme.refusals[-1].reason is RefusalReason.UNSUPPORTED


@pytest.mark.requirement("A10", refuses=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda update: replace(update, mode=ReplacementMode.SUPPLIER_BY_SUPPLIER),
        lambda update: replace(update, authorised_by=None),
        lambda update: replace(update, counter=1),
        lambda update: replace(update, activation=Cancel()),
        lambda update: replace(update, role_floors=()),
        lambda update: replace(update, replacements=update.replacements[1:]),
        lambda update: replace(update, replacements=update.replacements[:1] * 2),
    ],
)
def test_what_is_not_this_use_case_is_not_answered(change: Change) -> None:
    esme = meter()
    assert esme.execute(command(change), NOW) == ()
    assert esme.refusals[-1].reason is RefusalReason.MALFORMED
    assert esme.anchors.supplier == SUPPLIER


def first_cell(certificate: bytes, cell: Cell | None = None) -> Change:
    def change(update: UpdateSecurityCredentials) -> UpdateSecurityCredentials:
        first = update.replacements[0]
        new = Replacement(certificate, cell or first.cell)
        return replace(update, replacements=(new, *update.replacements[1:]))

    return change


def add_cell(certificate: bytes, cell: Cell) -> Change:
    return lambda update: replace(
        update, replacements=(*update.replacements, Replacement(certificate, cell))
    )


@pytest.mark.requirement("A10", refuses=True)
@pytest.mark.parametrize(
    "change",
    [
        first_cell(organisation(*COS_GBCS).der),  # another role
        first_cell(organisation(*GAINING_AGREEMENT).der),  # another usage
        first_cell(b"0\x00"),  # no certificate
        first_cell(organisation(SUPPLIER, GAINING_GBCS[1]).der),  # two parties
        add_cell(organisation(*GAINING_GBCS).der, Cell(3, CellUsage.DIGITAL_SIGNATURE)),
        lambda update: replace(update, path=()),
        lambda update: replace(update, path=(organisation(*GAINING_GBCS).der,)),
    ],
)
def test_a_certificate_that_does_not_belong_changes_no_cell(change: Change) -> None:
    esme = meter()
    before = esme.anchors
    (response,) = esme.execute(command(change), NOW)
    outcome = outcome_of(response)
    assert {cell.status for cell in outcome.cells} == {NOT_REPLACED}
    assert all(cell.now == cell.before for cell in outcome.cells)
    assert esme.anchors == before


@pytest.mark.requirement("A10", refuses=True)
def test_the_time_of_the_path_counts_if_it_is_asked_for() -> None:
    late = datetime(2041, 1, 1, tzinfo=UTC)
    assert not outcome_of(meter().execute(command(), late)[0]).succeeded
    unchecked = command(apply_time_based_checks=False)
    assert outcome_of(meter().execute(unchecked, late)[0]).succeeded
