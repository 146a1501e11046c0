"""The keys that the DSP itself uses."""

from dataclasses import dataclass, field

from stayon.domain.eui64 import Eui64
from stayon.duis.response import Response
from stayon.duis.response_writing import write_response
from stayon.gbcs.protection import ReadMessage, add_mac
from stayon.ports.keys import PrivateKey
from stayon.smki_profile import OrganisationCertificate, p256
from stayon.xmlsig import sign_canonical


@dataclass(slots=True, eq=False)
class DspKeys:
    """The XML signing key with its certificate (role 89), and the Access Control Broker's key.

    ``dsp_id`` is the EUI-64 of the DSP, the target of requests that are for no device. The XML key
    can be replaced while the DSP works; the broker's cannot (ADR 0030).
    """

    dsp_id: Eui64
    xml_certificate: OrganisationCertificate
    xml_signing: PrivateKey = field(repr=False)
    key_agreement: PrivateKey = field(repr=False)

    def renew_xml_signing(self, certificate: OrganisationCertificate, key: PrivateKey) -> None:
        """Sign with another key from now on; what is signed already names its own certificate."""
        self.xml_certificate, self.xml_signing = certificate, key

    def sign_document(self, document: bytes) -> bytes:
        """The document, which is in canonical form, signed in the DSP's name."""
        certificate = self.xml_certificate
        return sign_canonical(
            document, self.xml_signing.sign, certificate.issuer, certificate.serial
        )

    def sign_response(self, response: Response) -> bytes:
        """The response as a signed document."""
        return self.sign_document(write_response(response))

    def protect(self, signed_pre_command: bytes | ReadMessage, device_point: bytes) -> bytes:
        """The Command: the MAC by the broker's key and that of the device (65 octets)."""
        secret = self.key_agreement.shared_secret(p256.public_key(device_point))
        return add_mac(signed_pre_command, shared_secret=secret)
