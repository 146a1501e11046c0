"""The SRP's client in a process of its own: ``python -m ...client_side FOLDER``.

It says where it receives, is told where the DSP is and when the meters' keys are there, and runs
the campaign: progress, requests and evidence on disk, results written at the end.
"""

import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import uvloop
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.adapters.clock.system import SystemClock
from stayon.adapters.http.outbound import HttpClient
from stayon.adapters.http.server import HttpServer
from stayon.apps.bench.campaign.process import Use, next_line, say
from stayon.apps.bench.campaign.setting import Setting, read_device_keys
from stayon.apps.collecting import settle
from stayon.apps.policy_files import read_policy
from stayon.apps.world.cast import FAILED_SUPPLIER, SRP
from stayon.apps.world.pki import AsyncRepositoryLookup, WorldPki
from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import EndState
from stayon.parties.srp.attempt import AttemptBuilder
from stayon.parties.srp.campaign import Campaign, CampaignTerms
from stayon.parties.srp.duis_gateway import DuisGateway
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.srp.inbound import Outcome
from stayon.parties.srp.pacing import Pace
from stayon.parties.srp.reading import OutcomeReader
from stayon.parties.srp.receive_service import receive_service
from stayon.parties.srp.requests import AgreedService, agreed_service
from stayon.parties.srp.results import write_results
from stayon.smki_profile import RemotePartyRole, p256

_AS_FAST_AS_IT_GOES = 1_000_000.0
_DUIS_VERSION = "5.5"


class _KnownMeters:
    """Implements ``CertificateLookup``: the meters' keys are at hand, fetched beforehand."""

    def __init__(self, organisations: AsyncRepositoryLookup, points: Mapping[bytes, bytes]) -> None:
        self._organisations = organisations
        self.valid_organisation = organisations.valid_organisation
        self._points = points

    async def device_signing_key(
        self, device_id: Eui64, at: datetime
    ) -> EllipticCurvePublicKey | None:
        """See ``CertificateLookup``."""
        del at
        point = self._points.get(device_id.octets)
        return None if point is None else p256.public_key(point)


async def _run(setting: Setting) -> None:
    clock, policy = SystemClock(), read_policy()
    pki = setting.pki(clock)
    agreed = agreed_service(policy)
    async with HttpClient() as poster:
        campaign: Campaign | None = None

        async def take(outcome: Outcome) -> bool:
            return False if campaign is None else await campaign.receive(outcome)

        keys: dict[bytes, bytes] = {}
        lookup = _KnownMeters(AsyncRepositoryLookup(pki.smki), keys)
        server = HttpServer(receive_service(OutcomeReader(lookup), take, clock))
        await server.start()
        say(server.url)
        store = SqliteCampaignStore(setting.path / "campaign.sqlite")
        store.begin(agreed.profile, setting.portfolio())
        dsp = (await next_line()).strip()
        gateway = DuisGateway(base_url=dsp, poster=poster, lookup=lookup, clock=clock)
        campaign = Campaign(
            clock=clock,
            store=store,
            gateway=gateway,
            builder=_builder(pki, agreed, gateway),
            terms=CampaignTerms(Pace(clock, _AS_FAST_AS_IT_GOES, burst=64), policy.retry),
        )
        await next_line()
        keys.update(
            (device.device_id.octets, signing)
            for device, signing, _ in read_device_keys(setting)
            if signing
        )
        settle()
        say("ready")
        await next_line()
        use, start = Use(), time.perf_counter()
        await campaign.run()
        with (setting.path / "results.csv").open("w", newline="", encoding="utf-8") as out:
            write_results(store, out)
        seconds = time.perf_counter() - start
        safe = campaign.tracking.count(EndState.SAFE)
        say(use.told(seconds=seconds, safe=safe))
        await server.stop()
        await store.close()


def _builder(pki: WorldPki, agreed: AgreedService, gateway: DuisGateway) -> AttemptBuilder:
    xml = pki.held(SRP, RemotePartyRole.XML_SIGN)
    supplier = pki.held(FAILED_SUPPLIER, RemotePartyRole.SUPPLIER)
    return AttemptBuilder(
        gateway=gateway,
        signer=XmlSigner(SRP, xml.operations, xml.certificate.issuer, xml.certificate.serial),
        supplier_keys={FAILED_SUPPLIER: supplier.operations},
        agreed=agreed,
        schema_version=_DUIS_VERSION,
    )


if __name__ == "__main__":
    uvloop.run(_run(Setting.read(Path(sys.argv[1]))))
