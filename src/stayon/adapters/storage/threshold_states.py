"""What is used of each volume threshold, and how far each writer of the audit trail has come."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, and_, literal, select, type_coerce
from sqlalchemy import func as sql

from stayon.adapters.storage.columns import to_microseconds
from stayon.adapters.storage.tables import audit, overall_threshold, threshold, volume_count
from stayon.ports.operations import ThresholdState, WriterState
from stayon.ports.store_work import EVERYBODY

_MICROSECONDS = 1_000_000


def read_thresholds(connection: Connection, now: datetime) -> tuple[ThresholdState, ...]:
    """Every threshold: those of Users, then the DCC's own."""
    own = connection.execute(_own(now))
    overall = connection.execute(_overall(now))
    return (
        *(
            ThresholdState(
                str(row.user_id),
                row.role.value,
                str(row.supplier),
                row.srv,
                row.used,
                row.warning,
                row.quarantine,
            )
            for row in own
        ),
        *(
            ThresholdState("", row.role.value, "", row.srv, row.used, row.warning, row.quarantine)
            for row in overall
        ),
    )


def _own(now: datetime) -> Select[Any]:
    rule, count = threshold.c, volume_count.c
    same = (count[name] == rule[name] for name in ("user_id", "role", "supplier", "srv"))
    return _with_use(threshold, and_(*same), now).order_by(
        rule.user_id, rule.role, rule.supplier, rule.srv
    )


def _overall(now: datetime) -> Select[Any]:
    rule, count = overall_threshold.c, volume_count.c
    same = and_(
        count.user_id == EVERYBODY,
        count.supplier == EVERYBODY,
        count.role == rule.role,
        count.srv == rule.srv,
    )
    return _with_use(overall_threshold, same, now).order_by(rule.role, rule.srv)


def _with_use(rules: Any, same: Any, now: datetime) -> Select[Any]:
    """``rules`` with the count of the window that ``now`` is in, 0 where nothing was counted."""
    began = type_coerce(volume_count.c.window, BigInteger)
    at = literal(to_microseconds(now), BigInteger)
    present = and_(
        same,
        volume_count.c.period_seconds == rules.c.period_seconds,
        began <= at,
        began + rules.c.period_seconds * literal(_MICROSECONDS, BigInteger) > at,
    )
    used = sql.coalesce(volume_count.c.used, 0).label("used")
    return select(*rules.c, used).select_from(rules.outerjoin(volume_count, present))


def read_writers(connection: Connection) -> tuple[WriterState, ...]:
    """Each writer with its newest row, by as many steps through the index as there are writers."""
    writer = ""
    found: list[WriterState] = []
    while True:
        following = select(sql.min(audit.c.writer)).where(audit.c.writer > writer)
        name = connection.execute(following).scalar_one()
        if name is None:
            return tuple(found)
        writer = name
        newest = select(sql.max(audit.c.sequence)).where(audit.c.writer == writer)
        found.append(WriterState(writer, connection.execute(newest).scalar_one()))
