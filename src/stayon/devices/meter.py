"""A SMETS2+ meter at the end of the line: real GBCS commands in, real signed responses out."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime

from stayon.devices.alerts import AlertCode, CommandReference, CredentialsDue, Raised
from stayon.devices.change_of_supplier import MESSAGE_CODE, change_supplier, read_change
from stayon.devices.later_change import LaterChange
from stayon.devices.messages import alert_frame, signed, signed_response, with_mac
from stayon.devices.parameters import Parameter
from stayon.devices.prepayment import Prepayment
from stayon.devices.security import DeviceKeys, Refusal, RefusalReason, TrustAnchors
from stayon.domain.eui64 import Eui64
from stayon.gbcs.errors import BadMac, BadSignature, GbcsError
from stayon.gbcs.frame import Cra, Frame, parse_frame
from stayon.gbcs.payment_mode import decode_payment_mode, encode_payment_mode_success
from stayon.gbcs.prepayment_activation import At, Immediate
from stayon.gbcs.prepayment_configuration import UpdatePrepaymentCommand
from stayon.gbcs.protection import ReadMessage, shared_secret, verify_mac, verify_signature
from stayon.gbcs.security_credentials import UpdateSecurityCredentials
from stayon.gbcs.security_credentials_alert import (
    FUTURE_DATED_CREDENTIALS,
    CredentialsAlert,
    encode_credentials_alert,
)
from stayon.gbcs.security_credentials_outcome import CredentialsOutcome, encode_response

_REFUSALS_KEPT = 4
_ANSWERS_KEPT = 2
_DIGEST_SIZE = 16

Answer = tuple[bytes, ...]
"""Messages a meter sends: for a command the response first, then alerts."""


class _Refused(Exception):
    def __init__(self, reason: RefusalReason, detail: object = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = str(detail)


class Meter(ABC):
    """What electricity and gas meters have in common.

    Not executed and not answered, but counted in ``refused`` and, the latest ones, shown in
    ``refusals``: whatever fails the checks of ``execute``. Memory: about 1 kB for a meter that
    has had no command yet.
    """

    __slots__ = (
        "_accepted",
        "_accepted_of_cos",
        "_answers",
        "_later",
        "anchors",
        "counter",
        "eui64",
        "keys",
        "prepayment",
        "refusals",
        "refused",
    )

    def __init__(
        self,
        eui64: Eui64,
        keys: DeviceKeys,
        anchors: TrustAnchors,
        prepayment: Prepayment,
        *,
        counter: int = 0,
        accepted: int = 0,
    ) -> None:
        """``counter`` is the last one this meter used, ``accepted`` the last of its supplier."""
        self.eui64 = eui64
        self.keys = keys
        self.anchors = anchors
        self.prepayment = prepayment
        self.counter = counter
        self.refused = 0
        self.refusals: tuple[Refusal, ...] = ()
        self._accepted = accepted
        self._accepted_of_cos = 0
        self._answers: tuple[tuple[bytes, Answer], ...] = ()
        self._later: LaterChange | None = None

    @abstractmethod
    def _knows(self, message_code: int) -> bool:
        """Whether the firmware has this use case."""

    @abstractmethod
    def _perform(self, frame: Frame) -> bytes:
        """Execute an authentic command; the content of the response.

        Raises ``GbcsError`` for content that is not the use case's.
        """

    @abstractmethod
    def _alert_content(self, raised: Raised, counter: int) -> tuple[int, bytes]:
        """Message code and content of an alert."""

    def execute(self, command: bytes, now: datetime) -> Answer:
        """Verify and execute a command at ``now`` (UTC).

        The same octets again give the same answer and change nothing. A command that is refused
        gives no answer.
        """
        digest = hashlib.blake2b(command, digest_size=_DIGEST_SIZE).digest()
        for known, answer in self._answers:
            if known == digest:
                return answer
        self.prepayment.advance(now)
        self._take_supplier_who_is_due()
        try:
            response = self._respond(self._authentic(command), now)
        except _Refused as refused:
            self._note(refused, now)
            return ()
        answer = (response, *self._alerts(self.prepayment.collect()))
        self._answers = (*self._answers[1 - _ANSWERS_KEPT :], (digest, answer))
        return answer

    def advance(self, now: datetime) -> Answer:
        """Let time pass until ``now`` (UTC); the alerts raised since the last call."""
        self.prepayment.advance(now)
        return self.collect()

    def collect(self) -> Answer:
        """The alerts that something done to ``prepayment`` has raised."""
        raised = self.prepayment.collect()
        return self._alerts(raised) if raised else ()

    def messages_for(self, raised: Iterable[Raised]) -> Answer:
        """Alerts as messages, for those that somebody else has taken from ``prepayment``."""
        return self._alerts(raised)

    def raise_alert(self, code: AlertCode, now: datetime) -> Answer:
        """Something happens to the meter itself: a safety-critical alert of R7, for example."""
        before = self.advance(now)
        return (*before, *self._alerts((Raised(code, now),)))

    def take_supplier(self, anchors: TrustAnchors, *, accepted: int = 0) -> None:
        """Change of Supplier (6.23) has replaced the supplier's cells and its counter floor."""
        self.anchors = anchors
        self._accepted = accepted

    def _set_payment_mode(self, frame: Frame) -> bytes:
        """SRV 1.6; the content of the response. Raises ``GbcsError``."""
        command = decode_payment_mode(frame)
        if not isinstance(command.activation, Immediate):
            raise GbcsError("activation time", 0, "is there: this firmware changes mode at once")
        self.prepayment.set_payment_mode(command.mode)
        terms = self.prepayment.account.terms
        emergency = terms.emergency_limit, terms.emergency_threshold
        return encode_payment_mode_success(frame, emergency)

    def _store(
        self,
        parameters: Iterable[Parameter],
        command: UpdatePrepaymentCommand,
        reference: CommandReference,
    ) -> None:
        """Do with the parameters what the command's activation time says."""
        activation, configuration = command.activation, command.configuration
        if isinstance(activation, Immediate):
            self.prepayment.set_now(parameters, configuration)
        elif isinstance(activation, At):
            self.prepayment.set_later(parameters, configuration, activation.instant, reference)
        else:
            self.prepayment.cancel(parameters)

    def _authentic(self, command: bytes) -> Frame:
        try:
            frame = parse_frame(command)
        except GbcsError as error:
            raise _Refused(RefusalReason.MALFORMED, error) from None
        if frame.cra is not Cra.COMMAND:
            raise _Refused(RefusalReason.MALFORMED, f"{frame.cra.name} is no command")
        if frame.recipient != self.eui64:
            raise _Refused(RefusalReason.OTHER_RECIPIENT, frame.recipient)
        self._verify(ReadMessage(frame, command))
        of_cos = self._changes_supplier(frame)
        if not of_cos and not self._knows(frame.message_code):
            raise _Refused(RefusalReason.UNSUPPORTED, f"{frame.message_code:04X}")
        last = self._accepted_of_cos if of_cos else self._accepted
        if frame.counter <= last:
            raise _Refused(RefusalReason.REPLAY, f"{frame.counter}, last {last}")
        return frame

    def _verify(self, message: ReadMessage) -> None:
        anchors, frame = self.anchors, message.frame
        try:
            verify_mac(
                message, shared_secret=shared_secret(self.keys.agreement, anchors.broker_agreement)
            )
            party, key = anchors.supplier, anchors.supplier_signing
            if frame.message_code == MESSAGE_CODE and anchors.change_of_supplier is not None:
                party, key = anchors.change_of_supplier.party, anchors.change_of_supplier.signing
            if frame.originator != party:
                raise _Refused(RefusalReason.UNKNOWN_ORIGINATOR, frame.originator)
            verify_signature(message, key)
        except BadMac as error:
            raise _Refused(RefusalReason.BAD_MAC, error) from None
        except BadSignature as error:
            raise _Refused(RefusalReason.BAD_SIGNATURE, error) from None

    def _respond(self, frame: Frame, now: datetime) -> bytes:
        try:
            if self._changes_supplier(frame):
                content = self._change_supplier(frame, now)
            else:
                content = self._perform(frame)
                self._accepted = frame.counter
        except GbcsError as error:
            raise _Refused(RefusalReason.MALFORMED, error) from None
        return signed_response(frame, content, now, self.keys.signing)

    def _changes_supplier(self, frame: Frame) -> bool:
        return frame.message_code == MESSAGE_CODE and self.anchors.change_of_supplier is not None

    def _change_supplier(self, frame: Frame, now: datetime) -> bytes:
        """SRV 6.23: at once, or kept for later in place of what was kept before; or that is gone.

        Nothing is looked at before the time has come: what comes of it, the alert says.
        """
        update = read_change(frame)
        self._accepted_of_cos = frame.counter
        if isinstance(update.activation, Immediate):
            outcome = self._replace_supplier(update, now)
            if outcome.succeeded:
                self._forget_later()
            return encode_response(outcome)
        self._forget_later()
        if isinstance(update.activation, At):
            self._later = self._later or LaterChange()
            at = max(update.activation.instant, self.prepayment.at)
            self._later.wait(update, at)
            self.prepayment.make_appointment(at)
        return encode_response(None)

    def _forget_later(self) -> None:
        self.prepayment.appointment = None
        if self._later is not None:
            self._later.forget()

    def _take_supplier_who_is_due(self) -> None:
        """Execute what was kept, once its time has come: before whoever comes next is believed."""
        if self._later is None or (due := self._later.take_due(self.prepayment.at)) is None:
            return
        (update, at), former = due, self.anchors
        self._later.note(at, former, self._replace_supplier(update, at))

    def _replace_supplier(
        self, update: UpdateSecurityCredentials, now: datetime
    ) -> CredentialsOutcome:
        """The counters of the new supplier begin above the floor that comes with it."""
        changed = change_supplier(update, self.anchors, now)
        if changed.floor is not None:
            self.take_supplier(changed.anchors, accepted=changed.floor)
        return changed.outcome

    def _alerts(self, raised: Iterable[Raised]) -> Answer:
        return tuple(self._alert(one) for one in raised)

    def _alert(self, raised: Raised) -> bytes:
        if isinstance(raised, CredentialsDue):
            return self._alert_of_credentials(raised.at)
        self.counter += 1
        anchors = (self._later and self._later.former_at(raised.at)) or self.anchors
        code, content = self._alert_content(raised, self.counter)
        frame = alert_frame(
            self.eui64, anchors.supplier, counter=self.counter, message_code=code, content=content
        )
        if raised.code.critical:
            return signed(frame, self.keys.signing)
        secret = shared_secret(self.keys.agreement, anchors.supplier_agreement)
        return with_mac(frame, secret)

    def _alert_of_credentials(self, at: datetime) -> bytes:
        """To the CoS Party, whose command it was, and to neither supplier."""
        self._take_supplier_who_is_due()
        cos = self.anchors.change_of_supplier
        assert self._later is not None  # noqa: S101 - only a command that it keeps makes it due
        assert cos is not None  # noqa: S101 - and only the CoS Party sends one
        alert = CredentialsAlert(at.replace(microsecond=0), self._later.take_outcome(at))
        self.counter += 1
        frame = alert_frame(
            self.eui64,
            cos.party,
            counter=self.counter,
            message_code=FUTURE_DATED_CREDENTIALS,
            content=encode_credentials_alert(alert),
        )
        return signed(frame, self.keys.signing)

    def _note(self, refused: _Refused, now: datetime) -> None:
        self.refused += 1
        refusal = Refusal(refused.reason, now, refused.detail)
        self.refusals = (*self.refusals[1 - _REFUSALS_KEPT :], refusal)
