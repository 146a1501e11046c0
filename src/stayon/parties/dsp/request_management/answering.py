"""The signed answers that the DSP gives on the connection."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from stayon.checks.forms import KnownDocument
from stayon.checks.stages import Parsed
from stayon.domain.request_id import RequestId
from stayon.duis.codes import ACKNOWLEDGED, SUCCESS
from stayon.duis.names import SR
from stayon.duis.request import Request
from stayon.duis.response import Content, Response, ServiceResponse
from stayon.parties.dsp.kms.keys import DspKeys

_HEADER = f"{{{SR}}}Header/{{{SR}}}"


@dataclass(frozen=True, slots=True)
class Addressee:
    """What of a request its answer repeats; good for a request whose signature failed, too."""

    schema_version: str
    request_id: RequestId
    service_reference: str
    service_reference_variant: str

    @classmethod
    def of_parsed(cls, parsed: Parsed) -> Self:
        """From the header as it came, which the schema has accepted."""
        if isinstance(parsed.document, KnownDocument):
            return cls.of(parsed.document.request)
        return cls(
            parsed.schema_version,
            parsed.request_id,
            parsed.document.findtext(f"{_HEADER}ServiceReference", ""),
            parsed.document.findtext(f"{_HEADER}ServiceReferenceVariant", ""),
        )

    @classmethod
    def of(cls, request: Request) -> Self:
        """From an authenticated request."""
        return cls(
            request.schema_version,
            request.request_id,
            request.service_reference,
            request.service_reference_variant,
        )


class Answering:
    """Builds and signs."""

    def __init__(self, keys: DspKeys) -> None:
        self._keys = keys

    def acknowledgement(self, to: Addressee, at: datetime) -> bytes:
        """I99: accepted; what becomes of it comes later."""
        return self._answer(to, ACKNOWLEDGED, at, None)

    def refusal(self, to: Addressee, code: str, at: datetime) -> bytes:
        """An error code; nothing else follows."""
        return self._answer(to, code, at, None)

    def success(self, to: Addressee, content: Content, at: datetime) -> bytes:
        """I0 with what was asked for."""
        return self._answer(to, SUCCESS, at, content)

    def _answer(self, to: Addressee, code: str, at: datetime, content: Content | None) -> bytes:
        body = ServiceResponse(to.service_reference, to.service_reference_variant, content)
        response = Response(to.schema_version, to.request_id, None, code, at, body)
        return self._keys.sign_response(response)
