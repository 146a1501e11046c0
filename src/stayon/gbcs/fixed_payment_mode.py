"""Whether a command sets exactly the agreed payment mode (R5 for Service Request 1.6).

Decoding ends with encoding and comparing, so that equal values are equal octets.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stayon.domain.differences import first_difference
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import ZIGBEE_EPOCH
from stayon.domain.metering import Fuel
from stayon.domain.payment_mode import PaymentMode
from stayon.domain.request_id import RequestId
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.fixed_format import Match, NotFixedFormat
from stayon.gbcs.frame import Frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.payment_mode import (
    PaymentModeUseCase,
    decode_payment_mode,
    encode_payment_mode,
    use_case_for,
)
from stayon.gbcs.prepayment_activation import Immediate

_NOBODY = Eui64(bytes(8))
_ANY_TIME = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FixedPaymentMode:
    """One agreed mode for one fuel, at once, for a meter with one element."""

    use_case: PaymentModeUseCase
    mode: PaymentMode

    @classmethod
    def for_mode(cls, mode: PaymentMode, fuel: Fuel) -> "FixedPaymentMode":
        """Raises ``FieldError`` for a value that GBCS cannot carry."""
        request_id = RequestId(_NOBODY, _NOBODY, 1)
        encode_payment_mode(request_id, mode, fuel, Immediate(), _ANY_TIME)
        return cls(use_case_for(mode, fuel), mode)

    def match(self, frame: Frame) -> Match:
        """Return only if ``frame`` is a command with exactly the agreed content.

        Raises ``NotFixedFormat`` for anything else. Signature, MAC, originator and recipient are
        not looked at; how old the issuer event time may be is for the caller to judge.
        """
        self._require_header(frame)
        try:
            found = decode_payment_mode(frame)
        except GbcsError as error:
            raise NotFixedFormat(error.field, "no such form", error.rule) from error
        difference = (
            first_difference(self.mode, found.mode, "payment mode")
            or first_difference(Immediate(), found.activation, "activation")
            or first_difference(False, found.twin_element, "second element")
        )
        if difference is not None:
            raise NotFixedFormat(difference.path, str(difference.wanted), str(difference.found))
        event = found.issuer_event_time
        return Match(None if event is None else ZIGBEE_EPOCH + timedelta(seconds=event))

    def _require_header(self, frame: Frame) -> None:
        expected, found = f"{self.use_case.value:04X}", f"{frame.message_code:04X}"
        if expected != found:
            raise NotFixedFormat("message code", expected, found)
        if frame.date_time is not None:
            raise NotFixedFormat("date-time", "none", str(frame.date_time))
        if frame.other_information != OtherInformation(self.use_case.value):
            raise NotFixedFormat("other information", "the message code alone", "more than that")
