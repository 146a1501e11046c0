"""ECS08 and ECS08a: the electricity prepayment configuration as eighteen COSEM attributes.

Source: GBCS use cases ECS08 and ECS08a; reference gbcs.md 2. Nine attributes get a value, nine the
activation time of one of these. Whatever is decoded here encodes to the same octets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from stayon.domain.errors import FieldError
from stayon.domain.money import MilliPence, WholePounds
from stayon.domain.prepayment import ElectricityCalendar, ElectricityPrepaymentConfiguration
from stayon.gbcs.access import (
    AccessRequest,
    Choice,
    RequestItem,
    Specification,
    decode_access_request,
    encode_access_request,
    long_invoke_id,
)
from stayon.gbcs.cosem import CosemData, DoubleLong, LongUnsigned, OctetString, encode_items
from stayon.gbcs.cosem_date_time import (
    IMMEDIATELY,
    NEVER,
    CosemDateTime,
    decode_date_time,
    encode_date_time,
)
from stayon.gbcs.cosem_date_time import SIZE as DATE_TIME_SIZE
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.prepayment_activation import Activation, At, Cancel, Immediate, UseCase
from stayon.gbcs.prepayment_electricity_calendar import (
    decode_schedule,
    decode_special_days,
    encode_schedule,
    encode_special_days,
)
from stayon.gbcs.prepayment_fields import require_range

_SPECIAL_DAYS, _SCHEDULE, _SETTING = 11, 10, 9000
_CURRENT_VALUE, _NEXT_VALUE, _ACTIVATION = 2, 4, 6
_SECONDS_OF_A_WEEK: Final = 604800
_INVOCATION_MASK: Final = 0xFFFFFF
_PERIOD = "debt_recovery_rate_cap_period"
_FINEST = 10_000
"""Microseconds in the finest step of an activation time."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Item:
    """One of the eighteen: it sets ``parameter``, or the activation time of ``parameter``."""

    specification: Specification
    parameter: str
    is_activation: bool

    @property
    def name(self) -> str:
        """What errors and outcomes call it."""
        return f"activation of {self.parameter}" if self.is_activation else self.parameter


def _item(class_id: int, obis: str, attribute: int, parameter: str) -> Item:
    specification = Specification(Choice.SET, class_id, bytes(map(int, obis.split("."))), attribute)
    return Item(specification, parameter, (class_id, attribute) == (_SETTING, _ACTIVATION))


def _items(balance_attribute: int) -> tuple[Item, ...]:
    return (
        _item(_SPECIAL_DAYS, "0.1.11.0.2.255", 2, "special_days"),
        _item(_SETTING, "0.0.94.44.2.20", balance_attribute, "max_meter_balance"),
        _item(_SETTING, "0.0.94.44.2.10", _NEXT_VALUE, "max_credit_threshold"),
        _item(_SCHEDULE, "0.1.12.0.1.255", 2, "schedule"),
        _item(_SETTING, "0.0.94.44.128.12", _NEXT_VALUE, "debt_recovery_rate_cap"),
        _item(_SETTING, "0.0.94.44.128.13", _NEXT_VALUE, _PERIOD),
        _item(_SETTING, "0.0.94.44.128.9", _NEXT_VALUE, "low_credit_threshold"),
        _item(_SETTING, "0.0.94.44.128.2", _NEXT_VALUE, "emergency_credit_limit"),
        _item(_SETTING, "0.0.94.44.128.31", _ACTIVATION, "special_days"),
        _item(_SETTING, "0.0.94.44.128.3", _NEXT_VALUE, "emergency_credit_threshold"),
        _item(_SETTING, "0.0.94.44.2.20", _ACTIVATION, "max_meter_balance"),
        _item(_SETTING, "0.0.94.44.2.10", _ACTIVATION, "max_credit_threshold"),
        _item(_SETTING, "0.0.94.44.128.12", _ACTIVATION, "debt_recovery_rate_cap"),
        _item(_SETTING, "0.0.94.44.128.13", _ACTIVATION, _PERIOD),
        _item(_SETTING, "0.0.94.44.128.9", _ACTIVATION, "low_credit_threshold"),
        _item(_SETTING, "0.0.94.44.128.2", _ACTIVATION, "emergency_credit_limit"),
        _item(_SETTING, "0.0.94.44.128.3", _ACTIVATION, "emergency_credit_threshold"),
        _item(_SETTING, "0.0.94.44.128.28", _ACTIVATION, "schedule"),
    )


