"""The gaining supplier: Service Request 6.23 for each device, and what came of it (decision 14).

The certificates that go into the device's cells are the gaining supplier's own; the DCC's CoS Party
makes the command, so that the supplier signs nothing but the request.
"""

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from stayon import xmlsig
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis.request import (
    CommandVariant,
    Request,
    UpdateSecurityCredentialsCoS,
    write_request,
)
from stayon.duis.response import (
    DccAlert,
    DeviceResponse,
    FutureDatedDeviceAlert,
    ServiceResponse,
    Smets1Message,
    parse_response,
)
from stayon.duis.smets1 import Smets1Result, parse_signed_response
from stayon.gbcs.frame import Cra, Frame, parse_frame
from stayon.gbcs.protection import verify_signature
from stayon.gbcs.security_credentials_alert import decode_credentials_alert
from stayon.gbcs.security_credentials_outcome import decode_response
from stayon.parties.srp.counters import next_counter
from stayon.parties.srp.gateway import Answer, Gateway, Service
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.srp.trust import SIGNED_BY_S1SP, Untrusted, read_document, verified_root
from stayon.ports.certificate_lookup import CertificateLookup
from stayon.ports.clock import Clock
from stayon.smki_profile import RemotePartyRole

_NOT_REPLACED = "the device kept its credentials"
_CHANGE_OF_SUPPLIER = "6.23"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What goes into a device's cells, DER: the gaining supplier's, and the path to the root."""

    digital_signing: bytes
    key_agreement: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Gained:
    """What became of a 6.23; ``words`` say why not where ``success`` is False.

    ``kept``: the device has a command for later, or has forgotten one that it had; it has not
    changed its supplier.
    """

    device: Eui64
    success: bool
    words: str = ""
    kept: bool = False


class GainingSupplier:
    """Sends 6.23; the answers come to its Receive Response Service (``read``)."""

    def __init__(
        self,
        *,
        gateway: Gateway,
        signer: XmlSigner,
        credentials: Credentials,
        lookup: CertificateLookup,
        clock: Clock,
        schema_version: str,
    ) -> None:
        self._gateway = gateway
        self._signer = signer
        self._credentials = credentials
        self._lookup = lookup
        self._clock = clock
        self._schema_version = schema_version
        self._last: int | None = None

    async def gain(self, device: Eui64, mpxn: str, execution: datetime | None = None) -> Answer:
        """Ask for the device of this MPxN; ``Accepted`` or ``Declined``.

        ``execution`` (UTC) is when it is to change its supplier, None for at once, or
        ``CANCELLATION`` for never.
        The counter floor at the device is that of the request: what the failed supplier, or anybody
        in its name, has counted does not bind the new one. Raises ``GatewayUnavailable``.
        """
        self._last = next_counter(self._last, 0, self._clock.now())
        request_id = RequestId(self._signer.user_id, device, self._last)
        request = change_of_supplier(
            request_id, mpxn, self._credentials, self._schema_version, execution
        )
        signed = self._signer.sign(write_request(request))
        return await self._gateway.call(Service.SEND_COMMAND, request_id, signed)

    async def read(self, body: bytes) -> Gained | None:
        """What a delivery of the DSP says of a 6.23; None for one that is about something else.

        Raises ``StayonError`` for a document that is not the DSP's, and for an answer that is not
        the device's own or its S1SP's.
        """
        now = self._clock.now()
        document = read_document(body)
        root = await verified_root(
            document, (RemotePartyRole.DSP_XML_SIGN,), self._lookup, now, inner=SIGNED_BY_S1SP
        )
        response = parse_response(root)
        if response.request_id is None or response.request_id.originator != self._signer.user_id:
            return None
        device = response.request_id.target
        match response.body:
            case ServiceResponse(
                service_reference=reference, content=DeviceResponse(gbcs_payload=message)
            ) if reference == _CHANGE_OF_SUPPLIER:
                return await self._of_device(device, message, now)
            case ServiceResponse(
                service_reference=reference, content=FutureDatedDeviceAlert(gbcs_payload=message)
            ) if reference == _CHANGE_OF_SUPPLIER:
                return await self._of_alert(device, message, now)
            case Smets1Message(service_reference=reference) if reference == _CHANGE_OF_SUPPLIER:
                return await self._of_s1sp(device, root, now)
            case DccAlert(alert_code=code):
                return Gained(device, False, f"DCC Alert {code}")
            case _:
                return None

    async def _of_device(self, device: Eui64, message: bytes, now: datetime) -> Gained:
        frame = await self._believed(device, message, Cra.RESPONSE, now)
        outcome = decode_response(frame.content)
        if outcome is None:
            return Gained(device, False, kept=True)
        return Gained(device, outcome.succeeded, "" if outcome.succeeded else _NOT_REPLACED)

    async def _of_alert(self, device: Eui64, message: bytes, now: datetime) -> Gained:
        frame = await self._believed(device, message, Cra.ALERT, now)
        success = decode_credentials_alert(frame).outcome.succeeded
        return Gained(device, success, "" if success else _NOT_REPLACED)

    async def _believed(self, device: Eui64, message: bytes, cra: Cra, now: datetime) -> Frame:
        key = await self._lookup.device_signing_key(device, now)
        if key is None:
            raise Untrusted(f"no signing certificate of {device} is known")
        frame = parse_frame(message)
        if frame.originator != device or frame.cra is not cra:
            raise Untrusted(f"it is not a {cra.name.lower()} of {device}")
        verify_signature(frame, key)
        return frame

    async def _of_s1sp(self, device: Eui64, root: etree._Element, now: datetime) -> Gained:
        found = [each for each in root.iter() if each.tag in SIGNED_BY_S1SP]
        if len(found) != 1:
            raise Untrusted(f"{len(found)} documents of an S1SP instead of one")
        inner = xmlsig.inner_document(found[0])
        verified = await verified_root(inner, (RemotePartyRole.S1SP_XML_SIGN,), self._lookup, now)
        result = parse_signed_response(verified).body
        success = isinstance(result, Smets1Result) and result.success
        return Gained(device, success, "" if success else "the S1SP kept the credentials")


def change_of_supplier(
    request_id: RequestId,
    mpxn: str,
    credentials: Credentials,
    schema_version: str,
    execution: datetime | None = None,
) -> Request:
    """Service Request 6.23 in CV 1, at once unless ``execution`` (UTC) says when."""
    body = UpdateSecurityCredentialsCoS(
        execution=execution,
        supplier_floor=request_id.counter,
        top_up_floor=None,
        digital_signing=credentials.digital_signing,
        key_agreement=credentials.key_agreement,
        key_agreement_top_up=credentials.key_agreement,
        certification_path=credentials.path,
        apply_time_based_checks=True,
        import_mpxn=mpxn,
    )
    return Request(
        schema_version=schema_version,
        request_id=request_id,
        command_variant=CommandVariant.COMMAND,
        service_reference=_CHANGE_OF_SUPPLIER,
        service_reference_variant=_CHANGE_OF_SUPPLIER,
        first_in_sequence=None,
        preceding_request_id=None,
        body=body,
    )
