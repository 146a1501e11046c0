"""Which code says that it meets which clause.

A check declares its requirements in ``Check(requirements=...)``; other modules, classes and
functions name them in their docstrings, data files anywhere.
"""

import ast
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from stayon.apps.trace.identifiers import canonical, mentioned
from stayon.apps.trace.syntax import modules, name_of, strings

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_OWN = "apps/trace/"
_PACK = "apps/sit/"
_TESTS = frozenset(f"T{number}" for number in range(1, 9))


def checks_by_clause(package: Path) -> Mapping[str, tuple[str, ...]]:
    """Clause -> identifiers of the checks that declare it, in order."""
    found: dict[str, set[str]] = defaultdict(set)
    for _, module in modules(package / "checks"):
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and name_of(node.func) == "Check":
                _declare(found, {word.arg: word.value for word in node.keywords})
    return {clause: tuple(sorted(checks)) for clause, checks in found.items()}


def requirements_of_checks(package: Path) -> Mapping[str, tuple[str, ...]]:
    """The same the other way round: check -> clauses."""
    found: dict[str, list[str]] = defaultdict(list)
    for clause, checks in checks_by_clause(package).items():
        for check in checks:
            found[check].append(clause)
    return {check: tuple(clauses) for check, clauses in found.items()}


def _declare(found: dict[str, set[str]], given: Mapping[str | None, ast.expr]) -> None:
    check_id, requirements = given.get("check_id"), given.get("requirements")
    if isinstance(check_id, ast.Constant) and isinstance(requirements, ast.Tuple):
        for written in strings(requirements.elts):
            for clause in canonical(written):
                found[clause].add(str(check_id.value))


def modules_by_clause(package: Path) -> Mapping[str, tuple[str, ...]]:
    """Clause -> files below ``package`` that name it, in order; checks and this matrix left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, module in modules(package):
        for node in ast.walk(module):
            if isinstance(node, _DOCUMENTED):
                _mention(found, path.relative_to(package), ast.get_docstring(node) or "")
    for path in sorted(package.rglob("*.toml")):
        _mention(found, path.relative_to(package), path.read_text("utf-8"))
    return {clause: tuple(sorted(files)) for clause, files in found.items()}


def _mention(found: dict[str, set[str]], path: Path, text: str) -> None:
    name = path.as_posix()
    if not name.startswith(_OWN):
        for clause in mentioned(text):
            # The pack is what T1 to T8 ask for; the other clauses it only tests.
            if clause in _TESTS or not name.startswith(_PACK):
                found[clause].add(name)
