"""How the event ends: the Supplier of Last Resort gains every home, and the contingency is over.

Registrations move, a 6.23 changes each device's credentials, from then on a contingency request is
refused and alerts go to the gaining supplier; the failed supplier is withdrawn from the list
(decisions 10 and 14, PIA A10).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from stayon.adapters.http.server import HttpServer
from stayon.apps.rehearse.result import EndingsFound
from stayon.apps.world.cast import SRP, SUPPLIER_OF_LAST_RESORT
from stayon.apps.world.pki import AsyncRepositoryLookup, RepositoryLookup
from stayon.apps.world.wiring import World
from stayon.devices.alerts import AlertCode
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import PortfolioDevice
from stayon.domain.request_id import RequestId
from stayon.parties.receive_response import receive_response_service
from stayon.parties.srp.attempt import AttemptBuilder
from stayon.parties.srp.counters import next_counter
from stayon.parties.srp.gateway import Declined, Gateway, Service
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.supplier.endpoint import SupplierEndpoint
from stayon.parties.supplier.gaining import Credentials, GainingSupplier
from stayon.parties.supplier.gaining_run import GainingRun
from stayon.smki_profile import KeyUsage, RemotePartyRole

BEFORE_THE_END = timedelta(days=1)
"""When the Supplier of Last Resort begins, before the last day of the event is over."""
_PATIENCE = timedelta(hours=12)
_LOOK_EVERY = 60.0
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
        lookup = AsyncRepositoryLookup(world.pki.smki)
        supplier = GainingSupplier(
            gateway=gateway,
            signer=_signer(world),
            credentials=_credentials(world),
            lookup=lookup,
            clock=world.clock,
            schema_version=_DUIS_VERSION,
        )
        self._alerts = SupplierEndpoint(world.clock, RepositoryLookup(world.pki.smki).dsp_key)
        self._run = GainingRun(supplier, world.clock, self._alerts.take)
        self.server = HttpServer(receive_response_service(self._run.take, world.clock))

    async def unfold(self) -> EndingsFound:
        """Let everything happen that ends the contingency."""
        moved = await self._move_registrations()
        self._note("Registration data name the Supplier of Last Resort")
        refused_between = await self._refusals(moved)
        outcomes = await self._run.gain(moved, _PATIENCE, _LOOK_EVERY)
        gained = [one for one in moved if outcomes[one.device_id].success]
        self._note(f"{len(gained)} of {len(moved)} devices trust the Supplier of Last Resort")
        refused_after = await self._refusals(gained)
        before = self._failed.counts[_ALERT.value]
        await self._raise_alerts(gained)
        with self._world.clock.busy():
            for supplier in self._world.settings.failed:
                await self._world.dsp.administration.withdraw(
                    supplier, SRP, "A. Okafor (DCC)", "every home has a supplier again"
                )
        self._note("The failed supplier is withdrawn from the list")
        refused_withdrawn = await self._refusals(gained)
        return EndingsFound(
            moved=len(moved),
            gained=len(gained),
            not_gained=Counter(each.words for each in outcomes.values() if not each.success),
            refused_between=refused_between,
            refused_after=refused_after,
            refused_withdrawn=refused_withdrawn,
            alerts_to_gaining=self._alerts.counts[_ALERT.value],
            alerts_to_failed=self._failed.counts[_ALERT.value] - before,
        )

    async def _move_registrations(self) -> list[PortfolioDevice]:
        """The devices whose meter points were still the failed supplier's; a meter point once."""
        registrations = self._world.dsp.administration.registrations
        now, moved = self._world.clock.now(), []
        with self._world.clock.busy():
            for device in self._portfolio:
                last = (await registrations.of(device.mpxn))[-1]
                if last.supplier == device.supplier_id:
                    await registrations.move(device.mpxn, SUPPLIER_OF_LAST_RESORT, now, _BY)
                    moved.append(device)
                elif last.supplier == SUPPLIER_OF_LAST_RESORT:
                    moved.append(device)
        return moved

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
