"""A meter host that dies between a 6.23 for midnight and midnight: its meters change hands then."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.apps.rehearse.small_world import ELECTRICITY, healthy_homes, shipped

from stayon.adapters.carrier_memory.meters import MetersFile
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.apps.serve.roles.devices import LivingMeters
from stayon.apps.world.cast import COS_PARTY, FAILED_SUPPLIER, SUPPLIER_OF_LAST_RESORT
from stayon.apps.world.dsp import cos_party, dsp_keys
from stayon.apps.world.meters import Installed, install
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.wiring import CSPS
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis.bodies import UpdateSecurityCredentialsCoS
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.security_credentials_alert import (
    FUTURE_DATED_CREDENTIALS,
    CredentialsAlert,
    decode_credentials_alert,
)
from stayon.gbcs.security_credentials_outcome import decode_response
from stayon.ports.meters import MeterCommand, RaisedAlerts
from stayon.smki_profile import KeyUsage, RemotePartyRole, p256

SEED = 11
HOMES = healthy_homes(1)
BEGIN = shipped().event.starts.value
MIDNIGHT = BEGIN.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
(DEVICE,) = (
    meter.device.device_id for meter in HOMES[0].meters if meter.device.fuel is ELECTRICITY
)


class Csp:
    """Takes every alert."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def carry(self, alerts: Sequence[RaisedAlerts]) -> None:
        self.taken += [message for each in alerts for message in each.messages]

    def about_credentials(self) -> list[tuple[Eui64, CredentialsAlert]]:
        frames = [parse_frame(message) for message in self.taken]
        return [
            (frame.recipient, decode_credentials_alert(frame))
            for frame in frames
            if frame.message_code == FUTURE_DATED_CREDENTIALS
        ]


class Life:
    """One process of the role ``devices``, from its start to its death."""

    def __init__(self, folder: Path, clock: SimulatedClock, pki: WorldPki) -> None:
        self.clock = clock
        self.memory = MetersFile(folder / "meters.sqlite", clock.now())
        self.installed: Installed = install(HOMES, shipped(), pki, self.memory.installed_at, SEED)
        self.living = LivingMeters(HOMES, self.installed, self.memory, clock)
        self.known = self.living.restore()
        self.csp = Csp()

    @property
    def supplier(self) -> Eui64:
        return self.installed.smets2[DEVICE].anchors.supplier

    async def raise_alerts_at(self, at: datetime) -> None:
        """Let simulated time pass until ``at``, and look at the homes once, then."""
        every = (at - self.clock.now()).total_seconds()
        task = asyncio.create_task(self.living.raise_alerts(dict.fromkeys(CSPS, self.csp), every))
        await self.clock.run_until(at)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def die(self) -> None:
        self.memory.close()


def command(pki: WorldPki, now: datetime) -> bytes:
    """A 6.23 for midnight, as it leaves the DSP."""
    own, role = SUPPLIER_OF_LAST_RESORT, RemotePartyRole.SUPPLIER
    agreement = pki.held(own, role, KeyUsage.KEY_AGREEMENT).certificate.der
    body = UpdateSecurityCredentialsCoS(
        execution=MIDNIGHT,
        supplier_floor=1,
        top_up_floor=None,
        digital_signing=pki.held(own, role).certificate.der,
        key_agreement=agreement,
        key_agreement_top_up=agreement,
        certification_path=(pki.smki.authorities.organisations.certificate.der,),
        apply_time_based_checks=True,
        import_mpxn="",
    )
    made = cos_party(pki).command(RequestId(own, DEVICE, 1), body, now)
    _, public = pki.device(DEVICE)
    return dsp_keys(pki).protect(made, p256.point(public))


@pytest.mark.requirement("A10", "decision 14", "PANEL-outages")
async def test_what_the_meter_kept_it_carries_out_after_its_host_has_died(tmp_path: Path) -> None:
    clock = SimulatedClock(BEGIN)
    pki = WorldPki(b"a world", clock)
    first = Life(tmp_path, clock, pki)
    await clock.run_until(BEGIN + timedelta(hours=1))
    sent = MeterCommand(DEVICE, command(pki, clock.now()))
    ((response, *_),) = await first.living.execute([sent])
    assert decode_response(parse_frame(response).content) is None
    first.die()
    await clock.run_until(MIDNIGHT - timedelta(hours=1))
    second = Life(tmp_path, clock, pki)
    assert second.known == 1
    await second.raise_alerts_at(MIDNIGHT - timedelta(minutes=1))
    assert second.supplier == FAILED_SUPPLIER
    assert second.csp.about_credentials() == []
    second.die()
    third = Life(tmp_path, clock, pki)
    await third.raise_alerts_at(MIDNIGHT + timedelta(minutes=1))
    assert third.supplier == SUPPLIER_OF_LAST_RESORT
    ((recipient, alert),) = third.csp.about_credentials()
    assert (recipient, alert.at, alert.outcome.succeeded) == (COS_PARTY, MIDNIGHT, True)
    third.die()
    # What the CSP has taken is not raised again, and the meter is the gaining supplier's still.
    fourth = Life(tmp_path, clock, pki)
    await fourth.raise_alerts_at(MIDNIGHT + timedelta(minutes=2))
    assert fourth.supplier == SUPPLIER_OF_LAST_RESORT
    assert fourth.csp.about_credentials() == []
    fourth.die()
