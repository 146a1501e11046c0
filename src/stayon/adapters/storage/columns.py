"""Column types: values of the field in, values of the field out.

Those that the hot path writes give their processor themselves: what a ``TypeDecorator`` builds by
itself calls three functions for each value.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, Dialect, String, TypeDecorator

from stayon.domain.eui64 import Eui64

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_EnumT = TypeVar("_EnumT", bound=Enum)


def to_microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00:00Z; exact, unlike a float timestamp."""
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The inverse of ``to_microseconds``, in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def _instant_in(value: datetime | None) -> int | None:
    return None if value is None else (value - _EPOCH) // _MICROSECOND


def _eui_in(value: Eui64 | None) -> str | None:
    return None if value is None else value.octets.hex()


class InstantColumn(TypeDecorator[datetime]):
    """An instant as microseconds since 1970: exact, ordered, alike in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the database."""
        del dialect
        return _instant_in(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """The same for many values: the databases take an integer as it is."""
        del dialect
        return _instant_in

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        del dialect
        return None if value is None else from_microseconds(value)


class EuiColumn(TypeDecorator[Eui64]):
    """An EUI-64 as sixteen hex digits, readable in any database tool."""

    impl = String(16)
    cache_ok = True

    def process_bind_param(self, value: Eui64 | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return _eui_in(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """The same for many values: the databases take a text as it is."""
        del dialect
        return _eui_in

    def process_result_value(self, value: str | None, dialect: Dialect) -> Eui64 | None:
        """From the database."""
        del dialect
        return None if value is None else Eui64.parse(value)


class SerialColumn(TypeDecorator[int]):
    """A certificate serial (up to 160 bits) in decimal."""

    impl = String(50)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | None:
        """From the database."""
        del dialect
        return None if value is None else int(value)


class EnumColumn(TypeDecorator[_EnumT], Generic[_EnumT]):
    """An enumeration by its value, the word that documents and files use."""

    impl = String(32)
    cache_ok = True

    def __init__(self, kind: type[_EnumT], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self._members = {str(member.value): member for member in kind}
        self._words: dict[_EnumT | None, str | None] = {None: None}
        self._words |= {member: word for word, member in self._members.items()}

    def process_bind_param(self, value: _EnumT | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return self._words[value]

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """The same for many values: the databases take a text as it is."""
        del dialect
        return self._words.__getitem__

    def process_result_value(self, value: str | None, dialect: Dialect) -> _EnumT | None:
        """From the database."""
        del dialect
        return None if value is None else self._members[value]
