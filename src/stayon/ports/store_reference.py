"""Reference data of the DSP, as records: who may do what, to which device, and since when.

The checks get facts made of these records; what a record adds is what they need not know (where
to deliver, who entered it, what it looked like as it came).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from stayon.checks.facts import SrpRegistration, UserStatus
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus, DeviceType, Route, UserRole


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A User, known by one EUI-64: its status in each role that it holds (decision 12).

    ``receive_url`` is its Receive Response Service, ``duis_version`` the version in which it gets
    what no request of its own caused; suspension belongs to its Party.
    """

    user_id: Eui64
    name: str
    party: str
    roles: Mapping[UserRole, UserStatus]
    party_suspended: bool = False
    receive_url: str = ""
    participant_ids: tuple[str, ...] = ()
    duis_version: str = "5.5"


@dataclass(frozen=True, slots=True)
class CertificateRecord:
    """An Organisation Certificate as it lies in the SMKI repository, and whether it is revoked.

    ``chain_verified``: the issuing authority and the root signed for it when it was taken over.
    ``key_compromise`` is the reason of the revocation that matters to the checks.
    """

    issuer: str
    serial: int
    der: bytes
    chain_verified: bool
    revoked_at: datetime | None = None
    key_compromise: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """The supplier registered for an MPxN in a half-open interval (UTC)."""

    mpxn: str
    supplier: Eui64
    effective_from: datetime
    effective_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """One device of the Smart Metering Inventory, its registrations among it.

    ``supplier_certificate`` is the serial of the certificate in the supplier's digital signing
    trust anchor cell, ``notified_critical_supplier`` its subject; ``key_agreement_key`` the
    device's public key as an uncompressed point (65 octets). SMETS1 devices have neither. What
    follows the registrations is for the answer to 8.2 only; empty or None is not known.
    """

    device_id: Eui64
    device_type: DeviceType
    status: DeviceStatus
    route: Route
    mpxn: str
    gbcs_version: str = ""
    takes_ecs08a: bool = True
    notified_critical_supplier: Eui64 | None = None
    supplier_certificate: int | None = None
    key_agreement_key: bytes | None = None
    registrations: tuple[Registration, ...] = ()
    manufacturer: str = ""
    model: str = ""
    firmware_version: str = ""
    smets_version: str = ""
    csp_region: str = ""
    uprn: int | None = None
    postcode: str = ""
    address_identifier: str = ""


@dataclass(frozen=True, slots=True)
class FailedSupplierRow:
    """One row of a Failed Suppliers file (decision 9); the interval is half-open, UTC."""

    supplier: Eui64
    supplier_name: str
    participant_ids: tuple[str, ...]
    srp: Eui64
    instruction_ref: str
    effective_from: datetime
    effective_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Who took an entry off the applied list, when and why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class UploadWarning:
    """What the DSP found odd about a row; who applies the list gives a reason to ignore it (D1).

    ``row`` is the index of the row in the file, ``kind`` one of identity, suspended, certificates.
    """

    row: int
    kind: str
    text: str
    ignored_because: str = ""


@dataclass(frozen=True, slots=True)
class FailedSuppliersFile:
    """An uploaded list and its history; the newest applied one counts (D2).

    ``withdrawals`` has the withdrawn rows by their index in ``rows``.
    """

    file_id: int
    sha256: bytes
    uploaded_by: str
    uploaded_at: datetime
    rows: tuple[FailedSupplierRow, ...]
    warnings: tuple[UploadWarning, ...] = ()
    applied_by: str = ""
    applied_at: datetime | None = None
    withdrawals: Mapping[int, Withdrawal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InstructionRecord:
    """The Authority's instruction for one supplier and SRP; it counts once confirmed (R6)."""

    reference: str
    supplier: Eui64
    srp: Eui64
    document_sha256: bytes
    effective_from: datetime
    effective_to: datetime | None
    entered_by: str
    entered_at: datetime
    confirmed_by: str = ""
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InstructionExtension:
    """A later end of a confirmed instruction, which waits for a second person."""

    reference: str
    effective_to: datetime
    document_sha256: bytes
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """Volume anomaly detection for one User, role, supplier and SRV (D14).

    At most ``quarantine`` requests pass in each window of ``period_seconds``, aligned to
    1970-01-01T00:00:00Z; beyond ``warning`` they are remarked upon.
    """

    user_id: Eui64
    role: UserRole
    supplier: Eui64
    srv: str
    period_seconds: int
    warning: int
    quarantine: int


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """A service request that a change request gives to a role (decision 13).

    It may be sent from ``active_at`` (UTC) on, which is when every S1SP had acknowledged reference
    data with it; None before that.
    """

    role: UserRole
    srv: str
    change: str
    requested_at: datetime
    active_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OverallThreshold:
    """What the DCC lets pass of one service request in one role, from all Users together (D14)."""

    role: UserRole
    srv: str
    period_seconds: int
    warning: int
    quarantine: int


@dataclass(frozen=True, slots=True)
class Versions:
    """How often reference data and inventory have changed; facts are as old as theirs.

    ``policy`` is the ``Policy.fingerprint`` that is in force, where it was asked for and is known.
    """

    reference: int
    inventory: int
    policy: int | None = None


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """``generation`` (2 and on) of a signing key takes the place of the one before at ``use_from``.

    ``key`` is the word that people use for it. Once it is ``retired`` the one before is deleted.
    """

    key: str
    generation: int
    use_from: datetime
    retired: bool = False


@dataclass(frozen=True, slots=True)
class InForce:
    """What every process of a world goes by, whether it has the database or not.

    ``policy`` is the fingerprint of the policy, None if nobody has said which it is.
    """

    policy: int | None
    rotations: tuple[KeyRotation, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """All reference data but the inventory, read at one moment; ``version`` names that moment."""

    version: int
    users: Mapping[Eui64, UserRecord]
    certificates: tuple[CertificateRecord, ...]
    srp_register: tuple[SrpRegistration, ...]
    applied_list: FailedSuppliersFile | None
    instructions: tuple[InstructionRecord, ...]
    thresholds: tuple[ThresholdRule, ...]
    service_changes: tuple[ServiceChange, ...] = ()
    overall_thresholds: tuple[OverallThreshold, ...] = ()
