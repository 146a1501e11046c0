"""What follows from an attempt that did not make its device safe (PIA R3): again, local, or people.

The retry policy says it cause by cause; nothing here knows a code or a wait of its own.
"""

from datetime import datetime, timedelta

from stayon.domain.metering import Generation
from stayon.domain.portfolio import EndState, Stage
from stayon.parties.srp.ledger import Ledger
from stayon.parties.srp.tracking import Tracked
from stayon.policy.retry import Event, RetryPolicy, Then
from stayon.ports.campaign_store import Evidence
from stayon.ports.clock import Clock


class Judging:
    """Applies the retry policy."""

    def __init__(self, ledger: Ledger, retry: RetryPolicy, clock: Clock) -> None:
        self._ledger = ledger
        self._retry = retry
        self._clock = clock

    async def failed(
        self,
        tracked: Tracked,
        event: Event,
        code: str,
        words: str,
        evidence: Evidence | None = None,
    ) -> datetime | None:
        """Store what follows; when the next attempt is due (UTC), None when the device has ended.

        ``words`` are what was said; empty, the cause's own stand for them.
        """
        before = tracked.progress
        cause = self._retry.cause(event, code)
        words = words or cause.words
        if before.local:
            # The cause stays that of the attempts over the WAN: it is why somebody has to travel.
            words = f"not reached, and no Command for local delivery: {words}"
            await self._ledger.end(tracked, EndState.UNREACHABLE, code, words, evidence)
            return None
        wait = cause.wait_after(before.tries)
        local = wait is None and cause.then is Then.LOCAL_DELIVERY and _has_local(tracked)
        if wait is None and not local:
            if cause.then is not Then.REFUSED and before.tries:
                words = f"not reached in {before.tries} attempts: {words}"
            await self._ledger.end(tracked, cause.then.end, code, words, evidence, cause=cause.name)
            return None
        due = self._clock.now() + (wait or timedelta(0))
        await self._ledger.move(
            tracked,
            Stage.PLANNED,
            due=due,
            code=code,
            words=words,
            cause=cause.name,
            local=local,
            evidence=evidence,
        )
        return due


def _has_local(tracked: Tracked) -> bool:
    return tracked.device.generation is Generation.SMETS2
