"""The one way in which a device of a campaign moves on: in memory and on disk, or not at all."""

import asyncio
from datetime import datetime

from stayon.domain.portfolio import EndState, Progress, Stage
from stayon.parties.srp.tracking import Tracked, Tracking
from stayon.ports.campaign_store import CampaignStore, CampaignStoreUnavailable, Evidence
from stayon.ports.clock import Clock


class Ledger:
    """Keeps ``tracking`` and the campaign's store in step."""

    def __init__(self, tracking: Tracking, store: CampaignStore, clock: Clock) -> None:
        self.tracking = tracking
        self._store = store
        self._clock = clock
        self._saving = 0
        self._saved = asyncio.Event()
        self._saved.set()

    def request(self, tracked: Tracked) -> bytes:
        """The signed request of the present attempt."""
        request = self._store.request(tracked.device.device_id)
        if request is None:
            raise RuntimeError("a signed request was stored together with the stage that says so")
        return request

    async def end(
        self,
        tracked: Tracked,
        end: EndState,
        code: str,
        words: str,
        evidence: Evidence | None = None,
        *,
        cause: str | None = None,
    ) -> None:
        """Give a device its end state."""
        await self.move(
            tracked,
            Stage.ENDED,
            end=end,
            code=code,
            words=words,
            evidence=evidence,
            cause=cause,
        )

    async def move(
        self,
        tracked: Tracked,
        stage: Stage,
        *,
        end: EndState | None = None,
        counter: int | None = None,
        due: datetime | None = None,
        code: str = "",
        words: str = "",
        cause: str | None = None,
        local: bool | None = None,
        request: bytes | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        """Move a device on, on disk too; what cannot be stored has not happened."""
        before = tracked.progress
        progress = self.tracking.advance(
            tracked,
            stage,
            self._clock.now(),
            end=end,
            counter=counter,
            due=due,
            code=code,
            words=words,
            cause=cause,
            local=local,
        )
        await self._save(tracked, progress, before, request, evidence)

    def number(self, tracked: Tracked, counter: int) -> None:
        """Give a device a counter that is reserved on disk; it is stored with what it is used for.

        Whoever dies before that uses another one in the next life.
        """
        self.tracking.advance(tracked, Stage.NUMBERED, self._clock.now(), counter=counter)

    async def reopen(self, tracked: Tracked) -> None:
        """Begin a new round of attempts at a device that was given up."""
        before = tracked.progress
        progress = self.tracking.reopen(tracked, self._clock.now())
        await self._save(tracked, progress, before, None, None)

    async def _save(
        self,
        tracked: Tracked,
        progress: Progress,
        before: Progress,
        request: bytes | None,
        evidence: Evidence | None,
    ) -> None:
        self._saving += 1
        self._saved.clear()
        try:
            await self._store.save(progress, request=request, evidence=evidence)
        except CampaignStoreUnavailable:
            self.tracking.take_back(tracked, progress, before)
            raise
        finally:
            self._saving -= 1
            if not self._saving:
                self._saved.set()

    async def all_saved(self) -> None:
        """Return when all that has happened is on disk, or was taken back."""
        await self._saved.wait()
