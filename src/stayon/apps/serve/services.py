"""What a world serves beside DUIS: SMKI, SSMI, SSI, pages, monitoring, the supplier's endpoint."""

import ssl
from collections.abc import Container, Mapping
from contextlib import AsyncExitStack
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from starlette.types import ASGIApp

from stayon.adapters.http.server import HttpServer
from stayon.apps.serve.folder import WorldFolder
from stayon.apps.serve.monitoring import monitoring, watched
from stayon.apps.serve.mutual_tls import MutualTls
from stayon.apps.serve.pages import pages
from stayon.apps.serve.ports import ServicePorts
from stayon.apps.serve.registration import file_signing_certificate
from stayon.apps.serve.ssi import adt_files, ssi, write_officer_keys
from stayon.apps.world.cast import SRP, SUPPLIER_OF_LAST_RESORT
from stayon.apps.world.officers import ARO
from stayon.apps.world.pki import RepositoryLookup
from stayon.apps.world.wiring import World
from stayon.parties.dccki import DCC
from stayon.parties.receive_response import PATH
from stayon.parties.smki.api import smki_app
from stayon.parties.smki.registration_api import Registration
from stayon.parties.ssmi import Operators, ssmi_app
from stayon.parties.supplier.endpoint import SupplierEndpoint
from stayon.parties.tls_peer import only_from
from stayon.ports.identity_provider import IdentityProvider

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Services:
    """What the services of a world stand on; with ``tls`` those for Users and people are by TLS."""

    world: World
    folder: WorldFolder
    registration: Registration
    ports: ServicePorts
    _: KW_ONLY
    secret: bytes = field(repr=False)
    policy_dir: Path | None = None
    tls: MutualTls | None = None
    provider: IdentityProvider | None = None

    @property
    def scheme(self) -> str:
        """Of what Users and people are served with."""
        return "http" if self.tls is None else "https"


@dataclass(frozen=True, slots=True)
class _Service:
    """``scheme`` is that of its address where it is served elsewhere."""

    name: str
    app: ASGIApp
    port: int
    scheme: str = "http"
    tls: ssl.SSLContext | None = None


async def open_services(
    stack: AsyncExitStack, services: Services, elsewhere: Container[str] = ()
) -> Mapping[str, str]:
    """Start what the DSP does not serve itself; the base address of each service.

    Those ``elsewhere`` are not started here: somebody else has them, on the same port.
    """
    addresses = {"dsp": services.world.gateway_url}
    for each in _services(stack, services):
        if each.name in elsewhere:
            addresses[each.name] = f"{each.scheme}://{_HOST}:{each.port}"
            continue
        server = HttpServer(each.app, _HOST, each.port, tls=each.tls)
        await server.start()
        stack.push_async_callback(server.stop)
        addresses[each.name] = server.url
    for name, port in (
        ("srp_receive", services.ports.srp_receive),
        ("gaining_receive", services.ports.gaining_receive),
    ):
        addresses[name] = f"{services.scheme}://{_HOST}:{port}{PATH}"
    await services.world.put_users(
        {
            SRP: addresses["srp_receive"],
            services.world.settings.failed[0]: addresses["supplier"] + PATH,
            SUPPLIER_OF_LAST_RESORT: addresses["gaining_receive"],
        }
    )
    return addresses


def _services(stack: AsyncExitStack, of: Services) -> tuple[_Service, ...]:
    world, ports, folder = of.world, of.ports, of.folder.path
    officers = of.registration.rapp
    write_officer_keys(of.secret, file_signing_certificate(of.registration, ARO), folder)
    site = pages(
        stack,
        world,
        officers,
        folder,
        of.policy_dir,
        secure=of.tls is not None,
        provider=of.provider,
    )
    return (
        _Service("smki", smki_app(world.pki.smki, world.clock, of.registration), ports.smki),
        _Service("ssmi", _ssmi(of), ports.ssmi),
        _supplier(of),
        _Service("ssi", ssi(world, officers, folder), ports.ssi),
        _Service("pages", site, ports.pages, of.scheme, None if of.tls is None else of.tls.pages),
        _Service("monitoring", monitoring(watched(world)), ports.monitoring),
    )


def _ssmi(of: Services) -> ASGIApp:
    """The DCC's management interface, for its people."""
    dsp = of.world.dsp
    return ssmi_app(
        dsp.administration,
        dsp.amendments,
        dsp.exit_quarantine,
        adt_files(of.world, of.registration.rapp),
        dsp.dead_letters,
        store=of.world.store,
        operators=Operators(of.folder.operators()),
        clock=of.world.clock,
    )


def _supplier(of: Services) -> _Service:
    """The failed supplier's Receive Response Service, which hears the DCC alone."""
    endpoint = SupplierEndpoint(of.world.clock, RepositoryLookup(of.world.pki.smki).dsp_key)
    app, port = endpoint.app(), of.ports.supplier
    if of.tls is None:
        return _Service("supplier", app, port)
    return _Service("supplier", only_from(DCC, app), port, of.scheme, of.tls.supplier)
