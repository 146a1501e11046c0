"""Checks that the two prepayment codecs share; each raises ``FieldError`` with the field's name."""

from collections.abc import Sized

from stayon.domain.errors import FieldError
from stayon.domain.prepayment import SwitchTime


def require_range(value: int, low: int, high: int, field: str) -> int:
    """``value``, if it is in ``low..high``."""
    if not low <= value <= high:
        raise FieldError(field, f"{value} is not in {low}..{high}")
    return value


def require_count(values: Sized, low: int, high: int, field: str) -> None:
    """Check that there are ``low`` to ``high`` of them."""
    if not low <= len(values) <= high:
        raise FieldError(field, f"{len(values)} given, {low} to {high} fit")


def require_utc_offset(offset_minutes: int | None, field: str) -> None:
    """Check that a date or time was given in UTC (``Z``): a meter is told no time zone."""
    if offset_minutes != 0:
        raise FieldError(field, "must be in UTC (Z)")


def require_time(time: SwitchTime, field: str) -> None:
    """Check that a time of day is one that a meter can be told."""
    require_utc_offset(time.offset_minutes, field)
    require_range(time.hour, 0, 23, f"{field}.hour")
    require_range(time.minute, 0, 59, f"{field}.minute")
    require_range(time.second, 0, 59, f"{field}.second")
    require_range(time.hundredths, 0, 99, f"{field}.hundredths")
