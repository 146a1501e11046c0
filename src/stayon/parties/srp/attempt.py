"""One attempt: from a device and a counter to the signed request that is sent."""

from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.metering import Generation
from stayon.domain.portfolio import PortfolioDevice
from stayon.domain.request_id import RequestId
from stayon.duis.bodies import UpdatePaymentMode
from stayon.duis.correlate import CorrelationError, correlate, correlate_payment_mode
from stayon.duis.request import CommandVariant, Request, write_request
from stayon.gbcs import protection
from stayon.parties.srp.gateway import Declined, Gateway, PreCommandReady, Service
from stayon.parties.srp.identity import SupplierKeys, XmlSigner
from stayon.parties.srp.requests import (
    AgreedService,
    signed_pre_command_request,
    smets1_request,
    transform_request,
)
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
        signer: XmlSigner,
        supplier_keys: SupplierKeys,
        agreed: AgreedService,
        schema_version: str,
        local_variant: int = CommandVariant.SIGNED_LOCAL_COMMAND,
    ) -> None:
        self._gateway = gateway
        self._signer = signer
        self._supplier_keys = supplier_keys
        self._agreed = agreed
        self._schema_version = schema_version
        self._local_variant = CommandVariant(local_variant)

    async def build(
        self, device: PortfolioDevice, request_id: RequestId, *, local: bool
    ) -> bytes | Declined:
        """The signed request to send, or why the DSP will not transform it.

        For a SMETS2+ meter this asks the DSP for the Pre-Command, compares it with what was asked
        field by field, and signs it with the supplier's key. Raises ``NotWhatWasAsked``,
        ``GatewayUnavailable``.
        """
        srv, body, version = (
            self._agreed.srv,
            self._agreed.bodies[device.fuel],
            self._schema_version,
        )
        if device.generation is Generation.SMETS1:
            return self._sign(smets1_request(request_id, srv, body, version))
        asked = transform_request(request_id, srv, body, version)
        answer = await self._gateway.call(Service.TRANSFORM, request_id, self._sign(asked))
        if isinstance(answer, Declined):
            return answer
        if not isinstance(answer, PreCommandReady):
            raise NotWhatWasAsked(f"{request_id}: Transform answered without a Pre-Command")
        try:
            if isinstance(body, UpdatePaymentMode):
                correlate_payment_mode(asked, answer.pre_command, device.fuel)
            else:
                correlate(asked, answer.pre_command)
        except CorrelationError as error:
            raise NotWhatWasAsked(f"{request_id}: {error}") from error
        signed = protection.sign_with(answer.pre_command, self._key_of(device).sign)
        variant = self._local_variant if local else CommandVariant.SIGNED_COMMAND
        return self._sign(signed_pre_command_request(request_id, srv, signed, version, variant))

    def _sign(self, request: Request) -> bytes:
        return self._signer.sign(write_request(request))

    def _key_of(self, device: PortfolioDevice) -> PrivateKey:
        try:
            return self._supplier_keys[device.supplier_id]
        except KeyError:
            raise StayonError(
                f"no digital signing key of supplier {device.supplier_id} is held here"
            ) from None
