"""Instants are timezone-aware datetimes in UTC; nothing else is accepted or made."""

from datetime import UTC, datetime, timedelta

from stayon.domain.errors import FieldError

ZIGBEE_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
CANCELLATION = datetime(3000, 12, 31, tzinfo=UTC)
"""The ExecutionDateTime that cancels a future-dated command (DUIS 5.4)."""


def require_utc(instant: datetime, field: str) -> datetime:
    """Return ``instant`` unchanged, or raise ``FieldError`` unless its offset is zero."""
    if instant.tzinfo is not UTC and instant.utcoffset() != timedelta(0):
        raise FieldError(field, "must be an instant in UTC")
    return instant


def parse_instant(text: str, field: str) -> datetime:
    """Read an ISO 8601 date-time with ``Z`` or an offset and return it in UTC.

    Raises ``FieldError`` when there is no offset: a local time is not an instant.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise FieldError(field, f"{text[:40]!r} is not an ISO 8601 date-time") from None
    if instant.tzinfo is None:
        raise FieldError(field, f"{text[:40]!r} has no time zone; write Z for UTC")
    return instant.astimezone(UTC)


def format_instant(instant: datetime) -> str:
    """Write an instant as DUIS does: ``2026-11-20T18:30:00.000Z`` (UTC, milliseconds)."""
    if instant.tzinfo is UTC:
        return instant.isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"
    utc = require_utc(instant, "instant")
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def zigbee_seconds(instant: datetime) -> int:
    """Whole seconds since 2000-01-01T00:00:00Z, the UTCTime of ZigBee."""
    return int((require_utc(instant, "instant") - ZIGBEE_EPOCH).total_seconds())
