"""What follows from accepting a request, as one value for the store."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from stayon.checks.outcome import Quarantined
from stayon.checks.sec import overall_threshold, volume_threshold
from stayon.checks.stages import Admitted, Authenticated
from stayon.domain.metering import UserRole
from stayon.duis.bodies import UpdateSecurityCredentialsCoS
from stayon.duis.codes import ACKNOWLEDGED, SUCCESS
from stayon.duis.inventory import Inventory
from stayon.duis.response import LocalCommand
from stayon.parties.dsp.cos_party import CosParty, require_fit
from stayon.parties.dsp.kms.keys import DspKeys
from stayon.parties.dsp.request_management.answering import Addressee, Answering
from stayon.parties.dsp.request_management.facts import Gathered
from stayon.parties.dsp.request_management.protection import (
    NotCarriedOutError,
    Protected,
    protect,
)
from stayon.parties.dsp.request_management.quarantine import breach_of
from stayon.parties.dsp.sat import About, Step, entry
from stayon.policy.model import Policy
from stayon.policy.services import Service
from stayon.ports.store_work import Admission, Held, Work, WorkKind

QUARANTINED = "quarantined"
"""The audit code of a request that is held."""
_OWN = volume_threshold.CHECK.quarantine("the threshold is used up")
_OVERALL = overall_threshold.CHECK.quarantine("the DCC's threshold is used up")


@dataclass(frozen=True, slots=True)
class Judged:
    """An authenticated request, who sent it and in which role, and what it was judged on."""

    authenticated: Authenticated
    gathered: Gathered
    role: UserRole
    about: About

    @property
    def addressee(self) -> Addressee:
        """To whom the answer goes."""
        return Addressee.of(self.authenticated.request)


class Acceptance:
    """Makes ``Admission`` values."""

    def __init__(
        self, keys: DspKeys, answering: Answering, policy: Policy, cos_party: CosParty | None
    ) -> None:
        self._keys = keys
        self._cos_party = cos_party
        self._answering = answering
        self._policy = policy

    def accept(self, admitted: Admitted, judged: Judged, now: datetime) -> Admission:
        """Dispatch it, or hand the Command back (CV 6), or both (CV 7); I99 or LocalCommand.

        Raises ``NotCarriedOutError``, and ``DccRefusal`` for a 6.23 that the CoS Party refuses.
        """
        device, body = judged.gathered.device, admitted.request.body
        if device is None:
            raise NotCarriedOutError("a request for no device is not dispatched")
        if isinstance(body, UpdateSecurityCredentialsCoS):
            gaining = admitted.request.request_id.originator
            require_fit(body, gaining, device, judged.gathered.certificates, now)
        protected = protect(admitted, device, self._keys, self._cos_party, now)
        variant = self._policy.variants[admitted.request.command_variant]
        route, command = protected.route.value, protected.message
        carry = self._work(judged, "carry", WorkKind.CARRY, route, command)
        admit = partial(self._admission, judged, now, protected=protected)
        if not variant.local:
            answer = self._answering.acknowledgement(judged.addressee, now)
            return admit(answer, (carry,), ACKNOWLEDGED)
        local = self._answering.success(judged.addressee, LocalCommand(command), now)
        if variant.service is Service.DCC_ONLY:
            return admit(local, (), SUCCESS)
        answer = self._answering.acknowledgement(judged.addressee, now)
        to_sender = self._work(judged, "local", WorkKind.DELIVER, _sender(judged), local)
        return admit(answer, (carry, to_sender), ACKNOWLEDGED)

    def release(self, admission: Admission, judged: Judged) -> Admission:
        """An admission of a request that leaves quarantine.

        Its connection is long closed: what would have been answered there is delivered.
        """
        if admission.work:
            return admission
        local = self._work(judged, "local", WorkKind.DELIVER, _sender(judged), admission.answer)
        return replace(admission, work=(local,))

    def tell(self, inventory: Inventory, judged: Judged, now: datetime) -> Admission:
        """The DCC answers by itself (CV 8): I0 with what was asked for, and nothing to do."""
        answer = self._answering.success(judged.addressee, inventory, now)
        return self._admission(judged, now, answer, (), SUCCESS)

    def hold(self, verdict: Quarantined, judged: Judged, now: datetime) -> Admission:
        """Keep it and do nothing but say so: I99, then QuarantinedRequest."""
        answer = self._answering.acknowledgement(judged.addressee, now)
        return self._admission(judged, now, answer, (), ACKNOWLEDGED, verdict=verdict)

    def _admission(
        self,
        judged: Judged,
        now: datetime,
        answer: bytes,
        work: tuple[Work, ...],
        code: str,
        *,
        verdict: Quarantined | None = None,
        protected: Protected | None = None,
    ) -> Admission:
        received, request = judged.authenticated.received, judged.authenticated.request
        # What the transaction itself finds is what the last of the checks would have found.
        reason = verdict or _OWN
        held_answer = answer
        if code != ACKNOWLEDGED:
            held_answer = self._answering.acknowledgement(judged.addressee, now)
        frame = judged.authenticated.frame
        message_code = None if protected is None else protected.message_code
        overall = judged.gathered.overall
        return Admission(
            request_id=request.request_id,
            document=received.body,
            service=received.service.value,
            digest=received.digest,
            sender=judged.authenticated.signer.eui64,
            role=judged.role,
            schema_version=request.schema_version,
            service_reference=request.service_reference,
            srv=request.service_reference_variant,
            command_variant=int(request.command_variant),
            message_code=message_code or getattr(frame, "message_code", None),
            cos_counter=None if protected is None else protected.cos_counter,
            received_at=received.received_at,
            answer=answer,
            work=work,
            audit=entry(now, Step.ADMISSION, code, judged.about),
            held=partial(self._held, judged, reason, held_answer, now),
            facts=judged.gathered.versions,
            volume=judged.gathered.volume,
            overall=overall,
            held_overall=None
            if overall is None
            else partial(self._held, judged, _OVERALL, held_answer, now),
            quarantine_now=verdict is not None,
        )

    def _held(self, judged: Judged, reason: Quarantined, answer: bytes, now: datetime) -> Held:
        breach = breach_of(reason.check).value.encode()
        kind = WorkKind.QUARANTINE_ALERT
        return Held(
            answer=answer,
            alert=self._work(judged, "quarantine", kind, _sender(judged), breach),
            audit=entry(
                now, Step.ADMISSION, QUARANTINED, judged.about, f"{reason.check}: {reason.reason}"
            ),
            reason=reason.reason,
            check=reason.check,
        )

    @staticmethod
    def _work(judged: Judged, name: str, kind: WorkKind, target: str, message: bytes) -> Work:
        request_id = judged.authenticated.request.request_id
        return Work(
            key=f"{request_id}/{name}",
            kind=kind,
            target=target,
            message=message,
            request_id=request_id,
            device=request_id.target,
            sender=judged.authenticated.signer.eui64,
            role=judged.role,
            supplier=request_id.originator,
        )


def _sender(judged: Judged) -> str:
    return judged.authenticated.signer.eui64.hex
