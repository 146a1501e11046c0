"""Where every device of a campaign is, in memory; what may follow what."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.domain.request_id import RequestId

_MAY_FOLLOW: dict[Stage, frozenset[Stage]] = {
    Stage.PLANNED: frozenset({Stage.NUMBERED, Stage.ENDED}),
    Stage.NUMBERED: frozenset({Stage.SIGNED, Stage.PLANNED, Stage.ENDED}),
    Stage.SIGNED: frozenset({Stage.ACKNOWLEDGED, Stage.PLANNED, Stage.ENDED}),
    Stage.ACKNOWLEDGED: frozenset({Stage.PLANNED, Stage.ENDED}),
    Stage.ENDED: frozenset({Stage.ENDED}),
}
"""PLANNED after a later stage: that attempt failed and another is due."""

_MAY_BECOME_SAFE = frozenset(EndState) - {EndState.SAFE, EndState.ALREADY_SAFE}
"""A device given up on may still answer, late or to an engineer; a safe one stays safe."""

_REFUSED_AT_THE_METER = (EndState.NEEDS_LOCAL_DELIVERY, EndState.REFUSED)
"""What an engineer brings back may be the meter's refusal."""


@dataclass(slots=True)
class Tracked:
    """One device on its way; ``position`` is its place in the portfolio."""

    device: PortfolioDevice
    position: int
    progress: Progress

    @property
    def request_id(self) -> RequestId:
        """The identity of the present attempt's request."""
        counter = self.progress.counter
        if counter is None:
            raise RuntimeError("a counter is reserved before anything is built")
        return RequestId(self.device.supplier_id, self.device.device_id, counter)

    def owns(self, request_id: RequestId) -> bool:
        """Whether this campaign sent that request to this device, in any of its attempts."""
        first, last = self.progress.first_counter, self.progress.counter
        return (
            first is not None
            and last is not None
            and request_id.originator == self.device.supplier_id
            and first <= request_id.counter <= last
        )


class Tracking:
    """All devices of a campaign by their EUI-64, and the count of each end state."""

    def __init__(
        self,
        devices: Iterable[tuple[PortfolioDevice, Progress]],
        on_change: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        self._tracked = {
            device.device_id: Tracked(device, position, progress)
            for position, (device, progress) in enumerate(devices)
        }
        self._ends: Counter[EndState] = Counter()
        self._on_change = on_change
        for tracked in self._tracked.values():
            if tracked.progress.end is not None:
                self._ends[tracked.progress.end] += 1

    def __getitem__(self, device_id: Eui64) -> Tracked:
        return self._tracked[device_id]

    def __iter__(self) -> Iterator[Tracked]:
        return iter(self._tracked.values())

    def __len__(self) -> int:
        return len(self._tracked)

    def get(self, device_id: Eui64) -> Tracked | None:
        """The device, or None if it is not of this campaign."""
        return self._tracked.get(device_id)

    @property
    def ended(self) -> int:
        """How many devices have an end state."""
        return self._ends.total()

    def count(self, end: EndState) -> int:
        """How many devices have this end state."""
        return self._ends[end]

    def advance(
        self,
        tracked: Tracked,
        stage: Stage,
        at: datetime,
        *,
        end: EndState | None = None,
        counter: int | None = None,
        due: datetime | None = None,
        code: str = "",
        words: str = "",
        cause: str | None = None,
        local: bool | None = None,
    ) -> Progress:
        """Move a device on and return its new progress, which the caller makes durable.

        ``cause`` and ``local`` stay as they are where they are not given. Raises ``StayonError``
        when ``stage`` may not follow: a device that has ended moves only from given-up to safe.
        """
        before = tracked.progress
        self._require_allowed(before, stage, end)
        numbered = stage is Stage.NUMBERED
        # Three of these are made for every device: ``replace`` takes as long as all else here.
        progress = Progress(
            device_id=before.device_id,
            stage=stage,
            end=end,
            attempt=before.attempt + 1 if numbered else before.attempt,
            first_counter=before.first_counter if before.first_counter is not None else counter,
            counter=counter if counter is not None else before.counter,
            due=due,
            code=code,
            words=words,
            changed=at,
            cause=before.cause if cause is None else cause,
            local=before.local if local is None else local,
            earlier_attempts=before.earlier_attempts,
        )
        self._replace(tracked, progress)
        return progress

    def reopen(self, tracked: Tracked, at: datetime) -> Progress:
        """Begin a new round of attempts at a device that was given up.

        Raises ``StayonError`` for one that is safe or has not ended.
        """
        before = tracked.progress
        if before.end not in _MAY_BECOME_SAFE:
            raise StayonError(f"{before.device_id}: is not given up, so it is not retried")
        progress = replace(
            before,
            stage=Stage.PLANNED,
            end=None,
            due=None,
            changed=at,
            local=False,
            earlier_attempts=before.attempt,
        )
        self._replace(tracked, progress)
        return progress

    def take_back(self, tracked: Tracked, progress: Progress, before: Progress) -> None:
        """Undo the ``advance`` that gave ``progress``, which could not be made durable."""
        if tracked.progress is not progress:
            return
        self._replace(tracked, before)

    def _replace(self, tracked: Tracked, progress: Progress) -> None:
        self._recount(tracked.progress.end, progress.end)
        tracked.progress = progress
        self._on_change(progress)

    def _recount(self, before: EndState | None, after: EndState | None) -> None:
        if before is not None:
            self._ends[before] -= 1
        if after is not None:
            self._ends[after] += 1

    @staticmethod
    def _require_allowed(before: Progress, stage: Stage, end: EndState | None) -> None:
        allowed = stage in _MAY_FOLLOW[before.stage]
        if before.stage is Stage.ENDED:
            allowed = allowed and before.end in _MAY_BECOME_SAFE and end is EndState.SAFE
            allowed = allowed or (before.end, end) == _REFUSED_AT_THE_METER
        if not allowed:
            raise StayonError(
                f"{before.device_id}: {stage.value} cannot follow {before.stage.value}"
            )
