"""The Service Requests that an SRP sends for one device: always the agreed content, at once."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, UserRole
from stayon.domain.request_id import RequestId
from stayon.duis.request import (
    CommandVariant,
    Request,
    SignedPreCommand,
    UpdatePaymentMode,
    UpdatePrepayConfiguration,
    write_request,
)
from stayon.policy.model import Policy

SAFE_PREPAYMENT = "2.1"

AgreedBody = UpdatePrepayConfiguration | UpdatePaymentMode
"""What a contingency role may ask for: 2.1, or 1.6 where the policy gives it (decision 13)."""


@dataclass(frozen=True, slots=True)
class AgreedService:
    """A service request and its agreed content for each fuel, as the policy has them.

    ``profile`` names the content and its version: evidence counts for the same one only
    (decision 15).
    """

    srv: str
    profile: str
    bodies: Mapping[Fuel, AgreedBody]


def agreed_service(policy: Policy, srv: str = SAFE_PREPAYMENT) -> AgreedService:
    """What a campaign of ``srv`` sends.

    Raises ``StayonError`` when the policy does not let the contingency role send it.
    """
    role = policy.roles[UserRole.SOLR_CONTINGENCY]
    service = policy.service_requests.get(srv)
    if service is None or service.fixed_format is None or srv not in role.active_services:
        allowed = ", ".join(sorted(role.active_services)) or "nothing"
        raise StayonError(f"the policy lets {role.role.value} send {allowed}, not {srv}")
    agreed = service.fixed_format
    profile = agreed.version if srv == SAFE_PREPAYMENT else f"{srv}/{agreed.version}"
    return AgreedService(srv, profile, {fuel: agreed.body(fuel) for fuel in Fuel})


def transform_request(
    request_id: RequestId, srv: str, body: AgreedBody, schema_version: str
) -> Request:
    """CV 4: ask the DSP for the Pre-Command of ``body``."""
    return _request(request_id, CommandVariant.TRANSFORM, srv, body, schema_version)


def smets1_request(
    request_id: RequestId, srv: str, body: AgreedBody, schema_version: str
) -> Request:
    """CV 1: a SMETS1 meter takes the Service Request itself (decision D16)."""
    return _request(request_id, CommandVariant.COMMAND, srv, body, schema_version)


def signed_pre_command_request(
    request_id: RequestId,
    srv: str,
    signed_pre_command: bytes,
    schema_version: str,
    variant: CommandVariant,
) -> Request:
    """CV 5, over the WAN; 6, the Command back for delivery at the meter; or 7, both."""
    body = SignedPreCommand(execution=None, gbcs_payload=signed_pre_command)
    return _request(request_id, variant, srv, body, schema_version)


_MAKERS = {CommandVariant.TRANSFORM: transform_request, CommandVariant.COMMAND: smets1_request}
_ANY = RequestId(Eui64(bytes(8)), Eui64(bytes(8)), 0)
_ANY_PAYLOAD = bytes(3)


class WrittenRequests:
    """The requests of a campaign as canonical text: written once, and filled in for each device.

    What differs between two devices' requests is the RequestID, and in a Signed Pre-Command the
    payload. ``tests/parties/srp/test_written_requests.py`` holds that it is the text that
    ``write_request`` gives.
    """

    def __init__(self, agreed: AgreedService, schema_version: str) -> None:
        self._agreed = agreed
        self._version = schema_version
        self._plain: dict[tuple[CommandVariant, Fuel], tuple[bytes, bytes]] = {}
        self._signed: dict[CommandVariant, tuple[bytes, bytes, bytes]] = {}

    def service_request(self, request_id: RequestId, variant: CommandVariant, fuel: Fuel) -> bytes:
        """The agreed Service Request itself: for Transform (CV 4), or a SMETS1 meter (CV 1)."""
        parts = self._plain.get((variant, fuel))
        if parts is None:
            make = _MAKERS[variant]
            request = make(_ANY, self._agreed.srv, self._agreed.bodies[fuel], self._version)
            head, tail = write_request(request).split(str(_ANY).encode())
            parts = self._plain[variant, fuel] = head, tail
        return f"{request_id}".encode().join(parts)

    def signed_pre_command(
        self, request_id: RequestId, variant: CommandVariant, payload: bytes
    ) -> bytes:
        """The request that carries a Signed Pre-Command (CV 5, 6 or 7)."""
        parts = self._signed.get(variant)
        if parts is None:
            request = signed_pre_command_request(
                _ANY, self._agreed.srv, _ANY_PAYLOAD, self._version, variant
            )
            head, rest = write_request(request).split(str(_ANY).encode())
            before, after = rest.split(b64encode(_ANY_PAYLOAD))
            parts = self._signed[variant] = head, before, after
        head, before, after = parts
        return b"".join((head, f"{request_id}".encode(), before, b64encode(payload), after))


def _request(
    request_id: RequestId,
    variant: CommandVariant,
    srv: str,
    body: AgreedBody | SignedPreCommand,
    schema_version: str,
) -> Request:
    return Request(
        schema_version=schema_version,
        request_id=request_id,
        command_variant=variant,
        service_reference=srv,
        service_reference_variant=srv,
        first_in_sequence=None,
        preceding_request_id=None,
        body=body,
    )
