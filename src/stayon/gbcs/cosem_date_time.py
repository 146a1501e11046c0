"""The twelve octets in which COSEM writes a date and time, wildcards included."""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stayon.domain.errors import FieldError
from stayon.domain.instants import require_utc
from stayon.gbcs.errors import GbcsError

_LAYOUT = struct.Struct(">HBBBBBBBhB")
SIZE = 12
UNSPECIFIED_DEVIATION = -0x8000
_MICROSECONDS_PER_HUNDREDTH = 10_000


@dataclass(frozen=True, slots=True)
class CosemDateTime:
    """Each octet as its number: 255 (the year: 65535) stands for "not specified".

    ``deviation`` is in minutes from local time to UTC, -32768 for not specified, which GBCS always
    writes and means UTC. ``status`` is the clock status octet. Source: DLMS UA Blue Book.
    """

    year: int
    month: int
    day: int
    weekday: int
    hour: int
    minute: int
    second: int
    hundredths: int
    deviation: int
    status: int

    @classmethod
    def from_instant(cls, instant: datetime) -> "CosemDateTime":
        """A UTC instant as GBCS writes it: weekday and status FF, deviation not specified."""
        at = require_utc(instant, "date-time")
        hundredths = at.microsecond // _MICROSECONDS_PER_HUNDREDTH
        return cls(
            at.year, at.month, at.day, 0xFF, at.hour, at.minute, at.second, hundredths,
            UNSPECIFIED_DEVIATION, 0xFF,
        )  # fmt: skip

    def instant(self) -> datetime:
        """The instant in UTC; raises ``FieldError`` where a wildcard leaves it open."""
        hundredths = 0 if self.hundredths == 0xFF else self.hundredths
        if self.year == 0xFFFF or hundredths > 99:
            raise FieldError("date-time", f"{self} is no single instant")
        deviation = 0 if self.deviation == UNSPECIFIED_DEVIATION else self.deviation
        try:
            return datetime(
                self.year, self.month, self.day, self.hour, self.minute, self.second,
                hundredths * _MICROSECONDS_PER_HUNDREDTH, UTC,
            ) + timedelta(minutes=deviation)  # fmt: skip
        except (ValueError, OverflowError):
            raise FieldError("date-time", f"{self} is no single instant") from None

    def __str__(self) -> str:
        return encode_date_time(self).hex().upper()


IMMEDIATELY = CosemDateTime(0, 0, 0, 0, 0, 0, 0, 0, UNSPECIFIED_DEVIATION, 0xFF)
"""The activation time of a command that takes effect at once."""

NEVER = CosemDateTime(0xFFFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, UNSPECIFIED_DEVIATION, 0xFF)
"""The activation time that cancels a future-dated command."""


def decode_date_time(octets: bytes, field: str = "date-time", offset: int = 0) -> CosemDateTime:
    """Twelve octets as a value; raises ``GbcsError`` naming ``field`` for another size."""
    if len(octets) != SIZE:
        raise GbcsError(field, offset, f"a date-time has {SIZE} octets, not {len(octets)}")
    return CosemDateTime(*_LAYOUT.unpack(octets))


def encode_date_time(date_time: CosemDateTime) -> bytes:
    """The twelve octets; raises ``FieldError`` for a number that does not fit its octets."""
    at = date_time
    try:
        return _LAYOUT.pack(
            at.year, at.month, at.day, at.weekday, at.hour, at.minute, at.second, at.hundredths,
            at.deviation, at.status,
        )  # fmt: skip
    except struct.error:
        raise FieldError("date-time", "a number does not fit its octets") from None