ITEMS: Final = {UseCase.ECS08: _items(_CURRENT_VALUE), UseCase.ECS08A: _items(_NEXT_VALUE)}
"""The eighteen items in wire order; the use cases differ in one attribute of the second."""


def encode_electricity(
    configuration: ElectricityPrepaymentConfiguration,
    activation: Activation,
    use_case: UseCase,
    counter: int,
) -> bytes:
    """The content of the command; raises ``FieldError`` naming a value that does not fit it."""
    time = OctetString(encode_date_time(activation_time(activation)))
    values = _values(configuration)
    items = tuple(
        RequestItem(item.specification, time if item.is_activation else values[item.parameter])
        for item in ITEMS[use_case]
    )
    return encode_access_request(AccessRequest(long_invoke_id(counter), None, items))


def _values(configuration: ElectricityPrepaymentConfiguration) -> dict[str, CosemData]:
    calendar = configuration.calendar

    def amount(field: str) -> DoubleLong:
        low, high = DoubleLong.LOW, DoubleLong.HIGH
        return DoubleLong(require_range(getattr(configuration, field), low, high, field))

    cap = require_range(configuration.debt_recovery_rate_cap, 0, 0xFFFF, "debt_recovery_rate_cap")
    return {
        "special_days": encode_special_days(calendar.special_days),
        "schedule": encode_schedule(calendar.schedule, len(calendar.special_days)),
        "debt_recovery_rate_cap": LongUnsigned(cap),
        _PERIOD: DoubleLong(_SECONDS_OF_A_WEEK),
        "max_meter_balance": amount("max_meter_balance"),
        "max_credit_threshold": amount("max_credit_threshold"),
        "low_credit_threshold": amount("low_credit_threshold"),
        "emergency_credit_limit": amount("emergency_credit_limit"),
        "emergency_credit_threshold": amount("emergency_credit_threshold"),
    }


def activation_time(activation: Activation) -> CosemDateTime:
    """The activation time as a meter is told it; raises ``FieldError``."""
    if isinstance(activation, Immediate):
        return IMMEDIATELY
    if isinstance(activation, Cancel):
        return NEVER
    if activation.instant.microsecond % _FINEST:
        raise FieldError("ExecutionDateTime", "is finer than hundredths of a second")
    return CosemDateTime.from_instant(activation.instant)


def decode_electricity(
    content: bytes, use_case: UseCase
) -> tuple[ElectricityPrepaymentConfiguration, Activation, int]:
    """Configuration, activation, and the low 24 bits of the counter (the invocation id).

    Raises ``GbcsError`` for anything that ``encode_electricity`` would not have written.
    """
    request = decode_access_request(content)
    invocation = request.invoke_id & _INVOCATION_MASK
    if request.invoke_id != long_invoke_id(invocation):
        raise GbcsError("invoke id", 1, f"{request.invoke_id:08X} does not begin with 20")
    if request.date_time is not None:
        raise GbcsError("DLMS date-time", 5, "is there and must not be")
    reader = _ItemReader(content, request, ITEMS[use_case])
    return _read_configuration(reader), reader.activation(), invocation


