"""R5: what only a hand-built Signed Pre-Command can say, each properly signed and refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.checks.cases import COUNTER, NOW, Case, contingency, signed_payload, verdict_of

from stayon.domain.metering import Fuel
from stayon.gbcs.access import RequestItem, decode_access_request, encode_access_request
from stayon.gbcs.cosem_date_time import CosemDateTime
from stayon.gbcs.frame import Frame, parse_frame
from stayon.gbcs.gbz import Component, GbzMessage, decode_gbz, encode_gbz

pytestmark = pytest.mark.requirement("R5", "D8", "decision 6", "decision 18")

REFUSED = ("mp134b/fixed_format", "E020101")
Edit = Callable[[bytes], bytes]
Items = tuple[RequestItem, ...]
Components = tuple[Component, ...]


def content_of(case: Case) -> bytes:
    assert isinstance(case.frame, Frame)
    return case.frame.content


def swap(old: str, new: str, occurrence: int = 0) -> Edit:
    """Replace one occurrence of some octets, which must be there (hex)."""

    def edit(content: bytes) -> bytes:
        before = bytes.fromhex(old)
        position = -1
        for _ in range(occurrence + 1):
            position = content.index(before, position + 1)
        return content[:position] + bytes.fromhex(new) + content[position + len(before) :]

    return edit


def items(
    edit: Callable[[Items], Items],
) -> Edit:
    def on_content(content: bytes) -> bytes:
        request = decode_access_request(content)
        return encode_access_request(replace(request, items=edit(request.items)))

    return on_content


def dated(content: bytes) -> bytes:
    request = decode_access_request(content)
    moment = CosemDateTime(2026, 11, 21, 0xFF, 10, 30, 0, 0, -0x8000, 0xFF)
    return encode_access_request(replace(request, date_time=moment))


def components(
    edit: Callable[[Components], Components],
) -> Edit:
    def on_content(content: bytes) -> bytes:
        message = decode_gbz(content)
        return encode_gbz(GbzMessage(edit(message.components)))

    return on_content


AT_ONCE = "090c0000000000000000008000ff"
IN_2030 = "090c07ee010fff090000008000ff"
HAND_BUILT_ELECTRICITY = {
    "a row that is not enabled": swap("12000103ff", "1200010300"),
    "a row that is enabled otherwise": swap("12000103ff", "1200010301"),
    "selector 33": swap("006aff120020", "006aff120021", 5),
    "selector 52, remote disable": swap("006aff120020", "006aff120034"),
    "another script table": swap("00000a006aff", "00000a0064ff"),
    "an empty window": swap("12ffff", "120000"),
    "a wildcard hour": swap("090400000000", "0904ff000000"),
    "pad bits": swap("0407fe", "0407ff"),
    "a day of week in a date": swap("ffff0101ff", "ffff010101"),
    "another entry number": swap("12000203ff", "12000903ff"),
    "an activation in 2030": swap(AT_ONCE, IN_2030),
    "the last activation in 2030": swap(AT_ONCE, IN_2030, 8),
    "an activation that cancels": swap(AT_ONCE, "090cffffffffffffffffff8000ff", 3),
    "an activation of another status": swap(AT_ONCE, "090c000000000000000000800000"),
    "a row fewer than counted": swap("010c020a", "010d020a"),
    "a row more than counted": swap("010c020a", "010b020a"),
    "attribute 2 for 4": swap("00005e2c021404", "00005e2c021402"),
    "get for set": swap("02232800005e2c021404", "01232800005e2c021404"),
    "another week": swap("0500093a80", "0500015180"),
    "another COSEM type": swap("12000005", "05000000000500"),
    "another invocation id": swap("d920", "d921"),
    "an invocation id of another counter": swap(
        f"d920{COUNTER & 0xFFFFFF:06x}", f"d920{(COUNTER + 1) & 0xFFFFFF:06x}"
    ),
    "an item missing": items(lambda found: found[:-1]),
    "an item repeated": items(lambda found: (*found, found[1])),
    "items in another order": items(lambda found: (found[1], found[0], *found[2:])),
    "a second schedule": items(lambda found: (*found, found[3])),
    "no item at all": items(lambda found: found[:0]),
    "a date-time": dated,
    "octets after the end": lambda content: content + b"\x00",
    "octets missing": lambda content: content[:-1],
    "the content of the other fuel": lambda _: content_of(contingency(5, Fuel.GAS)),
    "nothing": lambda _: b"",
}
EVENT = "372f9432"
HAND_BUILT_GAS = {
    "the tariff calendar": swap("0000000003000001", "0000000000000001"),
    "another time reference": swap("0000000003000001", "0000000003010001"),
    "another calendar id": swap(EVENT + EVENT, EVENT + "382f9432"),
    "another event time in one component": swap(EVENT, "382f9432"),
    "two seasons counted, one given": swap("030000010101", "030000020101"),
    "two days counted, one given": swap("030000010101", "030000010102"),
    "another calendar type in a day": swap("010001030000", "010001000000"),
    "a day without entries": swap("0101000103000001", "0100000103"),
    "an activation in 2030": swap("00000000809698", "38818890809698"),
    "an activation that cancels": swap("00000000809698", "ffffffff809698"),
    "a low credit level in 2030": swap("00000000010209", "90888138010209"),
    "a calendar in 2030": swap("0000000003000001", "3881889003000001"),
    "a component missing": components(lambda found: found[:-1]),
    "a component repeated": components(lambda found: (*found, found[0])),
    "components in another order": components(lambda found: (found[1], found[0], *found[2:])),
    "octets after the end": lambda content: content + b"\x00",
    "octets missing": lambda content: content[:-1],
    "nothing": lambda _: b"",
}
HAND_BUILT = [
    pytest.param(fuel, edit, id=f"{fuel.value}: {name}")
    for fuel, edits in (
        (Fuel.ELECTRICITY, HAND_BUILT_ELECTRICITY),
        (Fuel.GAS, HAND_BUILT_GAS),
    )
    for name, edit in edits.items()
]


@pytest.mark.parametrize(("fuel", "edit"), HAND_BUILT)
def test_near_misses_in_hand_built_payloads(fuel: Fuel, edit: Edit) -> None:
    case = contingency(5, fuel)
    edited = edit(content_of(case))
    assert edited != content_of(case)
    assert verdict_of(case.with_content(edited)) == REFUSED


@pytest.mark.parametrize("seconds", [-86400, -1, 0, 1, 86400])
def test_an_event_time_near_now_passes(seconds: int) -> None:
    assert verdict_of(built_at(seconds)) == ("", "")


@pytest.mark.parametrize("seconds", [-86401, 86401, -30 * 86400])
def test_an_event_time_far_from_now_is_refused(seconds: int) -> None:
    assert verdict_of(built_at(seconds)) == REFUSED


def built_at(seconds: int) -> Case:
    case = contingency(5, Fuel.GAS)
    moment = NOW + timedelta(seconds=seconds)
    built = parse_frame(signed_payload(Fuel.GAS, now=moment))
    return case.with_content(built.content)
