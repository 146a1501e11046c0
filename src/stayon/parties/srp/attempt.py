"""One attempt: from a device and a counter to the signed request that is sent."""

from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.metering import Fuel, Generation
from stayon.domain.portfolio import PortfolioDevice
from stayon.domain.request_id import RequestId
from stayon.duis.bodies import UpdatePaymentMode, UpdatePrepayConfiguration
from stayon.duis.correlate import (
    AgreedPreCommands,
    CorrelationError,
    correlate,
    correlate_payment_mode,
)
from stayon.duis.request import CommandVariant
from stayon.gbcs import protection
from stayon.parties.srp.gateway import Declined, Gateway, PreCommandReady, Service
from stayon.parties.srp.identity import DocumentSigner, SupplierKeys
from stayon.parties.srp.requests import AgreedService, WrittenRequests, transform_request
from stayon.ports.keys import PrivateKey


class NotWhatWasAsked(StayonError):
    """What came back from Transform is not what was asked for; it must not be signed."""


class Builder(Protocol):
    """Makes the signed request of one attempt."""

    async def build(
        self, device: PortfolioDevice, request_id: RequestId, *, local: bool
    ) -> bytes | Declined:
        """The signed request to send, or why there is none; raises ``NotWhatWasAsked``."""
        ...


class AttemptBuilder:
    """Builds attempts with the agreed content of each fuel; implements ``Builder``."""

    def __init__(
        self,
        *,
        gateway: Gateway,
        signer: DocumentSigner,
        supplier_keys: SupplierKeys,
        agreed: AgreedService,
        schema_version: str,
        local_variant: int = CommandVariant.SIGNED_LOCAL_COMMAND,
    ) -> None:
        self._gateway = gateway
        self._signer = signer
        self._supplier_keys = supplier_keys
        self._agreed = agreed
        self._written = WrittenRequests(agreed, schema_version)
        self._schema_version = schema_version
        self._local_variant = CommandVariant(local_variant)
        self._expected = {
            fuel: AgreedPreCommands(body)
            for fuel, body in agreed.bodies.items()
            if isinstance(body, UpdatePrepayConfiguration)
        }

    async def build(
        self, device: PortfolioDevice, request_id: RequestId, *, local: bool
    ) -> bytes | Declined:
        """The signed request to send, or why the DSP will not transform it.

        For a SMETS2+ meter this asks the DSP for the Pre-Command, compares it with what was asked
        field by field, and signs it with the supplier's key. Raises ``NotWhatWasAsked``,
        ``GatewayUnavailable``.
        """
        fuel = device.fuel
        if device.generation is Generation.SMETS1:
            variant = CommandVariant.COMMAND
            return self._signer.sign(self._written.service_request(request_id, variant, fuel))
        asked = self._written.service_request(request_id, CommandVariant.TRANSFORM, fuel)
        answer = await self._gateway.call(Service.TRANSFORM, request_id, self._signer.sign(asked))
        if isinstance(answer, Declined):
            return answer
        if not isinstance(answer, PreCommandReady):
            raise NotWhatWasAsked(f"{request_id}: Transform answered without a Pre-Command")
        self._require_what_was_asked(request_id, fuel, answer.pre_command)
        signed = protection.sign_with(answer.pre_command, self._key_of(device).sign)
        variant = self._local_variant if local else CommandVariant.SIGNED_COMMAND
        return self._signer.sign(self._written.signed_pre_command(request_id, variant, signed))

    def _require_what_was_asked(
        self, request_id: RequestId, fuel: Fuel, pre_command: bytes
    ) -> None:
        expected = self._expected.get(fuel)
        if expected is not None and expected.has(request_id, pre_command):
            return
        agreed, body = self._agreed, self._agreed.bodies[fuel]
        asked = transform_request(request_id, agreed.srv, body, self._schema_version)
        try:
            if isinstance(body, UpdatePaymentMode):
                correlate_payment_mode(asked, pre_command, fuel)
            else:
                correlate(asked, pre_command)
        except CorrelationError as error:
            raise NotWhatWasAsked(f"{request_id}: {error}") from error

    def _key_of(self, device: PortfolioDevice) -> PrivateKey:
        try:
            return self._supplier_keys[device.supplier_id]
        except KeyError:
            raise StayonError(
                f"no digital signing key of supplier {device.supplier_id} is held here"
            ) from None
