"""The clock of all who share a database server: the server's (ADR 0032).

Nobody asks it for each instant: how far it is from this machine's seconds is heard with every new
connection and along with what workers and gateways ask every few seconds anyway.
"""

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, event, literal_column, select

from stayon.adapters.storage.columns import from_microseconds
from stayon.ports.clock import Clock

_NOW_ON_SERVER: Final = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
"""PostgreSQL's clock, in the microseconds of ``columns``: now, not when the transaction began."""
_SAYS: Final = f"SELECT {_NOW_ON_SERVER}"
_DRIFT: Final = 0.001
"""Two clocks that nobody sets part by less than this in a second."""


class SharedClock:
    """The server's time; implements ``stayon.ports.clock.Clock``.

    The world's time is ``ahead`` of the server's. Until the server has been heard it is that of
    ``own``: whoever has no connection writes nothing.
    """

    def __init__(self, own: Clock, ahead: timedelta) -> None:
        self._own = own
        self._ahead = ahead
        self._heard: tuple[datetime, float, float] | None = None

    def now(self) -> datetime:
        """The present instant, UTC."""
        heard = self._heard
        if heard is None:
            return self._own.now()
        instant, at, _ = heard
        return instant + timedelta(seconds=self._own.seconds() - at)

    def seconds(self) -> float:
        """See ``Clock.seconds``: this machine's."""
        return self._own.seconds()

    async def sleep(self, seconds: float) -> None:
        """See ``Clock.sleep``."""
        await self._own.sleep(seconds)

    def busy(self) -> AbstractContextManager[None]:
        """See ``Clock.busy``."""
        return self._own.busy()

    def hear(self, microseconds: int, asked: float, answered: float, *, anew: bool = False) -> None:
        """The server has said its time between two moments of ``Clock.seconds``.

        The nearer these are, the better it is known. A worse answer counts only when the better one
        has grown old, or when it cannot be right any more: the server's clock was set. What is
        heard ``anew`` counts whatever was heard before, which may have been another server.
        """
        error = (answered - asked) / 2
        instant, at = from_microseconds(microseconds) + self._ahead, answered - error
        before = None if anew else self._heard
        if before is not None:
            apart = (instant - before[0]).total_seconds() - (at - before[1])
            error_now = before[2] + _DRIFT * (at - before[1])
            if error > error_now and abs(apart) <= error + error_now:
                return
        self._heard = instant, at, error

    def ask(self, connection: Connection, *also: ColumnElement[Any]) -> tuple[Any, ...]:
        """Ask on a connection that is open; what the server says of ``also`` in the same answer."""
        asked = self._own.seconds()
        said, *found = connection.execute(select(literal_column(_NOW_ON_SERVER), *also)).one()
        self.hear(int(said), asked, self._own.seconds())
        return tuple(found)

    def listen_on(self, engine: Engine) -> None:
        """Ask on every new connection of ``engine``, before anything else is written by it."""
        event.listen(engine, "connect", self._connected)

    def _connected(self, connection: Any, _record: object) -> None:
        asked = self._own.seconds()
        (said,) = connection.execute(_SAYS).fetchone()
        answered = self._own.seconds()
        connection.commit()
        self.hear(int(said), asked, answered, anew=True)
