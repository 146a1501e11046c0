"""One S1SP with its meters, on a simulated clock; the DSP is the test."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from lxml.etree import _Element
from tests.policy.shipped import shipped_policy
from tests.safe_profile import SAFE_ELECTRICITY
from tests.support.organisations import (
    DSP,
    ISSUER,
    NOW,
    S1SP,
    SRP,
    STRANGER,
    SUPPLIER,
    Organisation,
    SyncRepository,
)

from stayon import safexml, xmlsig
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.keys.local import LocalKey
from stayon.checks.facts import UserStatus
from stayon.devices.parameters import Parameter
from stayon.devices.prepayment import Prepayment
from stayon.devices.smets1 import Smets1Meter
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceType, Route, UserRole
from stayon.domain.money import MilliPence
from stayon.domain.request_id import RequestId
from stayon.duis.countersigned import CountersignedRequest, build_countersigned
from stayon.duis.request import Request, UpdatePrepayConfiguration, build_request
from stayon.duis.smets1 import (
    S1spAlert,
    Smets1Response,
    parse_s1sp_alert,
    parse_signed_response,
)
from stayon.parties.csp.model import Coverage, WanModel
from stayon.parties.s1sp import cgi_ie, secure, trilliant
from stayon.parties.s1sp.documents import S1spSigner
from stayon.parties.s1sp.faults import S1spFaults
from stayon.parties.s1sp.network import Smets1Network
from stayon.parties.s1sp.reference_data import (
    ListedSupplier,
    Ownership,
    ReferenceData,
    S1spDevice,
    S1spUser,
)
from stayon.parties.s1sp.service import S1spService
from stayon.parties.s1sp.validation import Validation
from stayon.parties.srp.requests import smets1_request
from stayon.policy.model import S1spPolicy
from stayon.ports.outbound import (
    CarrierWork,
    DeliveryFailure,
    DeviceMessage,
    OutboundError,
    S1spMessage,
)

METER = Eui64(b"smets1 A")
OUT_OF_HAN = Eui64(b"smets1 B")
NOT_OURS = Eui64(b"smets1 C")
REQUEST_ID = RequestId(SUPPLIER.eui64, METER, 1_800_000_000_000)
QUICK = WanModel(latency=2.0, loss_rate=0.0, attempts=3, backoff=60.0, patience=3600.0)
SAFE_BODY = UpdatePrepayConfiguration(None, SAFE_ELECTRICITY)
UNSAFE = replace(SAFE_ELECTRICITY, emergency_credit_limit=MilliPence(5_00000))

BEFORE = NOW - timedelta(days=100)
ROUTES = (Route.S1SP_CGI_IE, Route.S1SP_SECURE, Route.S1SP_TRILLIANT)
VALIDATIONS: dict[Route, tuple[Validation, ...]] = {
    Route.S1SP_CGI_IE: cgi_ie.VALIDATIONS,
    Route.S1SP_SECURE: secure.VALIDATIONS,
    Route.S1SP_TRILLIANT: trilliant.VALIDATIONS,
}


def user(who: Organisation, role: UserRole, status: UserStatus = UserStatus.ACTIVE) -> S1spUser:
    return S1spUser(who.eui64, {role: status})


def owned(device: Eui64, supplier: Eui64 = SUPPLIER.eui64) -> S1spDevice:
    ownerships = (Ownership(supplier, BEFORE, None),)
    return S1spDevice(device, DeviceType.ESME, SUPPLIER.eui64, ownerships)


USERS = {
    SRP.eui64: user(SRP, UserRole.SOLR_CONTINGENCY),
    SUPPLIER.eui64: user(SUPPLIER, UserRole.IMPORT_SUPPLIER),
    STRANGER.eui64: user(STRANGER, UserRole.OTHER_USER),
}
REFERENCE = ReferenceData(
    version=1,
    digest="",
    users=USERS,
    eligible={
        UserRole.SOLR_CONTINGENCY: frozenset({"2.1"}),
        UserRole.IMPORT_SUPPLIER: frozenset({"2.1", "4.13", "6.23"}),
        UserRole.OTHER_USER: frozenset({"4.13"}),
    },
    devices={device: owned(device) for device in (METER, OUT_OF_HAN, NOT_OURS)},
    listed=(ListedSupplier(SUPPLIER.eui64, SRP.eui64, BEFORE, None),),
)


def own(route: Route = Route.S1SP_CGI_IE, **changed: Any) -> S1spPolicy:
    """What the S1SP is shipped with, or otherwise."""
    return replace(shipped_policy().s1sps[route], **changed)


def safe_request(request_id: RequestId = REQUEST_ID) -> Request:
    return smets1_request(request_id, "2.1", SAFE_BODY, "5.5")


def countersigned(
    request: Request | bytes,
    *,
    signer: Organisation = SRP,
    countersigner: Organisation = DSP,
) -> bytes:
    """What the DSP hands over: the sender's signed bytes under the DSP's signature."""
    document = request if isinstance(request, bytes) else signer.sign(build_request(request))
    return countersigner.sign(build_countersigned(CountersignedRequest("5.5", NOW, document)))


def meter(eui64: Eui64, faults: frozenset[Parameter] = frozenset()) -> Smets1Meter:
    return Smets1Meter(eui64, Prepayment(UNSAFE, NOW, balance=1_00000, faults=faults))


class World:
    """The S1SP under test; what it reports is in ``documents`` and ``failures``."""

    def __init__(
        self,
        route: Route = Route.S1SP_CGI_IE,
        *,
        model: WanModel = QUICK,
        faults: frozenset[Parameter] = frozenset(),
        fails: S1spFaults | None = None,
        settings: S1spPolicy | None = None,
        repository: SyncRepository | None = None,
    ) -> None:
        self.route = route
        self.clock = SimulatedClock(NOW)
        self.repository = repository or SyncRepository()
        self.meters = {METER: meter(METER, faults), OUT_OF_HAN: meter(OUT_OF_HAN)}
        self.visits: list[tuple[str, Eui64]] = []
        self.documents: list[S1spMessage] = []
        self.failures: list[DeliveryFailure] = []
        self.dsp_is_full = 0
        self.tasks: list[asyncio.Task[None]] = []
        self.network = Smets1Network(
            self.meters,
            model,
            Coverage(han_lost={OUT_OF_HAN: None}),
            self.clock,
            seed=1,
            before=lambda device, _now: self.visits.append(("before", device)),
            after=lambda device: self.visits.append(("after", device)),
        )
        self.service = S1spService(
            settings or own(route),
            clock=self.clock,
            certificates=self.repository,
            validations=VALIDATIONS[route],
            link=self.network,
            southbound=self,
            signer=S1spSigner(LocalKey(S1SP.key), ISSUER, S1SP.serial),
            spawn=self._spawn,
            faults=fails,
        )
        self.reference = REFERENCE

    @property
    def reference(self) -> ReferenceData | None:
        return self.service.inventory.in_force

    @reference.setter
    def reference(self, data: ReferenceData | None) -> None:
        self.service.inventory.in_force = data
        if data is not None:
            self.service.cells.enrol(data.devices.values())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    async def submit(
        self, message: bytes, *, device: Eui64 = METER, work_id: str = "w1", hours: float = 2
    ) -> None:
        """Hand work over and let time pass."""
        await self.service.submit([CarrierWork(work_id, self.route, device, message)])
        await self.clock.run_until(self.clock.now() + timedelta(hours=hours))
        for task in self.tasks:
            if task.done():
                await task

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        raise AssertionError(messages)

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        self._refuse_while_full()
        self.failures += failures

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        self._refuse_while_full()
        self.documents += messages

    def _refuse_while_full(self) -> None:
        if self.dsp_is_full:
            self.dsp_is_full -= 1
            raise OutboundError("full")

    def response(self) -> Smets1Response:
        """The one document that was reported, whose S1SP signature holds."""
        return parse_signed_response(self._verified())

    def alert(self) -> S1spAlert:
        """Likewise, an alert."""
        return parse_s1sp_alert(self._verified())

    def _verified(self) -> _Element:
        (message,) = self.documents
        return self.verified(message)

    def verified(self, message: S1spMessage) -> _Element:
        """The document, if its signature is this S1SP's."""
        root = safexml.parse(message.document)
        claim = xmlsig.read_signature(root)
        assert claim.serial == S1SP.serial
        return xmlsig.verify(root, claim, S1SP.key.public_key()).root

    def is_safe(self, device: Eui64 = METER) -> bool:
        limit = self.meters[device].prepayment.account.terms.emergency_limit
        return limit == SAFE_ELECTRICITY.emergency_credit_limit
