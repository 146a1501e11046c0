"""What an attack must leave behind: nothing; and a DSP that goes on serving."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count

from tests.parties.dsp.world import GSME, DspWorld, command, read_response
from tests.support.asgi import AsgiReply

from stayon.ports.audit import AuditQuery

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
_NOT_KEPT = {"version", "alembic_version", "sqlite_sequence", "admission_count"}
"""Besides the audit trail, which is to say what was refused, and how often by the hour."""


@dataclass
class Watch:
    """Looks at everything that the DSP keeps, but for its audit trail, where refusals stand."""

    world: DspWorld
    counters: "count[int]" = field(default_factory=lambda: count(1_000_000))

    def changed_since(self, before: dict[str, object]) -> list[str]:
        """What is not as it was: tables, and whoever has been handed something."""
        after = self.kept()
        return [name for name in after if after[name] != before[name]]

    def kept(self) -> dict[str, object]:
        """Every row of every table, and everything that was handed on."""
        with closing(sqlite3.connect(str(self.world.store._writing.url.database))) as database:
            names = [name for (name,) in database.execute(_TABLES)]
            rows: dict[str, object] = {
                name: database.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608
                for name in names
                if name not in _NOT_KEPT and not name.startswith("audit")
            }
        rows["the CSP"] = [work.work_id for work in self.world.carrier.taken]
        rows["the S1SP"] = [work.work_id for work in self.world.s1sp.taken]
        rows["Users"] = len(self.world.poster.posted)
        return rows

    async def still_serves(self) -> bool:
        """Whether a good request is accepted and carried."""
        counter = next(self.counters)
        answer = await self.world.send(command(counter, device=GSME))
        (work, *_) = self.world.carrier.taken[-1:]
        return answer.code == "I99" and f":{counter}/" in work.work_id

    async def checked_by(self) -> str:
        """The check that the latest refusal in the audit trail names."""
        rows = await self.world.store.audit_rows(AuditQuery(limit=10_000))
        return rows[-1].entry.detail.partition(":")[0]


def verdict(reply: AsgiReply) -> dict[str, object]:
    """Status and, where there is one, response code or the rule of the problem document."""
    found: dict[str, object] = {"status": reply.status}
    if reply.status == 200:
        found["code"] = read_response(reply.body).code
    else:
        found["problem"] = reply.body.decode()
    return found
