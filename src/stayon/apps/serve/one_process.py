"""A whole world in one process, from its start to its end."""

from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stayon.adapters.clock.system import ShiftedClock, SystemClock
from stayon.adapters.http.outbound import HttpClient
from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.apps.collecting import settle
from stayon.apps.serve.announcement import say_where
from stayon.apps.serve.folder import WorldFolder
from stayon.apps.serve.founded_world import pki_of, write_for_commands
from stayon.apps.serve.mutual_tls import MutualTls, open_mutual_tls
from stayon.apps.serve.ports import ServicePorts
from stayon.apps.serve.published_pki import Founded
from stayon.apps.serve.registration import open_registration
from stayon.apps.serve.rotating import WorldRotating
from stayon.apps.serve.running import keep_synchronised, until_stopped
from stayon.apps.serve.services import Services, open_services
from stayon.apps.telemetry.from_environment import open_tracing
from stayon.apps.world.household_alerts import HouseholdAlerts
from stayon.apps.world.key_rotation import RotationPlan, in_use
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.wiring import GatewayTls, World, WorldSettings, open_world
from stayon.ports.clock import Clock
from stayon.ports.identity_provider import IdentityProvider


@dataclass(frozen=True, slots=True)
class Serving:
    """What a world is served with."""

    folder: WorldFolder
    founded: Founded
    settings: WorldSettings
    ports: ServicePorts
    alerts_every: timedelta
    no_supplier: bool = False
    policy_dir: Path | None = None
    hsm_file: Path | None = None
    provider: IdentityProvider | None = None
    by_tls: bool = False


async def serve_world(serving: Serving) -> None:
    """Serve until the process is told to stop."""
    founded, folder = serving.founded, serving.folder
    clock: Clock = ShiftedClock(founded.ahead) if founded.ahead else SystemClock()
    async with AsyncExitStack() as stack:
        generations = in_use(RotationPlan(folder.path).rotations(), datetime.now(UTC))
        pki = pki_of(
            stack,
            founded,
            clock,
            stack.enter_context(closing(_certificates(serving))),
            cast=serving.settings.cast,
            hsm_file=serving.hsm_file,
            generations=generations,
        )
        registration = open_registration(
            stack,
            pki.smki,
            clock,
            database=serving.settings.database,
            folder=folder.path,
            founding=founded.founding,
        )
        tls = None
        if serving.by_tls:
            secret = founded.founding.secret
            tls = open_mutual_tls(registration.dccki, secret, clock, folder.path)
        world = await _dcc(stack, serving, clock, pki, tls)
        services = Services(
            world,
            folder,
            registration,
            serving.ports,
            secret=founded.founding.secret,
            policy_dir=serving.policy_dir,
            tls=tls,
            provider=serving.provider,
        )
        elsewhere = {"supplier"} if serving.no_supplier else set()
        addresses = await open_services(stack, services, elsewhere)
        write_for_commands(world, folder, generations)
        cast = serving.settings.cast
        folder.write_world(addresses, founded.supplier, cast, serving.hsm_file, tls=serving.by_tls)
        world.spawn(keep_synchronised(world, tls, WorldRotating(world, folder)))
        world.spawn(HouseholdAlerts(world).run(serving.alerts_every))
        settle()
        say_where(folder.path, addresses, founded.supplier, cast)
        await until_stopped(world)


def _certificates(serving: Serving) -> SqlCertificateStore:
    """The SMKI's store, which one process has at a time."""
    if serving.settings.database is None:
        return SqlCertificateStore.in_file(serving.folder.path / "smki.sqlite")
    return SqlCertificateStore.on_server(serving.settings.database)


async def _dcc(
    stack: AsyncExitStack, serving: Serving, clock: Clock, pki: WorldPki, tls: MutualTls | None
) -> World:
    """The DSP with its carriers and the meters behind them, running."""
    tracing = stack.enter_context(open_tracing("stayon-serve"))
    poster = await stack.enter_async_context(
        HttpClient(tls=None if tls is None else tls.dsp_as_client)
    )
    return await stack.enter_async_context(
        open_world(
            replace(serving.settings, tracing=tracing),
            clock,
            poster,
            pki=pki,
            port=serving.ports.dsp,
            tls=None if tls is None else GatewayTls(tls.dsp, tls.certificates),
        )
    )
