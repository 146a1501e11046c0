"""A query of the Service Audit Trail for one device, among as many rows as years of traffic leave.

The rows are made by the database itself, fast and without care for a crash, in the schema of the
DSP's store; the query is the store's own.
"""

import asyncio
import sqlite3
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage.store import SqlStore
from stayon.apps.bench.figures import Figure
from stayon.domain.eui64 import Eui64
from stayon.ports.audit import AuditQuery

_DEVICES: Final = 200_000
_QUERIES: Final = 60
_TARGET_MS: Final = 50.0
_FAST: Final = ("synchronous=OFF", "journal_mode=OFF", "cache_size=-200000")
_MULTIPLIER: Final = 7_919
"""Rows of one device lie far apart, as they do where many devices are served at once."""
_FILL: Final = f"""
INSERT INTO audit (writer, sequence, at, step, code, detail, request_id, sender, role, originator,
    device, srv, command_variant, hash)
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
SELECT 'dsp', n, 1800000000000000 + n * 1000, 'admission', 'I99', '',
    printf('90-B3-D5-1F-30-01-00-00:00-DB-12-34-%08X:%d', n * {_MULTIPLIER} % {_DEVICES}, n),
    '90b3d51f30010000', 'SolrContingency', '90b3d51f30010001',
    printf('00db1234%08x', n * {_MULTIPLIER} % {_DEVICES}), '2.1', 5, zeroblob(32)
FROM number
"""  # noqa: S608 - two numbers of this module


def audit_trail_figure(folder: Path, rows: int) -> Figure:
    """Milliseconds of one query for all rows of a device, of ``_QUERIES`` different devices."""
    path = folder / "trail.sqlite"
    asyncio.run(_make(path))
    _fill(path, rows)
    times = sorted(asyncio.run(_query(path)))
    name = f"SAT query for one device, {rows:,} rows"
    return Figure(
        name,
        "ms",
        statistics.median(times),
        times[0],
        times[-1],
        target=_TARGET_MS,
        lower_is_better=True,
    )


def _store(path: Path) -> SqlStore:
    return SqlStore.in_file(path, SimulatedClock(datetime.now(UTC)))


async def _make(path: Path) -> None:
    await _store(path).close()


def _fill(path: Path, rows: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in _FAST:
        connection.execute(f"PRAGMA {pragma}")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master"
        " WHERE type = 'index' AND tbl_name = 'audit' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("BEGIN")
    connection.execute(_FILL, (rows,))
    connection.execute("COMMIT")
    for _, statement in indexes:
        connection.execute(statement)
    connection.close()


async def _query(path: Path) -> list[float]:
    store = _store(path)
    times = []
    for number in range(_QUERIES):
        device = Eui64(bytes.fromhex(f"00db1234{number * _MULTIPLIER % _DEVICES:08x}"))
        start = time.perf_counter()
        found = await store.audit_rows(AuditQuery(device=device))
        times.append(time.perf_counter() - start)
        if any(row.entry.device != device for row in found):
            raise RuntimeError(f"rows of another device than {device}")
    await store.close()
    return [1000 * each for each in times]
