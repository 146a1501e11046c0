"""The path from a certificate to a root that is trusted."""

from dataclasses import dataclass
from datetime import datetime

from stayon.smki_profile import p256
from stayon.smki_profile.certificate import AuthorityCertificate, EndEntityCertificate, Validity
from stayon.smki_profile.errors import OutsideValidity, UntrustedIssuer
from stayon.smki_profile.parsing import signed_parts


@dataclass(frozen=True, slots=True)
class IssuingPath:
    """An issuing authority under a root, signatures checked when it is made.

    The root is trusted because it was configured. ``root=None`` trusts the issuing authority
    itself in the same way, for a test PKI whose root is not at hand.
    Raises ``UntrustedIssuer`` or ``BadSignature``.
    """

    issuing: AuthorityCertificate
    root: AuthorityCertificate | None

    def __post_init__(self) -> None:
        if self.root is None:
            return
        if not self.root.is_root:
            raise UntrustedIssuer("root", f"{self.root.name.text} was issued by somebody else")
        _check_issued(self.root, self.root)
        _check_issued(self.issuing, self.root)

    def validate(self, certificate: EndEntityCertificate, at: datetime) -> None:
        """Return if the path holds from ``certificate`` to the root at the instant ``at``.

        Whether anything on it is revoked is another question. Raises ``UntrustedIssuer``,
        ``BadSignature`` or ``OutsideValidity``.
        """
        self.validate_issue(certificate)
        self.validate_period(certificate, at)

    def validate_issue(self, certificate: EndEntityCertificate) -> None:
        """The part of ``validate`` that no instant changes: who issued it, and the signature."""
        if certificate.issuer != self.issuing.name.text:
            raise UntrustedIssuer("issuer", f"{certificate.issuer} is not {self.issuing.name.text}")
        _check_key_id(certificate.authority_key_id, self.issuing)
        _check_signature(certificate.der, self.issuing)

    def validate_period(self, certificate: EndEntityCertificate, at: datetime) -> None:
        """The part of ``validate`` that depends on the instant."""
        _check_period("certificate", certificate.validity, at)
        _check_period("issuing authority", self.issuing.validity, at)
        if self.root is not None:
            _check_period("root", self.root.validity, at)


def _check_issued(certificate: AuthorityCertificate, root: AuthorityCertificate) -> None:
    if certificate.issuer_name != root.name or certificate.hierarchy is not root.hierarchy:
        raise UntrustedIssuer("issuer", f"{certificate.issuer} is not {root.name.text}")
    _check_key_id(certificate.authority_key_id, root)
    _check_signature(certificate.der, root)


def _check_key_id(key_id: bytes | None, issuer: AuthorityCertificate) -> None:
    """Several authorities may share a name: the key identifier tells them apart, if it is there."""
    if key_id is not None and key_id != issuer.subject_key_id:
        raise UntrustedIssuer("authority key identifier", "is not that of the issuer's key")


def _check_signature(encoded: bytes, issuer: AuthorityCertificate) -> None:
    signed, signature = signed_parts(encoded, "certificate")
    p256.verify(issuer.public_key, signature, signed, "certificate")


def _check_period(field: str, validity: Validity, at: datetime) -> None:
    if at not in validity:
        raise OutsideValidity(
            field, f"is valid from {validity.not_before} to {validity.not_after}, not at {at}"
        )