def _read_configuration(reader: "_ItemReader") -> ElectricityPrepaymentConfiguration:
    reader.read(_PERIOD, _decode_period)
    days = reader.read("special_days", decode_special_days)

    def amount(field: str) -> MilliPence:
        return MilliPence(reader.read(field, lambda data: _number(data, DoubleLong, field)))

    def cap(data: CosemData) -> WholePounds:
        return WholePounds(_number(data, LongUnsigned, "debt_recovery_rate_cap"))

    return ElectricityPrepaymentConfiguration(
        debt_recovery_rate_cap=reader.read("debt_recovery_rate_cap", cap),
        emergency_credit_limit=amount("emergency_credit_limit"),
        emergency_credit_threshold=amount("emergency_credit_threshold"),
        low_credit_threshold=amount("low_credit_threshold"),
        calendar=ElectricityCalendar(
            days, reader.read("schedule", lambda data: decode_schedule(data, len(days)))
        ),
        max_meter_balance=amount("max_meter_balance"),
        max_credit_threshold=amount("max_credit_threshold"),
    )


class _ItemReader:
    """The data of a request that was checked to have exactly the expected specifications."""

    def __init__(self, content: bytes, request: AccessRequest, items: tuple[Item, ...]) -> None:
        if len(request.items) != len(items):
            raise GbcsError("data count", 6, f"is {len(request.items)}, not {len(items)}")
        self._content = content
        self._items = items
        self._data = tuple(item.data for item in request.items)
        for index, (item, found) in enumerate(zip(items, request.items, strict=True)):
            if item.specification != found.specification:
                rule = (
                    f"{_words(found.specification)} stands where {_words(item.specification)} goes"
                )
                raise GbcsError(item.name, self._offset(index), rule)

    def read(self, parameter: str, decode: Callable[[CosemData], _Value]) -> _Value:
        """The value of ``parameter``; a ``FieldError`` of ``decode`` becomes a ``GbcsError``."""
        index = next(i for i, item in enumerate(self._items) if item.parameter == parameter)
        return self._decoded(index, decode)

    def activation(self) -> Activation:
        """The activation time that all nine items give."""
        found = [
            (index, item.name, self._decoded(index, activation_decoder(item.name)))
            for index, item in enumerate(self._items)
            if item.is_activation
        ]
        first = found[0][2]
        for index, name, activation in found:
            if activation != first:
                raise GbcsError(name, self._offset(index), f"differs from {found[0][1]}")
        return first

    def _decoded(self, index: int, decode: Callable[[CosemData], _Value]) -> _Value:
        try:
            return decode(self._data[index])
        except FieldError as error:
            raise GbcsError(error.field, self._offset(index), error.rule) from None

    def _offset(self, index: int) -> int:
        return len(self._content) - len(encode_items(self._data[index:]))


def _words(specification: Specification) -> str:
    choice, class_id, name, attribute, selection = specification
    selective = "" if selection is None else " with selection"
    return f"{choice.name} {class_id}/{name.hex().upper()}/{attribute}{selective}"


def activation_decoder(field: str) -> Callable[[CosemData], Activation]:
    """What reads an activation time; it raises ``FieldError`` about ``field``."""

    def decode(data: CosemData) -> Activation:
        if not isinstance(data, OctetString):
            raise FieldError(field, f"is {data.NAME}, not {OctetString.NAME}")
        if len(data.octets) != DATE_TIME_SIZE:
            raise FieldError(field, f"has {len(data.octets)} octets, not {DATE_TIME_SIZE}")
        return _activation(decode_date_time(data.octets), field)

    return decode


def _activation(time: CosemDateTime, field: str) -> Activation:
    if time == IMMEDIATELY:
        return Immediate()
    if time == NEVER:
        return Cancel()
    try:
        instant = time.instant()
    except FieldError as error:
        raise FieldError(field, error.rule) from None
    if CosemDateTime.from_instant(instant) != time:
        raise FieldError(field, f"{time} is not how an instant in UTC is written")
    return At(instant)


def _number(data: CosemData, kind: type[DoubleLong] | type[LongUnsigned], field: str) -> int:
    if not isinstance(data, kind):
        raise FieldError(field, f"is {data.NAME}, not {kind.NAME}")
    return data.value


def _decode_period(data: CosemData) -> None:
    if data != DoubleLong(_SECONDS_OF_A_WEEK):
        raise FieldError(_PERIOD, f"is {data}, not a week of {_SECONDS_OF_A_WEEK} seconds")
