"""Commands of another shape than the use case's are refused, naming what is wrong and where."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.gbcs.prepayment_commands import NOW, frame_of
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.gbcs.access import (
    Choice,
    Selection,
    decode_access_request,
    encode_access_request,
)
from stayon.gbcs.cosem import (
    Array,
    CosemData,
    DoubleLong,
    LongUnsigned,
    Null,
    OctetString,
    Structure,
    Unsigned,
    encode_items,
)
from stayon.gbcs.cosem_date_time import CosemDateTime
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Frame
from stayon.gbcs.gbz import Component, EncryptedFrame, GbzMessage, decode_gbz, encode_gbz
from stayon.gbcs.prepayment_configuration import UseCase, decode_configuration


def electricity_item(item: int, data: CosemData) -> Frame:
    """The safe set with other data in one of its eighteen items, counted from 1."""
    frame = frame_of(SAFE_ELECTRICITY, UseCase.ECS08A)
    request = decode_access_request(frame.content)
    items = list(request.items)
    items[item - 1] = items[item - 1]._replace(data=data)
    return replace(frame, content=encode_access_request(replace(request, items=tuple(items))))


@pytest.mark.parametrize(
    ("item", "data", "field"),
    [
        (1, Null(), "special_days"),
        (1, Array((Unsigned(1),)), "special day 1"),
        (1, Array((Unsigned(1),) * 21), "special_days"),
        (3, LongUnsigned(1), "max_credit_threshold"),
        (4, Null(), "schedule"),
        (4, Array(), "schedule"),
        (4, Array((Null(),)), "schedule row 1"),
        (5, DoubleLong(0), "debt_recovery_rate_cap"),
        (6, DoubleLong(604799), "debt_recovery_rate_cap_period"),
        (9, Null(), "activation of special_days"),
        (10, Unsigned(0), "emergency_credit_threshold"),
        (11, OctetString(bytes(11)), "activation of max_meter_balance"),
        (12, OctetString(b"\xff" * 9 + b"\x80\x00\xff"), "activation of max_credit_threshold"),
        (18, OctetString(bytes(12)), "activation of schedule"),
    ],
)
def test_electricity_data_of_another_kind(item: int, data: CosemData, field: str) -> None:
    frame = electricity_item(item, data)
    with pytest.raises(GbcsError) as error:
        decode_configuration(frame)
    assert error.value.field == field
    before = decode_access_request(frame.content).items[: item - 1]
    assert error.value.offset == 188 + len(encode_items(tuple(i.data for i in before)))


def test_a_date_of_another_length() -> None:
    schedule = decode_access_request(frame_of(SAFE_ELECTRICITY, UseCase.ECS08A).content).items[3]
    first, *_ = schedule.data.items  # type: ignore[attr-defined]
    row = Structure((*first.items[:8], OctetString(bytes(4)), first.items[9]))
    with pytest.raises(GbcsError, match="schedule row 1 start"):
        decode_configuration(electricity_item(4, Array((row,))))


def test_an_electricity_request_of_another_shape() -> None:
    frame = frame_of(SAFE_ELECTRICITY, UseCase.ECS08A)
    request = decode_access_request(frame.content)
    action = request.items[0].specification._replace(choice=Choice.GET_WITH_SELECTION)
    selected = action._replace(selection=Selection(1, Null()))
    for changes, field in (
        ({"items": request.items[:17]}, "data count"),
        ({"date_time": CosemDateTime.from_instant(NOW)}, "DLMS date-time"),
        ({"invoke_id": 0x60030405}, "invoke id"),
        (
            {"items": (request.items[0]._replace(specification=selected), *request.items[1:])},
            "special_days",
        ),
    ):
        content = encode_access_request(replace(request, **changes))
        with pytest.raises(GbcsError) as error:
            decode_configuration(replace(frame, content=content))
        assert error.value.field == field


SEALED = EncryptedFrame(0, 0, 1, 0, 3, b"\x31" + bytes(16))


def gas_components(choose: Callable[[list[Component]], list[Component]]) -> Frame:
    """The safe set with its components chosen anew."""
    frame = frame_of(SAFE_GAS, UseCase.GCS05)
    chosen = choose(list(decode_gbz(frame.content).components))
    return replace(frame, content=encode_gbz(GbzMessage(tuple(chosen))))


@pytest.mark.parametrize(
    ("choose", "field"),
    [
        (lambda c: c[:8], "PublishSpecialDays"),
        (lambda c: c[1:], "EmergencyCreditSetup"),
        (lambda c: [*c, c[8]], "components"),
        (lambda c: [*c[:5], *c[6:]], "day_profiles"),
        (lambda c: [*c[:6], c[5], *c[6:]], "component 5 number_of_day_profiles"),
        (lambda c: [replace(c[0], from_date_time=0), *c[1:]], "component 1 from_date_time"),
        (
            lambda c: [replace(c[0], body=replace(c[0].body, control=0x11)), *c[1:]],
            "component 1 frame control",
        ),
        (
            lambda c: [replace(c[0], body=replace(c[0].body, sequence=9)), *c[1:]],
            "component 1 sequence number",
        ),
        (
            lambda c: [replace(c[0], body=SEALED), *c[1:]],
            "EmergencyCreditSetup",
        ),
    ],
)
def test_gas_components_of_another_shape(
    choose: Callable[[list[Component]], list[Component]], field: str
) -> None:
    with pytest.raises(GbcsError) as error:
        decode_configuration(gas_components(choose))
    assert error.value.field == field
