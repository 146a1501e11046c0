"""From the text of the policy files to a ``Policy``, or to one error that says what is wrong."""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from stayon.domain.errors import StayonError
from stayon.domain.first_problem import first_problem
from stayon.domain.metering import DeviceType, Fuel, UserRole
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.gbcs.fixed_format import FixedFormat
from stayon.gbcs.prepayment_configuration import UseCase
from stayon.policy import documents as doc
from stayon.policy.alerts import AlertStormsDocument, dcc_alerts, storm_protection
from stayon.policy.capacity import CAPACITY_FILE, Capacity
from stayon.policy.dead_letters import DEAD_LETTERS_FILE, DeadLetterPolicy
from stayon.policy.errors import PolicyError
from stayon.policy.limits import attribute_limits
from stayon.policy.model import (
    AgreedContent,
    CommandVariant,
    GrantedService,
    Policy,
    RolePolicy,
    SafeProfile,
    ServiceRequest,
    Situation,
    VolumeThreshold,
)
from stayon.policy.payment_mode import (
    PAYMENT_MODE_FILE,
    PaymentModeDocument,
    safe_payment_mode,
)
from stayon.policy.profile_document import SafePrepaymentDocument
from stayon.policy.providers import read_providers
from stayon.policy.retry_document import RETRY_FILE, RetryDocument, retry_policy
from stayon.policy.safety import UnsafeError, prove_safe

FILES: Mapping[str, type[BaseModel]] = {
    "admission.toml": doc.AdmissionDocument,
    "alert_storms.toml": AlertStormsDocument,
    "anomaly_limits.toml": doc.AnomalyLimitsDocument,
    CAPACITY_FILE: Capacity,
    "codes.toml": doc.CodesDocument,
    "command_variants.toml": doc.CommandVariantsDocument,
    DEAD_LETTERS_FILE: DeadLetterPolicy,
    "duis_versions.toml": doc.DuisVersionsDocument,
    RETRY_FILE: RetryDocument,
    "roles.toml": doc.RolesDocument,
    "s1sps.toml": doc.S1spsDocument,
    PAYMENT_MODE_FILE: PaymentModeDocument,
    "safe_prepayment.toml": SafePrepaymentDocument,
    "service_requests.toml": doc.ServiceRequestsDocument,
    "thresholds.toml": doc.ThresholdsDocument,
}
"""The files of a policy; an operator's folder may replace any of them, whole."""

_SAFE_USE_CASES = {DeviceType.ESME: UseCase.ECS08A, DeviceType.GSME: UseCase.GCS05}
_FUELS = {DeviceType.ESME: Fuel.ELECTRICITY, DeviceType.GSME: Fuel.GAS}
_Document = TypeVar("_Document", bound=BaseModel)


def load_policy(files: Mapping[str, str]) -> Policy:
    """Read the text of every file in ``FILES`` (by name) and prove what must hold between them.

    Raises ``PolicyError`` naming file, path and rule.
    """
    for name in files:
        if name not in FILES:
            raise PolicyError(name, "", "is not a policy file; they are " + ", ".join(FILES))
    safe = _safe_profile(_read(files, "safe_prepayment.toml", SafePrepaymentDocument))
    payment_mode = safe_payment_mode(_read(files, PAYMENT_MODE_FILE, PaymentModeDocument))
    agreed: dict[str, AgreedContent] = {"safe_prepayment": safe, "safe_payment_mode": payment_mode}
    variants = _read(files, "command_variants.toml", doc.CommandVariantsDocument).root
    services = _service_requests(
        _read(files, "service_requests.toml", doc.ServiceRequestsDocument), variants, agreed
    )
    roles = _roles(
        _read(files, "roles.toml", doc.RolesDocument),
        _read(files, "thresholds.toml", doc.ThresholdsDocument),
        services,
    )
    codes = _read(files, "codes.toml", doc.CodesDocument)
    situations = codes.situations
    versions = _read(files, "duis_versions.toml", doc.DuisVersionsDocument)
    admission = _read(files, "admission.toml", doc.AdmissionDocument)
    limits = attribute_limits(_read(files, "anomaly_limits.toml", doc.AnomalyLimitsDocument))
    return Policy(
        roles=roles,
        service_requests=services,
        eligible={
            srv: frozenset(r for r, role in roles.items() if srv in role.active_services)
            for srv in services
        },
        variants={
            number: CommandVariant(
                number, variant.service, variant.signed_pre_command, variant.local, variant.actioned
            )
            for number, variant in variants.items()
        },
        duis_versions=versions.served,
        codes={version: _codes(version, versions, situations) for version in versions.served},
        situations={name: Situation(s.code, s.why) for name, s in situations.items()},
        safe_prepayment=safe,
        safe_payment_mode=payment_mode,
        limits=limits,
        s1sps=read_providers(_read(files, "s1sps.toml", doc.S1spsDocument), services, limits),
        require_revoked=admission.require_revoked,
        event_time_tolerance=timedelta(seconds=admission.event_time_tolerance_seconds),
        dcc_alerts=dcc_alerts(codes.dcc_alerts),
        storms=storm_protection(_read(files, "alert_storms.toml", AlertStormsDocument)),
        capacity=_read(files, CAPACITY_FILE, Capacity),
        dead_letters=_read(files, DEAD_LETTERS_FILE, DeadLetterPolicy),
        retry=retry_policy(_read(files, RETRY_FILE, RetryDocument)),
        fingerprint=_fingerprint(files),
    )


