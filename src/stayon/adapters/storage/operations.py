"""Operations data by query, of what the tables hold anyway; ``hourly`` keeps the measures."""

from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    case,
    desc,
    literal,
    select,
)
from sqlalchemy import func as sql

from stayon.adapters.storage import dead_letters
from stayon.adapters.storage.arrivals import HELD_BACK
from stayon.adapters.storage.tables import (
    alert_throttle,
    audit,
    device,
    outbox,
    quarantine,
    registration,
)
from stayon.adapters.storage.threshold_states import read_thresholds, read_writers
from stayon.domain.eui64 import Eui64
from stayon.duis.codes import SUCCESS
from stayon.ports.operations import (
    AlertCount,
    Health,
    Queue,
    RouteHealth,
    Storm,
    SupplierShare,
)

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_STORMS_SHOWN = 50
_DISPATCHED, _OUTCOMES = "dispatch", ("response", "alert")


def read_supplier_shares(connection: Connection, now: datetime) -> tuple[SupplierShare, ...]:
    """See ``Operations.supplier_shares``."""
    period, anchor = registration.c, device.c.notified_critical_supplier
    now_on = (period.effective_from <= now) & (
        period.effective_to.is_(None) | (period.effective_to > now)
    )
    registered = select(period.supplier, sql.count()).where(now_on).group_by(period.supplier)
    trusted = select(anchor, sql.count()).where(anchor.is_not(None)).group_by(anchor)
    points: dict[Eui64, int] = dict(
        connection.execute(registered.group_by(period.supplier)).tuples().all()
    )
    devices: dict[Eui64, int] = dict(connection.execute(trusted).tuples().all())
    return tuple(
        SupplierShare(each, points.get(each, 0), devices.get(each, 0))
        for each in sorted(points.keys() | devices.keys(), key=lambda one: one.octets)
    )


def _within_time(column: Column[str]) -> ColumnElement[str]:
    """The column as an expression that no index serves, so that the index on time is used.

    What is asked for is a short time out of a long trail; a planner without statistics takes the
    index of an equality instead and reads all of it.
    """
    return column.concat("")


def read_health(connection: Connection, now: datetime) -> Health:
    """See ``Operations.health``."""
    since = now - _HOUR
    code = _within_time(audit.c.code).label("code")
    answers = connection.execute(
        select(code, sql.count().label("answers"))
        .where(audit.c.step == "admission", audit.c.at >= since)
        .group_by(code)
        .order_by(code)
    )
    held = select(sql.count().label("number"), sql.min(quarantine.c.held_at).label("since"))
    waiting = connection.execute(held.where(quarantine.c.decision.is_(None))).one()
    return Health(
        at=now,
        answers={row.code: row.answers for row in answers},
        queues=_queues(connection),
        quarantined=waiting.number,
        routes=_routes(connection, since),
        alerts=_alerts(connection, since),
        storms=_storms(connection, now - _DAY),
        held_since=waiting.since,
        dead_letters=dead_letters.read_given_up(connection),
        thresholds=read_thresholds(connection, now),
        writers=read_writers(connection),
    )


def _queues(connection: Connection) -> tuple[Queue, ...]:
    keys = (outbox.c.kind, outbox.c.target)
    rows = connection.execute(
        select(
            *keys,
            sql.count().label("waiting"),
            sql.min(outbox.c.created_at).label("oldest"),
            sql.sum(case((outbox.c.attempt > 1, 1), else_=0)).label("retried"),
            sql.max(outbox.c.attempt).label("most"),
        )
        .group_by(*keys)
        .order_by(*keys)
    )
    return tuple(
        Queue(row.kind.value, row.target, row.waiting, row.oldest, int(row.retried), row.most)
        for row in rows
    )


def _routes(connection: Connection, since: datetime) -> tuple[RouteHealth, ...]:
    def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return sql.sum(case((condition, 1), else_=0))

    outcome = audit.c.step.in_(_OUTCOMES) & (audit.c.request_id != "")
    rows = connection.execute(
        select(
            device.c.route,
            counted(audit.c.step == _DISPATCHED).label("dispatched"),
            counted(outcome & (audit.c.code == SUCCESS)).label("answered"),
            counted(outcome & (audit.c.code != SUCCESS)).label("failed"),
        )
        .join(device, device.c.device_id == audit.c.device)
        .where(audit.c.at >= since, audit.c.step.in_((_DISPATCHED, *_OUTCOMES)))
        .group_by(device.c.route)
        .order_by(device.c.route)
    )
    return tuple(
        RouteHealth(row.route.value, int(row.dispatched), int(row.answered), int(row.failed))
        for row in rows
    )


def _alerts(connection: Connection, since: datetime) -> tuple[AlertCount, ...]:
    code = _within_time(audit.c.code).label("code")
    rows = connection.execute(
        select(
            code,
            sql.count().label("raised"),
            sql.sum(case((audit.c.detail == literal(HELD_BACK), 1), else_=0)).label("held_back"),
        )
        .where(audit.c.at >= since, audit.c.step == "alert")
        .where(_within_time(audit.c.request_id) == "")
        .group_by(code)
        .order_by(code)
    )
    return tuple(AlertCount(row.code, row.raised, int(row.held_back)) for row in rows)


def _storms(connection: Connection, since: datetime) -> tuple[Storm, ...]:
    table = alert_throttle.c
    rows = connection.execute(
        select(table.device, table.code, table.window, table.held_back, table.unreported)
        .where(table.held_back > 0, table.window >= since)
        .order_by(desc(table.held_back), table.device, table.code)
        .limit(_STORMS_SHOWN)
    )
    return tuple(Storm(*row) for row in rows)
