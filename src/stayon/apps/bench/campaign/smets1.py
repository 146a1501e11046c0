"""The S1SPs with their SMETS1 meters, for a campaign over these."""

import time
from collections.abc import Callable, Coroutine
from datetime import datetime

from stayon.adapters.management_interface.folder import FolderTransfer
from stayon.apps.bench.campaign.beyond import Beyond
from stayon.apps.bench.campaign.quick import QUICK
from stayon.apps.bench.campaign.setting import Setting, Working, at_once
from stayon.apps.policy_files import read_policy
from stayon.apps.world.inhabited import Homes
from stayon.apps.world.meters import MeterSettings, prepayment_of
from stayon.apps.world.s1sps import S1spSurroundings, s1sps
from stayon.apps.world.wiring import MANAGEMENT_INTERFACE
from stayon.devices.smets1 import Smets1Meter, Smets1Outcome
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.parties.csp.model import Coverage
from stayon.ports.clock import Clock
from stayon.ports.outbound import Southbound


class _Nobody(Homes):
    """Meters in no homes: no life to catch up with."""

    def __init__(self) -> None:
        super().__init__((), {})

    def live_until(self, device: Eui64, now: datetime) -> None:
        """See ``Homes``."""

    def look_again(self, device: Eui64) -> None:
        """See ``Homes``."""


class _Used:
    """CPU seconds of all meters."""

    seconds = 0.0


class _TimedMeter(Smets1Meter):
    """A meter that says how much CPU time its updates take."""

    __slots__ = ("used",)
    used: _Used

    def update(
        self,
        configuration: PrepaymentConfiguration,
        now: datetime,
        *,
        execution: datetime | None = None,
        counter: int = 0,
    ) -> Smets1Outcome:
        """See ``Smets1Meter.update``."""
        before = time.thread_time()
        outcome = super().update(configuration, now, execution=execution, counter=counter)
        self.used.seconds += time.thread_time() - before
        return outcome


def beyond_s1sps(
    setting: Setting,
    clock: Clock,
    southbound: Southbound,
    spawn: Callable[[Coroutine[None, None, None]], None],
) -> Beyond:
    """The three S1SPs with the setting's meters; reference data reach them by way of files."""
    pki, used = setting.pki(clock), _Used()
    services = s1sps(
        S1spSurroundings(
            clock=clock,
            pki=pki,
            policy=read_policy(),
            southbound=southbound,
            meters=_installed(setting, MeterSettings(at_once(), pki), clock.now(), used),
            homes=_Nobody(),
            model=QUICK,
            coverage=Coverage(),
            seed=1,
            spawn=spawn,
        )
    )
    folder = setting.path / MANAGEMENT_INTERFACE
    transfers = {route: FolderTransfer(folder / route.value, s) for route, s in services.items()}
    return Beyond(services, lambda: used.seconds, transfers)


def _installed(
    setting: Setting, settings: MeterSettings, now: datetime, used: _Used
) -> dict[Route, dict[Eui64, Smets1Meter]]:
    working = Working(at_once())
    meters: dict[Route, dict[Eui64, Smets1Meter]] = {route: {} for route in setting.routes}
    for device in setting.portfolio():
        meter = _TimedMeter(device.device_id, prepayment_of(working.meter(device), settings, now))
        meter.used = used
        meters[device.route][device.device_id] = meter
    return meters
