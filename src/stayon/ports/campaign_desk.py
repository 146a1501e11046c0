"""The desk from which people run campaigns: it keeps portfolios and lets campaigns run.

A campaign runs as a process of its own, so that it goes on when the pages are restarted. One runs
at a time: the DSP knows one Receive Response Service of the SRP, and each campaign listens there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import PortfolioDevice
from stayon.ports.campaign_board import CampaignBoard
from stayon.ports.campaign_control import CampaignControl
from stayon.ports.campaign_store import CampaignStore


class NoSuchCampaign(StayonError):
    """There is no campaign of this number."""


class CampaignNotStarted(StayonError):
    """The campaign cannot run now, or could not be let go; words say why."""


@dataclass(frozen=True, slots=True)
class KeptCampaign:
    """A campaign and its portfolio (``sha256`` of the file in hex).

    ``pace`` is in requests a second. ``started_at`` and ``started_by`` are those of the first
    start, None and empty before it (UTC).
    """

    number: int
    name: str
    devices: int
    sha256: str
    imported_at: datetime
    imported_by: str
    pace: float
    started_at: datetime | None = None
    started_by: str = ""


class DeskCampaignStore(CampaignStore, Protocol):
    """The store of one campaign, safe to use while its process runs."""

    @property
    def board(self) -> CampaignBoard:
        """How it stands, counted."""
        ...

    @property
    def control(self) -> CampaignControl:
        """Its orders."""
        ...


class CampaignDesk(Protocol):
    """Portfolios that were imported, and the campaigns over them. Every call may block."""

    def campaigns(self) -> Sequence[KeptCampaign]:
        """All of them, the newest first."""
        ...

    def campaign(self, number: int) -> KeptCampaign:
        """One of them; raises ``NoSuchCampaign``."""
        ...

    def keep(
        self,
        name: str,
        portfolio: bytes,
        devices: Sequence[PortfolioDevice],
        *,
        by: str,
        at: datetime,
    ) -> KeptCampaign:
        """Keep a portfolio, of which ``devices`` are the content, as a campaign to be started."""
        ...

    def start(self, number: int, pace: float, *, by: str, at: datetime) -> KeptCampaign:
        """Let a campaign run, or go on where it was.

        Raises ``CampaignNotStarted`` while one runs, and ``NoSuchCampaign``.
        """
        ...

    def stop(self, number: int) -> None:
        """End the campaign's process; it can be started again and goes on where it was.

        Raises ``CampaignNotStarted`` when it does not run.
        """
        ...

    def running(self) -> int | None:
        """The number of the campaign that runs now."""
        ...

    def last_words(self, number: int) -> str:
        """The end of what the campaign's process has written."""
        ...

    def store(self, number: int) -> DeskCampaignStore:
        """What the campaign has stored; raises ``NoSuchCampaign``."""
        ...

    def keys_held(self) -> frozenset[Eui64]:
        """The suppliers whose digital signing key is at hand."""
        ...
