"""An S1SP's alerts: with the DSP first, and then noted; a death between loses none."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from tests.support.waiting import until

from stayon.adapters.carrier_memory.s1sp import S1spFile
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.apps.serve.roles.s1sp import HomeAlerts
from stayon.apps.world.inhabited import Homes
from stayon.apps.world.meters import Installed
from stayon.devices.alerts import AlertCode, Raised
from stayon.devices.host import DeviceHost
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.parties.csp.model import Coverage
from stayon.parties.s1sp.service import S1spService

_NOW = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_ROUTE = Route.S1SP_SECURE
_DEVICE = Eui64.parse("00-DB-12-34-56-78-90-01")
_CODES = (AlertCode.LOW_CREDIT, AlertCode.DISABLED_FOR_CREDIT, AlertCode.TAMPER)
_FIRST, _SECOND, _THIRD = (
    Raised(code, _NOW + timedelta(seconds=10 * number)) for number, code in enumerate(_CODES, 1)
)


@dataclass
class _Device:
    device_id: Eui64 = _DEVICE
    route: Route = _ROUTE


@dataclass
class _Meter:
    device: _Device = field(default_factory=_Device)


@dataclass
class _Home:
    meters: tuple[_Meter, ...] = (_Meter(),)


class _Household:
    """Raises the same alerts in each life."""

    def __init__(self) -> None:
        self.listener: Callable[[int, Raised], None] | None = None
        self._left = [_FIRST, _SECOND, _THIRD]

    def live(self, until: datetime) -> None:
        assert self.listener is not None
        while self._left and self._left[0].at <= until:
            self.listener(0, self._left.pop(0))


class _S1sp:
    """The DSP takes an alert of a code once that is ``there``."""

    def __init__(self, there: dict[AlertCode, asyncio.Event], told: list[Raised]) -> None:
        self._there = there
        self.told = told

    async def report_alert(self, device: Eui64, raised: Raised) -> None:
        assert device == _DEVICE
        await self._there[raised.code].wait()
        self.told.append(raised)


class _Noting(S1spFile):
    """Counts what it was told to note."""

    noted = 0

    async def alerts_taken(self, until: datetime) -> None:
        await super().alerts_taken(until)
        self.noted += 1


@dataclass
class _Life:
    clock: SimulatedClock
    memory: _Noting
    there: dict[AlertCode, asyncio.Event]
    told: list[Raised] = field(default_factory=list)

    def takes(self, *alerts: Raised) -> None:
        for each in alerts:
            self.there[each.code].set()

    async def looks(self) -> None:
        """At the homes, twice: what was reported the first time is noted the second time."""
        for _ in range(2):
            noted = self.memory.noted
            await self.clock.run_until(self.clock.now() + _MINUTE)
            await until(lambda noted=noted: self.memory.noted > noted)  # type: ignore[misc]


@asynccontextmanager
async def _living(
    folder: Path, clock: SimulatedClock, coverage: Coverage | None = None
) -> AsyncIterator[_Life]:
    """An S1SP's process, which dies with the block: whatever it was about is not finished."""
    memory = _Noting(folder / "s1sp.sqlite", clock.now())
    life = _Life(clock, memory, {code: asyncio.Event() for code in _CODES})
    household = _Household()
    alerts = HomeAlerts(
        cast("Any", (_Home(),)),
        Installed(DeviceHost(()), {}, cast("Any", (household,)), {}, ()),
        coverage=coverage or Coverage(),
        services={_ROUTE: cast("S1spService", _S1sp(life.there, life.told))},
        memories={_ROUTE: memory},
        clock=clock,
    )
    spawned: set[asyncio.Task[None]] = set()
    looking = asyncio.create_task(
        alerts.run(
            lambda work: spawned.add(asyncio.create_task(work)),
            Homes(cast("Any", (household,)), {}),
            60,
        )
    )
    yield life
    for task in (looking, *spawned):
        task.cancel()
    await asyncio.gather(looking, *spawned, return_exceptions=True)
    memory.close()


async def test_what_the_dsp_did_not_have_at_a_death_is_raised_again(tmp_path: Path) -> None:
    clock = SimulatedClock(_NOW)
    async with _living(tmp_path, clock) as life:
        life.takes(_FIRST, _THIRD)
        await life.looks()
        assert life.told == [_FIRST, _THIRD]
        assert _FIRST.at < life.memory.alerts_taken_until < _SECOND.at
    async with _living(tmp_path, clock) as life:
        await life.looks()
        life.takes(_SECOND, _THIRD)
        await life.looks()
        assert life.told == [_SECOND, _THIRD]
        assert life.memory.alerts_taken_until == clock.now()
    async with _living(tmp_path, clock) as life:
        life.takes(_FIRST, _SECOND, _THIRD)
        await life.looks()
        assert life.told == []


async def test_what_the_hub_has_not_brought_yet_is_raised_again(tmp_path: Path) -> None:
    clock, coverage = SimulatedClock(_NOW), Coverage()
    coverage.lose_han(_DEVICE, None)
    async with _living(tmp_path, clock, coverage) as life:
        life.takes(_FIRST, _SECOND, _THIRD)
        await life.looks()
        assert life.told == []
    async with _living(tmp_path, clock) as life:
        life.takes(_FIRST, _SECOND, _THIRD)
        await life.looks()
        assert life.told == [_FIRST, _SECOND, _THIRD]
