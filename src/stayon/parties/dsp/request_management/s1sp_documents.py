"""Documents of SMETS1 service providers: read only when their signature holds."""

from dataclasses import dataclass
from datetime import datetime

from stayon import safexml
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.duis.names import local_name
from stayon.duis.smets1 import S1spAlert, Smets1Response, parse_s1sp_alert, parse_signed_response
from stayon.parties.dsp.kms.certificates import CertificateIndex
from stayon.smki_profile import KeyUsage, RemotePartyRole
from stayon.xmlsig import read_signature, verify


class NotOfAnS1spError(StayonError):
    """A document that no SMETS1 service provider has signed."""


@dataclass(frozen=True, slots=True)
class S1spDocument:
    """A verified document of an S1SP: what it says, its bytes for whoever gets it, its signer."""

    content: Smets1Response | S1spAlert
    document: bytes
    signer: Eui64


def read_s1sp_document(
    document: bytes, certificates: CertificateIndex, now: datetime
) -> S1spDocument:
    """Verify and read; raises ``StayonError`` of the layer that refuses it."""
    root = safexml.parse(document)
    claim = read_signature(root)
    known = certificates.named(claim.issuer, claim.serial)
    if known is None or not known.valid(now):
        raise NotOfAnS1spError("the signer's certificate is not known or not valid now")
    certificate = known.certificate
    if (certificate.role, certificate.usage) != (
        RemotePartyRole.S1SP_XML_SIGN,
        KeyUsage.DIGITAL_SIGNATURE,
    ):
        raise NotOfAnS1spError(f"the signer's certificate has role {certificate.role.name}")
    signed = verify(root, claim, certificate.public_key).root
    if local_name(signed) == "S1SPAlert":
        return S1spDocument(parse_s1sp_alert(signed), document, certificate.eui64)
    return S1spDocument(parse_signed_response(signed), document, certificate.eui64)
