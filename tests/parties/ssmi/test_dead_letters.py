"""Dead letters at the SSMI, and how the commands print them."""

from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest
from tests.parties.dsp.southbound_messages import bring
from tests.parties.dsp.test_device_alerts import alert, counters
from tests.parties.dsp.world import SUPPLIER, USERS
from tests.parties.ssmi.test_ssmi import Ssmi, ssmi

from stayon.apps.cli.ssmi_dead_letters import print_letter, print_whole
from stayon.apps.cli.ssmi_operations_words import print_health

__all__ = ["ssmi"]


ALERT = alert(0x810D, 1)


@pytest.fixture
async def given_up(ssmi: Ssmi) -> Ssmi:
    """Two alerts for a supplier of which no Receive Response Service is known."""
    supplier, srp = USERS
    await ssmi.world.store.put_users([replace(supplier, receive_url=""), srp])
    await bring(ssmi.world, ALERT)
    await bring(ssmi.world, alert(0x810D, 2))
    await ssmi.world.settle()
    return ssmi


async def test_the_people_of_the_dcc_look_and_decide(given_up: Ssmi) -> None:
    ssmi = given_up
    (letter,) = await ssmi.get("/dead-letters")
    assert (letter["state"], letter["kind"]) == ("waiting", "device-alert")
    assert letter["target"] == SUPPLIER.hex
    whole = await ssmi.get("/dead-letters/1")
    assert {name: whole[name] for name in letter} == letter
    assert b64decode(whole["message"]) == ALERT
    assert whole["behind"] == 1
    await ssmi.world.store.put_users(USERS)
    sent = await ssmi.post("/dead-letters/1/sending", {"reason": "it has one"}, by="kim")
    assert (sent["state"], sent["decided_by"]) == ("sent-again", "kim")
    await ssmi.world.settle()
    assert counters(ssmi.world) == [1]
    assert await ssmi.get("/dead-letters") == []
    assert await ssmi.get("/dead-letters?state=sent-again") == [sent]
    refused = await ssmi.ask("POST", "/dead-letters/1/discarding", {"reason": "no"})
    assert (refused.status, b"sent again by kim" in refused.body) == (422, True)


async def test_one_is_discarded(given_up: Ssmi) -> None:
    discarded = await given_up.post("/dead-letters/1/discarding", {"reason": "unwanted"})
    assert (discarded["state"], discarded["decided_because"]) == ("discarded", "unwanted")
    again = await given_up.post("/dead-letters/1/discarding", {"reason": "once more"}, by="kim")
    assert again == discarded


@pytest.mark.parametrize(
    ("method", "path", "document", "status"),
    [
        ("GET", "/dead-letters/9", None, 422),
        ("GET", "/dead-letters?kind=carrier", None, 400),
        ("GET", "/dead-letters?state=lost", None, 400),
        ("POST", "/dead-letters/1/sending", {"reason": ""}, 400),
        ("POST", "/dead-letters/1/sending", {"reason": " "}, 422),
        ("POST", "/dead-letters/1/sending", {}, 400),
        ("POST", "/dead-letters/9/discarding", {"reason": "because"}, 422),
    ],
)
async def test_what_cannot_be_asked_or_decided(
    given_up: Ssmi, method: str, path: str, document: Any, status: int
) -> None:
    assert (await given_up.ask(method, path, document)).status == status
    assert len(await given_up.get("/dead-letters")) == 1


async def test_nobody_decides_who_is_not_signed_in(given_up: Ssmi) -> None:
    reply = await given_up.ask("POST", "/dead-letters/1/sending", {"reason": "mine"}, by=None)
    assert reply.status == 401


async def test_the_commands_print_them(given_up: Ssmi, capsys: pytest.CaptureFixture[str]) -> None:
    print_whole(await given_up.get("/dead-letters/1"))
    words = capsys.readouterr().out
    assert f"letter 1  waiting  device-alert for {SUPPLIER.hex}" in words
    assert "no Receive Response Service is known (1 failures since" in words
    assert "1 later of the same device wait behind it" in words
    print_letter(await given_up.post("/dead-letters/1/discarding", {"reason": "unwanted"}))
    assert "discarded by pat" in capsys.readouterr().out


async def test_health_says_so(given_up: Ssmi, capsys: pytest.CaptureFixture[str]) -> None:
    print_health(await given_up.get("/health"))
    assert f"dead letters: 1 device-alert for {SUPPLIER.hex}" in capsys.readouterr().out
