"""An endpoint that somebody else runs: implements ``Place`` over HTTP, with an SRP's keys only."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

from stayon.adapters.clock.system import SystemClock
from stayon.adapters.http.outbound import HttpClient
from stayon.apps.cli.receiving import receive_server, user_client
from stayon.apps.cli.srp_world import SrpWorld, read_srp_world
from stayon.apps.sit.meters import name_of
from stayon.apps.sit.places import Place, Record
from stayon.apps.sit.scene import PolicyChange
from stayon.apps.sit.verdicts import NotRunError
from stayon.domain.errors import StayonError
from stayon.domain.portfolio import PortfolioDevice
from stayon.parties.receive_response import receive_response_service
from stayon.parties.srp.gateway import Service
from stayon.parties.srp.identity import SupplierKeys, XmlSigner
from stayon.parties.srp.portfolio import load_portfolio
from stayon.policy.model import Policy
from stayon.ports.certificate_lookup import CertificateLookup
from stayon.ports.outbound import HttpReply

_LOOKS_A_SECOND = 5


class TargetPlace:
    """Implements ``Place``; ``patience`` (s) is how long a message is waited for."""

    def __init__(
        self,
        world: SrpWorld,
        policy: Policy,
        portfolio: tuple[PortfolioDevice, ...],
        http: HttpClient,
        patience: float,
    ) -> None:
        if not portfolio:
            raise StayonError("the portfolio has no meters")
        self.name = world.dcc.dsp_url
        self.policy = policy
        self.supplier = portfolio[0].supplier_id
        self.signer: XmlSigner = world.signer
        self.supplier_keys: SupplierKeys = world.supplier_keys
        self.portfolio = {
            name_of(each): each for each in reversed(portfolio) if each.supplier_id == self.supplier
        }
        self.inbox: list[bytes] = []
        self.record: Record = lambda _sender, _receiver, _body: None
        self._clock = SystemClock()
        self._http = http
        self.patience = timedelta(seconds=patience)
        self.lookup: CertificateLookup = world.dcc.repository(http, self._clock)

    def now(self) -> datetime:
        """See ``Place``."""
        return self._clock.now()

    async def post(self, service: Service, body: bytes) -> HttpReply:
        """See ``Place``."""
        return await self._http.post(self.name.rstrip("/") + service.value, body, "application/xml")

    async def more_mail(self, known: int) -> bool:
        """See ``Place``: until the patience is at an end."""
        for _ in range(int(self.patience.total_seconds() * _LOOKS_A_SECOND)):
            if len(self.inbox) > known:
                break
            await asyncio.sleep(1 / _LOOKS_A_SECOND)
        return len(self.inbox) > known

    async def take(self, body: bytes) -> None:
        """Keep what the DSP delivers."""
        self.record("DSP", "User", body)
        self.inbox.append(body)


class Target:
    """Implements ``Places``: the same endpoint for every scenario, one after another."""

    at_once = 1

    def __init__(
        self, url: str, keys: Path, policy: Policy, *, patience: float, declared_open: bool
    ) -> None:
        self.declared_open = declared_open
        self._world = read_srp_world(keys, url)
        self._portfolio = load_portfolio((keys / "portfolio.csv").read_bytes())
        self._policy = policy
        self._patience = patience
        self._place: TargetPlace | None = None

    async def start(self, stack: AsyncExitStack) -> None:
        """Serve the SRP's Receive Response Service until ``stack`` ends."""
        http = await stack.enter_async_context(user_client(self._world.tls))
        place = TargetPlace(self._world, self._policy, self._portfolio, http, self._patience)
        service = receive_response_service(place.take, SystemClock())
        server = receive_server(service, self._world.receive_url, self._world.tls)
        await server.start()
        stack.push_async_callback(server.stop)
        self._place = place

    async def open(
        self, stack: AsyncExitStack, changes: tuple[PolicyChange, ...], record: Record
    ) -> Place:
        """See ``Places``."""
        del stack
        if changes:
            raise NotRunError("the configuration of the place cannot be changed from here")
        if self._place is None:
            raise NotRunError("the target has not been started")
        self._place.record = record
        return self._place
