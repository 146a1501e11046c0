"""ADT files: who may submit one, what may stand in it, and that nothing passes before it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.parties.dsp.responsible_officers import (
    FORMER,
    JO,
    REVOKED,
    SENIOR,
    UNSCREENED,
    Register,
    officer,
    sign_file,
)
from tests.parties.dsp.world import NOW, SRP, SUPPLIER, DspWorld, command

from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.data_management.adt_file import COLUMNS, read_adt_file
from stayon.parties.dsp.data_management.adt_submission import AdtFiles
from stayon.parties.dsp.data_management.aro_signature import SignatureRefused
from stayon.parties.dsp.data_management.failed_suppliers import FileError
from stayon.ports.audit import AuditQuery
from stayon.smki_profile.errors import ProfileError

HEADER = ",".join(COLUMNS)
LINE = f"{SRP},SolrContingency,{SUPPLIER},2.1,86400,2,3"
OTHER = Eui64.parse("00-DB-12-34-00-00-00-77")


def adt(*lines: str) -> bytes:
    return "\n".join((HEADER, *lines, "")).encode()


def files(world: DspWorld, register: Register | None = None) -> AdtFiles:
    store, view = world.store, world.dsp.view
    policy = world.dsp.reception._policy
    return AdtFiles(store, view, register or Register(), policy, world.clock)


async def submit(world: DspWorld, content: bytes, person: str = JO.person) -> None:
    await files(world).submit(content, sign_file(content, person), SRP, "jo")


@pytest.mark.requirement("R4", "D4", "T2", "T3", "decision 9")
async def test_the_file_of_an_aro_opens_the_role(failed: DspWorld) -> None:
    await submit(failed, adt(LINE.replace("2,3", "0,0")))
    await failed.send(command(1))
    assert failed.carrier.taken == []
    content = adt(LINE)
    taken = await files(failed).submit(content, sign_file(content, JO.person), None, "jo")
    assert (taken.user_id, taken.signed_by) == (SRP, JO.person)
    (change,) = taken.changes
    assert change.before is not None
    assert (change.before.quarantine, change.rule.quarantine) == (0, 3)
    for counter in range(2, 7):
        await failed.send(command(counter))
    assert len(failed.carrier.taken) == 3
    rows = await failed.store.audit_rows(AuditQuery(code="threshold", sender=SRP))
    assert f"signed by {JO.person}" in rows[-1].entry.detail


@pytest.mark.requirement("D4")
async def test_a_preview_changes_nothing(failed: DspWorld) -> None:
    seen = await files(failed).preview(adt(LINE), SRP)
    assert [(each.row, each.rule.quarantine) for each in seen.changes] == [(2, 3)]
    rule = (await failed.dsp.view.latest()).threshold(
        SRP, seen.changes[0].rule.role, SUPPLIER, "2.1"
    )
    assert rule is not None
    assert rule.quarantine == 1000


@pytest.mark.requirement("CSC-DP127", "CSC-DP108", refuses=True)
@pytest.mark.requirement("R4", refuses=True)
@pytest.mark.parametrize(
    "person", [UNSCREENED.person, FORMER.person, SENIOR.person, REVOKED.person, "A Stranger"]
)
async def test_only_a_screened_aro_of_the_user_signs(failed: DspWorld, person: str) -> None:
    before = (await failed.store.reference()).thresholds
    with pytest.raises(SignatureRefused, match="of no ARO"):
        await submit(failed, adt(LINE), person)
    assert (await failed.store.reference()).thresholds == before


@pytest.mark.requirement("R4", refuses=True)
async def test_the_aro_of_another_user_does_not(failed: DspWorld) -> None:
    register = Register([officer("Jo Ferris", user=SUPPLIER)])
    content = adt(LINE)
    with pytest.raises(SignatureRefused, match="of no ARO"):
        await files(failed, register).submit(content, sign_file(content, JO.person), SRP, "jo")


@pytest.mark.requirement("R4", "decision 9", refuses=True)
async def test_the_signature_is_on_this_file(failed: DspWorld) -> None:
    other = sign_file(adt(LINE.replace("2,3", "1,2")), JO.person)
    with pytest.raises(SignatureRefused, match="Jo Ferris is on another file"):
        await files(failed).submit(adt(LINE), other, SRP, "jo")
    with pytest.raises(ProfileError, match="no CMS"):
        await files(failed).submit(adt(LINE), b"signed, Jo", SRP, "jo")


@pytest.mark.requirement("R6.A", "R6", refuses=True)
async def test_above_zero_needs_an_instruction(failed: DspWorld) -> None:
    (instruction,) = (await failed.store.reference()).instructions
    ended = replace(instruction, effective_to=NOW - timedelta(seconds=1))
    await failed.store.put_instruction(ended)
    with pytest.raises(FileError) as refused:
        await submit(failed, adt(LINE))
    assert refused.value.problems == (
        f"row 2, quarantine: no Authority instruction for {SUPPLIER} is in force",
    )
    await submit(failed, adt(LINE.replace("2,3", "0,0")))
    elsewhere = replace(instruction, srp=OTHER)
    await failed.store.put_instruction(elsewhere)
    with pytest.raises(FileError, match="no Authority instruction"):
        await submit(failed, adt(LINE))


@pytest.mark.requirement("R4", refuses=True)
async def test_lines_are_for_listed_failed_suppliers(failed: DspWorld) -> None:
    with pytest.raises(FileError, match=f"row 2, supplier_id: {OTHER} is no failed supplier"):
        await submit(failed, adt(LINE.replace(str(SUPPLIER), str(OTHER))))
    await failed.dsp.administration.withdraw(SUPPLIER, SRP, "pat", "over")
    with pytest.raises(FileError, match=f"row 2, supplier_id: {SUPPLIER} is no failed supplier"):
        await submit(failed, adt(LINE))


@pytest.mark.requirement("R4", "R3", refuses=True)
@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (LINE.replace(str(SRP), str(OTHER)), f"row 2, user_id: is not {SRP}"),
        (LINE.replace("SolrContingency", "IS"), f"row 2, role: {SRP} does not hold the role IS"),
        (LINE.replace("2.1", "6.23"), "row 2, srv: the role SolrContingency may not send 6.23"),
    ],
)
async def test_a_user_sets_its_own(failed: DspWorld, line: str, problem: str) -> None:
    with pytest.raises(FileError) as refused:
        await submit(failed, adt(line))
    assert any(each.startswith(problem) for each in refused.value.problems)


@pytest.mark.requirement("D14", "D15", refuses=True)
async def test_a_supplier_sets_thresholds_for_itself_only(calm: DspWorld) -> None:
    register = Register([officer("Jo Ferris", user=SUPPLIER)])
    own = f"{SUPPLIER},IS,{SUPPLIER},2.1,60,1,1"
    for line, right in ((own, True), (own.replace(f"IS,{SUPPLIER}", f"IS,{SRP}"), False)):
        content = adt(line)
        submission = files(calm, register).submit(
            content, sign_file(content, JO.person), SUPPLIER, "jo"
        )
        if right:
            await submission
        else:
            with pytest.raises(FileError, match="row 2, supplier_id: must be the User itself"):
                await submission


@pytest.mark.requirement("decision 9", refuses=True)
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "row 1: the header must be user_id,role"),
        (adt(), "the file has no row"),
        (b"\xff", "octet 0 is not UTF-8"),
        (b"x" * (1024 * 1024 + 1), "larger than"),
        (adt(LINE + ",9"), "row 2: has 8 columns, not 7"),
        (adt('"' + LINE), "row 2: "),
        (adt(LINE, LINE), "row 3, supplier_id: has a row for this User, role and service before"),
        (adt(LINE.replace("2,3", "4,3")), "row 2, warning: is above the quarantine threshold"),
        (adt(LINE.replace("86400", "0")), "row 2, period_seconds: must be a whole number from 1"),
        (adt(LINE.replace("2,3", "2,-3")), "row 2, quarantine: must be a whole number"),
        (adt(LINE.replace("2,3", "2,²")), "row 2, quarantine: must be a whole number"),
        (adt(LINE.replace("2,3", "2,9999999999999999999999")), "row 2, quarantine: must be"),
        (adt(LINE.replace("SolrContingency", "Emperor")), "row 2, role: must be one of IS"),
        (adt(LINE.replace("2.1", "")), "row 2, srv: must have 1 to 8 characters"),
        (adt("a" + LINE), "row 2, user_id: "),
        (adt(LINE, LINE.replace(str(SUPPLIER), "x")), "row 3, supplier_id: "),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(content: bytes, problem: str) -> None:
    with pytest.raises(FileError) as refused:
        read_adt_file(content)
    assert any(each.startswith(problem) or problem in each for each in refused.value.problems)


@pytest.mark.requirement("decision 9", refuses=True)
async def test_one_bad_line_sets_nothing(failed: DspWorld) -> None:
    before = (await failed.store.reference()).thresholds
    with pytest.raises(FileError):
        await submit(failed, adt(LINE, LINE.replace(str(SUPPLIER), str(OTHER))))
    assert (await failed.store.reference()).thresholds == before
