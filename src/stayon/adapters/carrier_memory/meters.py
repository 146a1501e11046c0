"""What has reached the meters of one host."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from stayon.adapters.carrier_memory.file import InstalledFile, instant, microseconds
from stayon.domain.eui64 import Eui64
from stayon.ports.carrier_memory import Executed

_SCHEMA = """
CREATE TABLE IF NOT EXISTS executed (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    device TEXT NOT NULL,
    message BLOB NOT NULL
);
"""


class MetersFile(InstalledFile):
    """Implements ``carrier_memory.MeterMemory``; a new file is of meters installed ``now``."""

    def __init__(self, path: Path, now: datetime) -> None:
        super().__init__(path, _SCHEMA, now)

    async def add(self, executed: Sequence[Executed]) -> None:
        """See ``MeterMemory.add``."""
        await self.write(
            (
                "INSERT INTO executed (at, device, message) VALUES (?, ?, ?)",
                [(microseconds(each.at), each.device.hex, each.message) for each in executed],
            )
        )

    def executed(self) -> Sequence[Executed]:
        """See ``MeterMemory.executed``."""
        rows = self.read("SELECT at, device, message FROM executed ORDER BY number")
        return [Executed(instant(at), Eui64.parse(device), message) for at, device, message in rows]
