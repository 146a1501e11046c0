"""Values of the SMKI as rows of its tables, and back.

EUI-64s are sixteen hex digits and serial numbers decimal (they have up to 160 bits), readable in
any database tool; instants are microseconds since 1970, exact and alike in every database.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from stayon.domain.eui64 import Eui64
from stayon.ports.smki_store import RevocationRecord, Subscriber
from stayon.smki_profile import (
    Capacity,
    EndEntityCertificate,
    Hierarchy,
    OrganisationCertificate,
    Revocation,
    RevocationReason,
    parse_device,
    parse_organisation,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def subscriber_row(subscriber: Subscriber) -> dict[str, Any]:
    """A subscriber, for ``smki_subscriber``."""
    return {
        "eui64": subscriber.eui64.hex,
        "party": subscriber.party,
        "capacity": subscriber.capacity.value,
    }


def subscriber_of(row: Row[Any]) -> Subscriber:
    """The inverse of ``subscriber_row``."""
    return Subscriber(Eui64.parse(row.eui64), row.party, Capacity(row.capacity))


def certificate_row(certificate: EndEntityCertificate) -> dict[str, Any]:
    """A certificate, for ``smki_certificate``; the database numbers it."""
    is_organisation = isinstance(certificate, OrganisationCertificate)
    hierarchy = Hierarchy.ORGANISATION if is_organisation else Hierarchy.DEVICE
    return {
        "hierarchy": hierarchy.value,
        "owner": certificate.eui64.hex,
        "issuer": certificate.issuer,
        "serial": str(certificate.serial),
        "der": certificate.der,
    }


def certificate_of(hierarchy: str, der: bytes) -> EndEntityCertificate:
    """The certificate in a row; raises ``ProfileError`` for octets that are none."""
    return (
        parse_organisation(der) if hierarchy == Hierarchy.ORGANISATION.value else parse_device(der)
    )


def revocation_row(record: RevocationRecord) -> dict[str, Any]:
    """A revocation, for ``smki_revocation``; the database numbers it."""
    return {
        "issuer": record.issuer,
        "serial": str(record.revocation.serial),
        "at": microseconds_of(record.revocation.at),
        "reason": record.revocation.reason.value,
        "requested_by": record.requested_by,
        "recorded_at": microseconds_of(record.recorded_at),
    }


def revocation_of(row: Row[Any]) -> RevocationRecord:
    """The inverse of ``revocation_row``."""
    return RevocationRecord(
        row.issuer,
        Revocation(int(row.serial), instant_of(row.at), RevocationReason(row.reason)),
        row.requested_by,
        instant_of(row.recorded_at),
    )


def microseconds_of(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(microseconds: int) -> datetime:
    """The inverse of ``microseconds_of``."""
    return _EPOCH + timedelta(microseconds=microseconds)
