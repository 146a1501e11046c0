"""Every reference message decodes typed, agrees with a second reader, and encodes to its octets."""

import json
from pathlib import Path

import pytest
from tests.gbcs.gbcs_strategies import CATALOGUE
from tests.gbcs.independent_reader import access_item_count, read, walk_components
from tests.reference import needs_shared, rtds, rtds_files

from stayon.gbcs.access import AccessRequest, AccessResponse
from stayon.gbcs.alerts import Asn1Alert, DlmsAlert, GbzAlert
from stayon.gbcs.cosem_date_time import encode_date_time
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, encode_frame, parse_frame
from stayon.gbcs.gbz import EncryptedFrame, GbzMessage
from stayon.gbcs.message import Asn1Payload, encode_message, parse_message
from stayon.gbcs.text import describe, restore_line
from stayon.gbcs.zcl import RawCommand

pytestmark = needs_shared

PREPAYMENT = {
    "GCS02", "GCS03", "GCS04", "GCS05", "GCS06", "GCS14", "GCS21b", "GCS32", "GCS33", "GCS39",
    "GCS40a", "GCS40b", "GCS40c", "GCS40d", "GCS60", "GCS60a", "CS01b", "PCS01", "PCS02",
}  # fmt: skip


def _use_case(path: Path) -> str:
    return path.name.split("_")[0]


def test_there_are_messages() -> None:
    assert len(rtds_files()) >= 1067


@pytest.mark.parametrize("path", rtds_files(), ids=lambda path: path.stem)
def test_message(path: Path) -> None:
    text = path.read_text()
    octets = bytes.fromhex(text)
    message = parse_message(octets)
    assert encode_message(message) == octets
    assert encode_frame(message.frame) == octets
    assert restore_line(json.dumps(describe(message, CATALOGUE)), CATALOGUE) == octets

    other, frame = read(text), message.frame
    assert (frame.cra, frame.counter) == (other.cra, other.counter)
    assert frame.originator.hex.upper() == other.originator
    assert frame.recipient.hex.upper() == other.recipient
    assert f"{frame.message_code:04X}" == other.code
    assert frame.content.hex().upper() == other.content
    time = None if frame.date_time is None else encode_date_time(frame.date_time).hex().upper()
    assert time == other.time
    signature = frame.signature.octets
    assert (None if signature is None else signature.hex().upper()) == other.signature
    assert (None if frame.mac is None else frame.mac.hex().upper()) == other.mac

    payload = message.payload
    if isinstance(payload, AccessRequest | AccessResponse):
        assert len(payload.items) == access_item_count(other.content)
    if isinstance(payload, GbzMessage):
        for component, (cluster, body) in zip(
            payload.components, walk_components(other.content), strict=True
        ):
            assert f"{component.cluster:04X}" == cluster
            if isinstance(component.body, EncryptedFrame):
                assert body.endswith(component.body.octets.hex().upper())


def test_families() -> None:
    for path in rtds_files():
        message = parse_message(bytes.fromhex(path.read_text()))
        content, alert = message.frame.content, message.frame.cra is Cra.ALERT
        assert alert == isinstance(message.payload, DlmsAlert | GbzAlert | Asn1Alert), path.name
        first = {AccessRequest: 0xD9, AccessResponse: 0xDA, DlmsAlert: 0x0F}
        assert first.get(type(message.payload), content[0]) == content[0]
        if isinstance(message.payload, Asn1Payload):
            assert content[0] in (0x30, 0x02, 0x04, 0x05), path.name


def test_every_prepayment_command_is_typed() -> None:
    seen = 0
    for path in rtds_files():
        payload = parse_message(bytes.fromhex(path.read_text())).payload
        if _use_case(path) not in PREPAYMENT or not isinstance(payload, GbzMessage):
            continue
        for component in payload.components:
            seen += 1
            if not isinstance(component.body, EncryptedFrame):
                assert not isinstance(component.body.command, RawCommand), path.name
    assert seen > 100


@pytest.mark.parametrize(
    "name",
    [
        "ECS08a_2.1_IMMEDIATE_SUCCESS_COMMAND",
        "GCS05_2.1_IMMEDIATE_SUCCESS_PRECOMMAND",
        "ECS35a_6.13_SUCCESS_RESPONSE",
        "CS01b_2.2_SUCCESS_RESPONSE",
        "GCA-DLMS_NA_8F30_ALERT",
        "GCA-ZigBee_NA_8F30_ALERT",
        "CS06_11.3_8F66_FUTURE_DATED_SUCCESS_ALERT",
        "CS02bNOByNO_6.15.1_SUCCESS_COMMAND",
    ],
)
def test_every_truncation_is_refused(name: str) -> None:
    octets = rtds(name)
    for size in range(len(octets)):
        with pytest.raises(GbcsError) as caught:
            parse_frame(octets[:size])
        assert 0 <= caught.value.offset <= len(octets)


@pytest.mark.parametrize(
    "name",
    [
        "ECS08a_2.1_IMMEDIATE_SUCCESS_PRECOMMAND",
        "ECS35a_6.13_SUCCESS_RESPONSE",
        "GCS05_2.1_IMMEDIATE_SUCCESS_PRECOMMAND",
        "GCS21b_4.13_SUCCESS_RESPONSE",
        "ECS68_NA_8F0A_SINGLE_ALERT",
    ],
)
def test_every_changed_octet_is_refused_or_kept(name: str) -> None:
    octets = rtds(name)
    for at in range(len(octets)):
        for flip in (0x01, 0x80, 0xFF):
            changed = octets[:at] + bytes((octets[at] ^ flip,)) + octets[at + 1 :]
            try:
                message = parse_message(changed)
            except GbcsError as error:
                assert 0 <= error.offset <= len(octets)  # noqa: PT017 - nothing need be raised
            else:
                assert encode_message(message) == changed
