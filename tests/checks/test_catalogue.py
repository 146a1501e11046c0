"""The list of checks: complete, in order, and the page that is generated from it."""

import re
from pathlib import Path

import pytest
from tests.checks.refusals import REFUSALS
from tests.policy.shipped import changed, shipped_policy

import stayon.checks
from stayon.checks.catalogue import answer_of, is_code, markdown
from stayon.checks.order import DECLARATIONS
from stayon.policy import FILES

FOLDER = Path(stayon.checks.__file__).parent
PARTIES = FOLDER.parent / "parties"


def test_every_file_of_a_check_is_in_the_order_and_named_after_its_place() -> None:
    files = {
        path.relative_to(FOLDER).with_suffix("").as_posix()
        for path in FOLDER.glob("*/*.py")
        if path.stem != "__init__"
    }
    assert files == {check.check_id for check in DECLARATIONS}
    assert len(files) == len(DECLARATIONS)


def test_every_declaration_says_where_it_comes_from() -> None:
    situations = shipped_policy().situations
    for check in DECLARATIONS:
        assert check.title
        assert check.requirements
        assert check.source
        assert check.code or check.quarantines
        assert not check.code or is_code(check.code) or check.code in situations
        assert not check.parameter or check.parameter in FILES
    of_checks = {c.code for c in DECLARATIONS if c.code and not is_code(c.code)}
    # The others are answered after every check has passed, by what carries the request out.
    parties = "".join(path.read_text() for path in PARTIES.rglob("*.py"))
    unused = {name for name in set(situations) - of_checks if f'"{name}"' not in parties}
    assert not unused
    assert of_checks <= set(situations)


@pytest.mark.requirement("decision 1")
def test_the_order_is_that_of_decision_1() -> None:
    position = {check.check_id: place for place, check in enumerate(DECLARATIONS)}
    decided = [
        "smki/xml_signature", "smki/chain", "smki/xml_sign_role", "smki/signer_valid",
        "mp104/key_of_one_role", "mp134b/originator_listed", "mp134b/srp_authorised",
        "mp134b/originator_revoked", "duis/e1_user_and_role", "duis/e2_eligible_service",
        "duis/e3_user_status", "duis/e13_service_url", "duis/e12_command_variant",
        "duis/e19_device_exists", "duis/e11_device_type", "duis/e5_device_status",
        "duis/e4_responsible_supplier", "decided/duplicate", "gbcs/signature", "gbcs/header",
        "mp104/distinct_keys", "mp134b/message_code", "mp134b/fixed_format",
        "sec/attribute_limits", "sec/volume_threshold",
    ]  # fmt: skip
    places = [position[check_id] for check_id in decided]
    assert places == sorted(places)


def test_what_a_check_answers() -> None:
    answers = {check.check_id: answer_of(check, shipped_policy()) for check in DECLARATIONS}
    assert answers["duis/e4_responsible_supplier"] == "E4"
    assert answers["duis/e5_device_status"] == "E5; E17"
    assert answers["mp134b/fixed_format"] == "E2 (DUIS 5.4) or E020101 (DUIS 5.5)"
    assert answers["decided/duplicate"] == "E65 [duplicate]"
    assert answers["sec/volume_threshold"] == "quarantine"
    assert answers["sec/attribute_limits"] == "E65 [smets1_attribute_limit]; quarantine"


def test_the_page_has_a_row_for_every_check_in_order() -> None:
    page = markdown(shipped_policy())
    rows = re.findall(r"^\| (\d+) \| `([^`]+)` \|", page, re.MULTILINE)
    assert rows == [(str(n), check.check_id) for n, check in enumerate(DECLARATIONS, start=1)]


def test_the_page_in_the_docs_is_the_present_one() -> None:
    page = Path(__file__).parents[2] / "docs" / "checks.md"
    assert page.read_text() == markdown(shipped_policy())


@pytest.mark.requirement("decision 1")
def test_a_code_that_no_document_gives_is_configuration() -> None:
    policy = changed("codes.toml", ('duplicate = { code = "E65"', 'duplicate = { code = "E4"'))
    (row,) = (row for row in REFUSALS if (row.check, row.code) == ("decided/duplicate", "E65"))
    verdict = row.case.admit(policy)
    assert getattr(verdict, "code", None) == "E4"
