"""Whose request it is: the countersignature of the DSP and the signature of the sender."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lxml.etree import _Element

from stayon import safexml, xmlsig
from stayon.domain.errors import StayonError
from stayon.domain.request_id import RequestId
from stayon.duis.countersigned import CountersignedRequest, parse_countersigned
from stayon.duis.request import Request, parse_request
from stayon.parties.s1sp.refusal import S1spRefusal
from stayon.smki_profile import KeyUsage, OrganisationCertificate, RemotePartyRole
from stayon.xmlsig import IssuerName

FAILED_AUTHENTICATION = "S1VE100"


class ValidCertificates(Protocol):
    """The SMKI repository, as far as an S1SP needs it."""

    def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate | None:
        """The Organisation Certificate of that name if it is valid at ``at``, else None."""
        ...


@dataclass(frozen=True, slots=True)
class AuthenticRequest:
    """A Service Request with who signed it; both signatures hold."""

    request: Request
    signer: OrganisationCertificate


class NotCountersigned(StayonError):
    """What came does not come from the DSP; nobody can be told but the DSP."""


def read_countersigned(
    message: bytes, certificates: ValidCertificates, at: datetime
) -> CountersignedRequest:
    """What the DSP countersigned; raises ``NotCountersigned``."""
    try:
        root, _ = _verified(message, RemotePartyRole.DSP_XML_SIGN, certificates, at)
        return parse_countersigned(root)
    except StayonError as error:
        raise NotCountersigned(f"not countersigned by the DSP: {error}") from error


def authenticate(
    countersigned: CountersignedRequest, certificates: ValidCertificates, at: datetime
) -> AuthenticRequest:
    """The sender's request; raises ``S1spRefusal`` S1VE100 when the signature does not hold."""
    try:
        root, signer = _verified(countersigned.request, RemotePartyRole.XML_SIGN, certificates, at)
        return AuthenticRequest(parse_request(root), signer)
    except StayonError as error:
        raise S1spRefusal(FAILED_AUTHENTICATION, str(error)) from error


def named_request(countersigned: CountersignedRequest) -> RequestId | None:
    """Which request an alert is about; read without believing anything else in it."""
    try:
        return parse_request(safexml.parse(countersigned.request)).request_id
    except StayonError:
        return None


def _verified(
    document: bytes, role: RemotePartyRole, certificates: ValidCertificates, at: datetime
) -> tuple[_Element, OrganisationCertificate]:
    root = safexml.parse(document)
    claim = xmlsig.read_signature(root)
    certificate = certificates.valid_organisation(claim.issuer, claim.serial, at)
    if certificate is None:
        raise StayonError(f"no valid certificate {claim.serial} of {claim.issuer}")
    if certificate.role is not role:
        raise StayonError(f"signed in role {certificate.role.name}, not {role.name}")
    if certificate.usage is not KeyUsage.DIGITAL_SIGNATURE:
        raise StayonError(f"certificate {certificate.serial} is for {certificate.usage.value}")
    return xmlsig.verify(root, claim, certificate.public_key).root, certificate
