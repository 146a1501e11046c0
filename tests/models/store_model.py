"""What the DSP's store must do, said without a database: identities, thresholds, leases."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stayon.ports.store_work import ALONE_AFTER

LEASE = timedelta(seconds=60)


@dataclass
class Row:
    """A piece of work: when it falls due (the end of its lease, if it has one), and its claims.

    ``unheard`` counts those of which nobody has said what became of it.
    """

    due: datetime
    attempt: int = 1
    unheard: int = 1


@dataclass
class StoreModel:
    """The whole of it: what was accepted, what is used of each window, what is still to do."""

    quarantine: int
    warning: int
    contents: dict[int, bytes] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)
    concluded: set[int] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)
    used: dict[datetime, int] = field(default_factory=dict)
    work: dict[str, Row] = field(default_factory=dict)
    dead: dict[str, int] = field(default_factory=dict)
    audit: int = 0

    def accept(self, counter: int, content: bytes, window: datetime, now: datetime) -> set[str]:
        """A new request; the keys of the work that follows, leased to whoever sent it."""
        self.contents[counter] = content
        self.audit += 1
        if self.used.get(window, 0) >= self.quarantine:
            self.held.add(counter)
            return self._lease({f"{counter}/quarantine"}, now)
        used = self.used[window] = self.used.get(window, 0) + 1
        keys = {f"{counter}/carry"}
        if used == self.warning:
            self.audit += 1
            keys.add(f"warning {window}")
        return self._lease(keys, now)

    def arrive(self, key: str, counter: int, now: datetime) -> set[str]:
        """An answer of a device that is not a duplicate; the work that follows."""
        self.arrived.add(key)
        self.audit += 1
        if counter in self.concluded:
            return set()
        self.concluded.add(counter)
        return self._lease({f"{key}/deliver"}, now)

    def _lease(self, keys: set[str], now: datetime) -> set[str]:
        for key in keys:
            assert key not in self.work, "work is made once"
            self.work[key] = Row(now + LEASE)
        return keys

    def due(self, now: datetime, *, suspects: bool = False) -> dict[str, datetime]:
        """What anybody may claim at ``now``: with others, or what may have killed who had it."""
        return {
            key: row.due
            for key, row in self.work.items()
            if row.due <= now and suspects == (row.unheard >= ALONE_AFTER)
        }

    def claim(self, key: str, now: datetime) -> int:
        """Lease it; the number of the claim."""
        row = self.work[key]
        row.due, row.attempt, row.unheard = now + LEASE, row.attempt + 1, row.unheard + 1
        return row.attempt

    def lost(self, key: str) -> int:
        """How often before its last claim nothing was heard."""
        return self.work[key].unheard - 1

    def renew(self, key: str, attempt: int, now: datetime) -> None:
        """Let its lease begin anew, if this claim still counts."""
        if key in self.work and self.work[key].attempt == attempt:
            self.work[key].due = now + LEASE

    def finish(self, key: str, attempt: int) -> None:
        """Done, if this claim still counts; written down either way."""
        self.audit += 1
        if key in self.work and self.work[key].attempt == attempt:
            del self.work[key]

    def give_up(self, key: str, attempt: int) -> None:
        """Into the dead letters, if this claim still counts; nothing is written if it does not."""
        if key in self.work and self.work[key].attempt == attempt:
            self.dead[key] = self.work.pop(key).attempt
            self.audit += 1

    def send_again(self, key: str, now: datetime) -> int:
        """Out of the dead letters; the number of the claim, one more than it had."""
        self.audit += 1
        self.work[key] = Row(now + LEASE, self.dead.pop(key) + 1)
        return self.work[key].attempt

    def discard(self, key: str) -> None:
        """Out of the dead letters, for good."""
        self.audit += 1
        del self.dead[key]

    def defer(self, key: str, attempt: int, until: datetime, *, tried: bool) -> None:
        """Later, if this claim still counts."""
        if key in self.work and self.work[key].attempt == attempt:
            row = self.work[key]
            row.due, row.unheard = until, 0 if tried else row.unheard - 1
