"""What becomes of a piece of work: done, tried again later, or left to a person (a dead letter)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zlib import crc32

from stayon.parties.dsp.sat import Step, about_work, entry
from stayon.policy.dead_letters import DeadLetterPolicy, Patience
from stayon.ports.clock import Clock
from stayon.ports.store import Outbox
from stayon.ports.store_work import (
    ClaimedWork,
    StoreUnavailableError,
    WorkDeferred,
    WorkDied,
    WorkDone,
    WorkKind,
)

FAILED, UNDELIVERABLE, LOST = "failed", "undeliverable", "lost"
"""Audit codes of dead letters: the policy's patience is over, it can never succeed, or those who
had it died of it."""
_LOST = "taken {} times in a row by a process that died, or lost the store, before it said more"


class Settling:
    """Writes what became of work under the newest lease on it, and lets go of it.

    ``in_hand`` has what this process holds, by key; ``falls_due`` is told when work that was put
    off is due. Where the store fails the lease runs out instead, and the work is done again.
    """

    def __init__(
        self,
        outbox: Outbox,
        clock: Clock,
        dead_letters: DeadLetterPolicy,
        *,
        in_hand: Mapping[str, ClaimedWork],
        let_go: Callable[[str], None],
        falls_due: Callable[[datetime], None],
        first_retry_seconds: float,
        longest_retry_seconds: float,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._dead_letters = dead_letters
        self._in_hand = in_hand
        self._let_go = let_go
        self._falls_due = falls_due
        self._first_retry = first_retry_seconds
        self._longest_retry = longest_retry_seconds

    async def finish(self, claim: ClaimedWork, step: Step, code: str) -> None:
        """It is done; ``step`` and ``code`` are what the audit trail says of that."""
        current = self._in_hand.get(claim.work.key, claim)
        audit = entry(self._clock.now(), step, code, about_work(claim.work))
        try:
            await self._outbox.finish(WorkDone(current, audit))
        except StoreUnavailableError:
            pass  # The lease runs out and it is done again: at least once.
        finally:
            self._let_go(claim.work.key)

    async def defer(
        self,
        claim: ClaimedWork,
        until: datetime | None = None,
        *,
        at_once: bool = False,
        failure: str = "",
    ) -> None:
        """Let it fall due again: ``until``, or later with each failure."""
        current = self._in_hand.get(claim.work.key, claim)
        now = self._outbox.now()
        due_at = now if at_once else now + self._pause(current, grows=until is None)
        if until is not None and until > now:
            due_at = until
        try:
            await self._outbox.defer(WorkDeferred(current, due_at, failure))
        except StoreUnavailableError:
            pass  # The lease runs out instead.
        finally:
            self._let_go(claim.work.key)
            self._falls_due(due_at)

    def _pause(self, claim: ClaimedWork, *, grows: bool) -> timedelta:
        """Longer with each failure, and up to a quarter more: what failed together comes apart.

        A process that died with it, or gave it back, is no reason to wait.
        """
        doublings = min(claim.failures, 30) if grows else 0
        wait = min(self._first_retry * 2**doublings, self._longest_retry)
        drawn = crc32(f"{claim.work.key}/{claim.attempt}".encode()) / 2**32
        return timedelta(seconds=wait * (1 + drawn / 4))

    async def fail(self, claim: ClaimedWork, failure: str) -> None:
        """Try it again later, or give it up where the policy's patience with it is over."""
        current = self._in_hand.get(claim.work.key, claim)
        now = self._outbox.now()
        failing_for = now - (current.failing_since or now)
        if self._patience(current.work.kind).is_over(current.failures + 1, failing_for):
            await self.give_up(claim, FAILED, failure)
        else:
            await self.defer(claim, failure=failure)

    async def is_lost(self, claim: ClaimedWork) -> bool:
        """Whether those who had it died too often: then it is given up, and not to be touched."""
        current = self._in_hand.get(claim.work.key, claim)
        if current.lost < self._dead_letters.lost.times:
            return False
        await self.give_up(claim, LOST, _LOST.format(current.lost))
        return True

    def _patience(self, kind: WorkKind) -> Patience:
        policy = self._dead_letters
        return policy.commands if kind is WorkKind.CARRY else policy.messages

    async def give_up(self, claim: ClaimedWork, code: str, reason: str) -> None:
        """Leave it to a person: it becomes a dead letter."""
        current = self._in_hand.get(claim.work.key, claim)
        audit = entry(self._clock.now(), Step.DEAD_LETTER, code, about_work(claim.work), reason)
        since = current.failing_since or self._outbox.now()
        failures = current.failures + (current.lost if code == LOST else 1)
        died = WorkDied(current, reason, failures, since, audit)
        try:
            await self._outbox.give_up(died)
        except StoreUnavailableError:
            pass  # The lease runs out, it is tried once more and given up then.
        finally:
            self._let_go(claim.work.key)
