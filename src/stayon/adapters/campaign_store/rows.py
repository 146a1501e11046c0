"""Rows of a campaign's tables as values, and back.

Counters are text, for they may need all 64 bits and SQLite's integers have a sign; instants are ISO
8601 with their offset.
"""

from datetime import datetime
from functools import lru_cache
from sys import intern

from sqlalchemy.engine import Row

from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage

DEVICE_COLUMNS = (
    "position",
    "device_id",
    "supplier_id",
    "fuel",
    "generation",
    "mpxn",
    "route",
    "gbcs_version",
    "counter_floor",
    "postcode",
)
"""Of the table ``device``, in the order of ``device_values``."""


def device_values(device: PortfolioDevice, position: int) -> tuple[object, ...]:
    """A device and its place in the portfolio, as the driver takes it."""
    return (
        position,
        device.device_id.octets,
        device.supplier_id.octets,
        device.fuel.value,
        device.generation.value,
        device.mpxn,
        device.route.value,
        device.gbcs_version,
        str(device.counter_floor),
        device.postcode,
    )


PROGRESS_COLUMNS = (
    "device_id",
    "stage",
    "end_state",
    "attempt",
    "first_counter",
    "counter",
    "due",
    "code",
    "words",
    "changed",
    "cause",
    "local",
    "earlier_attempts",
)
"""Of the table ``progress``, in the order of ``progress_values``; all but the request."""


def progress_values(progress: Progress) -> tuple[object, ...]:
    """How far a device has got, as the driver takes it."""
    return (
        progress.device_id.octets,
        progress.stage.value,
        None if progress.end is None else progress.end.value,
        progress.attempt,
        _text(progress.first_counter),
        _text(progress.counter),
        _text(progress.due),
        progress.code,
        progress.words,
        _text(progress.changed),
        progress.cause,
        progress.local,
        progress.earlier_attempts,
    )


def _text(value: int | datetime | None) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat()
    return None if value is None else str(value)


def progress_of(row: Row[tuple[object, ...]]) -> Progress:
    """The value of a row of ``progress``."""
    stage: Stage = row.stage
    end: EndState | None = row.end_state
    return Progress(
        device_id=Eui64(row.device_id),
        stage=stage,
        end=end,
        attempt=row.attempt,
        first_counter=None if row.first_counter is None else int(row.first_counter),
        counter=None if row.counter is None else int(row.counter),
        due=None if row.due is None else datetime.fromisoformat(row.due),
        code=row.code,
        words=row.words,
        changed=None if row.changed is None else datetime.fromisoformat(row.changed),
        cause=row.cause,
        local=row.local,
        earlier_attempts=row.earlier_attempts,
    )


def device_of(row: Row[tuple[object, ...]]) -> PortfolioDevice:
    """The value of a row of ``device``."""
    return PortfolioDevice(
        device_id=Eui64(row.device_id),
        supplier_id=_supplier(row.supplier_id),
        fuel=row.fuel,
        generation=row.generation,
        mpxn=row.mpxn,
        route=row.route,
        gbcs_version=_once(row.gbcs_version),
        counter_floor=int(row.counter_floor),
        postcode=_once(row.postcode),
    )


@lru_cache(maxsize=64)
def _supplier(octets: bytes) -> Eui64:
    """One value for all the devices of a supplier: a campaign holds hundreds of thousands."""
    return Eui64(octets)


def _once(text: str | None) -> str | None:
    """The same object for the same text, of which there are few: versions and postcodes."""
    return None if text is None else intern(text)
