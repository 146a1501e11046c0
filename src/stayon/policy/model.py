"""The policy as the checks use it: frozen, typed, worked out once when it is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from stayon.domain.metering import (
    DeviceStatus,
    DeviceType,
    Fuel,
    Generation,
    Route,
    UserRole,
)
from stayon.domain.payment_mode import PaymentMode
from stayon.domain.prepayment import (
    ElectricityPrepaymentConfiguration,
    GasPrepaymentConfiguration,
    PrepaymentConfiguration,
)
from stayon.duis.bodies import UpdatePrepayConfiguration
from stayon.gbcs.fixed_format import FixedFormat
from stayon.policy.alerts import DccAlertKind, DccAlertRule, StormProtection
from stayon.policy.capacity import Capacity
from stayon.policy.dead_letters import DeadLetterPolicy
from stayon.policy.payment_mode import SafePaymentMode
from stayon.policy.retry import RetryPolicy
from stayon.policy.services import Service

FUEL_OF_DEVICE: Mapping[DeviceType, Fuel] = {
    DeviceType.ESME: Fuel.ELECTRICITY,
    DeviceType.GSME: Fuel.GAS,
    DeviceType.GPF: Fuel.GAS,
}
"""Whose supplier a device belongs to; a device that is not listed has no supplier of its own."""


@dataclass(frozen=True, slots=True)
class CommandVariant:
    """A Command Variant: where it is posted and what it asks for."""

    number: int
    service: Service
    signed_pre_command: bool
    local: bool
    actioned: bool


@dataclass(frozen=True, slots=True)
class VolumeThreshold:
    """At most ``quarantine`` requests in each window; from ``warning`` on they are remarked on."""

    period: timedelta
    warning: int
    quarantine: int


@dataclass(frozen=True, slots=True)
class GrantedService:
    """A service request on a role's list, and the change request that put it there (PIA A5)."""

    srv: str
    change: str
    active: bool


@dataclass(frozen=True, slots=True)
class RolePolicy:
    """What a User Role may do.

    ``fuel`` is set for a supplier role; ``default_threshold`` applies without an ADT file.
    """

    role: UserRole
    name: str
    contingency: bool
    fuel: Fuel | None
    services: tuple[GrantedService, ...]
    default_threshold: VolumeThreshold | None

    @property
    def active_services(self) -> frozenset[str]:
        """The service requests this role may send now (R3)."""
        return frozenset(service.srv for service in self.services if service.active)


@dataclass(frozen=True, slots=True)
class SafeProfile:
    """The Set to Safe Prepayment parameter set, ready to compare (R5).

    ``formats`` has one prepared matcher for each device type, ``message_codes`` the GBCS message
    code it is for.
    """

    version: str
    longest_wait: timedelta
    electricity: ElectricityPrepaymentConfiguration
    gas: GasPrepaymentConfiguration
    formats: Mapping[DeviceType, FixedFormat]
    message_codes: Mapping[DeviceType, int]

    def configuration(self, fuel: Fuel) -> PrepaymentConfiguration:
        """The parameter set of one fuel."""
        return self.electricity if fuel is Fuel.ELECTRICITY else self.gas

    def body(self, fuel: Fuel) -> UpdatePrepayConfiguration:
        """What a contingency request of this service asks for, at once."""
        return UpdatePrepayConfiguration(None, self.configuration(fuel))


