"""What a CSP has accepted and not ended."""

import json
from collections.abc import Sequence
from pathlib import Path

from stayon.adapters.carrier_memory.file import MemoryFile
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.ports.meters import RaisedAlerts
from stayon.ports.outbound import CarrierWork

_SCHEMA = """
CREATE TABLE IF NOT EXISTS work (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    work_id TEXT NOT NULL UNIQUE,
    route TEXT NOT NULL,
    device TEXT NOT NULL,
    message BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS alert (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL,
    messages TEXT NOT NULL
);
"""


class CspFile:
    """Implements ``carrier_memory.CspMemory``."""

    def __init__(self, path: Path) -> None:
        self._file = MemoryFile(path, _SCHEMA)

    async def accept(self, work: Sequence[CarrierWork]) -> None:
        """See ``CspMemory.accept``."""
        await self._file.write(
            (
                "INSERT OR IGNORE INTO work (work_id, route, device, message) VALUES (?, ?, ?, ?)",
                [(each.work_id, each.route.value, each.device.hex, each.message) for each in work],
            )
        )

    async def accept_alerts(self, alerts: Sequence[RaisedAlerts]) -> None:
        """See ``CspMemory.accept_alerts``."""
        rows = [
            (each.key, each.device.hex, json.dumps([one.hex() for one in each.messages]))
            for each in alerts
        ]
        await self._file.write(
            ("INSERT OR IGNORE INTO alert (key, device, messages) VALUES (?, ?, ?)", rows)
        )

    async def forget(self, names: Sequence[str]) -> None:
        """See ``CspMemory.forget``."""
        rows = [(name,) for name in names]
        await self._file.write(
            ("DELETE FROM work WHERE work_id = ?", rows), ("DELETE FROM alert WHERE key = ?", rows)
        )

    def work(self) -> Sequence[CarrierWork]:
        """See ``CspMemory.work``."""
        rows = self._file.read("SELECT work_id, route, device, message FROM work ORDER BY number")
        return [
            CarrierWork(work_id, Route(route), Eui64.parse(device), message)
            for work_id, route, device, message in rows
        ]

    def alerts(self) -> Sequence[RaisedAlerts]:
        """See ``CspMemory.alerts``."""
        rows = self._file.read("SELECT key, device, messages FROM alert ORDER BY number")
        return [
            RaisedAlerts(
                key, Eui64.parse(device), tuple(bytes.fromhex(one) for one in json.loads(messages))
            )
            for key, device, messages in rows
        ]

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
