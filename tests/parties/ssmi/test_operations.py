"""Operations data at the SSMI, and how the commands print them."""

from typing import Any

import pytest
from tests.parties.dsp.southbound_messages import alert_frame, bring, response_frame
from tests.parties.dsp.world import ESME, command, fail_the_supplier
from tests.parties.ssmi.test_ssmi import Ssmi, ssmi

from stayon.apps.cli.ssmi_operations_words import print_health, print_measure

__all__ = ["ssmi"]


@pytest.mark.requirement("A6")
async def test_health_and_measures_are_served(
    ssmi: Ssmi,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = ssmi.world
    await fail_the_supplier(world)
    await world.send(command(1))
    await world.settle(4)
    await bring(world, response_frame())
    await bring(world, *(alert_frame(0x810D, counter=n) for n in range(1, 16)))
    world.carrier.refusals = 1
    await world.send(command(2))
    health: dict[str, Any] = await ssmi.get("/health")
    assert health["answers"]["I99"] == 2
    assert health["storms"][0]["device"] == str(ESME)
    assert health["storms"][0]["code"] == "810D"
    print_health(health)
    words = capsys.readouterr().out
    for expected in (
        "waiting: 1 carry for csp-north, 0 of them tried before",
        "csp-north: 1 handed over, 1 answered, 0 failed",
        "alert 810D: 15, 3 held back",
        f"storm: {ESME} 810D, 3 held back, 3 of them not reported yet",
    ):
        assert expected in words
    measures: list[dict[str, Any]] = await ssmi.get("/measures")
    (outcome,) = [each for each in measures if each["step"] == "outcome"]
    assert (outcome["code"], outcome["count"], outcome["latency"]["longest"]) == ("I0", 1, 4.0)
    for each in measures:
        print_measure(each)
    assert "4.0 s, 95 % within 4.0 s, at most 4.0 s" in capsys.readouterr().out
    day_before = "/measures?since=2026-11-19T00:00:00Z&until=2026-11-20T00:00:00Z"
    assert await ssmi.get(day_before) == []


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-11-20T00:00:00Z&until=2026-11-19T00:00:00Z",
        "since=2025-11-20T00:00:00Z&until=2026-11-19T00:00:00Z",
    ],
)
async def test_a_time_that_cannot_be_asked_for(ssmi: Ssmi, query: str) -> None:
    reply = await ssmi.ask("GET", f"/measures?{query}")
    assert reply.status == 422
    assert b"since: is up to 31 days before until" in reply.body


async def test_strangers_see_no_operations_data(ssmi: Ssmi) -> None:
    for path in ("/health", "/measures"):
        assert (await ssmi.ask("GET", path, by=None)).status == 401
