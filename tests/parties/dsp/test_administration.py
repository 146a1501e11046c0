"""What the DCC's people decide: files, second persons, the order of things."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.parties.dsp.world import (
    BEFORE,
    FAILED_SUPPLIERS,
    INSTRUCTION,
    NOW,
    SRP,
    SUPPLIER,
    USERS,
    DspWorld,
    certificates,
    fail_the_supplier,
    rule,
)

from stayon.checks.facts import SrpRegistration
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.parties.dsp.data_management.failed_suppliers import FileError, read_file
from stayon.parties.dsp.data_management.refusal import AdministrationError
from stayon.ports.audit import AuditQuery

HEADER = FAILED_SUPPLIERS.splitlines()[0].decode()
GOOD = FAILED_SUPPLIERS.splitlines()[1].decode()
OTHER = Eui64.parse("00-DB-12-34-00-00-00-77")


def file_of(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows, "")).encode()


@pytest.mark.requirement("D1", "T2")
def test_a_file_is_read_row_by_row() -> None:
    (row,) = read_file(FAILED_SUPPLIERS)
    assert (row.supplier, row.srp, row.participant_ids) == (SUPPLIER, SRP, ("EXMP",))
    assert (row.effective_from, row.effective_to) == (BEFORE, None)
    assert read_file(b"\xef\xbb\xbf" + file_of()) == ()


@pytest.mark.requirement("D1", refuses=True)
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "row 1: the header must be"),
        (b"supplier,srp\n", "row 1: the header must be"),
        (b"\xff\xfe", "octet 0 is not UTF-8"),
        (b"x" * (1024 * 1024 + 1), "larger than"),
        (file_of(GOOD + ",more"), "row 2: has 8 columns, not 7"),
        (file_of(GOOD, "x" + GOOD), "row 3, supplier_id"),
        (file_of(GOOD.replace("Example Energy", "")), "row 2, supplier_name: must not be empty"),
        (file_of(GOOD.replace("EXMP", "EXMP;;A")), "row 2, participant_ids"),
        (file_of(GOOD.replace("OFG-1", " ")), "row 2, instruction_ref"),
        (file_of(GOOD.replace("T10:30:15Z", "")), "row 2, effective_from"),
        (file_of(GOOD + "2020-01-01T00:00:00Z"), "row 2, effective_to: is not after"),
        (file_of(GOOD + "tomorrow"), "row 2, effective_to"),
        (file_of(GOOD, GOOD), "row 3, supplier_id: " + str(SUPPLIER)),
        (file_of('"' + GOOD), "row 2: "),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(content: bytes, problem: str) -> None:
    with pytest.raises(FileError) as refused:
        read_file(content)
    assert any(each.startswith(problem) or problem in each for each in refused.value.problems)


def test_every_problem_is_named() -> None:
    with pytest.raises(FileError) as refused:
        read_file(file_of("a,,;,b,,now,", "1,2"))
    assert len(refused.value.problems) == 7


def test_a_pair_may_come_back_later() -> None:
    ended = GOOD + "2026-10-01T00:00:00Z"
    again = GOOD.replace(f"{BEFORE:%Y-%m-%dT%H:%M:%SZ}", "2026-10-01T00:00:00Z")
    assert len(read_file(file_of(ended, again))) == 2


@pytest.mark.requirement("D1", "D2")
async def test_the_three_warnings(calm: DspWorld) -> None:
    administration = calm.dsp.administration
    await administration.enter_instruction(INSTRUCTION)
    uploaded = await administration.upload(FAILED_SUPPLIERS, "pat")
    assert [each.kind for each in uploaded.warnings] == ["suspended", "certificates"]
    changed = await administration.upload(FAILED_SUPPLIERS.replace(b"EXMP", b"WRNG"), "pat")
    assert [each.kind for each in changed.warnings] == ["identity", "suspended", "certificates"]
    suspended = replace(USERS[0], party_suspended=True, participant_ids=())
    await calm.store.put_users([suspended])
    await calm.dsp.synchronise(certificates(revoked=True), None)
    quiet = await administration.upload(FAILED_SUPPLIERS.replace(b"EXMP", b""), "pat")
    assert quiet.warnings == ()


async def test_an_unknown_supplier_is_a_warning(calm: DspWorld) -> None:
    row = GOOD.replace(str(SUPPLIER), str(OTHER))
    await calm.store.put_srp_registrations([SrpRegistration(OTHER, SRP, "PMA-2", BEFORE, None)])
    await calm.dsp.administration.enter_instruction(replace(INSTRUCTION, supplier=OTHER))
    uploaded = await calm.dsp.administration.upload(file_of(row), "pat")
    assert [each.kind for each in uploaded.warnings] == ["identity", "suspended"]


@pytest.mark.requirement("D1", "D5", refuses=True)
async def test_a_file_must_fit_the_register(calm: DspWorld) -> None:
    administration = calm.dsp.administration
    with pytest.raises(FileError, match="no instruction 'OFG-1' has been entered"):
        await administration.upload(FAILED_SUPPLIERS, "pat")
    await administration.enter_instruction(INSTRUCTION)
    pair = SrpRegistration(SUPPLIER, SRP, "PMA-1", BEFORE, NOW)
    await calm.store.put_srp_registrations([pair])
    with pytest.raises(FileError, match="not registered for"):
        await administration.upload(FAILED_SUPPLIERS, "pat")
    ends = file_of(GOOD + f"{NOW:%Y-%m-%dT%H:%M:%SZ}")
    assert (await administration.upload(ends, "pat")).rows[0].effective_to == NOW
    await calm.store.put_users([replace(USERS[1], roles={})])
    with pytest.raises(FileError, match="no SolrContingency User"):
        await administration.upload(ends, "pat")


@pytest.mark.requirement("D1", refuses=True)
async def test_another_person_applies_and_says_why(calm: DspWorld) -> None:
    administration = calm.dsp.administration
    await administration.enter_instruction(INSTRUCTION)
    uploaded = await administration.upload(FAILED_SUPPLIERS, "pat")
    with pytest.raises(AdministrationError, match="another person"):
        await administration.apply(uploaded.file_id, "pat", ["a", "b"])
    with pytest.raises(AdministrationError, match="2 warnings"):
        await administration.apply(uploaded.file_id, "kim", ["a"])
    with pytest.raises(AdministrationError, match="2 warnings"):
        await administration.apply(uploaded.file_id, "kim", ["a", " "])
    with pytest.raises(AdministrationError, match="no Failed Suppliers file 99"):
        await administration.apply(99, "kim", [])
    applied = await administration.apply(uploaded.file_id, "kim", ["a", "b"])
    assert (applied.applied_by, applied.warnings[1].ignored_because) == ("kim", "b")
    with pytest.raises(AdministrationError, match="applied before"):
        await administration.apply(uploaded.file_id, "kim", ["a", "b"])
    rows = await calm.store.audit_rows(AuditQuery(code="applied"))
    assert rows[0].entry.detail.startswith("kim: file 1")


@pytest.mark.requirement("D2", refuses=True)
async def test_a_withdrawal_has_a_reason_and_something_to_withdraw(calm: DspWorld) -> None:
    administration = calm.dsp.administration
    with pytest.raises(AdministrationError, match="not on the applied list"):
        await administration.withdraw(SUPPLIER, SRP, "pat", "over")
    await fail_the_supplier(calm)
    with pytest.raises(AdministrationError, match="has a reason"):
        await administration.withdraw(SUPPLIER, SRP, "pat", " ")
    withdrawn = await administration.withdraw(SUPPLIER, SRP, "pat", "over")
    assert withdrawn.withdrawals[0].reason == "over"
    with pytest.raises(AdministrationError, match="not on the applied list"):
        await administration.withdraw(SUPPLIER, SRP, "pat", "over")
    reference = await calm.dsp.view.current()
    assert reference.failed_supplier_entries(SUPPLIER) == ()


@pytest.mark.requirement("R6", "R6.A", refuses=True)
async def test_an_instruction_takes_two_people_and_the_list(calm: DspWorld) -> None:
    administration = calm.dsp.administration
    with pytest.raises(AdministrationError, match="no instruction"):
        await administration.confirm_instruction("OFG-1", "kim")
    with pytest.raises(AdministrationError, match="does not end before it begins"):
        await administration.enter_instruction(replace(INSTRUCTION, effective_to=BEFORE))
    await administration.enter_instruction(INSTRUCTION)
    with pytest.raises(AdministrationError, match="another person"):
        await administration.confirm_instruction("OFG-1", "pat")
    with pytest.raises(AdministrationError, match="no row of the applied list"):
        await administration.confirm_instruction("OFG-1", "kim")
    uploaded = await administration.upload(FAILED_SUPPLIERS, "pat")
    await administration.apply(uploaded.file_id, "kim", ["a", "b"])
    with pytest.raises(AdministrationError, match="no Authority instruction"):
        await administration.set_threshold(rule(5), "pat")
    (confirmed,) = await administration.confirm_instruction("OFG-1", "kim")
    assert (confirmed.entered_by, confirmed.confirmed_by) == ("pat", "kim")
    with pytest.raises(AdministrationError, match="confirmed already"):
        await administration.confirm_instruction("OFG-1", "kim")
    with pytest.raises(AdministrationError, match="confirmed already"):
        await administration.enter_instruction(INSTRUCTION)
    await administration.set_threshold(rule(5), "pat")


@pytest.mark.requirement("R6.A", "D4", refuses=True)
async def test_thresholds_that_make_no_sense(failed: DspWorld) -> None:
    administration = failed.dsp.administration
    for wrong, words in [
        (replace(rule(5), user_id=OTHER), "does not hold"),
        (replace(rule(5), role=UserRole.IMPORT_SUPPLIER), "does not hold"),
        (replace(rule(5), srv="4.13"), "may not send"),
        (replace(rule(5), warning=6), "warning threshold"),
        (replace(rule(5), period_seconds=0), "at least one second"),
    ]:
        with pytest.raises(AdministrationError, match=words):
            await administration.set_threshold(wrong, "pat")
    await administration.set_threshold(rule(0), "pat")
    (found,) = (await failed.store.reference()).thresholds
    assert found == rule(0)


@pytest.mark.requirement("R6.A", refuses=True)
async def test_after_its_end_an_instruction_opens_nothing(failed: DspWorld) -> None:
    (instruction,) = (await failed.store.reference()).instructions
    ended = replace(instruction, effective_to=NOW - timedelta(seconds=1))
    await failed.store.put_instruction(ended)
    with pytest.raises(AdministrationError, match="no Authority instruction"):
        await failed.dsp.administration.set_threshold(rule(7), "pat")


def test_errors_are_errors_of_stayon() -> None:
    assert issubclass(FileError, StayonError)
    assert issubclass(AdministrationError, StayonError)
