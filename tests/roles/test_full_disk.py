"""A disk that is full for a while ends no process."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.waiting import until

from stayon.adapters.carrier_memory.s1sp import S1spFile
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.apps.serve.roles.s1sp import HomeAlerts
from stayon.apps.world.inhabited import Homes
from stayon.apps.world.meters import Installed
from stayon.devices.host import DeviceHost
from stayon.domain.metering import Route
from stayon.parties.csp.model import Coverage
from stayon.ports.outbound import OutboundError

_NOW = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


class _FullOnce(S1spFile):
    """Takes nothing the first time."""

    is_full = True

    async def alerts_taken(self, until: datetime) -> None:
        if self.is_full:
            self.is_full = False
            raise OutboundError("database or disk is full")
        await super().alerts_taken(until)


def _nothing_to_do(work: Coroutine[None, None, None]) -> None:
    work.close()
    pytest.fail("nobody raised an alert")


async def test_an_s1sp_looks_at_its_homes_again(tmp_path: Path) -> None:
    clock = SimulatedClock(_NOW)
    memory = _FullOnce(tmp_path / "s1sp.sqlite", _NOW)
    alerts = HomeAlerts(
        (),
        Installed(DeviceHost(()), {}, (), {}, ()),
        coverage=Coverage(),
        services={},
        memories={Route.S1SP_SECURE: memory},
        clock=clock,
    )
    looking = asyncio.create_task(alerts.run(_nothing_to_do, Homes((), {}), 60))
    await clock.run_until(_NOW + _MINUTE)
    assert memory.alerts_taken_until == _NOW
    await clock.run_until(_NOW + 2 * _MINUTE)
    await until(lambda: memory.alerts_taken_until == _NOW + 2 * _MINUTE)
    looking.cancel()
    memory.close()
