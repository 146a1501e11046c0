"""Performance measures, kept by the hour as they happen: counts of answers, and each outcome.

A page that shows an hour of a campaign would else read a million audit rows. They are written in
the transaction that writes those rows: one statement for each kind and group of changes, none for
each request. What they say is what the audit trail says, and a test holds the two together.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy import func as sql

from stayon.adapters.storage.columns import from_microseconds, to_microseconds
from stayon.adapters.storage.device_routes import DeviceRoutes
from stayon.adapters.storage.dialects import upsert
from stayon.adapters.storage.prepared import Prepared, PreparedInsert
from stayon.adapters.storage.tables import admission_count, request_outcome
from stayon.domain.eui64 import Eui64
from stayon.ports.audit import AuditEntry
from stayon.ports.operations import Latency, Measure

ADMISSION: Final = "admission"
_MICROSECONDS: Final = 1_000_000
_HOUR: Final = 3600 * _MICROSECONDS
_COUNT = Prepared(
    lambda connection: upsert(
        connection,
        admission_count,
        changes={"count": admission_count.c.count + bindparam("more")},
    )
)
_ADD_OUTCOMES = PreparedInsert(request_outcome)


@dataclass(frozen=True, slots=True)
class Concluded:
    """An accepted request and what came of it; ``outcome`` is the audit entry of that."""

    accepted_at: datetime
    srv: str
    device: Eui64
    outcome: AuditEntry


def keep_measures(
    connection: Connection,
    writer: str,
    routes_of: DeviceRoutes,
    entries: Iterable[AuditEntry],
    concluded: Sequence[Concluded],
) -> None:
    """Count the answers among ``entries``, and add each outcome, in the caller's transaction."""
    answers = [each for each in entries if each.step == ADMISSION]
    if not answers and not concluded:
        return
    devices = {each.device for each in answers} | {each.device for each in concluded}
    routes = routes_of.of(connection, devices)
    counts = Counter((_hour(each.at), each.srv, each.code, routes[each.device]) for each in answers)
    _COUNT.run(
        connection,
        [
            {"hour": hour, "writer": writer, "srv": srv, "code": code, "route": route}
            | {"count": number, "more": number}
            for (hour, srv, code, route), number in sorted(counts.items())
        ],
    )
    _ADD_OUTCOMES.write(
        connection,
        [
            {
                "hour": _hour(each.accepted_at),
                "srv": each.srv,
                "code": each.outcome.code,
                "route": routes[each.device],
                "latency": to_microseconds(each.outcome.at) - to_microseconds(each.accepted_at),
            }
            for each in concluded
        ],
    )


def _hour(at: datetime) -> int:
    """The hour of an instant, counted from 1970."""
    return to_microseconds(at) // _HOUR


def read_measures(connection: Connection, since: datetime, until: datetime) -> tuple[Measure, ...]:
    """See ``Operations.measures``."""
    first, beyond = _hour(since), -(-to_microseconds(until) // _HOUR)
    return (*_admissions(connection, first, beyond), *_outcomes(connection, first, beyond))


def _admissions(connection: Connection, first: int, beyond: int) -> list[Measure]:
    table = admission_count.c
    keys = (table.hour, table.srv, table.code, table.route)
    rows = connection.execute(
        select(*keys, sql.sum(table.count).label("number"))
        .where(table.hour >= first, table.hour < beyond)
        .group_by(*keys)
        .order_by(*keys)
    )
    return [_measure(ADMISSION, row, int(row.number)) for row in rows]


def _outcomes(connection: Connection, first: int, beyond: int) -> list[Measure]:
    table = request_outcome.c
    keys = (table.hour, table.srv, table.code, table.route)
    rows = connection.execute(
        select(
            *keys,
            sql.count().label("number"),
            sql.avg(table.latency).label("mean"),
            sql.max(table.latency).label("longest"),
        )
        .where(table.hour >= first, table.hour < beyond)
        .group_by(*keys)
        .order_by(*keys)
    ).all()
    return [_measure("outcome", row, row.number, _latency(connection, row)) for row in rows]


def _latency(connection: Connection, group: Any) -> Latency:
    """The 95 % figure is the latency of that rank, which the index gives in its order."""
    table = request_outcome.c
    rank = -(-95 * group.number // 100)
    percentile = connection.execute(
        select(table.latency)
        .where(table.hour == group.hour, table.srv == group.srv)
        .where(table.code == group.code, table.route == group.route)
        .order_by(table.latency)
        .limit(1)
        .offset(rank - 1)
    ).scalar_one()
    return Latency(
        float(group.mean) / _MICROSECONDS,
        percentile / _MICROSECONDS,
        group.longest / _MICROSECONDS,
    )


def _measure(step: str, row: Any, count: int, latency: Latency | None = None) -> Measure:
    hour = from_microseconds(row.hour * _HOUR)
    return Measure(hour, step, row.srv, row.code, row.route, count, latency)
