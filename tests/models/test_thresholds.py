"""Thresholds beside a model of them (D14): exact, a warning once a window, several processes."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import URL
from tests.adapters.storage.values import NOW, SRP, admission, eui, volume
from tests.models.running import on_database, walks

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.eui64 import Eui64
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import (
    EVERYBODY,
    Accepted,
    AcceptedBefore,
    Admission,
    AdmissionOutcome,
    IdentityTaken,
    InQuarantine,
    WorkKind,
)

PROCESSES = 3
USERS = (SRP, eui(77))
WINDOWS = (NOW, NOW + timedelta(hours=1))
FIRST = Versions(0, 0)
Count = tuple[Eui64, datetime]


class Thresholds(RuleBasedStateMachine):
    """Several processes admit requests of two Users, in two windows, under two thresholds."""

    def __init__(self, url: URL, drop: Callable[[], None]) -> None:
        super().__init__()
        self.url, self.drop = url, drop
        self.loop = asyncio.Runner()
        self.stores = [self.open(number) for number in range(PROCESSES)]
        self.counter = 0
        self.used: Counter[Count] = Counter()
        self.warned: defaultdict[Count, int] = defaultdict(int)
        self.answered: dict[int, Admission] = {}

    def open(self, number: int) -> SqlStore:
        return SqlStore(self.url, SimulatedClock(NOW), writer=f"p{number}")

    def teardown(self) -> None:
        for store in self.stores:
            self.loop.run(store.close())
        self.loop.close()
        self.drop()

    @initialize(own=st.integers(0, 8), overall=st.integers(0, 14), warning=st.integers(0, 9))
    def limits(self, own: int, overall: int, warning: int) -> None:
        self.own, self.overall = own, overall
        self.warning = min(warning, own)

    def request(self, user: Eui64, window: datetime) -> Admission:
        self.counter += 1
        use = volume(self.own, window, warning=self.warning, of=user)
        made = replace(admission(self.counter, FIRST, use=use), sender=user)
        everybody = volume(self.overall, window, of=EVERYBODY)
        return replace(made, overall=everybody, held_overall=made.held)

    @rule(
        users=st.lists(st.sampled_from(USERS), min_size=1, max_size=6),
        window=st.sampled_from(WINDOWS),
        processes=st.lists(st.integers(0, PROCESSES - 1), min_size=6, max_size=6),
    )
    def at_once(self, users: list[Eui64], window: datetime, processes: list[int]) -> None:
        """Requests at several processes at the same time, in any order there."""
        many = [self.request(user, window) for user in users]
        outcomes = self.loop.run(self.admit(many, processes))
        before = self.used.copy()
        for made, outcome in zip(many, outcomes, strict=True):
            assert isinstance(outcome, Accepted | InQuarantine)
            self.answered[made.request_id.counter] = made
            self.count_warnings(outcome)
            if isinstance(outcome, Accepted):
                self.used[made.sender, window] += 1
        self.require_exact(Counter(users), window, before)

    async def admit(self, many: list[Admission], processes: list[int]) -> list[AdmissionOutcome]:
        pairs = zip(processes, many, strict=False)
        return await asyncio.gather(*(self.stores[n].admit(each) for n, each in pairs))

    def count_warnings(self, outcome: Accepted | InQuarantine) -> None:
        for claim in outcome.claims:
            if claim.work.kind is WorkKind.THRESHOLD_WARNING:
                for user in USERS:
                    for window in WINDOWS:
                        if claim.work.key == f"warning {user} {window}":
                            self.warned[user, window] += 1

    def require_exact(
        self, asked: Counter[Eui64], window: datetime, before: Counter[Count]
    ) -> None:
        """Nobody above a threshold, and nobody held while there was room under both."""
        total = sum(self.used[user, window] for user in USERS)
        assert total <= self.overall, "more than the DCC's threshold"
        for user in USERS:
            used = self.used[user, window]
            assert used <= self.own, "more than the User's threshold"
            room = used < min(self.own, before[user, window] + asked[user])
            assert not room or total == self.overall, "held although there was room"
            reached = used >= max(self.warning, 1)
            assert self.warned[user, window] == (1 if reached else 0), "warnings in the window"

    @rule(which=st.integers(0, 99), process=st.integers(0, PROCESSES - 1), other=st.booleans())
    def again(self, which: int, process: int, other: bool) -> None:
        """A duplicate uses nothing, whatever process it comes to."""
        if not self.answered:
            return
        made = self.answered[sorted(self.answered)[which % len(self.answered)]]
        if other:
            made = replace(made, digest=bytes(32))
        outcome = self.loop.run(self.stores[process].admit(made))
        assert isinstance(outcome, IdentityTaken if other else AcceptedBefore)

    @rule(process=st.integers(0, PROCESSES - 1))
    def process_dies(self, process: int) -> None:
        self.loop.run(self.stores[process].close())
        self.stores[process] = self.open(process)


@pytest.mark.requirement("D14", "decision 10", refuses=True)
@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 8), ("postgresql", 4)])
def test_thresholds_are_what_their_model_says(kind: str, examples: int) -> None:
    run_state_machine_as_test(on_database(kind, Thresholds), settings=walks(examples, 20))
