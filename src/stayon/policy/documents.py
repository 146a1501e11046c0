"""The shape of the policy files, checked by pydantic: nothing extra, nothing of another type."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel

from stayon.domain.metering import DeviceStatus, DeviceType, Fuel, Generation, UserRole
from stayon.domain.money import MILLIPENCE_PER_POUND
from stayon.policy.alerts import DccAlertDocument, DccAlertKind
from stayon.policy.services import Service

_MONEY = re.compile(r"(-?)£(\d{1,7})(?:\.(\d{1,5}))?")


def millipence(text: str) -> int:
    """Read ``£90.00`` or ``-£0.5`` as thousandths of a penny; raises ``ValueError``."""
    match = _MONEY.fullmatch(text)
    if match is None:
        raise ValueError("is not an amount such as £90.00")
    sign, whole, fraction = match.groups()
    amount = int(whole) * MILLIPENCE_PER_POUND + int((fraction or "").ljust(5, "0"))
    return -amount if sign else amount


def _money(text: str) -> str:
    millipence(text)
    return text


Money = Annotated[str, AfterValidator(_money)]
MessageCode = Annotated[str, Field(pattern=r"^[0-9A-F]{4}$")]
ServiceReference = Annotated[str, Field(pattern=r"^[1-9][0-9]?(\.[1-9][0-9]?){1,2}$")]
ResponseCode = Annotated[str, Field(pattern=r"^[EIW][0-9]{1,6}$")]
Version = Annotated[str, Field(pattern=r"^[1-9][0-9]?\.[0-9]{1,2}$")]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Seconds = Annotated[int, Field(ge=1, le=366 * 86400)]
VariantNumber = Annotated[int, Field(ge=1, le=8)]
Target = Literal["SMETS1", "SMETS2", "DCC"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GrantedServiceDocument(_Strict):
    """One line of a role's list."""

    srv: ServiceReference
    change: Annotated[str, Field(min_length=1)]
    active: bool


class RoleDocument(_Strict):
    """A table of roles.toml."""

    name: str
    contingency: bool = False
    fuel: Fuel | None = None
    services: tuple[GrantedServiceDocument, ...]


class RolesDocument(RootModel[dict[UserRole, RoleDocument]]):
    """roles.toml."""


class ServiceRequestDocument(_Strict):
    """A table of service_requests.toml."""

    name: str
    body: str
    critical: bool
    device_types: frozenset[DeviceType]
    device_statuses: frozenset[DeviceStatus] = frozenset()
    local_statuses: frozenset[DeviceStatus] = frozenset()
    variants: dict[Target, frozenset[VariantNumber]]
    message_codes: dict[DeviceType, frozenset[MessageCode]] = {}
    fixed_format: Literal["safe_prepayment", "safe_payment_mode"] | None = None


class ServiceRequestsDocument(RootModel[dict[ServiceReference, ServiceRequestDocument]]):
    """service_requests.toml."""


class CommandVariantDocument(_Strict):
    """A table of command_variants.toml."""

    service: Service
    signed_pre_command: bool = False
    local: bool = False
    actioned: bool = True


class CommandVariantsDocument(RootModel[dict[VariantNumber, CommandVariantDocument]]):
    """command_variants.toml."""


class NewCodeDocument(_Strict):
    """A response code that came with a DUIS version, and what earlier versions get instead."""

    since: Version
    before: ResponseCode


class DuisVersionsDocument(_Strict):
    """duis_versions.toml."""

    served: Annotated[tuple[Version, ...], Field(min_length=1)]
    codes: dict[ResponseCode, NewCodeDocument]


class SituationDocument(_Strict):
    """A line of codes.toml."""

    code: ResponseCode
    why: Annotated[str, Field(min_length=1)]


class CodesDocument(_Strict):
    """codes.toml."""

    situations: dict[str, SituationDocument]
    dcc_alerts: dict[DccAlertKind, DccAlertDocument]


class ThresholdDocument(_Strict):
    """A table of thresholds.toml."""

    period_seconds: Seconds
    warning: Count
    quarantine: Count


class ThresholdsDocument(RootModel[dict[UserRole, ThresholdDocument]]):
    """thresholds.toml."""


class BoundsDocument(_Strict):
    """Inclusive bounds of an attribute."""

    at_least: Money | None = None
    at_most: Money | None = None


class LimitsDocument(_Strict):
    """One entry of anomaly_limits.toml: attributes of 2.1, and disablement_threshold of 1.6."""

    by: frozenset[Literal["dsp", "s1sp-cgi-ie", "s1sp-secure", "s1sp-trilliant"]]
    role: UserRole
    fuels: frozenset[Fuel]
    debt_recovery_rate_cap: BoundsDocument | None = None
    emergency_credit_limit: BoundsDocument | None = None
    emergency_credit_threshold: BoundsDocument | None = None
    low_credit_threshold: BoundsDocument | None = None
    max_meter_balance: BoundsDocument | None = None
    max_credit_threshold: BoundsDocument | None = None
    disablement_threshold: BoundsDocument | None = None


class AnomalyLimitsDocument(_Strict):
    """anomaly_limits.toml."""

    limits: tuple[LimitsDocument, ...] = ()


S1spAlertCode = Annotated[str, Field(pattern=r"^S1VE[0-9]{1,3}$")]
Provider = Literal["s1sp-cgi-ie", "s1sp-secure", "s1sp-trilliant"]


class S1spDocument(_Strict):
    """A table of s1sps.toml: one SMETS1 Service Provider."""

    name: Annotated[str, Field(min_length=1)]
    serves: frozenset[ServiceReference]
    tolerant_load: bool


class S1spAlertDocument(_Strict):
    """A line of s1sps.toml: the S1SP Alert code of a situation."""

    code: S1spAlertCode
    why: Annotated[str, Field(min_length=1)]


class S1spAlertsDocument(_Strict):
    """Every situation that an S1SP needs a code for."""

    not_executable: S1spAlertDocument
    no_reference_data: S1spAlertDocument
    attribute_limit: S1spAlertDocument
    credentials: S1spAlertDocument


class S1spsDocument(_Strict):
    """s1sps.toml."""

    providers: dict[Provider, S1spDocument]
    alerts: S1spAlertsDocument


class AdmissionDocument(_Strict):
    """admission.toml."""

    require_revoked: bool
    event_time_tolerance_seconds: Annotated[int, Field(ge=0, le=7 * 86400)]


GENERATIONS: dict[Target, Generation | None] = {
    "SMETS1": Generation.SMETS1,
    "SMETS2": Generation.SMETS2,
    "DCC": None,
}
"""What the keys of ``variants`` stand for."""
