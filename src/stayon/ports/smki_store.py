"""What the SMKI keeps: subscribers, certificates, revocations."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.smki_profile import (
    Capacity,
    EndEntityCertificate,
    Hierarchy,
    OrganisationCertificate,
    Revocation,
)


class CertificateStoreError(StayonError):
    """Something that the store already has, or does not have."""


class CertificateStoreUnavailable(StayonError):
    """The store could not be reached, so nothing can be said: not that it was not written, either.

    Whoever sees it on a change asks again, or asks what there is.
    """


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An EUI-64 and the one capacity in which its Party subscribes with it."""

    eui64: Eui64
    party: str
    capacity: Capacity


@dataclass(frozen=True, slots=True)
class RevocationRecord:
    """A revocation of a certificate of ``issuer``, who asked for it, and when that was."""

    issuer: str
    revocation: Revocation
    requested_by: str
    recorded_at: datetime


class CertificateStore(Protocol):
    """Nothing is ever removed: a revoked or expired certificate stays, so does its revocation.

    A change that has returned is kept for as long as the store lasts, and is seen by every look-up
    from then on. Every method may raise ``CertificateStoreUnavailable``. One store, one thread.
    """

    def put_subscriber(self, subscriber: Subscriber) -> None:
        """Add a subscriber, or replace the one with the same EUI-64."""
        ...

    def subscriber(self, eui64: Eui64) -> Subscriber | None:
        """The subscriber with this EUI-64."""
        ...

    def subscribers(self) -> Iterator[Subscriber]:
        """Every subscriber, by EUI-64."""
        ...

    def add(self, certificates: Iterable[EndEntityCertificate]) -> None:
        """Add certificates, all or none.

        Raises ``CertificateStoreError`` when an issuer already has one with the same serial.
        """
        ...

    def by_serial(self, serial: int) -> Sequence[EndEntityCertificate]:
        """The certificates with this serial number: one per issuer at most."""
        ...

    def of(self, eui64: Eui64) -> Sequence[EndEntityCertificate]:
        """The certificates of one organisation or device, oldest first."""
        ...

    def organisations(self) -> Iterator[OrganisationCertificate]:
        """Every Organisation Certificate, in the order in which they were added."""
        ...

    def revoke(self, record: RevocationRecord) -> None:
        """Record a revocation; raises ``CertificateStoreError`` if there is one already."""
        ...

    def bring_forward(self, record: RevocationRecord) -> None:
        """Replace a recorded revocation by ``record``, which takes effect earlier."""
        ...

    def revocation(self, certificate: EndEntityCertificate) -> RevocationRecord | None:
        """The revocation of a certificate, whether or not it is in force yet."""
        ...

    def revocations(self) -> Iterator[RevocationRecord]:
        """Every revocation, in the order in which they were recorded."""
        ...

    def next_list_number(self, hierarchy: Hierarchy) -> int:
        """A number for a revocation list, greater than all that were given out before."""
        ...
