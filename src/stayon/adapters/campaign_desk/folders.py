"""Campaigns as folders: ``portfolio.csv``, ``campaign.json``, ``campaign.sqlite``, ``run.log``."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Protocol

from stayon.adapters.campaign_desk.card import CARD_FILE, read_card, write_card
from stayon.adapters.campaign_desk.process import SoleProcess
from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import PortfolioDevice
from stayon.ports.campaign_board import Dimension
from stayon.ports.campaign_desk import (
    CampaignNotStarted,
    DeskCampaignStore,
    KeptCampaign,
    NoSuchCampaign,
)

PORTFOLIO_FILE = "portfolio.csv"
_LOG_FILE = "run.log"
_LAST_OCTETS = 4096
_FIRST_PACE = 20.0


class Program(Protocol):
    """How a campaign is run."""

    def command(
        self, folder: Path, portfolio: Path, pace: float, earlier: Sequence[Path]
    ) -> Sequence[str]:
        """The words of the command; ``pace`` in requests a second."""
        ...


class CampaignFolders:
    """Implements ``stayon.ports.campaign_desk.CampaignDesk``.

    ``open_store`` opens the store in a campaign's folder, making it if need be; ``profile`` is the
    version of the safe set that campaigns set; ``keys`` tells whose keys are held.
    """

    def __init__(
        self,
        folder: Path,
        program: Program,
        *,
        open_store: Callable[[Path], DeskCampaignStore],
        profile: str,
        keys: Callable[[], frozenset[Eui64]],
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._program = program
        self._process = SoleProcess(folder)
        self._open_store = open_store
        self._profile = profile
        self._stores: dict[int, DeskCampaignStore] = {}
        self._changing = Lock()
        self._keys = keys

    def keys_held(self) -> frozenset[Eui64]:
        """See ``CampaignDesk.keys_held``."""
        return self._keys()

    def campaigns(self) -> Sequence[KeptCampaign]:
        """See ``CampaignDesk.campaigns``."""
        return [read_card(self._folder / str(number)) for number in reversed(self._numbers())]

    def campaign(self, number: int) -> KeptCampaign:
        """See ``CampaignDesk.campaign``."""
        folder = self._folder / str(number)
        if not (folder / CARD_FILE).is_file():
            raise NoSuchCampaign(f"there is no campaign {number}")
        return read_card(folder)

    def keep(
        self,
        name: str,
        portfolio: bytes,
        devices: Sequence[PortfolioDevice],
        *,
        by: str,
        at: datetime,
    ) -> KeptCampaign:
        """See ``CampaignDesk.keep``; the card comes last: a folder without one is no campaign."""
        folder = self._new_folder()
        number = int(folder.name)
        kept = KeptCampaign(
            number, name, len(devices), sha256(portfolio).hexdigest(), at, by, _FIRST_PACE
        )
        store = None
        try:
            (folder / PORTFOLIO_FILE).write_bytes(portfolio)
            store = self._open_store(folder)
            # Takes seconds for a large portfolio, in which other campaigns are looked at.
            store.begin(self._profile, devices)
            write_card(folder, kept)
        except BaseException:
            if store is not None:
                store.abandon()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        with self._changing:
            self._stores.setdefault(number, store)
        return kept

    def start(self, number: int, pace: float, *, by: str, at: datetime) -> KeptCampaign:
        """See ``CampaignDesk.start``."""
        with self._changing:
            campaign = self.campaign(number)
            folder = self._folder / str(number)
            unknown = self._suppliers_without_key(number)
            if unknown:
                raise CampaignNotStarted(
                    f"no digital signing key is held for supplier {', '.join(unknown)}"
                )
            earlier = [
                self._folder / str(each.number)
                for each in self.campaigns()
                if each.number < number and each.started_at is not None
            ]
            command = self._program.command(folder, folder / PORTFOLIO_FILE, pace, earlier)
            self._process.start(number, command, folder / _LOG_FILE)
            started = replace(
                campaign,
                pace=pace,
                started_at=campaign.started_at or at,
                started_by=campaign.started_by or by,
            )
            write_card(folder, started)
            return started

    def stop(self, number: int) -> None:
        """See ``CampaignDesk.stop``."""
        self._process.stop(number)

    def running(self) -> int | None:
        """See ``CampaignDesk.running``."""
        found = self._process.running()
        return None if found is None else found[0]

    def last_words(self, number: int) -> str:
        """See ``CampaignDesk.last_words``."""
        self.campaign(number)
        log = self._folder / str(number) / _LOG_FILE
        if not log.exists():
            return ""
        return log.read_bytes()[-_LAST_OCTETS:].decode("utf-8", "replace")

    def store(self, number: int) -> DeskCampaignStore:
        """See ``CampaignDesk.store``."""
        with self._changing:
            self.campaign(number)
            if number not in self._stores:
                self._stores[number] = self._open_store(self._folder / str(number))
            return self._stores[number]

    async def close(self) -> None:
        """Let go of the stores; a campaign that runs goes on."""
        for store in self._stores.values():
            await store.close()
        self._stores.clear()

    def _new_folder(self) -> Path:
        with self._changing:
            taken = (int(each.name) for each in self._folder.iterdir() if each.name.isdecimal())
            folder = self._folder / str(max(taken, default=0) + 1)
            folder.mkdir(mode=0o700)
            return folder

    def _numbers(self) -> list[int]:
        return sorted(
            int(each.parent.name)
            for each in self._folder.glob(f"*/{CARD_FILE}")
            if each.parent.name.isdecimal()
        )

    def _suppliers_without_key(self, number: int) -> list[str]:
        held = {str(each) for each in self.keys_held()}
        if number not in self._stores:
            self._stores[number] = self._open_store(self._folder / str(number))
        counts = self._stores[number].board.counts(Dimension.SUPPLIER)
        return [one.value for one in counts if one.value not in held]
