"""Whatever fails, and whenever: every device ends right, and nothing has effect twice.

In one process, on SQLite and a simulated clock, so that many seeds take little time; ``processes``
does it with real ones. ``make chaos SEEDS=20 DEVICES=200`` runs more and prints what happened.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.asked import devices, seeds
from tests.chaos.campaign import Campaign
from tests.parties.dsp.world import NOW, read_response

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.eui64 import Eui64
from stayon.duis.response import DeviceResponse, ServiceResponse
from stayon.ports.audit import verify_chain

_DEVICES = devices(usual=40)
_FIRST = 0x00DB_1234_0000_E000


def _column(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute(query)]


@pytest.mark.requirement("D14")
@pytest.mark.parametrize("seed", seeds(usual=3))
async def test_every_device_ends_right(tmp_path: Path, seed: int) -> None:
    devices = tuple(Eui64((_FIRST + n).to_bytes(8, "big")) for n in range(_DEVICES))
    threshold = _DEVICES * 3 // 4
    campaign = Campaign(tmp_path, seed, devices, threshold)
    await campaign.run()
    print(f"seed {seed}: " + ", ".join(f"{n} x {what}" for what, n in campaign.happened.items()))  # noqa: T201

    # One answer for each request, however often it was asked; each is kept.
    assert set(campaign.answers) == set(devices)
    assert {len(answers) for answers in campaign.answers.values()} == {1}
    assert len(_column(campaign.path, "SELECT request_id FROM request")) == _DEVICES

    # Exactly as many as the threshold lets pass; the others are held.
    assert _column(campaign.path, "SELECT used FROM volume_count WHERE used > 0") == [threshold]
    held = set(_column(campaign.path, "SELECT request_id FROM quarantine"))
    assert len(held) == _DEVICES - threshold
    assert sum(campaign.csp.executed.values()) == threshold
    assert set(campaign.csp.executed.values()) == {1}
    assert {len(octets) for octets in campaign.csp.commands.values()} == {1}

    # Each response reached its User, once in effect.
    responses = [read_response(body) for body in campaign.user.got]
    answered = [
        str(each.request_id)
        for each in responses
        if isinstance(each.body, ServiceResponse) and isinstance(each.body.content, DeviceResponse)
    ]
    assert len(answered) == len(set(answered)) == threshold
    assert not held & set(answered)

    assert _column(campaign.path, "SELECT key FROM outbox") == []
    store = SqlStore.in_file(campaign.path, SimulatedClock(NOW))
    assert verify_chain(store.audit_chain("dsp")) > 0
    await store.close()
