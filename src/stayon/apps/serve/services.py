"""What a world serves beside DUIS: SMKI, SSMI, SSI, pages, monitoring, the supplier's endpoint."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

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


async def open_services(
    stack: AsyncExitStack,
    world: World,
    folder: WorldFolder,
    registration: Registration,
    ports: ServicePorts,
    *,
    secret: bytes,
    no_supplier: bool,
    policy_dir: Path | None,
    tls: MutualTls | None,
    provider: IdentityProvider | None = None,
    own_monitoring: bool = True,
) -> Mapping[str, str]:
    """Start what the DSP does not serve itself; the base address of each service.

    Without ``own_monitoring`` somebody else serves ``/live`` and ``/ready``, on the same port.
    """
    smki = smki_app(world.pki.smki, world.clock, registration)
    operators = Operators(folder.operators())
    officers = registration.rapp
    ssmi = ssmi_app(
        world.dsp.administration,
        world.dsp.amendments,
        world.dsp.exit_quarantine,
        adt_files(world, officers),
        world.dsp.dead_letters,
        store=world.store,
        operators=operators,
        clock=world.clock,
    )
    write_officer_keys(secret, file_signing_certificate(registration, ARO), folder.path)
    supplier = SupplierEndpoint(world.clock, RepositoryLookup(world.pki.smki).dsp_key)
    at_supplier = supplier.app() if tls is None else only_from(DCC, supplier.app())
    site = pages(
        stack,
        world,
        officers,
        folder.path,
        policy_dir,
        secure=tls is not None,
        provider=provider,
    )
    scheme = "http" if tls is None else "https"
    addresses = {"dsp": world.gateway_url}
    for name, app, port, context in (
        ("smki", smki, ports.smki, None),
        ("ssmi", ssmi, ports.ssmi, None),
        ("supplier", at_supplier, ports.supplier, None if tls is None else tls.supplier),
        ("ssi", ssi(world, officers, folder.path), ports.ssi, None),
        ("pages", site, ports.pages, None if tls is None else tls.pages),
        ("monitoring", monitoring(watched(world)), ports.monitoring, None),
    ):
        if name == "supplier" and no_supplier:
            addresses[name] = f"{scheme}://{_HOST}:{port}"
            continue
        if name == "monitoring" and not own_monitoring:
            addresses[name] = f"http://{_HOST}:{port}"
            continue
        server = HttpServer(app, _HOST, port, tls=context)
        await server.start()
        stack.push_async_callback(server.stop)
        addresses[name] = server.url
    addresses["srp_receive"] = f"{scheme}://{_HOST}:{ports.srp_receive}{PATH}"
    addresses["gaining_receive"] = f"{scheme}://{_HOST}:{ports.gaining_receive}{PATH}"
    await world.put_users(
        {
            SRP: addresses["srp_receive"],
            world.settings.failed[0]: addresses["supplier"] + PATH,
            SUPPLIER_OF_LAST_RESORT: addresses["gaining_receive"],
        }
    )
    return addresses
