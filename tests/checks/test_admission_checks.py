"""Every check of admission accepts what it should and stops what it should."""

import pytest
from tests.checks.cases import (
    METER,
    OTHER_SUPPLIER,
    SUPPLIER_ROLES,
    Case,
    contingency,
    ordinary,
    verdict_of,
)
from tests.checks.refusal import Refusal
from tests.checks.refusals import REFUSALS
from tests.checks.refusals_content import LIFTED, NARROW

from stayon.checks import admission
from stayon.checks.facts import UserStatus, VolumeAllowance
from stayon.checks.order import ADMISSION_CHECKS
from stayon.checks.stages import Admitted
from stayon.domain.metering import Fuel, UserRole
from stayon.duis.request import (
    Body,
    ReadInventory,
    ReadPrepaymentConfiguration,
    UpdateSecurityCredentialsCoS,
)
from stayon.policy import Policy

OVERALL = frozenset({"sec/overall_threshold"})
REQUIREMENTS = {module.CHECK.check_id: module.CHECK.requirements for module in ADMISSION_CHECKS}
ROWS = [
    pytest.param(
        row,
        id=f"{row.check}: {row.why}",
        marks=pytest.mark.requirement(*REQUIREMENTS.get(row.check, ())),
    )
    for row in REFUSALS
]
ACCEPTED = [
    pytest.param(
        make(variant, fuel, version=version), id=f"{make.__name__} {variant} {fuel.value} {version}"
    )
    for make in (contingency, ordinary)
    for variant in (1, 4, 5, 6, 7)
    for fuel in Fuel
    for version in ("5.4", "5.5")
]


@pytest.mark.requirement("R5", "D15", "D16", "T4", "A4/A8", "D12")
@pytest.mark.parametrize("case", ACCEPTED)
def test_what_should_pass_passes_every_check(case: Case) -> None:
    assert verdict_of(case) == ("", "")


@pytest.mark.requirement("D13", "D14")
@pytest.mark.parametrize(
    ("case", "policy"),
    [
        (contingency(5).with_facts(lifted=LIFTED), NARROW),
        (contingency(5).with_facts(volume=VolumeAllowance(0, 10, 10), lifted=LIFTED), None),
        (contingency(1).with_facts(volume=VolumeAllowance(0, 10, 10), lifted=LIFTED), None),
        (contingency(1).with_facts(overall=VolumeAllowance(0, 10, 10), lifted=OVERALL), None),
        (contingency(4).with_facts(overall=VolumeAllowance(0, 0, 0)), None),
        (ordinary(5).with_facts(overall=VolumeAllowance(0, 10, 9)), None),
    ],
)
def test_what_is_lifted_for_a_request_holds_it_no_longer(case: Case, policy: Policy | None) -> None:
    assert verdict_of(case, policy) == ("", "")


@pytest.mark.parametrize("row", ROWS)
def test_what_should_not_pass_is_stopped_by_its_check(row: Refusal) -> None:
    assert verdict_of(row.case, row.policy) == (row.check, row.code)


@pytest.mark.parametrize("module", ADMISSION_CHECKS, ids=lambda module: module.CHECK.check_id)
def test_a_check_that_is_switched_off_is_missed(
    module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_id = module.CHECK.check_id  # type: ignore[attr-defined]
    rows = [row for row in REFUSALS if row.check == check_id]
    before = [verdict_of(row.case, row.policy) for row in rows]
    others = tuple(m.check for m in ADMISSION_CHECKS if m is not module)
    monkeypatch.setattr(admission, "_ADMISSION", others)
    after = []
    for row in rows:
        try:
            after.append(verdict_of(row.case, row.policy))
        except Exception as error:  # noqa: BLE001 - a later function may well stumble
            after.append(("", type(error).__name__))
    assert rows
    assert all(a != b for a, b in zip(before, after, strict=True))


def of_service(srv: str, variant: int, body: Body) -> Case:
    case = ordinary(4).with_variant(variant)
    return case.with_request(service_reference=srv, service_reference_variant=srv, body=body)


COS = UpdateSecurityCredentialsCoS(None, 1, None, b"", None, None, (), False, "1012345678901")


@pytest.mark.requirement("D15", "R3")
def test_other_services_of_a_supplier_pass() -> None:
    read = of_service("4.13", 1, ReadPrepaymentConfiguration(None))
    assert verdict_of(read) == ("", "")
    gained = of_service("6.23", 1, COS).with_device(notified_critical_supplier=OTHER_SUPPLIER)
    assert verdict_of(gained) == ("", "")
    lost = gained.with_device(registered_supplier=OTHER_SUPPLIER)
    assert verdict_of(lost) == ("duis/e4_responsible_supplier", "E4")


@pytest.mark.requirement("D15")
def test_a_service_of_the_dcc_itself_needs_no_device() -> None:
    inventory = of_service("8.2", 8, ReadInventory(METER)).with_facts(device=None)
    admitted = inventory.admit()
    assert isinstance(admitted, Admitted)
    assert admitted.device is None
    assert verdict_of(inventory.with_variant(1)) == ("duis/e12_command_variant", "E12")


@pytest.mark.requirement("D9")
@pytest.mark.parametrize("fuel", list(Fuel))
def test_the_sender_and_its_role_are_kept(fuel: Fuel) -> None:
    for_srp = contingency(5, fuel).admit()
    assert isinstance(for_srp, Admitted)
    assert for_srp.is_contingency
    assert for_srp.sender == contingency(5, fuel).facts.sender
    own = ordinary(5, fuel).admit()
    assert isinstance(own, Admitted)
    assert not own.is_contingency
    assert own.role in (UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER)
    assert own.frame is not None


@pytest.mark.requirement("A4/A8", "D15")
@pytest.mark.parametrize("fuel", list(Fuel))
def test_a_supplier_of_both_fuels_acts_in_the_role_of_the_device(fuel: Fuel) -> None:
    both = dict.fromkeys(reversed(SUPPLIER_ROLES.values()), UserStatus.ACTIVE)
    case = ordinary(5, fuel).with_sender(roles=both).with_originator(roles=both)
    admitted = case.admit()
    assert isinstance(admitted, Admitted)
    assert admitted.role is SUPPLIER_ROLES[fuel]
    inventory = of_service("8.2", 8, ReadInventory(METER)).with_facts(device=None)
    admitted = inventory.with_sender(roles=both).admit()
    assert isinstance(admitted, Admitted)
    assert admitted.role is UserRole.IMPORT_SUPPLIER


@pytest.mark.requirement("D15")
def test_who_is_no_supplier_needs_no_supplier_certificates() -> None:
    distributor = {UserRole.ELECTRICITY_DISTRIBUTOR: UserStatus.ACTIVE}
    inventory = of_service("8.2", 8, ReadInventory(METER)).with_facts(
        device=None, originator_certificates=None
    )
    allowed = inventory.with_sender(roles=distributor).with_originator(roles=distributor)
    assert verdict_of(allowed) == ("", "")
    assert verdict_of(inventory) == ("decided/supplier_not_revoked", "E65")
