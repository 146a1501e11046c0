"""The traceability matrix: what it reads, what it finds missing, and that ours is complete."""

from pathlib import Path

import pytest

from stayon.apps.cli.main import main
from stayon.apps.trace.clauses import ClausesError, load_clauses
from stayon.apps.trace.code import checks_by_clause, modules_by_clause
from stayon.apps.trace.identifiers import canonical, mentioned
from stayon.apps.trace.matrix import Matrix, build_matrix, read_matrix
from stayon.apps.trace.proofs import Proof, proofs_in_features, proofs_in_tests
from stayon.checks.order import DECLARATIONS

ROOT = Path(__file__).resolve().parents[3]
SECTIONS = ("R", "D", "S", "T", "PIA", "other", "decision")


@pytest.fixture(scope="module")
def ours() -> Matrix:
    return read_matrix(ROOT)


@pytest.mark.requirement("decision 17")
def test_no_row_is_empty_that_is_not_a_known_gap(ours: Matrix) -> None:
    surprising = {r.clause.clause_id: r.missing for r in ours.empty if not r.clause.known_gap}
    assert surprising == {}


def test_a_gap_that_is_filled_leaves_the_list_of_gaps(ours: Matrix) -> None:
    filled = [r.clause.clause_id for r in ours.rows if r.clause.known_gap and not r.missing]
    assert filled == [], "take it out of clauses.toml"


@pytest.mark.requirement("decision 17", refuses=True)
def test_nothing_names_a_clause_that_does_not_exist(ours: Matrix) -> None:
    assert ours.unknown == ()


def test_every_clause_of_the_requirements_has_a_row(ours: Matrix) -> None:
    expected = {f"R{n}" for n in range(1, 8)} | {"R6.A", "R6.B", "R6.C"}
    expected |= {f"D{n}" for n in range(1, 17)} | {f"S{n}" for n in range(1, 4)}
    expected |= {f"T{n}" for n in range(1, 9)} | {f"PIA-A{n}" for n in range(1, 11)}
    expected |= {f"PIA-R{n}" for n in range(1, 5)} | {f"decision-{n}" for n in range(1, 20)}
    assert expected | {"PIA-5.1.2", "MP134A"} <= {row.clause.clause_id for row in ours.rows}


def test_every_check_stands_in_the_row_of_each_clause_that_it_declares(ours: Matrix) -> None:
    found = {(check, row.clause.clause_id) for row in ours.rows for check in row.checks}
    for check in DECLARATIONS:
        for written in check.requirements:
            for clause in canonical(written):
                assert (check.check_id, clause) in found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("D5", ("D5",)),
        ("R6.B", ("R6.B",)),
        ("decision 7", ("decision-7",)),
        ("decision-7", ("decision-7",)),
        ("A6", ("PIA-A6",)),
        ("PIA A10", ("PIA-A10",)),
        ("A4/A8", ("PIA-A4", "PIA-A8")),
        ("PIA-R3", ("PIA-R3",)),
        ("CSC DP127", ("CSC-DP127",)),
        ("D99", ("D99",)),
    ],
)
def test_spellings(written: str, meant: tuple[str, ...]) -> None:
    assert canonical(written) == meant


def test_identifiers_in_a_text() -> None:
    text = "R6.B and R2 (decisions 1 to 3, decisions 9 and 12), PIA R4, S1SP, S1VE3, D16; WG-keys."
    assert set(mentioned(text)) == {
        *(f"decision-{n}" for n in (1, 2, 3, 9, 12)),
        *("R6.B", "R2", "PIA-R4", "D16", "WG-keys"),
    }


TESTS = """
import pytest
pytestmark = pytest.mark.requirement("D1")

@pytest.mark.requirement("D2", refuses=True)
def test_refused(): ...

@pytest.mark.requirement("D3")
class TestMore:
    @pytest.mark.requirement("D4")
    async def test_inside(self): ...

ROWS = [pytest.param(1, marks=pytest.mark.requirement("D5", refuses=True))]
ROW = Refusal("duis/e4", "E4", None, "why")
"""


