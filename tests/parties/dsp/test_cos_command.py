"""The CoS Party's command, octet for octet as the reference notes lay CS02b 0x0107 out."""

from datetime import UTC, datetime

import pytest
from tests.parties.dsp.cos import FLOOR, GAINING, body
from tests.parties.dsp.world import COS, COS_GBCS, ESME, NOW, key_of

from stayon.adapters.keys.local import LocalKey
from stayon.domain.instants import CANCELLATION
from stayon.domain.request_id import RequestId
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.protection import verify_signature
from stayon.parties.dsp.cos_party import CosParty

AT = datetime(2030, 1, 2, tzinfo=UTC)


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    length = bytes((size,)) if size < 0x80 else b"\x82" + size.to_bytes(2)
    return bytes((tag,)) + length + content


def integer(value: int, tag: int = 0x02) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1))


def expected(counter: int, floors: bytes, time: bytes) -> bytes:
    """SEQUENCE { authorisation, replacements, path, GeneralizedTime? }."""
    asked = body()
    assert asked.key_agreement is not None
    assert asked.key_agreement_top_up is not None
    supplier, signs, agrees = bytes.fromhex("020102"), "03020780", "03020308"
    authorisation = tlv(
        0x30,
        bytes.fromhex("020107"),  # replacement mode: the low octet of 0x0107
        bytes.fromhex("a20702010503020780"),  # the cell of role 5 that signs
        integer(counter, 0x83),
        floors,
    )
    replacements = tlv(
        0x30,
        tlv(0x30, asked.digital_signing, tlv(0x30, supplier, bytes.fromhex(signs))),
        tlv(0x30, asked.key_agreement, tlv(0x30, supplier, bytes.fromhex(agrees))),
        tlv(
            0x30,
            asked.key_agreement_top_up,
            tlv(0x30, supplier, bytes.fromhex(agrees), integer(1)),
        ),
    )
    return tlv(0x30, authorisation, replacements, tlv(0x30, *asked.certification_path), time)


ROLE_FLOORS = tlv(
    0xA6, tlv(0x30, integer(2), integer(FLOOR), tlv(0x30, tlv(0x30, integer(0), integer(0))))
)


@pytest.mark.requirement("A10", "decision 14")
@pytest.mark.parametrize(
    ("execution", "floors", "time"),
    [
        (None, ROLE_FLOORS, b""),
        (AT, ROLE_FLOORS, b"\x18\x0f20300102000000Z"),
        (CANCELLATION, b"", b"\x18\x0f99991231235959Z"),
    ],
    ids=["immediate", "future-dated", "cancellation"],
)
def test_the_command_octet_for_octet(
    execution: datetime | None, floors: bytes, time: bytes
) -> None:
    party = CosParty(COS, LocalKey(key_of(*COS_GBCS)))
    made = party.command(RequestId(GAINING, ESME, 4), body(execution=execution), NOW)
    counter = int(NOW.timestamp() * 1000)
    content = expected(counter, floors, time)
    head = (
        b"\xdf\x09\x01" + counter.to_bytes(8) + b"\x08" + COS.octets + b"\x08" + ESME.octets
        + b"\x00\x12\x01\x07" + GAINING.octets + (4).to_bytes(8)
        + b"\x82" + len(content).to_bytes(2)
    )  # fmt: skip
    assert made[: len(head) + len(content)] == head + content
    assert len(made) == len(head) + len(content) + 1 + 64
    verify_signature(parse_frame(made), key_of(*COS_GBCS).public_key())
