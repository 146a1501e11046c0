"""What a party knows about a request before the checks run.

The party gathers these values (storage, KMS, inventory, registration data) and the checks judge
them; no check looks anything up. A fact that could not be found is ``None`` or empty, and what
needs it refuses the request: unknown means rejected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeVar

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import (
    DeviceStatus,
    DeviceType,
    Generation,
    Route,
    UserRole,
)
from stayon.smki_profile import OrganisationCertificate

_Fact = TypeVar("_Fact")


class UnknownFactError(StayonError):
    """A fact that a check has already required turns out to be missing: the checks are wrong."""


def known(fact: _Fact | None, what: str) -> _Fact:
    """The fact, which an earlier check has required; raises ``UnknownFactError`` if it is None."""
    if fact is None:
        raise UnknownFactError(f"the {what} is not known although every check has passed")
    return fact


class Revocation(Enum):
    """What the revocation list says of one certificate."""

    NOT_REVOKED = "not revoked"
    REVOKED = "revoked"
    KEY_COMPROMISE = "revoked for key compromise"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """An Organisation Certificate and what the KMS found out about it.

    ``chain_verified`` is true when the issuing authority and the root signed for it. Whether it
    has expired is judged by the checks, at the ``now`` of the facts.
    """

    certificate: OrganisationCertificate
    chain_verified: bool
    revocation: Revocation


@dataclass(frozen=True, slots=True)
class SignerFacts:
    """About the certificate that the XML signature names (by issuer and serial).

    ``key_has_other_role`` is true when any Organisation Certificate of another remote party role
    than xmlSign holds the same public key: the first half of D6.
    """

    now: datetime
    certificate: CertificateFacts
    key_has_other_role: bool


class UserStatus(Enum):
    """Status of a User in a role; Party suspension is a separate field (decision 12)."""

    ACTIVE = "A"
    INACTIVE = "I"


@dataclass(frozen=True, slots=True)
class User:
    """A DCC Service User, known by one EUI-64: its status in each role that it holds."""

    user_id: Eui64
    roles: Mapping[UserRole, UserStatus]
    party_suspended: bool

    @property
    def is_contingency(self) -> bool:
        """Whether this User acts in the SolrContingency role (R1).

        Whoever holds that role acts in it always, whatever else it may hold (decision 8).
        """
        return UserRole.SOLR_CONTINGENCY in self.roles


@dataclass(frozen=True, slots=True)
class SupplierCertificates:
    """The Organisation Certificates of role 02 that a User identity has had (decision 7)."""

    any_revoked: bool
    any_valid_now: bool

    @property
    def are_revoked(self) -> bool:
        """At least one was revoked and none is valid now; expiry is not revocation."""
        return self.any_revoked and not self.any_valid_now


@dataclass(frozen=True, slots=True)
class FailedSupplierEntry:
    """A row of the applied Failed Suppliers list: half-open period, no end if ``None`` (D1)."""

    supplier: Eui64
    srp: Eui64
    instruction_ref: str
    effective_from: datetime
    effective_to: datetime | None


@dataclass(frozen=True, slots=True)
class SrpRegistration:
    """A pair of the SRP register: this SRP may act for this supplier (decision 8)."""

    supplier: Eui64
    srp: Eui64
    reference: str
    effective_from: datetime
    effective_to: datetime | None


@dataclass(frozen=True, slots=True)
class AuthorityInstruction:
    """The Authority's instruction that opens the contingency for one pair (R6)."""

    reference: str
    supplier: Eui64
    srp: Eui64
    effective_from: datetime
    effective_to: datetime | None


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """A device as the inventory and the registration data know it today.

    ``registered_supplier`` is the supplier registered for the device's MPxN now, or, for a 6.23
    for a later time, then; ``notified_critical_supplier`` the identity in its supplier trust anchor
    cell (D11), and
    ``supplier_certificate`` the digital signing certificate in that cell (None for SMETS1).
    ``takes_ecs08a`` tells an ESME that knows message code 00DE from one that knows only 001F.
    """

    device_id: Eui64
    device_type: DeviceType
    generation: Generation
    status: DeviceStatus
    route: Route
    mpxn: str | None
    takes_ecs08a: bool
    registered_supplier: Eui64 | None
    notified_critical_supplier: Eui64 | None
    supplier_certificate: CertificateFacts | None


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """A request with the same RequestID that consumed it: SHA-256 of its bytes (decision 3)."""

    digest: bytes


@dataclass(frozen=True, slots=True)
class VolumeAllowance:
    """The volume threshold that applies now and what has been used of it in this window (D14).

    From an ADT file or, without one, the role's default in the policy. Counts of requests. The
    transaction that accepts a request decides finally; this is what it would find.
    """

    warning: int
    quarantine: int
    used: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything admission needs besides the request and the policy; one ``now`` throughout.

    ``sender`` is the User of the signer's EUI-64, ``originator`` the User of the Business
    Originator, the first part of the RequestID; for ordinary traffic they are the same User.
    ``originator_certificates``, ``failed_supplier_entries``, ``srp_registrations`` and
    ``instructions`` speak of the Business Originator; entries of other suppliers or SRPs may be
    among them and are ignored. ``earlier`` is not needed for CV 4. ``overall`` is the DCC's own
    threshold for all Users together, None where it has set none. ``lifted`` has the ids of the
    checks that held the request and that a person has lifted for it, by releasing it (D13, D14).
    ``services_awaited`` is what the policy gives to a role and not every S1SP has acknowledged yet
    (decision 13).
    """

    now: datetime
    sender: User | None
    originator: User | None
    originator_certificates: SupplierCertificates | None
    failed_supplier_entries: tuple[FailedSupplierEntry, ...]
    srp_registrations: tuple[SrpRegistration, ...]
    instructions: tuple[AuthorityInstruction, ...]
    device: DeviceRecord | None
    earlier: EarlierRequest | None
    volume: VolumeAllowance | None
    overall: VolumeAllowance | None = None
    lifted: frozenset[str] = frozenset()
    services_awaited: frozenset[tuple[UserRole, str]] = frozenset()
