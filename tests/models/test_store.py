"""The outbox and the thresholds against their model: two processes, duplicates, crashes, leases."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import URL
from tests.adapters.storage.values import NOW, admission, entry, identity, incoming, volume
from tests.models.running import on_database, walks
from tests.models.store_model import LEASE, StoreModel

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.ports.audit import AuditQuery, verify_chain
from stayon.ports.dead_letters import (
    Discard,
    LetterDecided,
    LetterDecidedBefore,
    LetterDecision,
    LetterQuery,
    SendAgain,
)
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import (
    Accepted,
    AcceptedBefore,
    Admission,
    ClaimedWork,
    IdentityTaken,
    InQuarantine,
    SeenBefore,
    TakenIn,
    WorkDeferred,
    WorkDied,
    WorkDone,
)

_T = TypeVar("_T")
_QUARANTINE, _WARNING = 4, 2
_PROCESSES = ("one", "two")
_COUNTERS = st.integers(1, 14)
_CONTENTS = st.sampled_from([b"request", b"other"])
_ARRIVALS = st.lists(st.tuples(_COUNTERS, _CONTENTS), min_size=1, max_size=8)


class _Store(RuleBasedStateMachine):
    """Two processes on one database."""

    def __init__(self, url: URL, drop: Callable[[], None]) -> None:
        super().__init__()
        self._url, self._drop = url, drop
        self._loop = asyncio.new_event_loop()
        self._clock = SimulatedClock(NOW)
        self._model = StoreModel(_QUARANTINE, _WARNING)
        self._claims: list[ClaimedWork] = []
        self._names = count()
        self._stores = [self._open(writer) for writer in _PROCESSES]

    def _open(self, writer: str) -> SqlStore:
        return SqlStore(self._url, self._clock, writer=writer, lease_seconds=LEASE.seconds)

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._loop.run_until_complete(work)

    @property
    def _window(self) -> datetime:
        return self._clock.now().replace(minute=0, second=0)

    def _admission(self, counter: int, content: bytes) -> Admission:
        use = volume(_QUARANTINE, self._window, warning=_WARNING)
        return admission(counter, Versions(0, 0), content=content, use=use)

    @rule(arrivals=_ARRIVALS)
    def requests_arrive_at_both_processes(self, arrivals: list[tuple[int, bytes]]) -> None:
        """At once: new ones, the same octets again, other octets under the same RequestID."""

        async def all_at_once() -> list[Any]:
            return await asyncio.gather(
                *(
                    self._stores[number % 2].admit(self._admission(*each))
                    for number, each in enumerate(arrivals)
                )
            )

        outcomes = self._run(all_at_once())
        now, made, held = self._clock.now(), set[str](), 0
        for (counter, content), outcome in zip(arrivals, outcomes, strict=True):
            if isinstance(outcome, Accepted | InQuarantine):
                assert counter not in self._model.contents, "accepted twice"
                made |= self._model.accept(counter, content, self._window, now)
                held += isinstance(outcome, InQuarantine)
                self._claims += outcome.claims
        # Which of them fell under the threshold is the database's choice; how many is not.
        chosen = {n for (n, _), one in zip(arrivals, outcomes, strict=True)
                  if isinstance(one, InQuarantine)}  # fmt: skip
        self._settle_on(chosen, {counter for counter, _ in arrivals}, made)
        for (counter, content), outcome in zip(arrivals, outcomes, strict=True):
            if isinstance(outcome, Accepted | InQuarantine):
                continue
            if content == self._model.contents[counter]:
                word = b"held " if counter in self._model.held else b"I99 "
                assert outcome == AcceptedBefore(word + content)
            else:
                assert outcome == IdentityTaken()

    def _settle_on(self, chosen: set[int], among: set[int], made: set[str]) -> None:
        """Let the model hold those that the store has held: as many, of this arrival."""
        modelled = {n for n in among & self._model.held if f"{n}/quarantine" in made}
        assert len(chosen) == len(modelled), "another number is held than the threshold says"
        for swap_in, swap_out in zip(chosen - modelled, modelled - chosen, strict=True):
            self._model.held ^= {swap_in, swap_out}
            work = self._model.work
            work[f"{swap_in}/quarantine"] = work.pop(f"{swap_out}/quarantine")
            work[f"{swap_out}/carry"] = work.pop(f"{swap_in}/carry")

    @rule(arrivals=_ARRIVALS, process=st.integers(0, 1), turns=st.integers(0, 6))
    def a_process_dies_while_requests_arrive(
        self, arrivals: list[tuple[int, bytes]], process: int, turns: int
    ) -> None:
        """Nobody hears an answer: each request is there with all that follows, or not at all."""
        store = self._stores[process]

        async def dies() -> None:
            tasks = [asyncio.create_task(store.admit(self._admission(*each))) for each in arrivals]
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await store.close()

        self._run(dies())
        self._stores[process] = self._open(_PROCESSES[process])
        chosen, made = set[int](), set[str]()
        for counter, content in arrivals:
            stored = self._run(self._stores[process].request(identity(counter)))
            if counter in self._model.contents or stored is None:
                continue
            written = stored.answer.partition(b" ")[2]
            assert written in {c for n, c in arrivals if n == counter}, content
            made |= self._model.accept(counter, written, self._window, self._clock.now())
            if stored.quarantined:
                chosen.add(counter)
        self._settle_on(chosen, {counter for counter, _ in arrivals}, made)

    @rule(number=st.integers(0, 30), again=st.booleans(), process=st.integers(0, 1))
    def a_device_answers(self, number: int, again: bool, process: int) -> None:
        """Each request is concluded once, however often and in how many words it is answered."""
        passed = sorted(self._model.contents.keys() - self._model.held)
        if not passed:
            return
        counter = passed[number % len(passed)]
        key = f"{counter}" if again else f"{counter}.{next(self._names)}"
        outcome = self._run(self._stores[process].take_in(incoming(key, identity(counter))))
        if key in self._model.arrived:
            assert outcome == SeenBefore()
            return
        assert isinstance(outcome, TakenIn)
        keys = self._model.arrive(key, counter, self._clock.now())
        assert {_short(each) for each in outcome.claims} == keys
        assert outcome.late == (not keys)
        self._claims += outcome.claims

    @rule(limit=st.integers(1, 6), process=st.integers(0, 1))
    def work_is_claimed(self, limit: int, process: int) -> None:
        """As much as asked for of what is due, the longest due first, each under one lease."""
        now = self._clock.now()
        due = self._model.due(now)
        claims = self._run(self._stores[process].claim(now, limit))
        keys = [_short(each) for each in claims]
        assert len(keys) == len(set(keys)) == min(limit, len(due))
        assert due.keys() >= set(keys), "claimed while somebody else has the lease"
        left = [due[key] for key in due.keys() - set(keys)]
        assert not left or all(due[key] <= min(left) for key in keys)
        self._are_the_models(claims, now)

    @rule(process=st.integers(0, 1))
    def a_suspect_is_claimed(self, process: int) -> None:
        """One of what was lost twice or more, the longest due; nothing that comes with others."""
        now = self._clock.now()
        due = self._model.due(now, suspects=True)
        claims = self._run(self._stores[process].claim_suspect(now))
        assert len(claims) == min(1, len(due))
        assert all(due[_short(each)] == min(due.values()) for each in claims)
        self._are_the_models(claims, now)

    def _are_the_models(self, claims: Sequence[ClaimedWork], now: datetime) -> None:
        for claim in claims:
            key = _short(claim)
            assert claim.attempt == self._model.claim(key, now)
            assert claim.lost == self._model.lost(key)
        self._claims += claims

    @precondition(lambda self: self._claims)
    @rule(number=st.integers(0, 50), process=st.integers(0, 1))
    def leases_begin_anew(self, number: int, process: int) -> None:
        """Two claims, of which one may be the older one of the same work: that has no lease."""
        claims = [self._pick(number, keep=True), self._pick(number + 1, keep=True)]
        self._run(self._stores[process].renew(claims))
        for claim in claims:
            self._model.renew(_short(claim), claim.attempt, self._clock.now())

    @rule(limit=st.integers(1, 8))
    def both_claim_at_once(self, limit: int) -> None:
        """No piece of work is given to two."""
        now = self._clock.now()
        due = self._model.due(now)

        async def both() -> list[Sequence[ClaimedWork]]:
            return await asyncio.gather(*(store.claim(now, limit) for store in self._stores))

        claims = [claim for some in self._run(both()) for claim in some]
        keys = [_short(each) for each in claims]
        assert len(keys) == len(set(keys))
        assert due.keys() >= set(keys)
        self._are_the_models(claims, now)

    @precondition(lambda self: self._claims)
    @rule(number=st.integers(0, 50), process=st.integers(0, 1), keep=st.booleans())
    def work_is_finished(self, number: int, process: int, keep: bool) -> None:
        """Also by who was too slow: that changes nothing. ``keep``: it will say so again."""
        claim = self._pick(number, keep)
        self._run(self._stores[process].finish(WorkDone(claim, entry("done"))))
        self._model.finish(_short(claim), claim.attempt)

    @precondition(lambda self: self._claims)
    @rule(number=st.integers(0, 50), process=st.integers(0, 1))
    def a_slow_worker_is_overtaken(self, number: int, process: int) -> None:
        """Its lease runs out, another takes over, then the slow one says that it has finished."""
        claim = self._pick(number, keep=False)
        self.time_passes(61)
        self.work_is_claimed(100, process)
        self._run(self._stores[1 - process].finish(WorkDone(claim, entry("done"))))
        self._model.finish(_short(claim), claim.attempt)

    @precondition(lambda self: self._claims)
    @rule(
        number=st.integers(0, 50),
        process=st.integers(0, 1),
        seconds=st.integers(0, 100),
        failure=st.sampled_from(["", "no answer"]),
    )
    def work_is_put_off(self, number: int, process: int, seconds: int, failure: str) -> None:
        """Untouched, or because it has failed: then it was not what its processes died of."""
        claim = self._pick(number, keep=False)
        until = self._clock.now() + timedelta(seconds=seconds)
        self._run(self._stores[process].defer(WorkDeferred(claim, until, failure)))
        self._model.defer(_short(claim), claim.attempt, until, tried=bool(failure))

    @precondition(lambda self: self._claims)
    @rule(number=st.integers(0, 50), process=st.integers(0, 1))
    def work_is_given_up(self, number: int, process: int) -> None:
        """Also by who was too slow: then somebody else has it, and it is not dead."""
        claim = self._pick(number, keep=False)
        died = WorkDied(claim, "no answer", 1, self._clock.now(), entry("failed"))
        self._run(self._stores[process].give_up(died))
        self._model.give_up(_short(claim), claim.attempt)

    @rule(number=st.integers(0, 30), processes=st.integers(1, 3), again=st.booleans())
    def a_dead_letter_is_decided(self, number: int, processes: int, again: bool) -> None:
        """By one person or by two at once; one of them decides."""
        letters = self._run(self._stores[0].dead_letters(LetterQuery()))
        names = {_short_key(each.key): each.letter for each in letters}
        assert names.keys() == self._model.dead.keys()
        if not letters:
            return
        key = sorted(names)[number % len(names)]
        decided = LetterDecision(names[key], "kim", NOW, "because", entry("decided"))
        change = SendAgain(decided) if again else Discard(decided)

        async def at_once() -> list[LetterDecided | LetterDecidedBefore]:
            stores = [store for n, store in enumerate(self._stores) if processes & 1 << n]
            return await asyncio.gather(*(store.decide_letter(change) for store in stores))

        written = [each for each in self._run(at_once()) if isinstance(each, LetterDecided)]
        (outcome,) = written
        if again:
            (claim,) = outcome.claims
            assert claim.attempt == self._model.send_again(key, self._clock.now())
            self._claims.append(claim)
        else:
            self._model.discard(key)
            assert outcome.claims == ()

    def _pick(self, number: int, keep: bool) -> ClaimedWork:
        number %= len(self._claims)
        return self._claims[number] if keep else self._claims.pop(number)

    @rule(seconds=st.sampled_from([1, 30, 61, 1800]))
    def time_passes(self, seconds: int) -> None:
        self._run(self._clock.run_until(self._clock.now() + timedelta(seconds=seconds)))

    @rule(process=st.integers(0, 1))
    def a_process_starts_anew(self, process: int) -> None:
        """What it had claimed stays leased; it knows nothing of it any more."""
        self._run(self._stores[process].close())
        self._stores[process] = self._open(_PROCESSES[process])

    @invariant()
    def the_next_due_is_the_models(self) -> None:
        due = self._run(self._stores[0].next_due())
        assert due == min((row.due for row in self._model.work.values()), default=None)

    @invariant()
    def no_threshold_is_exceeded(self) -> None:
        assert all(used <= _QUARANTINE for used in self._model.used.values())

    def teardown(self) -> None:
        """The audit chains hold, with one row for each thing that happened."""
        try:
            rows = self._run(self._stores[0].audit_rows(AuditQuery(limit=100_000)))
            assert len(rows) == self._model.audit
            chained = sum(verify_chain(self._stores[0].audit_chain(one)) for one in _PROCESSES)
            assert chained == len(rows)
        finally:
            for store in self._stores:
                self._run(store.close())
            self._loop.close()
            self._drop()


def _short(claim: ClaimedWork) -> str:
    """The model's name of a piece of work: the counter for the RequestID, no User."""
    return _short_key(claim.work.key)


def _short_key(key: str) -> str:
    head, _, tail = key.partition("/")
    if head.startswith("warning"):
        return f"warning {key.partition(' ')[2].partition(' ')[2]}"
    return f"{head.rpartition(':')[2]}/{tail}"


@pytest.mark.requirement("D14", "decision 2", "decision 3", "decision 10", refuses=True)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_store_does_what_its_model_does(kind: str) -> None:
    run_state_machine_as_test(
        on_database(kind, _Store), settings=walks(15 if kind == "sqlite" else 8, 30)
    )
