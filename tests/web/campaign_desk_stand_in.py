"""A desk of campaigns over real stores, whose processes never run: the test says what happens."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from stayon.adapters.campaign_desk.folders import CampaignFolders
from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.ports.campaign_store import Evidence

SUPPLIER = Eui64.parse("02-5A-5C-00-00-00-00-01")
PROFILE = "safe-1"


def device(number: int, route: Route = Route.CSP_NORTH) -> PortfolioDevice:
    gas = number % 2 == 0
    return PortfolioDevice(
        Eui64((0x025A5C01 << 32 | number).to_bytes(8, "big")),
        SUPPLIER,
        Fuel.GAS if gas else Fuel.ELECTRICITY,
        route.generation,
        f"{number:010}" if gas else f"{number:013}",
        route,
        None if route.generation is Generation.SMETS1 else "4.1",
        0,
        "LS1 1AA" if gas else "m1 1aa",
    )


class Waits:
    """Implements ``Program``: a process that lives until it is ended, and does nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, list[str]]] = []

    def command(
        self, folder: Path, portfolio: Path, pace: float, earlier: Sequence[Path]
    ) -> Sequence[str]:
        assert portfolio.parent == folder
        self.asked.append((pace, [each.name for each in earlier]))
        return ["/bin/sh", "-c", "echo begun; exec sleep 600"]


def folders(
    path: Path, program: Waits, keys: frozenset[Eui64] = frozenset({SUPPLIER})
) -> CampaignFolders:
    return CampaignFolders(
        path,
        program,
        open_store=lambda folder: SqliteCampaignStore(folder / "campaign.sqlite"),
        profile=PROFILE,
        keys=lambda: keys,
    )


def ended(
    of: PortfolioDevice,
    end: EndState,
    at: datetime,
    *,
    cause: str = "",
    code: str = "I0",
    words: str = "",
) -> list[Progress]:
    """What is saved of a device from its first step to its end."""
    return [
        Progress(of.device_id, Stage.NUMBERED, None, 1, 7, 7, changed=at),
        Progress(of.device_id, Stage.SIGNED, None, 1, 7, 7, changed=at),
        Progress(of.device_id, Stage.ACKNOWLEDGED, None, 1, 7, 7, changed=at),
        Progress(of.device_id, Stage.ENDED, end, 1, 7, 7, None, code, words, at, cause),
    ]


def save(path: Path, steps: Sequence[Progress], evidence: Evidence | None = None) -> None:
    """Save steps of a device into a campaign's folder, as its process would."""

    async def write() -> None:
        store = SqliteCampaignStore(path / "campaign.sqlite")
        for step in steps:
            signed = b"<Request/>" if step.stage is Stage.SIGNED else None
            last = step is steps[-1]
            await store.save(step, request=signed, evidence=evidence if last else None)
        await store.close()

    asyncio.run(write())
