"""A certification authority for X.509 certificates outside the SMKI's profile.

DCCKI and IKI have one each. The root certifies by itself; its key stays where it was made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stayon.domain.errors import FieldError
from stayon.ports.registration_store import IssuedCertificate
from stayon.smki_profile import Validity

_SKEW = timedelta(minutes=5)
"""Clocks differ: a certificate begins this much before it was issued."""


class AuthorityError(FieldError):
    """What DCCKI or IKI refuses, in words that say why."""


@dataclass(frozen=True, slots=True)
class X509Authority:
    """A root that issues; ``certificate`` is what others trust."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def found(cls, name: str, key: EllipticCurvePrivateKey, validity: Validity) -> "X509Authority":
        """Make the root's own certificate."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(validity.not_before)
            .not_valid_after(validity.not_after)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(identifier, critical=False)
        )
        return cls(builder.sign(key, SHA256()), key)

    def issue(
        self,
        public_key: EllipticCurvePublicKey,
        *,
        organisation: str,
        common_name: str,
        purposes: Sequence[x509.ObjectIdentifier],
        hosts: Iterable[str] = (),
        now: datetime,
        lasts: timedelta,
    ) -> x509.Certificate:
        """An end-entity certificate from ``now`` on; ``hosts`` are names or addresses."""
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, _limited("party", organisation)),
                x509.NameAttribute(NameOID.COMMON_NAME, _limited("name", common_name)),
            ]
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _SKEW)
            .not_valid_after(min(now + lasts, self.certificate.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        names = [_host(host) for host in hosts]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, SHA256())

    def issued(self, certificate: x509.Certificate) -> bool:
        """Whether this authority signed the certificate."""
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def revocation_list(
        self, issued: Iterable[IssuedCertificate], now: datetime, lasts: timedelta
    ) -> bytes:
        """The revocation list (CRL) in force at ``now``, in DER."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now)
            .next_update(now + lasts)
        )
        for one in issued:
            if one.revoked_at is not None and one.revoked_at <= now:
                revoked = x509.RevokedCertificateBuilder(one.serial, one.revoked_at).build()
                builder = builder.add_revoked_certificate(revoked)
        return builder.sign(self.key, SHA256()).public_bytes(Encoding.DER)


CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)
SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)


def requested_key(signing_request: bytes) -> EllipticCurvePublicKey:
    """The P-256 key that a PKCS#10 request (DER) is for, if its own key signed the request."""
    try:
        request = x509.load_der_x509_csr(signing_request)
        proven = request.is_signature_valid
        key = request.public_key()
    except (ValueError, TypeError) as error:
        raise AuthorityError("certificate signing request", "is not a PKCS#10 request") from error
    if not proven:
        raise AuthorityError("certificate signing request", "is not signed with its own key")
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise AuthorityError("public key", "is not on the curve P-256")
    return key


def signed_by(certificate: x509.Certificate, signature: bytes, content: bytes) -> bool:
    """Whether the certificate's key made this ECDSA signature with SHA-256 (DER) of ``content``."""
    key = certificate.public_key()
    if not isinstance(key, EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, content, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def holds(one: IssuedCertificate, at: datetime) -> bool:
    """Whether an issued certificate is within its validity and not revoked at ``at``."""
    certificate = x509.load_der_x509_certificate(one.der)
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc and (
        one.revoked_at is None or at < one.revoked_at
    )


def _limited(name: str, text: str) -> str:
    if not 1 <= len(text.strip()) <= 64:
        raise AuthorityError(name, "has between 1 and 64 characters in a certificate")
    return text


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
