"""A change of supplier at midnight in a whole world: requests, WANs, homes, alerts."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from tests.apps.rehearse.small_world import RecordingPoster, healthy_homes, settings_for

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.http.server import HttpServer
from stayon.apps.world.cast import FAILED_SUPPLIER, SUPPLIER_OF_LAST_RESORT
from stayon.apps.world.household_alerts import HouseholdAlerts
from stayon.apps.world.pki import AsyncRepositoryLookup, RepositoryLookup
from stayon.apps.world.wiring import World, open_world
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import CANCELLATION
from stayon.parties.receive_response import PATH, receive_response_service
from stayon.parties.srp.duis_gateway import DuisGateway
from stayon.parties.srp.gateway import Accepted
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.supplier.endpoint import SupplierEndpoint
from stayon.parties.supplier.gaining import Credentials, Gained, GainingSupplier
from stayon.smki_profile import KeyUsage, RemotePartyRole

OWN = SUPPLIER_OF_LAST_RESORT
EVERY = timedelta(minutes=15)


def gaining_supplier(world: World, poster: RecordingPoster) -> GainingSupplier:
    lookup = AsyncRepositoryLookup(world.pki.smki)
    xml = world.pki.held(OWN, RemotePartyRole.XML_SIGN)
    role = RemotePartyRole.SUPPLIER
    return GainingSupplier(
        gateway=DuisGateway(
            base_url=world.gateway_url, poster=poster, lookup=lookup, clock=world.clock
        ),
        signer=XmlSigner(OWN, xml.operations, xml.certificate.issuer, xml.certificate.serial),
        credentials=Credentials(
            digital_signing=world.pki.held(OWN, role).certificate.der,
            key_agreement=world.pki.held(OWN, role, KeyUsage.KEY_AGREEMENT).certificate.der,
            path=(world.pki.smki.authorities.organisations.certificate.der,),
        ),
        lookup=lookup,
        clock=world.clock,
        schema_version="5.5",
    )


async def trusted(world: World, devices: Sequence[Eui64]) -> list[Eui64 | None]:
    rows = [await world.store.device(device) for device in devices]
    return [None if row is None else row.notified_critical_supplier for row in rows]


@pytest.mark.requirement("A10", "decision 14", "D10", "D11")
async def test_homes_change_hands_at_midnight_and_one_that_was_cancelled_does_not(
    tmp_path: Path,
) -> None:
    settings = settings_for(healthy_homes(3), tmp_path / "world")
    clock = SimulatedClock(settings.assumptions.event.starts.value)
    midnight = clock.now().replace(hour=0, minute=0, second=0) + timedelta(days=3)
    meters = [meter.device for home in settings.homes for meter in home.meters]
    stays = meters[-1].device_id
    gone = [each.device_id for each in meters[:-1]]
    heard: list[Gained] = []
    async with AsyncExitStack() as stack:
        poster = await stack.enter_async_context(RecordingPoster())
        world = await stack.enter_async_context(open_world(settings, clock, poster))
        supplier = gaining_supplier(world, poster)

        async def take(body: bytes) -> None:
            outcome = await supplier.read(body)
            if outcome is not None:
                heard.append(outcome)

        losing = SupplierEndpoint(clock, RepositoryLookup(world.pki.smki).dsp_key)
        servers = [HttpServer(receive_response_service(take, clock)), HttpServer(losing.app())]
        for server in servers:
            await server.start()
            stack.push_async_callback(server.stop)
        gaining_url, losing_url = (server.url + PATH for server in servers)
        await world.put_users({OWN: gaining_url, FAILED_SUPPLIER: losing_url})
        world.spawn(HouseholdAlerts(world).run(EVERY))
        registrations = world.dsp.administration.registrations
        for mpxn in sorted({each.mpxn for each in meters}):
            await registrations.move(mpxn, OWN, midnight, "registration data")
        with clock.busy():
            for each in meters:
                answer = await supplier.gain(each.device_id, each.mpxn, midnight)
                assert answer == Accepted()
        await clock.run_until(midnight - timedelta(days=1))
        assert {each.device for each in heard if each.kept} == {*gone, stays}
        with clock.busy():
            assert await supplier.gain(stays, meters[-1].mpxn, CANCELLATION) == Accepted()
        await clock.run_until(midnight - timedelta(seconds=1))
        assert not any(each.success for each in heard)
        assert set(await trusted(world, [*gone, stays])) == {FAILED_SUPPLIER}
        assert losing.lost == set()
        await clock.run_until(midnight + timedelta(hours=2))
        assert set(await trusted(world, gone)) == {OWN}
        assert await trusted(world, [stays]) == [FAILED_SUPPLIER]
        smets2 = world.installed.smets2
        assert {smets2[device].anchors.supplier for device in gone} == {OWN}
        assert smets2[stays].anchors.supplier == FAILED_SUPPLIER
        assert sorted(each.device.hex for each in heard if each.success) == sorted(
            device.hex for device in gone
        )
        # Each home's own alerts: the losing supplier's to midnight, then only of who stays.
        assert losing.lost == set(gone)
        assert losing.alerts
        assert {each.device for each in losing.alerts if each.at > midnight + EVERY} <= {stays}
