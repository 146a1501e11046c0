"""What goes wrong in one campaign, and when: drawn from the seed alone.

When is told by how far the campaign is, so that a slow machine has its faults in mid-campaign too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from tests.support.proxy import Faults


class Kind(StrEnum):
    """What happens."""

    KILLED = "killed"
    AWAY = "not reached by anybody"
    BAD_NETWORK = "bad network to"
    DISK_FULL = "disk full of"
    RESTARTED = "restarted"
    CLOCK = "clock wrong of"


PROCESSES = (
    "web", "gateway-1", "gateway-2", "worker-1", "worker-2", "devices-1", "devices-2", "csp",
    "s1sp", "client",
)  # fmt: skip
SHARE = ("web", "gateway-1", "gateway-2", "worker-1", "worker-2")
"""Who shares the database."""
DATABASE = "database"
FILES = "files"
"""The disk with what the client, the CSP, the S1SPs and the hosts of meters keep."""

_OTHERS = tuple(name for name in PROCESSES if name not in SHARE)

LINKS = (
    "gateways", "worker-1", "worker-2", "devices-1", "devices-2", "csp", "s1sp", "smki", "client",
)  # fmt: skip
"""To whom messages go."""

USUAL = Faults(lost=0.01, answer_lost=0.01, doubled=0.02, delayed=0.03, most_seconds=0.3)
BAD = Faults(lost=0.2, answer_lost=0.2, doubled=0.2, delayed=0.3, most_seconds=1.0)

_ALWAYS: Mapping[Kind, tuple[str, ...]] = {
    Kind.KILLED: PROCESSES,
    Kind.AWAY: ("csp", "s1sp"),
    Kind.DISK_FULL: (DATABASE, FILES),
    Kind.RESTARTED: (DATABASE,),
}
"""What every seed has at least once."""

_LASTS: Mapping[Kind, tuple[float, float]] = {
    Kind.KILLED: (0.1, 2.0),
    Kind.AWAY: (2.0, 6.0),
    Kind.BAD_NETWORK: (1.0, 5.0),
    Kind.DISK_FULL: (0.5, 3.0),
    Kind.RESTARTED: (0.1, 2.0),
    Kind.CLOCK: (0.5, 5.0),
}
"""Seconds, from and to."""

_FILLS_ITS_HANDS: Mapping[str, tuple[str, ...]] = {
    "csp": ("devices-1", "devices-2"),
    "s1sp": ("worker-1", "worker-2"),
}
"""Who is out of reach when one of these is killed: otherwise it has nothing in hand to lose."""

_HANDS_FILL_SECONDS = (1.0, 3.0)
_MOST_WRONG_SECONDS = 900.0
"""Of those that share the database: longer than any lease here. They go by another clock."""
_MOST_WRONG_OF_OTHERS_SECONDS = 20.0
"""A pause that begins while such a clock is ahead ends so much later."""
_CLOCKS = 3
_BAD_NETWORKS = 3
_MORE_FAULTS_EVERY = 1000


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """``at`` is the share of the devices that have ended, and it begins ``after`` seconds then.

    ``lasts`` are seconds too, and ``seconds`` how wrong a clock is.
    """

    at: float
    kind: Kind
    victim: str
    lasts: float
    seconds: float = 0.0
    after: float = 0.0

    def __str__(self) -> str:
        wrong = f" by {self.seconds:+.1f} s" if self.seconds else ""
        after = f" and {self.after:.1f} s" if self.after else ""
        what = f"{self.kind} {self.victim}{wrong}"
        return f"at {self.at:.0%}{after} {what} for {self.lasts:.1f} s"


def schedule(seed: int, devices: int) -> tuple[Fault, ...]:
    """The faults of one seed, in their order."""
    draw = Random(f"{seed}/schedule")  # noqa: S311 - faults, not keys
    rounds = 1 + devices // _MORE_FAULTS_EVERY
    return tuple(sorted(fault for _ in range(rounds) for fault in _round(draw)))


def _round(draw: Random) -> Iterator[Fault]:
    for kind, victims in _ALWAYS.items():
        for victim in victims:
            fault = _fault(draw, kind, victim)
            others = _FILLS_ITS_HANDS.get(victim, ()) if kind is Kind.KILLED else ()
            if others:
                fault = replace(fault, after=draw.uniform(*_HANDS_FILL_SECONDS))
            yield fault
            for other in others:
                yield _meanwhile(fault, other)
    for victim in draw.sample(LINKS, _BAD_NETWORKS):
        yield _fault(draw, Kind.BAD_NETWORK, victim)
    for victim in (*draw.sample(SHARE, _CLOCKS), draw.choice(_OTHERS)):
        yield _fault(draw, Kind.CLOCK, victim)


def _meanwhile(fault: Fault, other: str) -> Fault:
    """Somebody is out of reach from before until after."""
    lasts = fault.after + fault.lasts + _LASTS[Kind.AWAY][0]
    return Fault(fault.at, Kind.AWAY, other, lasts)


def _fault(draw: Random, kind: Kind, victim: str) -> Fault:
    at, lasts = draw.random(), draw.uniform(*_LASTS[kind])
    wrong = 0.0
    if kind is Kind.CLOCK:
        most = _MOST_WRONG_SECONDS if victim in SHARE else _MOST_WRONG_OF_OTHERS_SECONDS
        wrong = draw.uniform(-most, most)
    return Fault(at, kind, victim, lasts, wrong)
