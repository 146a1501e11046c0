"""The relay of Device Alerts: kept before it is answered, forwarded in order, once (R7, D10)."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.devices.support import ESME_ID
from tests.devices.support import World as Keys
from tests.parties.dsp.doubles import RecordingPoster
from tests.parties.srp.messages import (
    VERSION,
    by_dsp,
    device_response,
    meter_answer,
    smets1_alert_document,
)
from tests.support.asgi import AsgiReply, call
from tests.support.organisations import NOW, SRP, AsyncRepository

from stayon.adapters.alert_store import SqliteAlertStore
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.apps.cli.main import stayon
from stayon.devices.alerts import SAFETY_CRITICAL, AlertCode
from stayon.duis.response import DeviceAlert, Response, Smets1Message, Throttling
from stayon.parties.receive_response import PATH
from stayon.parties.srp.alert_relay import AlertRelay
from stayon.ports.alert_store import AlertStoreUnavailable

FORWARD = "http://administrator/alerts"
METER = Keys().esme()


def alert(code: AlertCode = AlertCode.TAMPER, throttling: Throttling | None = None) -> bytes:
    """A new alert of one meter, as the DSP delivers it."""
    (frame,) = METER.raise_alert(code, METER.prepayment.at)
    body = DeviceAlert(int(code), frame, throttling or Throttling())
    return by_dsp(Response(VERSION, None, None, "I0", NOW, body))


@dataclass
class Relaying:
    relay: AlertRelay
    store: SqliteAlertStore
    poster: RecordingPoster
    repository: AsyncRepository
    clock: SimulatedClock

    async def deliver(self, document: bytes) -> AsgiReply:
        headers = {"content-type": "application/xml"}
        reply = await call(self.relay.app(), "POST", PATH, document, headers)
        await self.clock.run_until(self.clock.now())
        return reply

    async def wait(self, seconds: float) -> None:
        await self.clock.run_until(self.clock.now() + timedelta(seconds=seconds))


def relaying(path: Path, forward_to: str | None = FORWARD) -> Relaying:
    clock, poster, repository = SimulatedClock(NOW), RecordingPoster(), AsyncRepository()
    store = SqliteAlertStore(path)
    relay = AlertRelay(
        store=store,
        lookup=repository,
        poster=poster,
        forward_to=forward_to,
        clock=clock,
    )
    return Relaying(relay, store, poster, repository, clock)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Relaying]:
    made = relaying(tmp_path / "alerts.sqlite")
    task = asyncio.create_task(made.relay.run())
    yield made
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    made.store.close()


@pytest.mark.requirement("R7", "D10")
@pytest.mark.parametrize("code", sorted(SAFETY_CRITICAL))
async def test_an_alert_is_kept_and_forwarded_as_the_dsp_signed_it(
    running: Relaying, code: AlertCode
) -> None:
    document = alert(code)
    reply = await running.deliver(document)
    assert reply.status == 204
    assert running.poster.posted == [(FORWARD, document)]
    (kept,) = running.store.alerts()
    assert (kept.device, kept.code, kept.document) == (ESME_ID, code, document)
    assert (kept.received_at, kept.forwarded_at) == (NOW, NOW)


@pytest.mark.requirement("R7", "D10")
async def test_a_smets1_alert_is_kept_and_forwarded(running: Relaying) -> None:
    inside = smets1_alert_document(0x8F3F)
    document = by_dsp(Response(VERSION, None, None, "I0", NOW, Smets1Message(None, None, inside)))
    assert (await running.deliver(document)).status == 204
    assert running.poster.posted == [(FORWARD, document)]
    (kept,) = running.store.alerts()
    assert kept.code == 0x8F3F


@pytest.mark.requirement("D10")
async def test_whoever_acts_is_down_and_gets_them_later_in_order(running: Relaying) -> None:
    running.poster.statuses = [0, 503, 0]
    documents = [alert() for _ in range(3)]
    for document in documents:
        assert (await running.deliver(document)).status == 204
    assert running.poster.posted == []
    await running.wait(10)
    assert [body for _, body in running.poster.posted] == documents
    assert running.relay.counts == {"kept": 3, "not taken": 3, "forwarded": 3}


@pytest.mark.requirement("D10")
async def test_what_the_dsp_delivers_twice_is_kept_and_forwarded_once(running: Relaying) -> None:
    document = alert()
    for _ in range(2):
        assert (await running.deliver(document)).status == 204
    assert len(running.poster.posted) == 1
    assert running.relay.counts["again"] == 1


@pytest.mark.requirement("D10")
async def test_what_was_kept_before_a_restart_is_forwarded_after_it(tmp_path: Path) -> None:
    before = relaying(tmp_path / "alerts.sqlite")
    document = alert()
    await before.deliver(document)
    before.store.close()
    after = relaying(tmp_path / "alerts.sqlite")
    task = asyncio.create_task(after.relay.run())
    await after.wait(0)
    assert after.poster.posted == [(FORWARD, document)]
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    after.store.close()


async def test_without_an_address_it_only_keeps(tmp_path: Path) -> None:
    made = relaying(tmp_path / "alerts.sqlite", forward_to=None)
    task = asyncio.create_task(made.relay.run())
    await made.deliver(alert())
    await made.wait(10)
    assert made.poster.posted == []
    assert len(made.store.waiting(10)) == 1
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    made.store.close()


@pytest.mark.requirement("D10", "R7", refuses=True)
async def test_what_is_not_the_dsps_is_refused(running: Relaying) -> None:
    (frame,) = METER.raise_alert(AlertCode.TAMPER, METER.prepayment.at)
    forged = by_dsp(Response(VERSION, None, None, "I0", NOW, DeviceAlert(0x8F3F, frame)), SRP)
    for document in (forged, b"", b"<a/>", alert().replace(b">8F3F<", b">8F1F<")):
        assert (await running.deliver(document)).status == 400
    assert running.store.alerts() == []
    assert running.poster.posted == []


async def test_what_is_no_alert_is_taken_and_not_kept(running: Relaying) -> None:
    assert (await running.deliver(device_response(meter_answer()))).status == 204
    assert running.relay.counts == {"other": 1}


async def test_what_cannot_be_checked_or_kept_now_is_delivered_again(
    running: Relaying, tmp_path: Path
) -> None:
    running.repository.unavailable = True
    assert (await running.deliver(alert())).status == 503
    running.repository.unavailable = False
    with closing(sqlite3.connect(tmp_path / "alerts.sqlite")) as other:
        other.execute("DROP TABLE alert")
        other.commit()
    assert (await running.deliver(alert())).status == 503


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "alerts.sqlite"
    path.write_bytes(b"no database " * 100)
    with pytest.raises(AlertStoreUnavailable, match="not a database"):
        SqliteAlertStore(path)


async def test_people_can_see_what_was_kept(running: Relaying, tmp_path: Path) -> None:
    running.poster.statuses = [204, 0, 0, 0, 0]
    await running.deliver(alert(AlertCode.TAMPER))
    await running.deliver(alert(AlertCode.LOW_BATTERY))
    path = str(tmp_path / "alerts.sqlite")
    words = CliRunner().invoke(stayon, ["srp", "alerts", "--keep", path]).output.splitlines()
    assert [line.split()[2:4] for line in words] == [["8F3F", "forwarded"], ["8F1F", "waiting"]]
    only = CliRunner().invoke(stayon, ["srp", "alerts", "--keep", path, "--waiting", "--json"])
    (waiting,) = json.loads(only.output)
    assert (waiting["device"], waiting["code"]) == (str(ESME_ID), "8F1F")
    missing = CliRunner().invoke(stayon, ["srp", "alerts", "--keep", path + "x"])
    assert "no relay has kept anything there" in str(missing.exception)
