"""How long the pages take and what they weigh, over a store of ten million audit rows.

``make bench-pages`` (or ``python -m stayon.apps.bench.pages --rows 10000000``) makes a world, fills
its Service Audit Trail with rows like those of a campaign, and asks for each page of the DCC and of
an SRP's ARO as a browser would, in process: what is timed is the server's work alone.
"""

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import click

from stayon.adapters import package_data
from stayon.adapters.accounts_store.sql import SqlAccountStore
from stayon.apps.bench.admission import bench_settings, waiting_world
from stayon.apps.policy_files import read_policy
from stayon.apps.schemas import load_schemas
from stayon.apps.world.assumptions import load_assumptions
from stayon.apps.world.wiring import World, WorldSettings
from stayon.domain.request_id import RequestId
from stayon.policy.services import Service
from stayon.ports.accounts import AccountRole
from stayon.ports.audit import AuditQuery
from stayon.web.signing_in.accounts import Accounts
from stayon.web.signing_in.one_time_codes import code_at
from stayon.web.site import site
from stayon.web.ssmi.area import LINKS, SsmiPages
from stayon.web.visits import SESSION_COOKIE

LARGEST, SLOWEST = 150_000, 0.2
"""Octets of a page with what it loads, and seconds of the server's time (issue 4)."""
_PASSWORD = "a password for the measurement"  # noqa: S105
_DEVICES = 200_000
_SPREAD = timedelta(days=28)
_AGAIN = 5
_LIBRARIES = ("htmx-2.0.11.min.js", "htmx-sse-2.2.4.min.js")


def fill(database: Path, rows: int, until: datetime) -> None:
    """Add ``rows`` rows of a campaign's audit trail that ends at ``until``.

    The indexes are made anew afterwards, which is faster; chains are not verified here.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        made = "SELECT name, sql FROM sqlite_master WHERE tbl_name='audit' AND type='index'"
        indexes = [(name, sql) for name, sql in connection.execute(made) if sql]
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        end = int(until.timestamp() * 1_000_000)
        step = int(_SPREAD.total_seconds() * 1_000_000) // max(rows, 1)
        for first in range(0, rows, 500_000):
            last = min(rows, first + 500_000)
            connection.execute("BEGIN")
            connection.execute(_FILL, {"first": first, "last": last, "end": end, "step": step,
                                       "rows": rows, "devices": _DEVICES})  # fmt: skip
            connection.execute("COMMIT")
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("BEGIN")
        connection.execute(_COUNTS)
        connection.execute(_OUTCOMES)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


_FILL = """\
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :last)
INSERT INTO audit (writer, sequence, at, step, code, detail, request_id, sender, role, originator,
                   device, srv, command_variant, hash)
SELECT 'bench', i, :end - (:rows - i) * :step,
       CASE i % 4 WHEN 0 THEN 'admission' WHEN 1 THEN 'dispatch' WHEN 2 THEN 'response'
                  ELSE 'delivery' END,
       CASE i % 4 WHEN 0 THEN CASE WHEN i % 4000 = 0 THEN 'E4' ELSE 'I99' END
                  WHEN 1 THEN 'csp-north' WHEN 2 THEN 'I0' ELSE 'delivered' END,
       '', printf('02-5A-5C-00-00-00-00-01:02-5A-E1-00-00-%02X-%02X-%02X:%d',
                  (i / 4 % :devices) >> 16, (i / 4 % :devices) >> 8 & 255,
                  i / 4 % :devices & 255, i / 4),
       '025a5c0000000010', 'SolrContingency', '025a5c0000000001',
       printf('025ae1%010x', i / 4 % :devices), '2.1', 5, zeroblob(32)
FROM n
"""
_COUNTS = """\
INSERT INTO admission_count (hour, writer, srv, code, route, count)
SELECT at / 3600000000, writer, srv, code, 'csp-north', count(*) FROM audit
WHERE writer = 'bench' AND step = 'admission' GROUP BY 1, 2, 3, 4
"""
_OUTCOMES = """\
INSERT INTO request_outcome (hour, srv, code, route, latency)
SELECT accepted.at / 3600000000, accepted.srv, outcome.code, 'csp-north', outcome.at - accepted.at
FROM audit AS accepted
JOIN audit AS outcome
  ON outcome.writer = accepted.writer AND outcome.sequence = accepted.sequence + 2