def test_markers_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(TESTS)
    found = set(proofs_in_tests(tmp_path / "tests", {"duis/e4": ("D11",)}))
    assert {(p.clause, p.name, p.refuses) for p in found} == {
        ("D1", "test_refused", False),
        ("D2", "test_refused", True),
        ("D3", "TestMore", False),
        ("D4", "TestMore::test_inside", False),
        ("D5", "a parameter", True),
        ("D11", "duis/e4", True),
    }


def test_tags_of_scenarios_are_proofs(tmp_path: Path) -> None:
    (tmp_path / "t.feature").write_text(
        "@T4\nFeature: f\n  @D16 @decision-3\n  Scenario: one\n    Given x\n"
        "  @refuses @D5\n  Scenario: two\n    Given y\n"
    )
    assert list(proofs_in_features(tmp_path)) == [
        Proof("T4", "t.feature", "one", refuses=False),
        Proof("D16", "t.feature", "one", refuses=False),
        Proof("decision-3", "t.feature", "one", refuses=False),
        Proof("T4", "t.feature", "two", refuses=True),
        Proof("D5", "t.feature", "two", refuses=True),
    ]


def test_code_names_clauses_in_declarations_docstrings_and_data(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    check = 'CHECK = Check(check_id="a/b", requirements=("D5", "decision 3"))\n'
    (tmp_path / "checks" / "b.py").write_text(check)
    (tmp_path / "m.py").write_text('def f():\n    """Keeps D9."""\n\nD10 = "D10"\n')
    (tmp_path / "p.toml").write_text('# because of D13\nx = "R7"\n')
    assert checks_by_clause(tmp_path) == {"D5": ("a/b",), "decision-3": ("a/b",)}
    assert modules_by_clause(tmp_path) == {"D9": ("m.py",), "D13": ("p.toml",), "R7": ("p.toml",)}


def document(more: str = "") -> str:
    sections = "".join(f'[{name}]\ntitle = "{name}"\n' for name in SECTIONS)
    return (
        sections.replace('[D]\ntitle = "D"\n', '[D]\ntitle = "D"\nD1 = "words"\nD2 = "w"\n') + more
    )


def test_a_row_lacks_what_nothing_shows() -> None:
    clauses = load_clauses(document('[one_sided]\nD2 = "why"\n'))
    proofs = [Proof("D2", "f", "t", refuses=False), Proof("D9", "f", "t", refuses=False)]
    matrix = build_matrix(clauses, {"D1": ("a/b",)}, {"D2": ("m.py",)}, proofs)
    assert [row.missing for row in matrix.rows] == [("accepting test", "refusing test"), ()]
    assert [row.clause.clause_id for row in matrix.empty] == ["D1"]
    assert matrix.unknown == ("D9",)


@pytest.mark.parametrize("more", ['[gaps]\nD9 = "x"\n', '[one_sided]\nD9 = "x"\n', "[odd]\n", "="])
def test_a_file_of_clauses_that_contradicts_itself(more: str) -> None:
    with pytest.raises(ClausesError, match=r"clauses\.toml"):
        load_clauses(document(more))


def _checkout(root: Path) -> Path:
    (root / "src" / "stayon" / "checks").mkdir(parents=True)
    (root / "tests").mkdir()
    return root


@pytest.mark.parametrize(("option", "words"), [("--json", '"D5"'), ("--markdown", "| D5 |")])
def test_the_command_names_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["trace", option, "--root", str(_checkout(tmp_path))])
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert words in said.out
    assert "D5 lacks: code, accepting test, refusing test" in said.err


def test_the_command_needs_a_checkout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["trace", "--root", str(tmp_path)])
    assert ended.value.code == 2
    assert "not a source checkout" in capsys.readouterr().err


def test_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["trace", "--root", str(_checkout(tmp_path))])
    assert "decision-19" in capsys.readouterr().out
