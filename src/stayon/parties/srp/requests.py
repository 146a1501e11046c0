"""The Service Requests that an SRP sends for one device: always the agreed content, at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from stayon.domain.errors import StayonError
from stayon.domain.metering import Fuel, UserRole
from stayon.domain.request_id import RequestId
from stayon.duis.request import (
    CommandVariant,
    Request,
    SignedPreCommand,
    UpdatePaymentMode,
    UpdatePrepayConfiguration,
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