WHERE accepted.writer = 'bench' AND accepted.step = 'admission' AND accepted.code = 'I99'
"""


class _Browser:
    """One signed-in operator who asks for pages."""

    def __init__(self, app: Any, cookie: str) -> None:
        self._app = app
        self._cookie = cookie

    async def ask(self, path: str) -> tuple[float, int, int]:
        """Seconds, octets and status of one page."""
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        route, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": route,
            "raw_path": route.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"bench"), (b"cookie", self._cookie.encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        start = time.perf_counter()
        await self._app(scope, receive, send)
        taken = time.perf_counter() - start
        return taken, sum(len(each.get("body", b"")) for each in sent), sent[0]["status"]


def _paths(story: RequestId, hour: datetime, mpxn: str) -> Iterator[str]:
    yield from ("/ssmi", "/ssmi/failed-suppliers", "/ssmi/failed-suppliers/1")
    yield from ("/ssmi/instructions", "/ssmi/change-of-supplier", "/ssmi/quarantine?state=all")
    yield f"/ssmi/change-of-supplier?mpxn={mpxn}"
    yield from ("/ssmi/sat", "/ssmi/sat?code=E4", "/ssmi/sat?code=I0", "/ssmi/sat?code=E65")
    yield "/ssmi/sat?device=02-5A-E1-00-00-01-00-07"
    yield "/ssmi/sat?sender=02-5A-5C-00-00-00-00-10&code=E4"
    yield "/ssmi/sat?originator=02-5A-5C-00-00-00-00-01"
    yield f"/ssmi/sat?until={hour:%Y-%m-%dT%H:%M}"
    yield f"/ssmi/sat?code=E4&since={hour - timedelta(days=2):%Y-%m-%dT%H:%M}"
    yield "/ssmi/sat?step=delivery"
    yield f"/ssmi/sat/requests/{story}"
    yield "/ssmi/health"
    yield f"/ssmi/health/measures?hour={hour:%Y-%m-%dT%H}:00:00%2B00:00"


async def measure_pages(settings: WorldSettings, rows: int) -> list[dict[str, Any]]:
    """Each page's path, its weight, and the median of the server's seconds."""
    async with waiting_world(settings) as waiting, AsyncExitStack() as stack:
        world, bodies = waiting.world, waiting.requests(20)
        for body in bodies:
            await world.dsp.reception.answer(body, Service.SEND_COMMAND)
        rows_of_one = await world.store.audit_rows(AuditQuery(code="I99", limit=1))
        story = RequestId.parse(rows_of_one[0].entry.request_id)
        fill(settings.folder / "dsp.sqlite", rows, world.clock.now())
        store = SqlAccountStore.in_file(settings.folder / "accounts.sqlite")
        stack.enter_context(closing(store))
        browser = _signed_in(world, Accounts(store, world.clock))
        mpxn = settings.homes[0].meters[0].device.mpxn
        found = []
        for path in _paths(story, world.clock.now() - timedelta(hours=3), mpxn):
            asked = [await browser.ask(path) for _ in range(_AGAIN)]
            weight, status = asked[0][1:]
            if status != 200:
                raise click.ClickException(f"{path} answers {status}")
            found.append({"path": path, "octets": weight, "seconds": median(a[0] for a in asked),
                          "first": asked[0][0]})  # fmt: skip
        return found


def _signed_in(world: World, accounts: Accounts) -> _Browser:
    account = accounts.create("bench", "The measurement", AccountRole.DCC_OPERATOR, _PASSWORD)
    code = code_at(account.code_secret, world.clock.now())
    secret = accounts.sign_in(account.name, _PASSWORD, code)
    app = site(
        accounts,
        [(LINKS, SsmiPages(world.dsp, world.store).routes)],
        world.clock,
        names=world.dsp.view.names,
    )
    return _Browser(app, f"{SESSION_COOKIE}={secret}")


@click.command()
@click.option("--rows", type=click.IntRange(0), default=10_000_000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def bench_pages(rows: int, *, as_json: bool) -> None:
    """Time and weigh the DCC's pages over a store of ROWS audit rows."""
    assets = sum(
        len(package_data.read(f"web/static/{name}"))
        for name in ("stayon.css", "stayon.js", "stayon.svg", *_LIBRARIES)
    )
    with tempfile.TemporaryDirectory(prefix="stayon-pages-") as folder:
        assumptions = load_assumptions(package_data.read("apps/world/assumptions.toml").decode())
        settings = bench_settings(assumptions, read_policy(), load_schemas(None), 1, Path(folder))
        found = asyncio.run(measure_pages(settings, rows))
    for each in found:
        whole = each["octets"] + assets
        kept = each["seconds"] <= SLOWEST and whole <= LARGEST
        if as_json:
            click.echo(json.dumps({**each, "with_assets": whole, "kept": kept}))
        else:
            click.echo(
                f"{1000 * each['seconds']:7.1f} ms (first {1000 * each['first']:7.1f})"
                f"  {whole / 1000:6.1f} kB  {'' if kept else 'TOO MUCH  '}{each['path']}"
            )


if __name__ == "__main__":
    bench_pages()