AgreedContent = SafeProfile | SafePaymentMode
"""The fixed format of a service request: 2.1 or 1.6 (R5, decision 13)."""


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A service request that is served.

    ``body`` is the element of its unsigned form; ``variants`` has the Command Variants for each
    generation, those for None are for requests that target no device; ``message_codes`` are the
    GBCS message codes a Signed Pre-Command may carry.
    """

    srv: str
    name: str
    body: str
    critical: bool
    device_types: frozenset[DeviceType]
    device_statuses: frozenset[DeviceStatus]
    local_statuses: frozenset[DeviceStatus]
    variants: Mapping[Generation | None, frozenset[int]]
    message_codes: Mapping[DeviceType, frozenset[int]]
    fixed_format: AgreedContent | None

    @property
    def targets_device(self) -> bool:
        """Whether a device is asked; otherwise the DCC answers by itself."""
        return bool(self.device_types)

    @property
    def all_variants(self) -> frozenset[int]:
        """The Command Variants for any target."""
        return frozenset().union(*self.variants.values())


@dataclass(frozen=True, slots=True)
class AttributeLimit:
    """Inclusive bounds of one attribute, in thousandths of a penny (whole pounds for the cap)."""

    attribute: str
    at_least: int | None
    at_most: int | None

    def admits(self, value: int) -> bool:
        """Whether the value is within the bounds."""
        return (self.at_least is None or self.at_least <= value) and (
            self.at_most is None or value <= self.at_most
        )

    def admits_of(self, parameters: PrepaymentConfiguration | PaymentMode) -> bool:
        """Whether the attribute of ``parameters`` is; True where they have no such attribute."""
        value = getattr(parameters, self.attribute, None)
        return value is None or self.admits(int(value))


LimitKey = tuple[str, UserRole, Fuel]
"""Who applies the limits (``dsp`` or a route's value), to which role, for which fuel."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A situation that no document gives a code for, and what was decided (decision 1)."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class S1spPolicy:
    """What is one SMETS1 Service Provider's own (S1 - S3, D13).

    ``serves`` is its list of service requests; ``alerts`` gives the S1SP Alert code of each
    situation that no document has one for.
    """

    route: Route
    name: str
    serves: frozenset[str]
    tolerant_load: bool
    limits: Mapping[tuple[UserRole, Fuel], tuple[AttributeLimit, ...]]
    alerts: Mapping[str, Situation]

    def alert_code(self, declared: str) -> str:
        """The code for a situation; a code such as S1VE100 stands for itself."""
        situation = self.alerts.get(declared)
        return declared if situation is None else situation.code


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything an operator can configure: admission, alerts, delivery, a campaign's patience.

    ``codes`` maps, for each DUIS version served, what a check declares (a code or the name of a
    situation) to the response code that is sent. ``eligible`` maps a service request to the roles
    that may send it; ``acting`` has them in order, for a device of a fuel or, with None, for any;
    ``suppliers`` has the supplier roles of a fuel, or with None of every fuel. Processes with the
    same ``fingerprint`` (63 bits) read the same files.
    """

    roles: Mapping[UserRole, RolePolicy]
    service_requests: Mapping[str, ServiceRequest]
    eligible: Mapping[str, frozenset[UserRole]]
    variants: Mapping[int, CommandVariant]
    duis_versions: tuple[str, ...]
    codes: Mapping[str, Mapping[str, str]]
    situations: Mapping[str, Situation]
    safe_prepayment: SafeProfile
    safe_payment_mode: SafePaymentMode
    limits: Mapping[LimitKey, tuple[AttributeLimit, ...]]
    s1sps: Mapping[Route, S1spPolicy]
    require_revoked: bool
    event_time_tolerance: timedelta
    dcc_alerts: Mapping[DccAlertKind, DccAlertRule]
    storms: StormProtection
    capacity: Capacity
    dead_letters: DeadLetterPolicy
    retry: RetryPolicy
    fingerprint: int
    acting: Mapping[tuple[str, Fuel | None], tuple[UserRole, ...]] = field(
        init=False, repr=False, compare=False
    )
    suppliers: Mapping[Fuel | None, frozenset[UserRole]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        acting = {
            (srv, fuel): tuple(
                role
                for role, rules in self.roles.items()
                if role in eligible and (fuel is None or rules.fuel in (None, fuel))
            )
            for srv, eligible in self.eligible.items()
            for fuel in (None, *Fuel)
        }
        of_fuel = {
            fuel: frozenset(role for role, rules in self.roles.items() if rules.fuel is fuel)
            for fuel in Fuel
        }
        object.__setattr__(self, "acting", acting)
        object.__setattr__(
            self, "suppliers", {None: frozenset().union(*of_fuel.values()), **of_fuel}
        )

    def response_code(self, declared: str, schema_version: str) -> str:
        """The code that a request of this DUIS version gets for what a check declares.

        A code that every version knows stands for itself.
        """
        return self.codes[schema_version].get(declared, declared)
