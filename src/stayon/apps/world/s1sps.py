"""The three SMETS1 Service Providers of a world, each a service of its own."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field

from stayon.apps.world.cast import S1SPS
from stayon.apps.world.inhabited import Homes
from stayon.apps.world.pki import Held, RepositoryLookup, WorldPki
from stayon.devices.smets1 import Smets1Meter
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.parties.csp.model import Coverage, WanModel
from stayon.parties.s1sp import cgi_ie, secure, trilliant
from stayon.parties.s1sp.cryptographic_protection import ValidCertificates
from stayon.parties.s1sp.documents import S1spSigner
from stayon.parties.s1sp.faults import S1spFaults
from stayon.parties.s1sp.network import Smets1Network
from stayon.parties.s1sp.service import S1spService
from stayon.policy.model import Policy
from stayon.ports.carrier_memory import S1spMemory
from stayon.ports.clock import Clock
from stayon.ports.outbound import Southbound
from stayon.smki_profile import KeyUsage, RemotePartyRole

_VALIDATIONS = {
    Route.S1SP_CGI_IE: cgi_ie.VALIDATIONS,
    Route.S1SP_SECURE: secure.VALIDATIONS,
    Route.S1SP_TRILLIANT: trilliant.VALIDATIONS,
}


@dataclass(frozen=True, slots=True)
class S1spSurroundings:
    """What the S1SPs of a world have around them; ``meters`` are those of each route."""

    clock: Clock
    pki: WorldPki
    policy: Policy
    southbound: Southbound
    meters: Mapping[Route, Mapping[Eui64, Smets1Meter]]
    homes: Homes
    model: WanModel
    coverage: Coverage
    seed: int
    spawn: Callable[[Coroutine[None, None, None]], None]
    faults: Mapping[Route, S1spFaults] = field(default_factory=dict)
    memories: Mapping[Route, S1spMemory] = field(default_factory=dict)
    certificates: ValidCertificates | None = None
    """Whose certificates are valid, where it is not the repository of ``pki`` that says so."""
    routes: Sequence[Route] = tuple(S1SPS)


def s1sps(around: S1spSurroundings) -> dict[Route, S1spService]:
    """One service for each route, with its own key, meters, network, settings and faults."""
    return {route: _s1sp(route, around) for route in around.routes}


def _signer(route: Route, pki: WorldPki) -> S1spSigner:
    """Signs with the key in use, whichever that is."""
    post = (S1SPS[route], RemotePartyRole.S1SP_XML_SIGN, KeyUsage.DIGITAL_SIGNATURE)
    held = pki.held(*post)
    signer = S1spSigner(held.operations, held.certificate.issuer, held.certificate.serial)

    def renew(new: Held) -> None:
        signer.renew(new.operations, new.certificate.issuer, new.certificate.serial)

    pki.follow(post, renew)
    return signer


def _s1sp(route: Route, around: S1spSurroundings) -> S1spService:
    return S1spService(
        around.policy.s1sps[route],
        clock=around.clock,
        certificates=around.certificates or RepositoryLookup(around.pki.smki),
        validations=_VALIDATIONS[route],
        link=Smets1Network(
            around.meters[route],
            around.model,
            around.coverage,
            around.clock,
            seed=around.seed,
            before=around.homes.live_until,
            after=around.homes.look_again,
        ),
        southbound=around.southbound,
        signer=_signer(route, around.pki),
        spawn=around.spawn,
        faults=around.faults.get(route),
        memory=around.memories.get(route),
    )
