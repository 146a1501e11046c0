"""How a campaign stands, from what its database counts: implements ``CampaignBoard``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, select, text

from stayon.adapters.campaign_store import schema
from stayon.adapters.campaign_store.rows import device_of, progress_of
from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import EndState, Stage
from stayon.ports.campaign_board import (
    Attempt,
    Count,
    Dimension,
    Found,
    Reason,
    Standing,
)

_COLUMNS = {
    Dimension.SUPPLIER: "supplier_id",
    Dimension.FUEL: "fuel",
    Dimension.ROUTE: "route",
    Dimension.REGION: "region",
}
_FOUND = select(schema.device, *(c for c in schema.progress.c if c.name != "device_id")).join(
    schema.progress, schema.device.c.device_id == schema.progress.c.device_id
)
_GIVEN_UP = text("progress.end_state IN ('refused', 'needs_local_delivery', 'unreachable')")


class BoardTables:
    """Implements ``stayon.ports.campaign_board.CampaignBoard``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def standing(self) -> Standing:
        """See ``CampaignBoard.standing``."""
        ends = dict.fromkeys(EndState, 0)
        not_begun = waiting = in_hand = 0
        for row in self._rows(
            "SELECT stage, end_state, tried, sum(devices) AS number FROM tally GROUP BY 1, 2, 3"
        ):
            if row.end_state:
                ends[EndState(row.end_state)] += row.number
            elif Stage(row.stage) is not Stage.PLANNED:
                in_hand += row.number
            elif row.tried:
                waiting += row.number
            else:
                not_begun += row.number
        return Standing(ends, not_begun, waiting, in_hand)

    def counts(self, dimension: Dimension) -> Sequence[Count]:
        """See ``CampaignBoard.counts``."""
        rows = self._rows(
            f"SELECT {_COLUMNS[dimension]} AS value, sum(devices) AS devices,"  # noqa: S608
            " sum(CASE WHEN end_state IN ('safe', 'already_safe') THEN devices ELSE 0 END) AS safe,"
            " sum(CASE WHEN end_state <> '' THEN devices ELSE 0 END) AS ended"
            " FROM tally GROUP BY 1 ORDER BY 1"
        )
        return tuple(
            Count(
                str(Eui64(row.value)) if dimension is Dimension.SUPPLIER else row.value,
                row.devices,
                row.safe,
                row.ended - row.safe,
            )
            for row in rows
        )

    def reasons(self) -> Sequence[Reason]:
        """See ``CampaignBoard.reasons``."""
        rows = self._rows(
            "SELECT end_state, cause, code, sum(devices) AS number FROM tally"
            " WHERE cause <> '' AND end_state NOT IN ('safe', 'already_safe')"
            " AND (end_state <> '' OR stage = 'planned')"
            " GROUP BY 1, 2, 3 HAVING number > 0 ORDER BY number DESC, 1, 2, 3"
        )
        return tuple(
            Reason(EndState(r.end_state) if r.end_state else None, r.cause, r.code, r.number)
            for r in rows
        )

    def made_safe(self) -> Sequence[tuple[datetime, int]]:
        """See ``CampaignBoard.made_safe``."""
        rows = self._rows("SELECT second, devices FROM made_safe ORDER BY second")
        return [(datetime.fromisoformat(f"{r.second}+00:00"), r.devices) for r in rows]

    def waiting(self) -> tuple[datetime, datetime] | None:
        """See ``CampaignBoard.waiting``."""
        # Two queries, for SQLite takes one end of an index at a time.
        ends = [
            self._rows(
                f"SELECT {which}(due) AS due FROM progress"  # noqa: S608 - one of two words
                " WHERE stage = 'planned' AND due IS NOT NULL"
            )[0].due
            for which in ("min", "max")
        ]
        if ends[0] is None:
            return None
        return datetime.fromisoformat(ends[0]), datetime.fromisoformat(ends[1])

    def given_up(self, cause: str, after: Eui64 | None, limit: int) -> Sequence[Found]:
        """See ``CampaignBoard.given_up``."""
        progress = schema.progress.c
        query = _FOUND.where(_GIVEN_UP, progress.cause == cause)
        if after is not None:
            query = query.where(progress.device_id > after.octets)
        query = query.order_by(progress.device_id).limit(limit)
        with self._engine.connect() as connection:
            return tuple((device_of(r), progress_of(r)) for r in connection.execute(query))

    def find(self, identifier: Eui64 | str) -> Sequence[Found]:
        """See ``CampaignBoard.find``."""
        if isinstance(identifier, Eui64):
            query = _FOUND.where(schema.device.c.device_id == identifier.octets)
        else:
            query = _FOUND.where(schema.device.c.mpxn == identifier)
        query = query.order_by(schema.device.c.position).limit(50)
        with self._engine.connect() as connection:
            return tuple((device_of(r), progress_of(r)) for r in connection.execute(query))

    def attempts(self, device_id: Eui64) -> Sequence[Attempt]:
        """See ``CampaignBoard.attempts``."""
        rows = self._rows(
            "SELECT a.*, s.request AS sent FROM attempt a LEFT JOIN signed_request s"
            " ON a.signed AND s.device_id = a.device_id AND s.number = a.number"
            " WHERE a.device_id = :device ORDER BY a.number",
            device=device_id.octets,
        )
        return tuple(
            Attempt(
                row.number,
                int(row.counter),
                bool(row.local),
                datetime.fromisoformat(row.began),
                _instant(row.accepted),
                _instant(row.ended),
                EndState(row.end_state) if row.end_state else None,
                row.cause,
                row.code,
                row.words,
                row.sent,
            )
            for row in rows
        )

    def _rows(self, statement: str, **values: object) -> Sequence[Row[Any]]:
        with self._engine.connect() as connection:
            return connection.execute(text(statement), values).all()


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
