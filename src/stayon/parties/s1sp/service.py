"""An S1SP at work: from a Countersigned Service Request to the meter and back."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from lxml.etree import _Element

from stayon import xmlsig
from stayon.devices.smets1 import Smets1Outcome
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.duis.countersigned import CountersignedRequest
from stayon.duis.request import Request, UpdatePrepayConfiguration
from stayon.duis.smets1 import (
    S1spAlert,
    Smets1Error,
    Smets1Response,
    Smets1Result,
    build_s1sp_alert,
    build_smets1_response,
)
from stayon.parties.s1sp.cryptographic_protection import (
    AuthenticRequest,
    NotCountersigned,
    ValidCertificates,
    authenticate,
    named_request,
    read_countersigned,
)
from stayon.parties.s1sp.reference_data import ReferenceData
from stayon.parties.s1sp.refusal import NOT_EXECUTABLE, S1spRefusal
from stayon.ports.clock import Clock
from stayon.ports.outbound import (
    CarrierWork,
    DeliveryFailure,
    OutboundError,
    S1spMessage,
    Southbound,
)

_ENDS_KEPT = 50_000
_REPORT_AGAIN = (1.0, 5.0, 30.0, 120.0)
"""Seconds to wait before the DSP is told again; the last one repeats."""

_End = S1spMessage | DeliveryFailure
"""What comes of a piece of work."""

Validation = Callable[[AuthenticRequest, ReferenceData], None]
"""Raises ``S1spRefusal``."""


class MeterUnreachable(StayonError):
    """The meter did not answer, however often it was tried."""


class MeterLink(Protocol):
    """The S1SP's own network to its meters."""

    async def update(
        self,
        device: Eui64,
        configuration: PrepaymentConfiguration,
        *,
        execution: datetime | None,
        counter: int,
    ) -> Smets1Outcome:
        """Let the meter execute Update Prepay Configuration.

        Raises ``MeterUnreachable``, or ``S1spRefusal`` for what this meter cannot be set to.
        """
        ...


@dataclass(frozen=True, slots=True)
class S1spSigner:
    """The S1SP's XML signing key and the name of its certificate."""

    key: EllipticCurvePrivateKey
    issuer: str
    serial: int


class S1spService:
    """Implements ``stayon.ports.outbound.Carrier`` for one S1SP with its ``validations``."""

    def __init__(
        self,
        *,
        clock: Clock,
        certificates: ValidCertificates,
        reference_data: Callable[[], ReferenceData],
        validations: Sequence[Validation],
        link: MeterLink,
        southbound: Southbound,
        signer: S1spSigner,
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._clock = clock
        self._certificates = certificates
        self._reference_data = reference_data
        self._validations = tuple(validations)
        self._link = link
        self._southbound = southbound
        self._signer = signer
        self._spawn = spawn
        self._ends: OrderedDict[str, _End | None] = OrderedDict()

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """Accept the work; what comes of it follows through the southbound interface.

        Work that is on its way already is not done twice; what is done is reported again.
        """
        for one in work:
            if one.work_id not in self._ends:
                self._remember(one.work_id, None)
                self._spawn(self._carry_out(one))
            elif (end := self._ends[one.work_id]) is not None:
                self._spawn(self._report(end))

    async def _carry_out(self, work: CarrierWork) -> None:
        end = await self._end_of(work)
        self._remember(work.work_id, end)
        await self._report(end)

    async def _end_of(self, work: CarrierWork) -> _End:
        try:
            with self._clock.busy():
                now = self._clock.now()
                countersigned = read_countersigned(work.message, self._certificates, now)
            return S1spMessage(work.device, await self._execute(countersigned))
        except (NotCountersigned, MeterUnreachable) as error:
            return DeliveryFailure(work.work_id, work.device, str(error))

    async def _report(self, end: _End) -> None:
        """Tell the DSP until it has it."""
        tries = 0
        while not await self._is_taken(end):
            await self._clock.sleep(_REPORT_AGAIN[min(tries, len(_REPORT_AGAIN) - 1)])
            tries += 1

    async def _is_taken(self, end: _End) -> bool:
        with self._clock.busy():
            try:
                if isinstance(end, DeliveryFailure):
                    await self._southbound.receive_failures((end,))
                else:
                    await self._southbound.receive_s1sp_messages((end,))
            except OutboundError:
                return False
            return True

    async def _execute(self, countersigned: CountersignedRequest) -> bytes:
        """The signed document that answers: a response, or an alert with the refusal."""
        try:
            with self._clock.busy():
                request, update = self._validated(countersigned)
            outcome = await self._link.update(
                request.request_id.target,
                update.configuration,
                execution=update.execution,
                counter=request.request_id.counter,
            )
        except S1spRefusal as refusal:
            return self._alert(countersigned, refusal)
        return self._response(request, outcome)

    def _validated(
        self, countersigned: CountersignedRequest
    ) -> tuple[Request, UpdatePrepayConfiguration]:
        authentic = authenticate(countersigned, self._certificates, self._clock.now())
        for validation in self._validations:
            validation(authentic, self._reference_data())
        body = authentic.request.body
        if not isinstance(body, UpdatePrepayConfiguration):
            srv = authentic.request.service_reference_variant
            raise S1spRefusal(NOT_EXECUTABLE, f"{srv} is not executed here")
        return authentic.request, body

    def _response(self, request: Request, outcome: Smets1Outcome) -> bytes:
        errors = tuple(
            Smets1Error(code=1, position=position, text=f"{parameter.value} was not set")
            for position, parameter in enumerate(outcome.failed, start=1)
        )
        response = Smets1Response(
            schema_version=request.schema_version,
            identity=request.request_id.response_id,
            service_reference=request.service_reference,
            service_reference_variant=request.service_reference_variant,
            timestamp=self._clock.now(),
            body=Smets1Result(outcome.success, errors),
        )
        return self._sign(build_smets1_response(response))

    def _alert(self, countersigned: CountersignedRequest, refusal: S1spRefusal) -> bytes:
        request_id = named_request(countersigned)
        alert = S1spAlert(
            schema_version=countersigned.schema_version,
            code=refusal.code,
            at=self._clock.now(),
            request_id=request_id,
            device_id=None if request_id is None else request_id.target,
            information=refusal.words,
        )
        return self._sign(build_s1sp_alert(alert))

    def _sign(self, root: _Element) -> bytes:
        return xmlsig.sign(root, self._signer.key, self._signer.issuer, self._signer.serial)

    def _remember(self, work_id: str, end: _End | None) -> None:
        """Keep what came of the work, None while it is on its way."""
        self._ends[work_id] = end
        while len(self._ends) > _ENDS_KEPT:
            self._ends.popitem(last=False)
