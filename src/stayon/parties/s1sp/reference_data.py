"""What the DSP tells an S1SP about Users and devices (PIA 4.3, Management Interface)."""

from collections.abc import Mapping
from dataclasses import dataclass

from stayon.checks.facts import UserStatus
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole


@dataclass(frozen=True, slots=True)
class S1spUser:
    """A User as the S1SP's inventory has it."""

    user_id: Eui64
    roles: frozenset[UserRole]
    status: UserStatus


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """One load of reference data.

    ``eligible`` are the service references that each role may send to SMETS1 devices, ``suppliers``
    the registered supplier of each device.
    """

    users: Mapping[Eui64, S1spUser]
    eligible: Mapping[UserRole, frozenset[str]]
    suppliers: Mapping[Eui64, Eui64]
