"""The Service Requests that an SRP sends for one device: always 2.1, always the safe set."""

from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.domain.request_id import RequestId
from stayon.duis.request import (
    CommandVariant,
    Request,
    SignedPreCommand,
    UpdatePrepayConfiguration,
)

SERVICE_REFERENCE = "2.1"


def transform_request(
    request_id: RequestId, configuration: PrepaymentConfiguration, schema_version: str
) -> Request:
    """CV 4: ask the DSP for the Pre-Command of ``configuration``, to be executed at once."""
    body = UpdatePrepayConfiguration(execution=None, configuration=configuration)
    return _request(request_id, CommandVariant.TRANSFORM, body, schema_version)


def smets1_request(
    request_id: RequestId, configuration: PrepaymentConfiguration, schema_version: str
) -> Request:
    """CV 1: a SMETS1 meter takes the Service Request itself (decision D16)."""
    body = UpdatePrepayConfiguration(execution=None, configuration=configuration)
    return _request(request_id, CommandVariant.COMMAND, body, schema_version)


def signed_pre_command_request(
    request_id: RequestId,
    signed_pre_command: bytes,
    schema_version: str,
    variant: CommandVariant,
) -> Request:
    """CV 5, over the WAN; 6, the Command back for delivery at the meter; or 7, both."""
    body = SignedPreCommand(execution=None, gbcs_payload=signed_pre_command)
    return _request(request_id, variant, body, schema_version)


def _request(
    request_id: RequestId,
    variant: CommandVariant,
    body: UpdatePrepayConfiguration | SignedPreCommand,
    schema_version: str,
) -> Request:
    return Request(
        schema_version=schema_version,
        request_id=request_id,
        command_variant=variant,
        service_reference=SERVICE_REFERENCE,
        service_reference_variant=SERVICE_REFERENCE,
        first_in_sequence=None,
        preceding_request_id=None,
        body=body,
    )
