"""Dead letters: what the DCC's people decide about work that was given up."""

from stayon.domain.errors import StayonError
from stayon.parties.dsp.request_management.failures import FailureReports
from stayon.parties.dsp.request_management.hands import Hands
from stayon.parties.dsp.sat import About, Step, entry
from stayon.ports.clock import Clock
from stayon.ports.dead_letters import (
    DeadLetter,
    DeadLetterStore,
    Discard,
    LetterChange,
    LetterDecided,
    LetterDecision,
    LetterRecord,
    LetterState,
    SendAgain,
)
from stayon.ports.quarantine import LONGEST_NAME
from stayon.ports.store_work import Incoming, WorkKind

LONGEST_REASON = 400


class DeadLetterError(StayonError):
    """A decision about a dead letter that cannot be taken, in words for who wanted to."""


class DeadLetters:
    """Sends dead letters again or discards them, each once and with a reason."""

    def __init__(
        self, store: DeadLetterStore, failures: FailureReports, hands: Hands, clock: Clock
    ) -> None:
        self._store = store
        self._failures = failures
        self._hands = hands
        self._clock = clock

    async def letter(self, number: int) -> DeadLetter:
        """One with its octets; raises ``DeadLetterError`` if there is no such letter."""
        found = await self._store.dead_letter(number)
        if found is None:
            raise DeadLetterError(f"there is no dead letter {number}")
        return found

    async def send_again(self, number: int, by: str, because: str) -> LetterRecord:
        """Put the work back into the outbox, as it was; its failures count anew.

        It takes its place in front of what waits behind it. Again changes nothing. Raises
        ``DeadLetterError``.
        """
        record = await self._undecided(number, because, LetterState.SENT_AGAIN)
        if record is not None:
            decision = self._decision(record, "sent again", by, because)
            await self._write(SendAgain(decision))
        return (await self.letter(number)).record

    async def discard(self, number: int, by: str, because: str) -> LetterRecord:
        """Give the work up for good; the letter is kept. Again changes nothing.

        The sender of a command is told that it failed (CommandFailure), if its request had no
        outcome yet. Raises ``DeadLetterError``.
        """
        record = await self._undecided(number, because, LetterState.DISCARDED)
        if record is not None:
            tells = await self._failure_of(record, f"discarded as a dead letter: {because}")
            decision = self._decision(record, "discarded", by, because)
            await self._write(Discard(decision, tells))
        return (await self.letter(number)).record

    async def _undecided(
        self, number: int, because: str, wanted: LetterState
    ) -> LetterRecord | None:
        """The record if nobody has decided, None if it was decided so before."""
        record = (await self.letter(number)).record
        if not because.strip() or len(because) > LONGEST_REASON:
            raise DeadLetterError(f"a decision has a reason of 1 to {LONGEST_REASON} characters")
        if record.state is LetterState.WAITING:
            return record
        if record.state is wanted:
            return None
        raise DeadLetterError(
            f"dead letter {number} was {_words(record.state)} by {record.decided_by}"
        )

    async def _failure_of(self, record: LetterRecord, reason: str) -> Incoming | None:
        if record.kind is not WorkKind.CARRY or record.request_id is None:
            return None
        return await self._failures.of_given_up(
            record.key, record.request_id, record.device, reason
        )

    def _decision(self, record: LetterRecord, word: str, by: str, because: str) -> LetterDecision:
        now = self._clock.now()
        about = About(record.request_id, record.sender, record.role, record.supplier, record.device)
        audit = entry(now, Step.DEAD_LETTER, word, about, f"{by}: {because}")
        return LetterDecision(record.letter, by[:LONGEST_NAME], now, because, audit)

    async def _write(self, change: LetterChange) -> None:
        outcome = await self._store.decide_letter(change)
        if isinstance(outcome, LetterDecided):
            self._hands.take(outcome.claims)


def _words(state: LetterState) -> str:
    return state.value.replace("-", " ")
