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
from stayon.parties.s1sp.refusal import S1spRefusal
from stayon.ports.clock import Clock
from stayon.ports.outbound import CarrierWork, DeliveryFailure, S1spMessage, Southbound

NOT_EXECUTABLE = "S1VE1"
"""A service that the meter cannot execute; the code is decided here."""

_ANSWERS_KEPT = 50_000

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
        """Let the meter execute Update Prepay Configuration; raises ``MeterUnreachable``."""
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
        self._answers: OrderedDict[str, S1spMessage | None] = OrderedDict()

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """Accept the work; the answers follow through the southbound interface."""
        for one in work:
            self._spawn(self._carry_out(one))

    async def _carry_out(self, work: CarrierWork) -> None:
        known = self._answers.get(work.work_id)
        if work.work_id in self._answers:
            if known is not None:
                await self._southbound.receive_s1sp_messages((known,))
            return
        self._remember(work.work_id, None)
        with self._clock.busy():
            now = self._clock.now()
            try:
                countersigned = read_countersigned(work.message, self._certificates, now)
            except NotCountersigned as error:
                await self._give_up(work, f"not countersigned by the DSP: {error}")
                return
        try:
            document = await self._execute(countersigned)
        except MeterUnreachable as error:
            await self._give_up(work, str(error))
            return
        message = S1spMessage(work.device, document)
        self._remember(work.work_id, message)
        with self._clock.busy():
            await self._southbound.receive_s1sp_messages((message,))

    async def _execute(self, countersigned: CountersignedRequest) -> bytes:
        with self._clock.busy():
            try:
                request, update = self._validated(countersigned)
            except S1spRefusal as refusal:
                return self._alert(countersigned, refusal)
        outcome = await self._link.update(
            request.request_id.target,
            update.configuration,
            execution=update.execution,
            counter=request.request_id.counter,
        )
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

    async def _give_up(self, work: CarrierWork, reason: str) -> None:
        with self._clock.busy():
            failure = DeliveryFailure(work.work_id, work.device, reason)
            await self._southbound.receive_failures((failure,))

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

    def _remember(self, work_id: str, message: S1spMessage | None) -> None:
        self._answers[work_id] = message
        while len(self._answers) > _ANSWERS_KEPT:
            self._answers.popitem(last=False)
