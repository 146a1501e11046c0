"""One process that writes groups of changes which touch the same rows as another's, backwards."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from tests.adapters.storage.values import (
    NOW,
    admission,
    entry,
    eui,
    identity,
    incoming,
    volume,
    work,
)

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.eui64 import Eui64
from stayon.ports.quarantine import (
    Decision,
    QuarantineQuery,
    QuarantineRecord,
    QuarantineState,
    Release,
    Removal,
)
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import (
    Admission,
    AlertUse,
    ClaimedWork,
    Incoming,
    Note,
    WorkDeferred,
    WorkDied,
    WorkDone,
    WorkKind,
)

FIRST = Versions(0, 0)
MANY = 24
ROUNDS = 6
USERS = tuple(eui(number) for number in range(70, 70 + MANY))
LATE = NOW + timedelta(days=400)


def admitted(counter: int, *, held: bool = False, of: Eui64 = USERS[0]) -> Admission:
    """A request with a threshold of its sender's own."""
    return admission(counter, FIRST, use=volume(10**6, of=of), quarantine_now=held)


def _user(number: int) -> Eui64:
    """Of two neighbours the same: different requests, one threshold."""
    return USERS[(number + 1) // 2 % (MANY // 4)]


async def prepare(database: str) -> None:
    """What the two then write about: requests, quarantined ones, work."""
    store = SqlStore(database, SimulatedClock(NOW), writer="prepared", works=False)
    numbers = range(1, MANY * ROUNDS + 1)
    await asyncio.gather(*(store.admit(admitted(number)) for number in numbers))
    held = (admitted(number + 10**5, held=True, of=_user(number)) for number in numbers)
    await asyncio.gather(*(store.admit(each) for each in held))
    await store.close()


def live(database: str, number: int, start: Barrier) -> None:
    """The process ``number``, 0 or 1; both begin each round together."""
    try:
        asyncio.run(_live(database, number, start))
    except BaseException:
        # The other one would wait for this one.
        start.abort()
        raise


async def _live(database: str, number: int, start: Barrier) -> None:
    store = SqlStore(database, SimulatedClock(NOW), writer=f"process {number}")
    held = await store.quarantine_records(QuarantineQuery(state=QuarantineState.HELD))
    claims = _claims()
    for turn in range(ROUNDS):
        mine = slice(turn * MANY, (turn + 1) * MANY)
        released, removed = held[mine][: MANY // 2], held[mine][MANY // 2 :]
        for changes in (
            _answers(turn, number),
            _alerts(turn, number),
            [_release(record) for record in released[number::2]],
            [_remove(record) if number else _answer(record) for record in removed],
            _settling(claims[mine], number),
        ):
            start.wait()
            # The first is written by itself; the rest are one group, from the one end or the other.
            first = Note(entry("first"))
            rest = changes if number == 0 else changes[::-1]
            await asyncio.gather(*(_write(store, each) for each in (first, *rest)))
    await store.close()


def _claims() -> Sequence[ClaimedWork]:
    """Work that both believe to have: whoever was too slow says so all the same."""
    made = (admitted(counter).work[0] for counter in range(1, MANY * ROUNDS + 1))
    return [ClaimedWork(each, 0, NOW) for each in made]


def _answers(turn: int, number: int) -> list[Incoming]:
    """Answers that conclude the same requests, each under a key of its own process's."""
    counters = range(turn * MANY + 1, (turn + 1) * MANY + 1)
    return [incoming(f"{counter}.{number}", identity(counter)) for counter in counters]


def _alerts(turn: int, number: int) -> list[Incoming]:
    """Alerts of the same devices, counted by storm protection."""
    return [
        replace(
            incoming(f"alert {turn} {user} {number}"),
            device=user,
            use=AlertUse(user, 0x810D, NOW, 10**6),
        )
        for user in USERS
    ]


def _decision(record: QuarantineRecord, code: str) -> Decision:
    audit = replace(entry(code), request_id=str(record.request_id))
    return Decision(record.event, "kim", NOW, "because", audit)


def _release(record: QuarantineRecord) -> Release:
    counter = record.request_id.counter
    wanted = admitted(counter, of=_user(counter - 10**5))
    return Release(_decision(record, "released"), wanted, frozenset())


def _remove(record: QuarantineRecord) -> Removal:
    tells = replace(work(f"removed {record.event}", WorkKind.DELIVER), request_id=record.request_id)
    return Removal(_decision(record, "deleted"), tells)


def _answer(record: QuarantineRecord) -> Incoming:
    """Of a device that had an earlier copy: the request is concluded from two sides."""
    return incoming(f"answer {record.event}", record.request_id)


def _settling(claims: Sequence[ClaimedWork], number: int) -> list[Any]:
    """One finishes what the other puts off or gives up."""
    made: list[Any] = []
    for index, claim in enumerate(claims):
        match (index + number) % 3:
            case 0:
                made.append(WorkDone(claim, entry("done")))
            case 1:
                made.append(WorkDeferred(claim, LATE, "no answer"))
            case _:
                made.append(WorkDied(claim, "no answer", 1, NOW, entry("failed")))
    return made


async def _write(store: SqlStore, change: Any) -> None:
    await store._committer.commit(change)
