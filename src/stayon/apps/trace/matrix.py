"""The matrix itself: one row for each clause, and what is missing in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stayon.adapters import package_data
from stayon.apps.trace.clauses import Clause, load_clauses
from stayon.apps.trace.code import checks_by_clause, modules_by_clause, requirements_of_checks
from stayon.apps.trace.proofs import Proof, proofs_in_features, proofs_in_tests
from stayon.domain.errors import StayonError

CHECKOUT: Final = Path(__file__).resolve().parents[4]
"""The source checkout that this program runs from, if it runs from one."""


@dataclass(frozen=True, slots=True)
class Row:
    """A clause with the checks and files that meet it and the proofs that show it."""

    clause: Clause
    checks: tuple[str, ...]
    files: tuple[str, ...]
    accepting: tuple[Proof, ...]
    refusing: tuple[Proof, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What the row lacks: ``code``, ``accepting test``, ``refusing test``."""
        lacks = (
            ("code", not self.checks and not self.files),
            ("accepting test", not self.accepting),
            ("refusing test", not self.refusing and not self.clause.one_sided),
        )
        return tuple(what for what, is_lacking in lacks if is_lacking)


@dataclass(frozen=True, slots=True)
class Matrix:
    """All rows, and identifiers that code or tests name though no clause has them."""

    rows: tuple[Row, ...]
    unknown: tuple[str, ...]

    @property
    def empty(self) -> tuple[Row, ...]:
        """The rows that lack something."""
        return tuple(row for row in self.rows if row.missing)


def read_matrix(root: Path) -> Matrix:
    """The matrix of the source checkout at ``root``; raises ``StayonError`` if it is none."""
    package, tests = root / "src" / "stayon", root / "tests"
    if not package.is_dir() or not tests.is_dir():
        raise StayonError(f"{root} is not a source checkout: it has no src/stayon or no tests")
    clauses = load_clauses(package_data.read("apps/trace/clauses.toml").decode("utf-8"))
    proofs = [
        *proofs_in_tests(tests, requirements_of_checks(package)),
        *proofs_in_features(package / "apps" / "sit"),
    ]
    return build_matrix(clauses, checks_by_clause(package), modules_by_clause(package), proofs)


def build_matrix(
    clauses: Iterable[Clause],
    checks: Mapping[str, tuple[str, ...]],
    files: Mapping[str, tuple[str, ...]],
    proofs: Iterable[Proof],
) -> Matrix:
    """Join clauses, code and proofs."""
    shown = list(dict.fromkeys(proofs))
    rows = tuple(
        Row(
            clause,
            checks.get(clause.clause_id, ()),
            files.get(clause.clause_id, ()),
            tuple(p for p in shown if p.clause == clause.clause_id and not p.refuses),
            tuple(p for p in shown if p.clause == clause.clause_id and p.refuses),
        )
        for clause in clauses
    )
    known = {row.clause.clause_id for row in rows}
    named = {proof.clause for proof in shown} | checks.keys() | files.keys()
    return Matrix(rows, tuple(sorted(named - known)))
