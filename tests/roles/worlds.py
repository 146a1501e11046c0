"""A world with one process of every role, for tests that need no second one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.dsp_database import dsp_database
from tests.support.roles import RoleLife, RoleWorld, role_world

QUICK = {
    "worker": ("--lease", "3"),
    "csp": ("--ideal-network",),
    "s1sp": ("--ideal-network",),
}
"""Options with which nothing waits for the network or for a dead worker's lease."""


@asynccontextmanager
async def running_world(
    folder: Path,
    *,
    homes: int = 3,
    gateways: int = 1,
    options: Mapping[str, Sequence[str]] | None = None,
    by_tls: Sequence[str] = (),
    through: Mapping[str, str] | None = None,
    split: bool = False,
    prepare: Callable[[RoleWorld], None] = lambda _: None,
) -> AsyncIterator[RoleWorld]:
    """All processes, ready, until the block ends; ``prepare`` is called before any has begun."""
    with dsp_database("postgresql", folder) as database:
        more = {role: tuple(given) for role, given in (options or {}).items()}
        told = {role: (*QUICK.get(role, ()), *more.get(role, ())) for role in {*QUICK, *more}}
        world = role_world(
            folder / "world",
            database,
            homes=homes,
            gateways=gateways,
            workers=1,
            hosts=1,
            options=told,
            by_tls=by_tls,
            through=through,
            split=split,
        )
        try:
            prepare(world)
            for life in world.lives.values():
                life.start()
            await asyncio.to_thread(world.until_ready)
            yield world
        finally:
            world.end()


def begin_campaign(world: RoleWorld, folder: Path, *options: str) -> RoleLife:
    """Let the SRP's client, a process of its own, begin a campaign in ``folder``."""
    client = world.add_command(
        "client", "srp", "run", str(world.folder / "portfolio.csv"), "--world", str(world.folder),
        "--campaign", str(folder / "campaign"), "--retry", "none", *options,
    )  # fmt: skip
    client.start()
    return client


async def campaign(world: RoleWorld, folder: Path) -> None:
    """The same, quickly and to its end."""
    client = begin_campaign(world, folder, "--pace", "20/s", "--answer-within", "5s")
    assert await asyncio.to_thread(client.wait, 120) == 0, client.said()
