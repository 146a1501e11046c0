"""What a person sees of a campaign while it runs."""

import asyncio
import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from stayon.apps.cli import srp_progress
from stayon.apps.cli.srp_progress import LiveDisplay, PlainDisplay, table
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.parties.srp.summary import summarise
from stayon.parties.srp.tracking import Tracking

NOW = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)


def tracking(number: int) -> Tracking:
    ids = [Eui64(each.to_bytes(8, "big")) for each in range(number)]
    kinds = (Fuel.GAS, Generation.SMETS2, "1234567", Route.CSP_NORTH, None, 0, None)
    return Tracking((PortfolioDevice(one, ids[0], *kinds), Progress(one)) for one in ids)


def end(devices: Tracking, number: int, state: EndState) -> None:
    tracked = devices[Eui64(number.to_bytes(8, "big"))]
    devices.advance(tracked, Stage.ENDED, NOW, end=state, code="E4", words="not yours")


async def test_on_a_terminal_a_bar_shows_how_many_have_ended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        srp_progress, "Console", lambda stderr: Console(stderr=stderr, width=100, no_color=True)
    )
    devices = tracking(4)
    async with LiveDisplay(4).showing(devices):
        end(devices, 0, EndState.SAFE)
        end(devices, 1, EndState.NEEDS_LOCAL_DELIVERY)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "2/4" in shown.err
    assert "safe 1, needs local delivery 1" in shown.err


async def test_elsewhere_a_line_when_something_has_changed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(srp_progress, "_A_LINE_EVERY", 0.001)
    devices = tracking(2)
    async with PlainDisplay(2).showing(devices):
        await asyncio.sleep(0.02)
        end(devices, 0, EndState.SAFE)
        await asyncio.sleep(0.02)
    assert capsys.readouterr().err.splitlines() == [
        "0 of 2 devices have ended",
        "1 of 2 devices have ended: safe 1",
    ]


def test_the_table_has_every_state_and_the_reasons() -> None:
    devices = tracking(3)
    end(devices, 0, EndState.REFUSED)
    end(devices, 1, EndState.SAFE)
    out = io.StringIO()
    Console(width=100, file=out).print(table(summarise(each.progress for each in devices)))
    text = out.getvalue()
    for state in EndState:
        assert state.value in text
    assert "refused E4" in text
    assert "waiting for its turn" in text
