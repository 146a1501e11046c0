"""What a Service Request asks for: one frozen type per Body element that Stayon acts on.

``execution`` is the ExecutionDateTime in UTC: None means at once, ``instants.CANCELLATION`` means
that a future-dated command is cancelled.
Source: DUIS 5.4, Request/Body.
"""

from dataclasses import dataclass
from datetime import datetime

from stayon.domain.eui64 import Eui64
from stayon.domain.payment_mode import CreditMode, PrepaymentMode
from stayon.domain.prepayment import PrepaymentConfiguration


@dataclass(frozen=True, slots=True)
class UpdatePrepayConfiguration:
    """Service Request 2.1."""

    execution: datetime | None
    configuration: PrepaymentConfiguration


@dataclass(frozen=True, slots=True)
class SignedPreCommand:
    """A critical command that its originator has signed.

    ``gbcs_payload`` is the Pre-Command with the signature appended: a GBCS frame without MAC.
    """

    execution: datetime | None
    gbcs_payload: bytes


@dataclass(frozen=True, slots=True)
class ReadPrepaymentConfiguration:
    """Service Request 4.13."""

    execution: datetime | None


@dataclass(frozen=True, slots=True)
class UpdatePaymentMode:
    """Service Request 1.6."""

    execution: datetime | None
    mode: CreditMode | PrepaymentMode


@dataclass(frozen=True, slots=True)
class UpdateSecurityCredentialsCoS:
    """Service Request 6.23: certificates (DER) of the gaining supplier replace the old ones."""

    execution: datetime | None
    supplier_floor: int
    top_up_floor: int | None
    digital_signing: bytes
    key_agreement: bytes | None
    key_agreement_top_up: bytes | None
    certification_path: tuple[bytes, ...]
    apply_time_based_checks: bool
    import_mpxn: str


@dataclass(frozen=True, slots=True)
class Uprn:
    """Unique Property Reference Number."""

    number: int


@dataclass(frozen=True, slots=True)
class Mpxn:
    """MPAN or MPRN, 1 to 13 characters."""

    text: str


@dataclass(frozen=True, slots=True)
class Property:
    """A postcode and what tells the properties in it apart."""

    postcode: str
    address_identifier: str


@dataclass(frozen=True, slots=True)
class ReadInventory:
    """Service Request 8.2; the key says which devices."""

    key: Uprn | Eui64 | Mpxn | Property


@dataclass(frozen=True, slots=True)
class OtherBody:
    """A Body element that Stayon does not act on, by its name."""

    name: str


Body = (
    UpdatePrepayConfiguration
    | SignedPreCommand
    | ReadPrepaymentConfiguration
    | UpdatePaymentMode
    | UpdateSecurityCredentialsCoS
    | ReadInventory
    | OtherBody
)
