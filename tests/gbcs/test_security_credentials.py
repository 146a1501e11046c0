"""CS02b: every reference message both ways, and what is not one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reference import needs_shared, rtds_files

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.gbcs.alerts import read_asn1_alert
from stayon.gbcs.asn1 import SEQUENCE, element, number
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, parse_frame
from stayon.gbcs.prepayment_activation import At, Cancel, Immediate
from stayon.gbcs.security_credentials import (
    Cell,
    CellUsage,
    Replacement,
    ReplacementMode,
    RoleFloor,
    SpecialistFloor,
    UpdateSecurityCredentials,
    decode_update_credentials,
    encode_update_credentials,
)
from stayon.gbcs.security_credentials_outcome import (
    CellOutcome,
    CredentialsOutcome,
    Holder,
    decode_outcome,
    decode_response,
    encode_response,
)

CERTIFICATE = element(SEQUENCE, b"c" * 300)
SIGNING = Cell(2, CellUsage.DIGITAL_SIGNATURE)
TOP_UP = Cell(2, CellUsage.KEY_AGREEMENT, prepayment_top_up=True)
CHANGE = UpdateSecurityCredentials(
    ReplacementMode.SUPPLIER_BY_TRANS_COS,
    apply_time_based_checks=True,
    authorised_by=Cell(5, CellUsage.DIGITAL_SIGNATURE),
    counter=6001,
    floor=None,
    specialist=(),
    role_floors=(RoleFloor(2, 0, (SpecialistFloor(0, 0),)),),
    replacements=(Replacement(CERTIFICATE, SIGNING), Replacement(CERTIFICATE, TOP_UP)),
    path=(CERTIFICATE,),
    activation=Immediate(),
)

counters = st.integers(0, 2**64 - 1)
roles = st.integers(0, 127)
cells = st.builds(Cell, roles, st.sampled_from(CellUsage), st.booleans())
specialists = st.lists(st.builds(SpecialistFloor, roles, counters), max_size=2).map(tuple)
floors = st.lists(st.builds(RoleFloor, roles, counters, specialists), max_size=3).map(tuple)
certificates = st.binary(max_size=400).map(lambda octets: element(SEQUENCE, octets))
instants = st.integers(0, 10**9).map(lambda n: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(0, n))
updates = st.builds(
    UpdateSecurityCredentials,
    mode=st.sampled_from(ReplacementMode),
    apply_time_based_checks=st.booleans(),
    authorised_by=st.none() | cells,
    counter=counters,
    floor=st.none() | counters,
    specialist=specialists,
    role_floors=floors,
    replacements=st.lists(st.builds(Replacement, certificates, cells), max_size=3).map(tuple),
    path=st.lists(certificates, max_size=2).map(tuple),
    activation=st.just(Immediate()) | st.just(Cancel()) | st.builds(At, instants),
)
holders = st.builds(
    Holder, st.binary(min_size=8, max_size=8).map(Eui64), st.binary(min_size=8, max_size=8)
)
outcomes = st.builds(
    CredentialsOutcome,
    counters,
    roles,
    floors,
    st.lists(st.builds(CellOutcome, cells, roles, holders, holders), max_size=4).map(tuple),
)


@given(updates)
def test_a_command_comes_back(update: UpdateSecurityCredentials) -> None:
    assert decode_update_credentials(encode_update_credentials(update)) == update


@given(st.none() | outcomes)
def test_a_response_comes_back(outcome: CredentialsOutcome | None) -> None:
    assert decode_response(encode_response(outcome)) == outcome


@given(updates, st.data())
def test_what_decodes_encodes_to_the_same(
    update: UpdateSecurityCredentials, data: st.DataObject
) -> None:
    octets = bytearray(encode_update_credentials(update))
    octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = decode_update_credentials(bytes(octets))
    except GbcsError:
        return
    assert encode_update_credentials(found) == octets


@needs_shared
@pytest.mark.requirement("A10", "decision 14")
def test_every_reference_message_both_ways() -> None:
    found = {Cra.COMMAND: 0, Cra.RESPONSE: 0, Cra.ALERT: 0}
    for path in rtds_files():
        if "_CS02b" not in str(path):
            continue
        frame = parse_frame(bytes.fromhex(path.read_text()))
        if frame.cra is Cra.COMMAND:
            update = decode_update_credentials(frame.content)
            assert encode_update_credentials(update) == frame.content, path.name
            assert (update.mode.message_code, update.counter) == (
                frame.message_code,
                frame.counter,
            )
        elif frame.cra is Cra.RESPONSE:
            outcome = decode_response(frame.content)
            assert encode_response(outcome) == frame.content, path.name
            if outcome is not None:
                assert outcome.counter == frame.counter
                assert outcome.succeeded == ("ERROR" not in path.name)
        else:
            alert = read_asn1_alert(frame.content)
            assert alert is not None
            assert decode_outcome(alert.content).succeeded == (alert.code == 0x8F66)
        found[frame.cra] += 1
    assert found == {Cra.COMMAND: 17, Cra.RESPONSE: 11, Cra.ALERT: 2}


def test_the_change_of_supplier_is_written_as_the_reference_describes_it() -> None:
    octets = encode_update_credentials(CHANGE)
    head = "3024020107a2070201050302078083021771a612301002010202010030083006020100020100"
    assert octets[4 : 4 + len(head) // 2].hex() == head
    cancelled = replace(CHANGE, role_floors=(), activation=Cancel())
    assert encode_update_credentials(cancelled).endswith(b"\x18\x0f99991231235959Z")


def swapped(old: bytes, new: bytes) -> bytes:
    octets = encode_update_credentials(replace(CHANGE, apply_time_based_checks=False, floor=1))
    assert old in octets
    return octets.replace(old, new, 1)


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        (
            element(SEQUENCE, encode_update_credentials(CHANGE)[4:], b"\x18\x0e2030010101010Z"),
            "activation time",
        ),
        (b"", "command"),
        (b"\x30", "command"),
        (b"\x30\x05\x30", "command"),
        (b"\x30\x81\x80" + bytes(128), "command"),
        (b"\x30\x82\x00\x05\x30\x03\x02\x01\x07", "command"),
        (element(SEQUENCE, b"") + b"\x00", "command"),
        (swapped(b"\x02\x01\x07", b"\x02\x01\x09"), "replacement mode"),
        (swapped(b"\x02\x01\x07", b"\x02\x01\x87"), "replacement mode"),
        (swapped(b"\x81\x01\x01", b"\x81\x01\x00"), "time based checks"),
        (swapped(b"\x03\x02\x07\x80", b"\x03\x02\x07\x40"), "key usage"),
        (swapped(b"\x02\x01\x01", b"\x02\x01\x02"), "cell usage"),
        (swapped(b"\x84\x01\x01", b"\x87\x01\x01"), "authorisation"),
        (encode_update_credentials(CHANGE)[:-1], "command"),
        (
            encode_update_credentials(replace(CHANGE, activation=Cancel())).replace(
                b"9999123123", b"9999133123"
            ),
            "activation time",
        ),
        (
            encode_update_credentials(replace(CHANGE, activation=Cancel())).replace(
                b"99991231235959Z", b"999912312359  Z"
            ),
            "activation time",
        ),
    ],
)
def test_what_is_no_command(octets: bytes, field: str) -> None:
    with pytest.raises(GbcsError) as caught:
        decode_update_credentials(octets)
    assert caught.value.field == field


def test_an_empty_list_of_floors_is_left_out() -> None:
    octets = encode_update_credentials(replace(CHANGE, role_floors=()))
    head = octets[4 : octets.index(b"\x83")]
    assert b"\xa6" not in head
    listed = element(SEQUENCE, number(7), b"\x83\x01\x01", b"\xa6\x00")
    with pytest.raises(GbcsError, match="role floors"):
        decode_update_credentials(element(SEQUENCE, listed, b"\x30\x00", b"\x30\x00"))


def test_what_is_no_response() -> None:
    with pytest.raises(GbcsError, match="NULL"):
        decode_response(b"\x30\x03\x05\x01\x00")
    good = encode_response(
        CredentialsOutcome(
            1, 7, (), (CellOutcome(SIGNING, 0, *[Holder(Eui64(bytes(8)), b"8" * 8)] * 2),)
        )
    )
    with pytest.raises(GbcsError, match="8 octets"):
        decode_response(good.replace(b"\x04\x08" + bytes(8), b"\x04\x07" + bytes(7) + b"\x05"))
    with pytest.raises(GbcsError, match="goes on"):
        decode_response(good + b"\x00")


def test_what_has_no_encoding() -> None:
    with pytest.raises(FieldError, match="65535"):
        element(SEQUENCE, bytes(65536))
    at = datetime(2030, 1, 1, 0, 0, 0, 5, UTC)
    with pytest.raises(FieldError, match="finer"):
        encode_update_credentials(replace(CHANGE, activation=At(at)))
