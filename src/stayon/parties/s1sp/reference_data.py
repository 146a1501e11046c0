"""What the DSP tells an S1SP about Users and devices (PIA 4.3 - 4.5, Management Interface)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from stayon.checks.facts import UserStatus
from stayon.checks.periods import in_force
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceType, Fuel, UserRole
from stayon.policy.model import FUEL_OF_DEVICE


@dataclass(frozen=True, slots=True)
class S1spUser:
    """A User as the S1SP's inventory has it: its status in each of its roles."""

    user_id: Eui64
    roles: Mapping[UserRole, UserStatus]

    @property
    def is_contingency(self) -> bool:
        """Whether it acts as SolrContingency; whoever holds that role acts in no other."""
        return UserRole.SOLR_CONTINGENCY in self.roles

    @property
    def acting_roles(self) -> frozenset[UserRole]:
        """The roles it may act in."""
        if self.is_contingency:
            return frozenset({UserRole.SOLR_CONTINGENCY})
        return frozenset(self.roles)

    @property
    def is_active(self) -> bool:
        """Status ``A`` in a role that it may act in."""
        return any(self.roles[role] is UserStatus.ACTIVE for role in self.acting_roles)


@dataclass(frozen=True, slots=True)
class Ownership:
    """The supplier registered for a device in a half-open interval (UTC)."""

    supplier: Eui64
    effective_from: datetime
    effective_to: datetime | None


@dataclass(frozen=True, slots=True)
class S1spDevice:
    """A device of this S1SP; ``notified_critical_supplier`` is for its enrolment only."""

    device_id: Eui64
    device_type: DeviceType
    notified_critical_supplier: Eui64 | None
    ownerships: tuple[Ownership, ...]

    @property
    def fuel(self) -> Fuel | None:
        """What the device measures, None for one of no supplier."""
        return FUEL_OF_DEVICE.get(self.device_type)

    def supplier(self, at: datetime) -> Eui64 | None:
        """The supplier registered at that instant."""
        for each in self.ownerships:
            if in_force(each, at):
                return each.supplier
        return None


@dataclass(frozen=True, slots=True)
class ListedSupplier:
    """A failed supplier and an SRP that is authorised for it."""

    supplier: Eui64
    srp: Eui64
    effective_from: datetime
    effective_to: datetime | None


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """One set of reference data that is in force.

    ``eligible`` are the service request variants that each role may send to SMETS1 devices.
    """

    version: int
    digest: str
    users: Mapping[Eui64, S1spUser]
    eligible: Mapping[UserRole, frozenset[str]]
    devices: Mapping[Eui64, S1spDevice]
    listed: tuple[ListedSupplier, ...]

    def may_act_for(self, srp: Eui64, supplier: Eui64, at: datetime) -> bool:
        """Whether the supplier has failed and this SRP may act for it at that instant."""
        return any(
            (each.supplier, each.srp) == (supplier, srp) and in_force(each, at)
            for each in self.listed
        )
