"""How the event ends: the Supplier of Last Resort gains every home, and the contingency is over.

Registrations move, a 6.23 changes each device's credentials, from then on a contingency request is
refused and alerts go to the gaining supplier; the failed supplier is withdrawn from the list
(decisions 10 and 14, PIA A10).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from stayon.adapters.http.server import HttpServer
from stayon.apps.rehearse.result import EndingsFound
from stayon.apps.world.cast import SRP, SUPPLIER_OF_LAST_RESORT
from stayon.apps.world.pki import AsyncRepositoryLookup, RepositoryLookup
from stayon.apps.world.wiring import World
from stayon.devices.alerts import AlertCode
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import PortfolioDevice
from stayon.domain.request_id import RequestId
from stayon.parties.receive_response import receive_response_service
from stayon.parties.srp.attempt import AttemptBuilder
from stayon.parties.srp.counters import next_counter
from stayon.parties.srp.gateway import Declined, Gateway, GatewayUnavailable, Service
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.supplier.endpoint import SupplierEndpoint
from stayon.parties.supplier.gaining import Credentials, Gained, GainingSupplier
from stayon.smki_profile import KeyUsage, RemotePartyRole

BEFORE_THE_END = timedelta(days=1)
"""When the Supplier of Last Resort begins, before the last day of the event is over."""
_PATIENCE = timedelta(hours=12)
_LOOK_EVERY = 60.0
_AT_ONCE = 32
_BY = "Registration data"
_ALERT = AlertCode.TAMPER
_DUIS_VERSION = "5.5"


class Endings:
    """The ending of one rehearsal, to ``unfold`` once.

    ``server`` is the gaining supplier's Receive Response Service, to be started before.
    """

    def __init__(
        self,
        world: World,
        portfolio: Sequence[PortfolioDevice],
        gateway: Gateway,
        builder: AttemptBuilder,
        *,
        failed_endpoint: SupplierEndpoint,
        note: Callable[[str], None],
    ) -> None:
        self._world = world
        self._portfolio = portfolio
        self._gateway = gateway
        self._builder = builder
        self._note = note
        self._failed = failed_endpoint
        self._outcomes: dict[Eui64, Gained] = {}
        lookup = AsyncRepositoryLookup(world.pki.smki)
        self._supplier = GainingSupplier(
            gateway=gateway,
            signer=_signer(world),
            credentials=_credentials(world),
            lookup=lookup,
            clock=world.clock,
            schema_version=_DUIS_VERSION,
        )
        self._alerts = SupplierEndpoint(world.clock, RepositoryLookup(world.pki.smki).dsp_key)
        self.server = HttpServer(receive_response_service(self._take, world.clock))

    async def unfold(self) -> EndingsFound:
        """Let everything happen that ends the contingency."""
        moved = await self._move_registrations()
        self._note("Registration data name the Supplier of Last Resort")
        refused_between = await self._refusals(moved)
        declined = await self._gain(moved)
        gained = [one for one in moved if self._gained(one)]
        self._note(f"{len(gained)} of {len(moved)} devices trust the Supplier of Last Resort")
        refused_after = await self._refusals(gained)
        before = self._failed.counts[_ALERT.value]
        await self._raise_alerts(gained)
        for supplier in self._world.settings.failed:
            await self._world.dsp.administration.withdraw(
                supplier, SRP, "A. Okafor (DCC)", "every home has a supplier again"
            )
        self._note("The failed supplier is withdrawn from the list")
        refused_withdrawn = await self._refusals(gained)
        return EndingsFound(
            moved=len(moved),
            gained=len(gained),
            not_gained=Counter(
                declined.get(one.device_id) or self._words(one)
                for one in moved
                if not self._gained(one)
            ),
            refused_between=refused_between,
            refused_after=refused_after,
            refused_withdrawn=refused_withdrawn,
            alerts_to_gaining=self._alerts.counts[_ALERT.value],
            alerts_to_failed=self._failed.counts[_ALERT.value] - before,
        )

    async def _take(self, body: bytes) -> None:
        outcome = await self._supplier.read(body)
        if outcome is None:
            await self._alerts.take(body)
        else:
            self._outcomes[outcome.device] = outcome

    def _gained(self, device: PortfolioDevice) -> bool:
        outcome = self._outcomes.get(device.device_id)
        return outcome is not None and outcome.success

    def _words(self, device: PortfolioDevice) -> str:
        outcome = self._outcomes.get(device.device_id)
        return "no answer yet" if outcome is None else outcome.words

    async def _move_registrations(self) -> list[PortfolioDevice]:
        """The devices whose meter points were still the failed supplier's; a meter point once."""
        registrations = self._world.dsp.administration.registrations
        now, moved = self._world.clock.now(), []
        for device in self._portfolio:
            last = (await registrations.of(device.mpxn))[-1]
            if last.supplier == device.supplier_id:
                await registrations.move(device.mpxn, SUPPLIER_OF_LAST_RESORT, now, _BY)
                moved.append(device)
            elif last.supplier == SUPPLIER_OF_LAST_RESORT:
                moved.append(device)
        return moved

    async def _gain(self, devices: Sequence[PortfolioDevice]) -> dict[Eui64, str]:
        """Send a 6.23 for each device and wait for what comes; the codes of refusals."""
        room, declined = asyncio.Semaphore(_AT_ONCE), dict[Eui64, str]()

        async def one(device: PortfolioDevice) -> None:
            async with room:
                try:
                    answer = await self._supplier.gain(device.device_id, device.mpxn)
                except GatewayUnavailable as unavailable:
                    declined[device.device_id] = str(unavailable)
                    return
                if isinstance(answer, Declined):
                    declined[device.device_id] = answer.code

        with self._world.clock.busy():
            await asyncio.gather(*(one(device) for device in devices))
        deadline = self._world.clock.now() + _PATIENCE
        awaited = {each.device_id for each in devices} - declined.keys()
        while awaited - self._outcomes.keys() and self._world.clock.now() < deadline:
            await self._world.clock.sleep(_LOOK_EVERY)
        return declined

    async def _refusals(self, devices: Iterable[PortfolioDevice]) -> Counter[str]:
        """What a contingency request gets now: one for each kind of device."""
        codes: Counter[str] = Counter()
        with self._world.clock.busy():
            for device in _one_of_each(devices):
                codes[await self._code(device)] += 1
        return codes

    async def _code(self, device: PortfolioDevice) -> str:
        counter = next_counter(None, device.counter_floor, self._world.clock.now())
        request_id = RequestId(device.supplier_id, device.device_id, counter)
        built = await self._builder.build(device, request_id, local=False)
        if not isinstance(built, bytes):
            return built.code
        answer = await self._gateway.call(Service.SEND_COMMAND, request_id, built)
        return answer.code if isinstance(answer, Declined) else "accepted"

    async def _raise_alerts(self, devices: Iterable[PortfolioDevice]) -> None:
        """Somebody tampers with one meter of each kind; its alert goes on its way."""
        world, now = self._world, self._world.clock.now()
        for device in _one_of_each(devices):
            if device.generation is Generation.SMETS1:
                older = world.installed.smets1[device.device_id]
                for raised in older.raise_alert(_ALERT, now):
                    await world.s1sps[device.route].report_alert(device.device_id, raised)
            else:
                messages = world.installed.smets2[device.device_id].raise_alert(_ALERT, now)
                (wan,) = (each for each in world.wans if each.route is device.route)
                wan.carry(device.device_id, messages)
        await world.clock.sleep(3600.0)


def _one_of_each(devices: Iterable[PortfolioDevice]) -> Iterable[PortfolioDevice]:
    """The first device of each route and fuel."""
    kinds: dict[tuple[Route, Fuel], PortfolioDevice] = {}
    for device in devices:
        kinds.setdefault((device.route, device.fuel), device)
    return kinds.values()


def _signer(world: World) -> XmlSigner:
    held = world.pki.held(SUPPLIER_OF_LAST_RESORT, RemotePartyRole.XML_SIGN)
    certificate = held.certificate
    return XmlSigner(
        SUPPLIER_OF_LAST_RESORT, held.operations, certificate.issuer, certificate.serial
    )


def _credentials(world: World) -> Credentials:
    own, role = SUPPLIER_OF_LAST_RESORT, RemotePartyRole.SUPPLIER
    return Credentials(
        digital_signing=world.pki.held(own, role).certificate.der,
        key_agreement=world.pki.held(own, role, KeyUsage.KEY_AGREEMENT).certificate.der,
        path=(world.pki.smki.authorities.organisations.certificate.der,),
    )
