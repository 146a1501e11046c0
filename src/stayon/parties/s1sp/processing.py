"""From a Countersigned Service Request to the signed document that answers it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stayon.devices.smets1 import Smets1Outcome
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.payment_mode import PaymentMode
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.duis.countersigned import CountersignedRequest
from stayon.duis.request import (
    Request,
    UpdatePaymentMode,
    UpdatePrepayConfiguration,
    UpdateSecurityCredentialsCoS,
)
from stayon.parties.s1sp.change_of_supplier import change_supplier
from stayon.parties.s1sp.cryptographic_protection import (
    ValidCertificates,
    authenticate,
    read_countersigned,
)
from stayon.parties.s1sp.documents import S1spSigner, refusal_alert, response
from stayon.parties.s1sp.inventory import S1spInventory
from stayon.parties.s1sp.refusal import NO_REFERENCE_DATA, NOT_EXECUTABLE, S1spRefusal
from stayon.parties.s1sp.trust_anchors import TrustAnchorCells
from stayon.parties.s1sp.validation import UnderValidation, Validation
from stayon.policy.model import S1spPolicy
from stayon.ports.clock import Clock


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
        done_at: datetime | None = None,
    ) -> Smets1Outcome:
        """Let the meter execute Update Prepay Configuration.

        Raises ``MeterUnreachable``, or ``S1spRefusal`` for what this meter cannot be set to.
        With ``done_at`` (UTC) that has happened before, and the meter is brought to that state.
        """
        ...

    async def set_payment_mode(
        self, device: Eui64, mode: PaymentMode, *, done_at: datetime | None = None
    ) -> Smets1Outcome:
        """Let the meter execute Update Payment Mode, at once. Raises ``MeterUnreachable``."""
        ...


@dataclass(frozen=True, slots=True)
class Carried:
    """The document that answers a request, and when it changed something, None if it did not."""

    document: bytes
    effect_at: datetime | None


class RequestProcessing:
    """One S1SP's way with a request: authenticate, validate, execute, answer.

    What is not in order is answered with an S1SP Alert and has no effect. It is the same way for a
    supplier and for a SolrContingency User (PIA A7): only what the validations ask differs.
    """

    def __init__(
        self,
        *,
        own: S1spPolicy,
        clock: Clock,
        certificates: ValidCertificates,
        inventory: S1spInventory,
        cells: TrustAnchorCells,
        validations: Sequence[Validation],
        link: MeterLink,
        signer: S1spSigner,
    ) -> None:
        self._own = own
        self._clock = clock
        self._certificates = certificates
        self._inventory = inventory
        self._cells = cells
        self._validations = tuple(validations)
        self._link = link
        self._signer = signer

    async def carry_out(self, message: bytes) -> Carried:
        """A SMETS1SignedResponse or an S1SPAlert.

        Raises ``NotCountersigned`` for what does not come from the DSP, and ``MeterUnreachable``.
        """
        with self._clock.busy():
            now = self._clock.now()
            countersigned = read_countersigned(message, self._certificates, now)
        try:
            with self._clock.busy():
                case = self._validated(countersigned)
            outcome = await self._execute(case)
        except S1spRefusal as refusal:
            now = self._clock.now()
            alert = refusal_alert(countersigned, refusal, self._own, now, self._signer)
            return Carried(alert, None)
        now = self._clock.now()
        return Carried(response(case.request, outcome, now, self._signer), now)

    async def repeat(self, message: bytes, done_at: datetime) -> None:
        """Bring meters and cells to the state in which ``message`` left them at ``done_at``.

        For a process that has lost its memory; whether it was in order was found out then.
        """
        countersigned = read_countersigned(message, self._certificates, done_at)
        request = authenticate(countersigned, self._certificates, done_at).request
        if isinstance(request.body, UpdateSecurityCredentialsCoS):
            self._cells.change(request.request_id.target, request.request_id.originator)
        else:
            await self._at_the_meter(request, done_at)

    def _validated(self, countersigned: CountersignedRequest) -> UnderValidation:
        now = self._clock.now()
        authentic = authenticate(countersigned, self._certificates, now)
        reference = self._inventory.in_force
        if reference is None:
            raise S1spRefusal(NO_REFERENCE_DATA, "no reference data have been loaded yet")
        case = UnderValidation(authentic.request, authentic.signer, reference, self._own, now)
        for validation in self._validations:
            validation(case)
        return case

    async def _execute(self, case: UnderValidation) -> Smets1Outcome:
        body = case.request.body
        if isinstance(body, UpdateSecurityCredentialsCoS):
            change_supplier(case, body, self._cells, self._certificates)
            return Smets1Outcome(failed=())
        return await self._at_the_meter(case.request)

    async def _at_the_meter(
        self, request: Request, done_at: datetime | None = None
    ) -> Smets1Outcome:
        body, request_id = request.body, request.request_id
        if isinstance(body, UpdatePrepayConfiguration):
            return await self._link.update(
                request_id.target,
                body.configuration,
                execution=body.execution,
                counter=request_id.counter,
                done_at=done_at,
            )
        if isinstance(body, UpdatePaymentMode):
            if body.execution is not None:
                raise S1spRefusal(NOT_EXECUTABLE, "a payment mode is changed at once, not later")
            return await self._link.set_payment_mode(request_id.target, body.mode, done_at=done_at)
        srv = request.service_reference_variant
        raise S1spRefusal(NOT_EXECUTABLE, f"{srv} is not executed here")
