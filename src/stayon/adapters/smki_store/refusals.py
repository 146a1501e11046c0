"""What every store refuses, in the same words."""

from collections.abc import Iterable

from stayon.ports.smki_store import CertificateStoreError, RevocationRecord
from stayon.smki_profile import EndEntityCertificate


def distinct(certificates: Iterable[EndEntityCertificate]) -> tuple[EndEntityCertificate, ...]:
    """The certificates; raises ``CertificateStoreError`` if one issuer's serial occurs twice."""
    listed = tuple(certificates)
    seen: set[tuple[str, int]] = set()
    for one in listed:
        identity = (one.issuer, one.serial)
        if identity in seen:
            raise serial_taken(one)
        seen.add(identity)
    return listed


def serial_taken(certificate: EndEntityCertificate) -> CertificateStoreError:
    """The serial number of ``certificate`` is its issuer's second."""
    return CertificateStoreError(
        f"{certificate.issuer} has a certificate with serial number {certificate.serial} already"
    )


def revoked_already(record: RevocationRecord) -> CertificateStoreError:
    """What ``record`` revokes is revoked."""
    return CertificateStoreError(f"certificate {record.revocation.serial} is revoked already")
