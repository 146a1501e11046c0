"""People's orders in a campaign's database: implements ``CampaignControl``."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, Row, insert, select, update

from stayon.adapters.campaign_store import schema
from stayon.domain.errors import FieldError
from stayon.ports.campaign_control import Order, OrderKind

_FASTEST = 10_000.0
_LONGEST_NAME = 100


class OrderTable:
    """Implements ``stayon.ports.campaign_control.CampaignControl``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def give(self, kind: OrderKind, value: str, *, by: str, at: datetime) -> Order:
        """See ``CampaignControl.give``."""
        _require_value(kind, value)
        if not 0 < len(by) <= _LONGEST_NAME:
            raise FieldError("by", f"says who gives the order, in at most {_LONGEST_NAME} letters")
        values = {"given_at": at.isoformat(), "given_by": by, "kind": kind, "value": value}
        with self._engine.begin() as connection:
            number: int = connection.execute(
                insert(schema.order).values(values).returning(schema.order.c.number)
            ).scalar_one()
        return Order(number, at, by, kind, value)

    def orders(self) -> Sequence[Order]:
        """See ``CampaignControl.orders``."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(schema.order).order_by(schema.order.c.number))
            return tuple(_order(row) for row in rows)

    def pending(self) -> Sequence[Order]:
        """See ``CampaignControl.pending``."""
        return tuple(order for order in self.orders() if order.applied_at is None)

    def applied(self, number: int, result: str, at: datetime) -> None:
        """See ``CampaignControl.applied``."""
        with self._engine.begin() as connection:
            connection.execute(
                update(schema.order)
                .where(schema.order.c.number == number)
                .values(applied_at=at.isoformat(), result=result)
            )


def _require_value(kind: OrderKind, value: str) -> None:
    if kind is OrderKind.PACE:
        try:
            pace = float(value)
        except ValueError:
            pace = 0.0
        if not 0 < pace <= _FASTEST:
            raise FieldError("pace", f"{value[:40]!r} is not a number of requests a second")
    elif bool(value) != (kind is OrderKind.RETRY):
        raise FieldError(kind.value, "needs the name of a cause" if not value else "has no value")


def _order(row: Row[tuple[object, ...]]) -> Order:
    kind: OrderKind = row.kind
    return Order(
        row.number,
        datetime.fromisoformat(row.given_at),
        row.given_by,
        kind,
        row.value,
        None if row.applied_at is None else datetime.fromisoformat(row.applied_at),
        row.result,
    )
