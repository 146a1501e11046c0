"""Combinations of sender, target and request, as the oracle names them and as cases of the checks.

Senders deviate from a good one in one thing or in two; service requests, roles and variants come
from the policy that ships.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations, product
from math import prod
from typing import Any

from hypothesis import strategies as st
from tests.checks.cases import (
    DAY,
    METER,
    NOW,
    OTHER_SRP,
    OTHER_SUPPLIER,
    SRP,
    SUPPLIER,
    SUPPLIER_KEY,
    Case,
    contingency,
    ordinary,
    signed_payload,
)
from tests.checks.negative_oracle import SERVICE_OF, Asked, Sender, Target
from tests.policy.shipped import shipped_policy
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.checks.facts import SupplierCertificates, User, UserStatus, VolumeAllowance
from stayon.domain.metering import DeviceStatus, DeviceType, Fuel, Generation, UserRole
from stayon.domain.money import MilliPence
from stayon.duis.request import (
    Body,
    CommandVariant,
    CreditMode,
    ReadInventory,
    ReadPrepaymentConfiguration,
    SignedPreCommand,
    UpdatePaymentMode,
    UpdatePrepayConfiguration,
    UpdateSecurityCredentialsCoS,
)
from stayon.gbcs.frame import ABSENT, Frame, encode_frame, parse_frame
from stayon.gbcs.protection import sign
from stayon.policy import Service

Combination = tuple[Sender, Target, Asked]

_OPEN = Sender("SolrContingency", certificates="revoked")
_DEVIATIONS: tuple[dict[str, object], ...] = (
    {"active": False},
    {"suspended": True},
    {"certificates": "valid"},
    {"certificates": "unknown"},
    {"originator_roles": ("IS",)},
    {"originator_roles": ("ED",)},
    {"originator_is_user": False},
    {"originator_active": False},
    {"listing": "absent"},
    {"listing": "other SRP"},
    {"listing": "ended"},
    {"listing": "unregistered"},
    {"instructed": False},
    {"threshold_left": False},
)
_TARGETS: tuple[dict[str, object], ...] = (
    {},
    {"kind": "unknown"},
    {"kind": "hub"},
    {"registered": False},
    {"anchored": False},
    {"registered": False, "anchored": False},
    {"status": "Pending"},
    {"status": "Decommissioned"},
    {"status": "Recovered"},
    {"status": "Suspended"},
    {"takes_ecs08a": False},
)
_ANOTHER_BALANCE = MilliPence(600_00000)
_COS = UpdateSecurityCredentialsCoS(None, 1, None, b"", None, None, (), False, "1012345678901")


def senders() -> Iterator[Sender]:
    """Good ones, and every deviation by itself and with each other."""
    yield _OPEN
    for one in _DEVIATIONS:
        yield replace(_OPEN, **one)  # type: ignore[arg-type]
    for one, two in combinations(_DEVIATIONS, 2):
        if not one.keys() & two.keys():
            yield replace(_OPEN, **{**one, **two})  # type: ignore[arg-type]
    for role in UserRole:
        if role is not UserRole.SOLR_CONTINGENCY:
            good = Sender(role.value)
            yield good
            yield replace(good, active=False)
            yield replace(good, suspended=True)
            yield replace(good, own_name=False)
            yield replace(good, is_user=False)
            yield replace(good, certificates="revoked")
            yield replace(good, certificates="unknown")


def everything() -> Iterator[Combination]:
    """The whole product, some hundred thousand."""
    kinds = list(product(("electricity", "gas"), ("SMETS1", "SMETS2"), _TARGETS))
    asked = _everything_asked()
    for sender in senders():
        for (fuel, generation, changes), request in product(kinds, asked):
            yield sender, Target(fuel, generation, **changes), request  # type: ignore[arg-type]


def _everything_asked() -> list[Asked]:
    policy = shipped_policy()
    asked = [
        Asked(srv, variant, posted_to)
        for srv, variant in product(policy.service_requests, policy.variants)
        for posted_to in dict.fromkeys((SERVICE_OF[variant], "Send Command"))
    ]
    asked += [
        replace(each, safe=False)
        for each in asked
        if each.srv == "2.1" and each.posted_to == SERVICE_OF[each.variant]
    ]
    return asked


def batches(size: int) -> st.SearchStrategy[list[Combination]]:
    """So many at once: any sender and request, with a target in any state.

    Each is one number that names a place on every axis: drawing places one by one takes ten times
    as long as judging does.
    """
    axes = _axes()
    places = st.lists(
        st.integers(0, prod(map(len, axes)) - 1), min_size=size, max_size=size, unique=True
    )
    return places.map(lambda numbers: [_at(axes, number) for number in numbers])


@cache
def _axes() -> tuple[Sequence[Any], ...]:
    """Senders, what a target is made of, requests; what is usual stands there more often."""
    everybody = tuple(senders())
    good = [each for each in everybody if each in (Sender(each.role), _OPEN)]
    mostly = (True, True, True, False)
    statuses = [each.value for each in DeviceStatus] + [DeviceStatus.COMMISSIONED.value] * 6
    fuels, generations = ("electricity", "gas"), ("SMETS1", "SMETS2")
    kinds = ("meter", "meter", "meter", "hub", "unknown")
    target = (fuels, generations, kinds, mostly, mostly, statuses, mostly)
    return ((*everybody, *good * 10), *target, tuple(_everything_asked()))


def _at(axes: tuple[Sequence[Any], ...], number: int) -> Combination:
    chosen = []
    for axis in axes:
        number, place = divmod(number, len(axis))
        chosen.append(axis[place])
    sender, *target, asked = chosen
    return sender, Target(*target), asked


def one_thing_wrong() -> Iterator[Combination]:
    """Whoever is good, or wrong in one thing, to a target that is; posted where it belongs."""
    asked = [each for each in _everything_asked() if each.posted_to == SERVICE_OF[each.variant]]
    alone = [Sender("IS"), Sender("GS"), _OPEN, Sender("IS", certificates="revoked")]
    alone += [replace(_OPEN, **one) for one in _DEVIATIONS]  # type: ignore[arg-type]
    kinds = product(("electricity", "gas"), ("SMETS1", "SMETS2"), _TARGETS)
    for (fuel, generation, changes), sender in product(kinds, alone):
        if not changes or sender in alone[:3]:
            for request in asked:
                yield sender, Target(fuel, generation, **changes), request  # type: ignore[arg-type]


def case_of(sender: Sender, target: Target, asked: Asked) -> Case:
    """The request and the facts that a combination describes."""
    fuel = Fuel(target.fuel)
    is_srp = sender.role == "SolrContingency"
    variant = asked.variant
    body = _body(asked, fuel)
    case = (contingency if is_srp else ordinary)(4 if target.generation == "SMETS2" else 1, fuel)
    case = _contingency_facts(case, sender) if is_srp else _ordinary_facts(case, sender)
    received = replace(case.received, service=Service(asked.posted_to))
    case = replace(case, received=received).with_request(
        command_variant=CommandVariant(variant),
        service_reference=asked.srv,
        service_reference_variant=asked.srv,
        body=body,
    )
    if isinstance(body, SignedPreCommand):
        case = replace(case, frame=_frame(body.gbcs_payload))
    # 8.2 is asked of the DCC itself: its Business Target is no device.
    return case.with_facts(device=None) if asked.srv == "8.2" else _with_target(case, target)


@cache
def _frame(payload: bytes) -> Frame:
    return parse_frame(payload)


def _contingency_facts(case: Case, sender: Sender) -> Case:
    roles = {UserRole(role): _state(sender.originator_active) for role in sender.originator_roles}
    originator = User(SUPPLIER, roles, party_suspended=True)
    entry, pair = case.facts.failed_supplier_entries[0], case.facts.srp_registrations[0]
    entries = {
        "absent": (),
        "other SRP": (replace(entry, srp=OTHER_SRP),),
        "ended": (replace(entry, effective_to=NOW - DAY),),
    }
    return case.with_facts(
        sender=User(SRP, {UserRole.SOLR_CONTINGENCY: _state(sender.active)}, sender.suspended),
        originator=originator if sender.originator_is_user else None,
        originator_certificates=_certificates(sender),
        failed_supplier_entries=entries.get(sender.listing, (entry,)),
        srp_registrations=() if sender.listing == "unregistered" else (pair,),
        instructions=case.facts.instructions if sender.instructed else (),
        volume=VolumeAllowance(0, 10, 9 if sender.threshold_left else 10),
    )


def _ordinary_facts(case: Case, sender: Sender) -> Case:
    user = User(SUPPLIER, {UserRole(sender.role): _state(sender.active)}, sender.suspended)
    facts = case.with_facts(
        sender=user if sender.is_user else None,
        originator=user if sender.is_user else None,
        originator_certificates=_certificates(sender),
    )
    if sender.own_name:
        return facts
    return replace(facts, signer=replace(facts.signer, eui64=OTHER_SUPPLIER)).with_facts(
        sender=replace(user, user_id=OTHER_SUPPLIER) if sender.is_user else None
    )


def _state(active: bool) -> UserStatus:
    return UserStatus.ACTIVE if active else UserStatus.INACTIVE


def _certificates(sender: Sender) -> SupplierCertificates | None:
    if sender.certificates == "unknown":
        return None
    revoked = sender.certificates == "revoked"
    return SupplierCertificates(any_revoked=revoked, any_valid_now=not revoked)


def _with_target(case: Case, target: Target) -> Case:
    if target.kind == "unknown":
        return case.with_facts(device=None)
    changes: dict[str, object] = {
        "status": DeviceStatus(target.status),
        "generation": Generation(target.generation),
        "takes_ecs08a": target.takes_ecs08a,
        "registered_supplier": SUPPLIER if target.registered else OTHER_SUPPLIER,
        "notified_critical_supplier": SUPPLIER if target.anchored else OTHER_SUPPLIER,
    }
    if target.kind == "hub":
        changes["device_type"] = DeviceType.CHF
    return case.with_device(**changes)


@cache
def _body(asked: Asked, fuel: Fuel) -> Body:
    gas = fuel is Fuel.GAS
    safe = SAFE_GAS if gas else SAFE_ELECTRICITY
    configuration = safe if asked.safe else replace(safe, max_meter_balance=_ANOTHER_BALANCE)
    if asked.variant in (5, 6, 7):
        payload = signed_payload(fuel, configuration)
        return SignedPreCommand(
            None, payload if asked.srv == "2.1" else _other_service(payload, gas)
        )
    bodies: dict[str, Body] = {
        "1.6": UpdatePaymentMode(None, CreditMode()),
        "2.1": UpdatePrepayConfiguration(None, configuration),
        "4.13": ReadPrepaymentConfiguration(None),
        "6.23": _COS,
        "8.2": ReadInventory(METER),
    }
    return bodies[asked.srv]


def _other_service(payload: bytes, gas: bool) -> bytes:
    """A Pre-Command with a message code of 1.6."""
    frame = replace(parse_frame(payload), signature=ABSENT)
    code = 0x006C if gas else 0x001A
    information = replace(frame.other_information, message_code=code)
    return sign(encode_frame(replace(frame, other_information=information)), SUPPLIER_KEY)
