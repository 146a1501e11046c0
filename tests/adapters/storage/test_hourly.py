"""The measures that are kept by the hour say what the audit trail says, whatever happened."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL
from tests.adapters.storage.values import NOW, SRP, admission, device_row, eui

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.adapters.storage.database import Access, migrate, open_engine
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.domain.request_id import RequestId
from stayon.ports.audit import AuditEntry, AuditQuery
from stayon.ports.operations import Latency, Measure
from stayon.ports.quarantine import Decision, QuarantineQuery, Release
from stayon.ports.store_work import Accepted, Incoming, Note

HOUR = timedelta(hours=1)
DEVICES = 6
_FAR = NOW + timedelta(days=30)


def _said(at: datetime, step: str, code: str, about: RequestId | None, device: int) -> AuditEntry:
    return AuditEntry(
        at, step, code, "", str(about or ""), SRP, None, None, eui(device), "2.1", 5
    )  # fmt: skip


class Course:
    """A course of events drawn by chance: answers of all kinds, outcomes early, late and twice."""

    def __init__(self, store: SqlStore, seed: int) -> None:
        self.store = store
        self.chance = random.Random(seed)  # noqa: S311 - for a test
        self.at = NOW
        self.open: list[RequestId] = []
        self.routes: dict[Eui64, Route] = {}
        self.counter = 0

    async def happen(self, steps: int) -> None:
        # One device is in no inventory, and has no route.
        for number in range(1, DEVICES):
            route = self.chance.choice(list(Route))
            self.routes[eui(number)] = route
            await self.store.put_devices([replace(device_row(number), route=route)])
        for _ in range(steps):
            self.at += timedelta(seconds=self.chance.expovariate(1 / 300))
            await self.chance.choice((self._admit, self._refuse, self._answer, self._release))()

    async def _admit(self) -> None:
        self.counter += 1
        device = self.chance.randint(1, DEVICES)
        facts = await self.store.versions()
        held = self.chance.random() < 0.2
        one = admission(self.counter, facts, device=eui(device), quarantine_now=held)
        audit = replace(one.audit, at=self.at, device=eui(device))
        received = self.at - timedelta(milliseconds=3)
        outcome = await self.store.admit(replace(one, audit=audit, received_at=received))
        if isinstance(outcome, Accepted):
            self.open.append(one.request_id)

    async def _refuse(self) -> None:
        device = self.chance.randint(1, DEVICES)
        code = self.chance.choice(("E4", "E65", "E19"))
        await self.store.note(Note(_said(self.at, "admission", code, None, device)))

    async def _answer(self) -> None:
        if not self.open:
            return
        about = self.chance.choice(self.open)
        step, code = self.chance.choice((("response", "I0"), ("alert", "N12"), ("response", "E9")))
        device = int.from_bytes(about.target.octets, "big")
        self.counter += 1
        audit = _said(self.at, step, code, about, device)
        key = f"answer {self.counter}"
        await self.store.take_in(Incoming(key, self.at, about.target, b"", (), audit, about))

    async def _release(self) -> None:
        waiting = await self.store.quarantine_records(QuarantineQuery())
        held = [each for each in waiting if each.state.value == "held"]
        if not held:
            return
        record = self.chance.choice(held)
        about = record.request_id
        device = int.from_bytes(about.target.octets, "big")
        facts = await self.store.versions()
        one = admission(about.counter, facts, device=about.target)
        released = replace(one, audit=_said(self.at, "admission", "I99", about, device))
        noted = _said(self.at, "quarantine", "released", about, device)
        decision = Decision(record.event, "jo", self.at, "known to us", noted)
        await self.store.decide(Release(decision, released, frozenset()))
        self.open.append(about)


async def measures_of_the_trail(store: SqlStore, routes: dict[Eui64, Route]) -> list[Measure]:
    """The same measures, worked out from every row of the audit trail."""
    rows = [row.entry for row in await store.audit_rows(AuditQuery(limit=100_000))]

    def hour(at: datetime) -> datetime:
        return at.replace(minute=0, second=0, microsecond=0)

    def route(entry: AuditEntry) -> str:
        found = None if entry.device is None else routes.get(entry.device)
        return "" if found is None else found.value

    counts: dict[tuple[datetime, str, str, str], int] = defaultdict(int)
    accepted: dict[str, AuditEntry] = {}
    latencies: dict[tuple[datetime, str, str, str], list[timedelta]] = defaultdict(list)
    over = set[str]()
    for each in rows:
        if each.step == "admission":
            counts[hour(each.at), each.srv, each.code, route(each)] += 1
            if each.code == "I99":
                accepted[each.request_id] = each
        elif each.step in ("response", "alert") and each.request_id not in over:
            over.add(each.request_id)
            began = accepted.get(each.request_id)
            if began is not None:
                key = hour(began.at), began.srv, each.code, route(began)
                latencies[key].append(each.at - began.at)
    admitted = [
        Measure(key[0], "admission", *key[1:], number) for key, number in sorted(counts.items())
    ]
    return admitted + [
        Measure(key[0], "outcome", *key[1:], len(them), latency(them))
        for key, them in sorted(latencies.items())
    ]


def latency(them: list[timedelta]) -> Latency:
    lasted = sorted(each // timedelta(microseconds=1) for each in them)
    reached = next(each for rank, each in enumerate(lasted, 1) if rank * 100 >= 95 * len(lasted))
    mean: Any = pytest.approx(sum(lasted) / len(lasted) / 1_000_000)
    return Latency(mean, reached / 1_000_000, lasted[-1] / 1_000_000)


@pytest.mark.requirement("A6")
@pytest.mark.parametrize("seed", range(4))
async def test_what_is_kept_is_what_the_trail_says(store: SqlStore, seed: int) -> None:
    course = Course(store, seed)
    await course.happen(150)
    kept = await store.measures(NOW - HOUR, _FAR)
    assert list(kept) == await measures_of_the_trail(store, course.routes)
    assert {each.step for each in kept} == {"admission", "outcome"}
    assert {each.route for each in kept} >= {"", course.routes[eui(1)].value}


@pytest.mark.requirement("A6")
async def test_a_store_of_before_is_measured_from_its_trail(
    database: URL, clock: SimulatedClock
) -> None:
    store = SqlStore(database, clock)
    await Course(store, 7).happen(150)
    kept = await store.measures(NOW - HOUR, _FAR)
    await store.close()
    engine = open_engine(database, Access.WRITE)
    configuration = Config()
    configuration.set_main_option("script_location", "stayon.adapters.storage:migrations")
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, "0013")
    migrate(engine)
    engine.dispose()
    again = SqlStore(database, clock)
    assert await again.measures(NOW - HOUR, _FAR) == kept
    facts = await again.versions()
    about = admission(1_000_000, facts)
    await again.admit(about)
    await again.close()


@pytest.mark.requirement("A6")
async def test_whole_hours_are_shown(store: SqlStore) -> None:
    await store.note(Note(_said(NOW, "admission", "E4", None, 1)))
    shown = await store.measures(NOW + HOUR / 2, NOW + HOUR)
    assert shown == (Measure(NOW, "admission", "2.1", "E4", "", 1),)
    assert await store.measures(NOW - HOUR, NOW) == ()
    assert await store.measures(NOW + HOUR, NOW + 2 * HOUR) == ()
