"""Alert storm protection in the database: what passes of one device's alerts with one code.

The decision is part of the transaction that stores the alert: no alert is counted twice, whichever
process takes it in, and what was held back is reported once.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update

from stayon.adapters.storage.dialects import upsert
from stayon.adapters.storage.tables import alert_throttle
from stayon.domain.eui64 import Eui64
from stayon.ports.store_work import AlertUse, HeldBack

_Key = tuple[Eui64, int]
_FIELDS = ("window", "passed", "unreported", "reports", "held_back")
_WRITE = (
    update(alert_throttle)
    .where(
        alert_throttle.c.device == bindparam("of_device"),
        alert_throttle.c.code == bindparam("of_code"),
    )
    .values({name: bindparam(f"new_{name}") for name in _FIELDS})
)


class Throttles:
    """The counts as this transaction sees them; each is locked from its first use on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._counts: dict[_Key, dict[str, Any]] = {}

    def lock(self, uses: Iterable[AlertUse]) -> None:
        """Lock what ``uses`` need, in one order for every process (``locks``)."""
        needed = {(use.device, use.code): use for use in uses}
        for key in sorted(needed, key=lambda each: (each[0].octets, each[1])):
            self._counts_of(key, needed[key].window)

    def use(self, use: AlertUse) -> HeldBack | None:
        """Let one alert pass, or hold it back, which is None.

        What passes says how many before it did not, and were not reported yet.
        """
        counts = self._counts_of((use.device, use.code), use.window)
        if use.window > counts["window"]:
            counts |= {"window": use.window, "passed": 0}
        if counts["passed"] >= use.allowed:
            counts["unreported"] += 1
            counts["held_back"] += 1
            return None
        counts["passed"] += 1
        reported = HeldBack(counts["reports"], counts["unreported"])
        if reported.count:
            counts["reports"] += 1
            counts["unreported"] = 0
            reported = HeldBack(counts["reports"], reported.count)
        return reported

    def _counts_of(self, key: _Key, window: datetime) -> dict[str, Any]:
        if key not in self._counts:
            # Adding nothing locks the row (or makes it), which a SELECT would not.
            statement = upsert(
                self._connection, alert_throttle, changes={"passed": alert_throttle.c.passed}
            ).returning(*(alert_throttle.c[name] for name in _FIELDS))
            first = {"device": key[0], "code": key[1], "window": window}
            first |= dict.fromkeys(_FIELDS[1:], 0)
            found = self._connection.execute(statement, first).mappings().one()
            self._counts[key] = dict(found)
        return self._counts[key]

    def write(self) -> None:
        """Store the counts."""
        rows = [
            {"of_device": device, "of_code": code}
            | {f"new_{name}": counts[name] for name in _FIELDS}
            for (device, code), counts in self._counts.items()
        ]
        if rows:
            self._connection.execute(_WRITE, rows)
