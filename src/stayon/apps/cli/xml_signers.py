"""Where ``stayon duis sign`` and ``verify`` find keys and certificates."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from lxml import etree

from stayon.adapters.keys.files import read_private_key
from stayon.adapters.keys.test_pki import PublishedPki
from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis.names import SR, local_name
from stayon.smki_profile import (
    KeyUsage,
    OrganisationCertificate,
    RemotePartyRole,
    parse_organisation,
)
from stayon.smki_profile.pem import from_pem
from stayon.xmlsig import IssuerName, SignatureClaim

_REQUEST = f"{{{SR}}}Request"
_REQUEST_ID = f"{{{SR}}}Header/{{{SR}}}RequestID"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and what its certificate is known by."""

    key: EllipticCurvePrivateKey = field(repr=False)
    issuer: str
    serial: int


class Certificates:
    """Certificates for digital signatures, by what a Signature says of them."""

    def __init__(self, certificates: Iterable[OrganisationCertificate]) -> None:
        self._known = {
            (IssuerName.parse(certificate.issuer), certificate.serial): certificate
            for certificate in certificates
            if certificate.usage is KeyUsage.DIGITAL_SIGNATURE
        }

    def of(self, claim: SignatureClaim) -> OrganisationCertificate | None:
        """The certificate that a Signature names, None if it is not known."""
        return self._known.get((claim.issuer, claim.serial))


def organisations(pki: PublishedPki) -> tuple[OrganisationCertificate, ...]:
    """The certificates of a published test PKI that may sign XML at all."""
    certificates = (key.certificate for key in pki.keys)
    return tuple(one for one in certificates if isinstance(one, OrganisationCertificate))


def read_certificate(path: Path) -> OrganisationCertificate:
    """Read an organisation's certificate in PEM; raises ``ProfileError``, ``OSError``."""
    return parse_organisation(from_pem("CERTIFICATE", path.read_text("utf-8", "replace")))


def signer_of_files(key: Path, certificate: Path) -> Signer:
    """A signer whose key and certificate are PEM files; raises ``StayonError``, ``OSError``."""
    private_key = read_private_key(key).private_key
    known = read_certificate(certificate)
    if known.public_key.public_numbers() != private_key.public_key().public_numbers():
        raise FieldError(str(key), f"is not the key of the certificate {certificate}")
    return Signer(private_key, known.issuer, known.serial)


def published_signer(pki: PublishedPki, signer: Eui64 | None, root: etree._Element) -> Signer:
    """Who signs ``root`` with a published key: ``signer``, or the User whose request it is.

    Raises ``FieldError`` when there is no such key.
    """
    owner = signer or _originator(root)
    roles = [RemotePartyRole.XML_SIGN]
    if signer is not None:
        roles.append(RemotePartyRole.DSP_XML_SIGN)
    for role in roles:
        for key in pki.of_owner(owner, KeyUsage.DIGITAL_SIGNATURE, role):
            if key.private_key is not None and key.certificate is not None:
                return Signer(key.private_key, key.certificate.issuer, key.certificate.serial)
    named = " or ".join(role.code for role in roles)
    raise FieldError("signer", f"{owner} has no private key of role {named} among the keys")


def _originator(root: etree._Element) -> Eui64:
    request_id = root.findtext(_REQUEST_ID)
    if root.tag != _REQUEST or request_id is None:
        raise FieldError("signer", f"a {local_name(root)} does not say whose it is: give --signer")
    return RequestId.parse(request_id).originator
