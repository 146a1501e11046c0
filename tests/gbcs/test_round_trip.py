"""Whatever can be said encodes, and decodes to the same; so does its JSON."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gbcs.gbcs_strategies import CATALOGUE, cosem_data, frames, messages

from stayon.gbcs.cosem import CosemData, decode_data, encode_data
from stayon.gbcs.frame import Cra, Frame, encode_frame, parse_frame
from stayon.gbcs.lengths import encode_length, read_length
from stayon.gbcs.message import Message, encode_message, parse_message
from stayon.gbcs.text import describe, restore_line


@given(st.integers(0, 2**32 - 1))
def test_lengths(length: int) -> None:
    octets = encode_length(length)
    assert read_length(octets + b"\x00", 0, "length") == (length, len(octets))


@given(cosem_data)
def test_cosem_data(value: CosemData) -> None:
    octets = encode_data(value)
    decoded, end = decode_data(b"\x00\x00" + octets + b"\x00", 2)
    assert end == len(octets) + 2
    assert decoded == value
    assert hash(decoded) == hash(value)


@given(frames(st.binary(max_size=300), *Cra))
def test_frames(frame: Frame) -> None:
    octets = encode_frame(frame)
    assert parse_frame(octets) == frame
    start = frame.content_offset
    assert octets[start : start + len(frame.content)] == frame.content


@settings(max_examples=300)
@given(messages)
def test_messages_and_their_json(message: Message) -> None:
    octets = encode_message(message)
    assert parse_message(octets) == message
    assert restore_line(json.dumps(describe(message, CATALOGUE)), CATALOGUE) == octets
