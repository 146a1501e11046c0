"""What is to be found, in every place, after a campaign in many processes."""

import csv
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount
from tests.support.roles import RoleWorld
from tests.support.waiting import until

from stayon.adapters.clock.system import SystemClock
from stayon.adapters.http.server import HttpServer
from stayon.adapters.storage import SqlStore
from stayon.adapters.storage.database import Access, open_engine
from stayon.ports.audit import verify_chain


def rows(database: URL, query: str) -> list[Any]:
    """The rows of a query on the DSP's database."""
    engine = create_engine(database)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]
    finally:
        engine.dispose()


def number(database: URL, query: str) -> int:
    """The number that a query asks for."""
    return int(rows(database, query)[0][0])


def executed(world: RoleWorld) -> Counter[str]:
    """How often each SMETS2+ meter has executed a command, by its EUI-64 in hex."""
    found: Counter[str] = Counter()
    for name in world.lives:
        if name.startswith("devices"):
            file = world.folder / f"devices-{world.ports[name]}" / "meters.sqlite"
            with closing(sqlite3.connect(file)) as connection:
                # The same octets again have no effect: a meter gives the answer that it gave.
                query = "SELECT device FROM executed GROUP BY device, message"
                found.update(device.lower() for (device,) in connection.execute(query))
    return found


def had_effect(world: RoleWorld) -> Counter[str]:
    """How often each SMETS1 meter was changed, by its EUI-64 in hex."""
    found: Counter[str] = Counter()
    for file in (world.folder / f"s1sp-{world.ports['s1sp']}").glob("*.sqlite"):
        with closing(sqlite3.connect(file)) as connection:
            query = "SELECT device FROM work WHERE effect_at IS NOT NULL"
            found.update(device.lower() for (device,) in connection.execute(query))
    return found


def end_states(campaign: Path) -> dict[str, str]:
    """The campaign's end state of every device, by its EUI-64 in hex."""
    with (campaign / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        return {
            row["device_id"].replace("-", "").lower(): row["state"] for row in csv.DictReader(file)
        }


@asynccontextmanager
async def anybody_at(port: int) -> AsyncIterator[None]:
    """Somebody at a User's Receive Response Service once the User has what it wanted.

    What was taken there may come again when the word of it was lost.
    """
    app = Starlette(routes=[Mount("/", Response(status_code=204))])
    server = HttpServer(app, port=port)
    await server.start()
    try:
        yield
    finally:
        await server.stop()


async def nothing_left(world: RoleWorld) -> None:
    """Wait until all work is done and every request that is not held has its outcome."""
    # The longest pause after failures is 375 seconds.
    open_requests = "request WHERE NOT concluded AND NOT quarantined"
    try:
        for table in ("outbox", open_requests):
            query = f"SELECT count(*) FROM {table}"  # noqa: S608 - words of this module
            await until(lambda query=query: number(world.database, query) == 0, 400)  # type: ignore[misc]
    except TimeoutError:
        left = rows(world.database, "SELECT kind, target, key, attempt, due_at FROM outbox")
        still = rows(world.database, f"SELECT request_id FROM {open_requests}")  # noqa: S608
        said = {name: life.said()[-300:] for name, life in world.lives.items()}
        raise AssertionError(f"left: {left}, open: {still}, {said}") from None


async def chains_verify(database: URL) -> int:
    """Verify the audit chain of every process that there ever was; how many rows that is."""
    engine = open_engine(database, Access.LATEST)
    engine.dispose()
    writers = [writer for (writer,) in rows(database, "SELECT DISTINCT writer FROM audit")]
    store = SqlStore(database, SystemClock())
    try:
        return sum(verify_chain(store.audit_chain(writer)) for writer in writers)
    finally:
        await store.close()
