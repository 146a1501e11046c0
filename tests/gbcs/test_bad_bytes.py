"""Bytes that are no message: one type of error, in time and memory that the bytes pay for."""

import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gbcs.gbcs_strategies import frames, messages
from tests.gbcs.test_frame import COMMAND

from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import NULL, Cra, encode_frame, parse_frame
from stayon.gbcs.message import Message, encode_message, parse_message


def _refused_or_kept(octets: bytes) -> None:
    try:
        message = parse_message(octets)
    except GbcsError as error:
        refusal: GbcsError | None = error
    else:
        refusal = None
        assert encode_message(message) == octets
    if refusal is not None:
        assert refusal.field
        assert 0 <= refusal.offset <= len(octets), str(refusal)


@given(st.binary(max_size=200))
def test_any_octets(octets: bytes) -> None:
    _refused_or_kept(octets)


@settings(max_examples=200)
@given(
    st.sampled_from([b"", b"\xd9", b"\xda", b"\x0f", b"\x01\x09", b"\x30"]),
    st.binary(max_size=120),
    st.data(),
)
def test_any_content(start: bytes, rest: bytes, data: st.DataObject) -> None:
    frame = data.draw(frames(st.just(start + rest), *Cra))
    _refused_or_kept(encode_frame(frame))


@settings(max_examples=200)
@given(messages, st.data())
def test_changed_messages(message: Message, data: st.DataObject) -> None:
    octets = bytearray(encode_message(message))
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    _refused_or_kept(bytes(octets))


@given(messages, st.data())
def test_cut_messages(message: Message, data: st.DataObject) -> None:
    octets = encode_message(message)
    size = data.draw(st.integers(0, len(octets) - 1))
    unsigned = message.frame.cra is Cra.COMMAND and message.frame.mac is None
    if unsigned and size == message.frame.content_offset + len(message.frame.content):
        return  # a signed command that ends after its content is a pre-command
    with pytest.raises(GbcsError):
        parse_frame(octets[:size])


@pytest.mark.parametrize(
    "content",
    [
        bytes.fromhex("D9200000000084FFFFFFFF"),
        bytes.fromhex("D920000000000082FFFF") + b"\x00" * 60_000,
        bytes.fromhex("DA20000000000001 0184FFFFFFFF"),
        bytes.fromhex("DA20000000000001") + b"\x01\x01" * 30_000,
        bytes.fromhex("DA20000000000001 13")
        + b"\x01\xff\xff" * 7
        + bytes.fromhex("11 04 00000000"),
        bytes.fromhex("DA20000000000001 13") + b"\x02\x81\xff" * 7 + b"\x00" * 50_000,
        bytes.fromhex("0109FF") + b"\x00" * 60_000,
    ],
    ids=lambda content: content[:16].hex(),
)
def test_claims_cost_nothing(content: bytes) -> None:
    octets = encode_frame(replace(COMMAND, content=content, signature=NULL))
    tracemalloc.start()
    try:
        with pytest.raises(GbcsError):
            parse_message(octets)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40 * len(octets) + 100_000
