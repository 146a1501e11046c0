"""All work that an S1SP has accepted, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from stayon.adapters.carrier_memory.file import InstalledFile, instant, microseconds
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.ports.carrier_memory import RememberedWork, S1spEnd
from stayon.ports.outbound import CarrierWork, DeliveryFailure, S1spMessage

_SCHEMA = """
CREATE TABLE IF NOT EXISTS work (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    work_id TEXT NOT NULL UNIQUE,
    route TEXT NOT NULL,
    device TEXT NOT NULL,
    message BLOB NOT NULL,
    ended INTEGER UNIQUE,
    document BLOB,
    failure TEXT,
    effect_at INTEGER,
    taken INTEGER NOT NULL DEFAULT 0
);
"""
_COLUMNS = "work_id, route, device, message, ended, document, failure, effect_at, taken"

_END = (
    "UPDATE work SET ended = (SELECT coalesce(max(ended), 0) + 1 FROM work),"
    " document = ?, failure = ?, effect_at = ? WHERE work_id = ? AND ended IS NULL"
)


class S1spFile(InstalledFile):
    """Implements ``carrier_memory.S1spMemory``."""

    def __init__(self, path: Path, now: datetime) -> None:
        super().__init__(path, _SCHEMA, now)

    async def accept(self, work: Sequence[CarrierWork]) -> None:
        """See ``S1spMemory.accept``."""
        await self.write(
            (
                "INSERT OR IGNORE INTO work (work_id, route, device, message) VALUES (?, ?, ?, ?)",
                [(each.work_id, each.route.value, each.device.hex, each.message) for each in work],
            )
        )

    async def ended(self, work_id: str, end: S1spEnd) -> None:
        """See ``S1spMemory.ended``."""
        document = end.end.document if isinstance(end.end, S1spMessage) else None
        failure = end.end.reason if isinstance(end.end, DeliveryFailure) else None
        at = None if end.effect_at is None else microseconds(end.effect_at)
        await self.write((_END, [(document, failure, at, work_id)]))

    async def taken(self, work_id: str) -> None:
        """See ``S1spMemory.taken``."""
        await self.write(("UPDATE work SET taken = 1 WHERE work_id = ?", [(work_id,)]))

    def work(self) -> Sequence[RememberedWork]:
        """See ``S1spMemory.work``."""
        # Only words of this module are put together here.
        rows = self.read(
            f"SELECT {_COLUMNS} FROM work ORDER BY ended IS NULL, ended, number"  # noqa: S608
        )
        return [_remembered(row) for row in rows]


def _remembered(row: tuple[Any, ...]) -> RememberedWork:
    work_id, route, device_hex, message, ended, document, failure, effect_at, taken = row
    device = Eui64.parse(device_hex)
    work = CarrierWork(work_id, Route(route), device, message)
    if ended is None:
        return RememberedWork(work, None, taken=False)
    end: S1spMessage | DeliveryFailure
    if document is None:
        end = DeliveryFailure(work_id, device, failure)
    else:
        end = S1spMessage(device, document)
    at = None if effect_at is None else instant(effect_at)
    return RememberedWork(work, S1spEnd(end, at), taken=bool(taken))
