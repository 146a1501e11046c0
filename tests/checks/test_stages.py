"""Nobody makes a stage in passing, and a missing fact is never taken for granted."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.checks.cases import contingency, ordinary
from tests.checks.refusal import Refusal
from tests.checks.refusals import REFUSALS
from tests.checks.refusals_content import NARROW_FOR_SUPPLIERS
from tests.policy.shipped import shipped_policy

import stayon
from stayon.checks.declaration import Check
from stayon.checks.facts import UnknownFactError, known
from stayon.checks.order import ADMISSION_CHECKS
from stayon.checks.outcome import Passed, Quarantined
from stayon.checks.stages import Admitted
from stayon.domain.errors import FieldError
from stayon.domain.metering import DeviceType, UserRole
from stayon.duis.request import OtherBody
from stayon.gbcs.errors import GbcsError

CHECKS = {module.CHECK.check_id: module for module in ADMISSION_CHECKS}


@pytest.mark.requirement("R6", refuses=True)
def test_a_stage_needs_the_seal() -> None:
    admitted = contingency().admit()
    assert isinstance(admitted, Admitted)
    with pytest.raises(FieldError, match="made by"):
        Admitted(
            admitted.received, admitted.request, admitted.sender, admitted.role,
            admitted.device, admitted.frame, object(),  # type: ignore[arg-type]
        )  # fmt: skip
    # A ValueError up to Python 3.12, a TypeError since.
    with pytest.raises((ValueError, TypeError), match="InitVar"):
        replace(admitted, role=UserRole.IMPORT_SUPPLIER)  # type: ignore[call-arg]


@pytest.mark.requirement("R6", refuses=True)
def test_the_seal_is_in_two_files_only() -> None:
    package = Path(stayon.__file__).parent
    using = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Name) and node.id == "_SEAL")
        or (isinstance(node, ast.alias) and node.name == "_SEAL")
        or (isinstance(node, ast.Attribute) and node.attr == "_SEAL")
    }
    assert using == {"checks/stages.py", "checks/admission.py"}


def test_a_fact_that_is_missing_after_all() -> None:
    assert known(1, "number") == 1
    with pytest.raises(UnknownFactError, match="sender"):
        known(None, "sender")


LONE: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("decided/body_fits_variant", {"service_reference_variant": "99.1"}, {}),
    ("decided/takes_ecs08a", {}, {"device": None}),
    ("duis/e11_device_type", {}, {"device": None}),
    ("duis/e12_command_variant", {"service_reference_variant": "99.1"}, {}),
    ("duis/e19_device_exists", {}, {"device": None}),
    ("duis/e2_eligible_service", {}, {"sender": None}),
    ("duis/e3_user_status", {}, {"sender": None}),
    ("duis/e3_user_status", {}, {"originator": None}),
    ("duis/e4_responsible_supplier", {}, {"device": None}),
    ("duis/e5_device_status", {}, {"device": None}),
    ("gbcs/service_message_code", {}, {"sender": None, "device": None}),
    ("gbcs/signature", {}, {"sender": None}),
    ("gbcs/signature", {}, {"device": None}),
    ("mp104/distinct_keys", {}, {"device": None}),
    ("mp134b/at_once", {"body": OtherBody("EnableSupply")}, {}),
    ("mp134b/fixed_format", {}, {"device": None}),
    ("mp134b/message_code", {}, {"device": None}),
    ("sec/attribute_limits", {}, {"sender": None}),
    ("sec/attribute_limits", {}, {"device": None}),
    ("sec/volume_threshold", {}, {"sender": None, "volume": None}),
    ("sec/volume_threshold", {"service_reference_variant": "99.1"}, {"volume": None}),
)


@pytest.mark.parametrize(("check_id", "request_changes", "fact_changes"), LONE)
def test_a_check_on_its_own_refuses_what_it_cannot_know(
    check_id: str, request_changes: dict[str, Any], fact_changes: dict[str, Any]
) -> None:
    case = contingency().with_request(**request_changes).with_facts(**fact_changes)
    verdict = CHECKS[check_id].check(case.authenticated, case.facts, shipped_policy())
    assert not isinstance(verdict, Passed)


@pytest.mark.parametrize(
    "check_id",
    ["gbcs/signature", "gbcs/header", "gbcs/service_message_code", "mp134b/fixed_format"],
)
def test_a_payload_that_is_no_gbcs_passes_none_of_these(check_id: str) -> None:
    case = replace(contingency(), frame=GbcsError("message", 0, "is none"))
    if check_id == "gbcs/service_message_code":
        case = case.with_facts(sender=None)
    verdict = CHECKS[check_id].check(case.authenticated, case.facts, shipped_policy())
    assert not isinstance(verdict, Passed)


def test_no_format_for_a_device_is_no_match() -> None:
    case = contingency().with_device(device_type=DeviceType.GPF)
    for check_id in ("mp134b/fixed_format", "mp134b/message_code"):
        verdict = CHECKS[check_id].check(case.authenticated, case.facts, shipped_policy())
        assert not isinstance(verdict, Passed)


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row.check}: {row.why}")
def test_words_go_with_every_verdict(row: Refusal) -> None:
    declared: Check = CHECKS[row.check].CHECK
    assert declared.check_id == row.check
    if row.code == "quarantine":
        assert declared.quarantines


def test_limits_cannot_be_judged_without_a_payload() -> None:
    case = replace(ordinary(), frame=GbcsError("message", 0, "is none"))
    verdict = CHECKS["sec/attribute_limits"].check(
        case.authenticated, case.facts, NARROW_FOR_SUPPLIERS
    )
    assert isinstance(verdict, Quarantined)