def _fingerprint(files: Mapping[str, str]) -> int:
    """The first 63 bits of a SHA-256 over the files: a number that every database can hold."""
    whole = sha256()
    for name in sorted(files):
        whole.update(f"{name} {sha256(files[name].encode()).hexdigest()}\n".encode())
    return int.from_bytes(whole.digest()[:8]) >> 1


def _read(files: Mapping[str, str], name: str, document: type[_Document]) -> _Document:
    if name not in files:
        raise PolicyError(name, "", "is missing")
    try:
        content: dict[str, Any] = tomllib.loads(files[name])
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(name, "", f"is not TOML: {error}") from None
    try:
        return document.model_validate(content)
    except ValidationError as error:
        first = first_problem(error, "")
        raise PolicyError(name, first.place, first.words) from None


def _safe_profile(document: SafePrepaymentDocument) -> SafeProfile:
    wait = timedelta(minutes=document.longest_wait_minutes)
    electricity = document.electricity.configuration()
    gas = document.gas.configuration()
    configurations: dict[DeviceType, PrepaymentConfiguration] = {
        DeviceType.ESME: electricity,
        DeviceType.GSME: gas,
    }
    formats = {}
    for device_type, configuration in configurations.items():
        table = _FUELS[device_type].value
        with _errors_of_profile(table):
            prove_safe(configuration, wait)
            formats[device_type] = FixedFormat.for_configuration(
                configuration, _SAFE_USE_CASES[device_type]
            )
    return SafeProfile(
        version=document.version,
        longest_wait=wait,
        electricity=electricity,
        gas=gas,
        formats=formats,
        message_codes={t: use_case.value for t, use_case in _SAFE_USE_CASES.items()},
    )


@contextmanager
def _errors_of_profile(table: str) -> Iterator[None]:
    try:
        yield
    except UnsafeError as error:
        raise PolicyError("safe_prepayment.toml", f"{table}.{error.field}", error.rule) from None
    except StayonError as error:
        raise PolicyError("safe_prepayment.toml", table, f"cannot be sent: {error}") from None


def _service_requests(
    document: doc.ServiceRequestsDocument,
    variants: Mapping[int, doc.CommandVariantDocument],
    agreed: Mapping[str, AgreedContent],
) -> dict[str, ServiceRequest]:
    services = {}
    for srv, entry in document.root.items():
        used = frozenset[int]().union(*entry.variants.values())
        if unknown := used - variants.keys():
            raise PolicyError(
                "service_requests.toml", f"{srv}.variants", f"{min(unknown)} is no variant"
            )
        if bool(entry.device_types) == ("DCC" in entry.variants):
            raise PolicyError(
                "service_requests.toml", srv, "has device_types, or variants.DCC, and not both"
            )
        fixed = None if entry.fixed_format is None else agreed[entry.fixed_format]
        if fixed is not None and type(fixed.body(Fuel.GAS)).__name__ != entry.body:
            raise PolicyError(
                "service_requests.toml", f"{srv}.fixed_format", f"is not of {entry.body}"
            )
        services[srv] = ServiceRequest(
            srv=srv,
            name=entry.name,
            body=entry.body,
            critical=entry.critical,
            device_types=entry.device_types,
            device_statuses=entry.device_statuses,
            local_statuses=entry.local_statuses,
            variants={doc.GENERATIONS[t]: numbers for t, numbers in entry.variants.items()},
            message_codes={
                t: frozenset(int(code, 16) for code in codes)
                for t, codes in entry.message_codes.items()
            },
            fixed_format=fixed,
        )
    return services


def _roles(
    document: doc.RolesDocument,
    thresholds: doc.ThresholdsDocument,
    services: Mapping[str, ServiceRequest],
) -> dict[UserRole, RolePolicy]:
    roles = {}
    for role, entry in document.root.items():
        default = thresholds.root.get(role)
        roles[role] = RolePolicy(
            role=role,
            name=entry.name,
            contingency=entry.contingency,
            fuel=entry.fuel,
            services=tuple(GrantedService(g.srv, g.change, g.active) for g in entry.services),
            default_threshold=None
            if default is None
            else VolumeThreshold(
                timedelta(seconds=default.period_seconds), default.warning, default.quarantine
            ),
        )
        _prove_role(roles[role], services)
    return roles


def _prove_role(role: RolePolicy, services: Mapping[str, ServiceRequest]) -> None:
    path = f"{role.role.value}.services"
    if role.contingency != (role.role is UserRole.SOLR_CONTINGENCY):
        raise PolicyError(
            "roles.toml", f"{role.role.value}.contingency", "is true for SolrContingency only"
        )
    if role.contingency and role.default_threshold is None:
        raise PolicyError("thresholds.toml", role.role.value, "is missing: closed by default (R6)")
    for srv in sorted(role.active_services):
        if srv not in services:
            raise PolicyError("roles.toml", path, f"{srv} is not in service_requests.toml")
        if role.contingency and services[srv].fixed_format is None:
            raise PolicyError(
                "roles.toml", path, f"{srv} has no fixed format, so this role cannot have it"
            )


def _codes(
    version: str,
    versions: doc.DuisVersionsDocument,
    situations: Mapping[str, doc.SituationDocument],
) -> dict[str, str]:
    older = {
        code: entry.before
        for code, entry in versions.codes.items()
        if _number(version) < _number(entry.since)
    }
    named = {name: older.get(entry.code, entry.code) for name, entry in situations.items()}
    return named | older


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
