"""What a campaign keeps: every device's progress, the requests in flight, the evidence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import PortfolioDevice, Progress


class CampaignStoreUnavailable(StayonError):
    """Nothing was written; trying again later may help."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves a device's end state.

    ``response`` is the device's own signed answer as it came (a GBCS frame, or a
    SMETS1SignedResponse), ``command`` a Command for local delivery.
    """

    device_id: Eui64
    request_id: str
    response: bytes | None = None
    command: bytes | None = None


class CampaignStore(Protocol):
    """Durable storage of one campaign; many writers share one commit."""

    def begin(self, profile: str, devices: Iterable[PortfolioDevice]) -> None:
        """Store the campaign, or join the stored one.

        Devices already there keep their progress, so that beginning again after a crash resumes;
        ``profile`` names the safe set's version, and another profile than the stored one raises
        ``StayonError``.
        """
        ...

    def profile(self) -> str | None:
        """The safe set's version, None before the campaign has begun."""
        ...

    def progress(self) -> Iterator[tuple[PortfolioDevice, Progress]]:
        """Every device with its progress, in the order of the portfolio."""
        ...

    def results(self) -> Iterator[tuple[PortfolioDevice, Progress, Evidence | None]]:
        """Every device with its progress and what was kept as evidence, in the same order."""
        ...

    def request(self, device_id: Eui64) -> bytes | None:
        """The signed request that is in flight for a device."""
        ...

    def evidence(self, device_id: Eui64) -> Evidence | None:
        """What was kept as evidence for a device."""
        ...

    async def save(
        self, progress: Progress, *, request: bytes | None = None, evidence: Evidence | None = None
    ) -> None:
        """Return when ``progress``, and what comes with it, is on disk.

        Raises ``CampaignStoreUnavailable`` when it could not be written.
        """
        ...

    def counters_reserved(self) -> int | None:
        """The highest originator counter that may have been used, None if none was reserved."""
        ...

    async def reserve_counters(self, counter: int) -> None:
        """Return when it is on disk that counters up to ``counter`` may have been used.

        A campaign that is taken up again uses none of them for anything new, so that a counter
        does not have to be stored by itself before something is signed with it (decision 4).
        Raises ``CampaignStoreUnavailable`` when it could not be written.
        """
        ...

    async def close(self) -> None:
        """Finish what is queued and let go of the storage."""
        ...

    def abandon(self) -> None:
        """Let go of the storage at once: for a store in which nothing was queued."""
        ...
