"""Which tests say that they show which clause, read from the test files without running them.

``@pytest.mark.requirement("D5")`` says that the test shows something accepted, or simply so;
``@pytest.mark.requirement("D5", refuses=True)`` that it shows something refused. A test that
shows both has both markers. Markers stand at tests, at classes, at ``pytestmark`` and at
``pytest.param``. A row ``Refusal("duis/e4_...", ...)`` of the tests of the checks shows a refusal
for every clause that the check declares. In features of the SIT pack, tags at a scenario do
the same as markers, ``@refuses`` among them.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stayon.apps.sit.scenarios import parse_feature
from stayon.apps.trace.identifiers import canonical
from stayon.apps.trace.syntax import modules, name_of, strings


@dataclass(frozen=True, slots=True)
class Proof:
    """A test or scenario, by file and name, that shows a clause kept or its breach refused."""

    clause: str
    file: str
    name: str
    refuses: bool


def proofs_in_tests(tests: Path, of_checks: Mapping[str, tuple[str, ...]]) -> Iterator[Proof]:
    """Every proof in the test files below ``tests``; ``of_checks``: what each check declares."""
    for path, module in modules(tests):
        file = path.relative_to(tests.parent).as_posix()
        yield from _in_body(file, module.body, "")
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                yield from _in_call(file, node, of_checks)


def _in_body(file: str, body: list[ast.stmt], owner: str) -> Iterator[Proof]:
    marks = [mark for node in body for mark in _pytestmark(node)]
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("test_"):
                yield from _proofs(file, owner + node.name, marks + node.decorator_list)
        elif isinstance(node, ast.ClassDef):
            yield from _in_body(file, node.body, f"{owner}{node.name}::")
            # A class's markers count for each of its tests; the class stands for them.
            yield from _proofs(file, f"{owner}{node.name}", node.decorator_list)


def _pytestmark(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign) and any(name_of(to) == "pytestmark" for to in node.targets):
        return node.value.elts if isinstance(node.value, ast.List) else [node.value]
    return []


def _in_call(
    file: str, call: ast.Call, of_checks: Mapping[str, tuple[str, ...]]
) -> Iterator[Proof]:
    if name_of(call.func) == "Refusal" and call.args:
        for check in strings(call.args[:1]):
            for clause in of_checks.get(check, ()):
                yield Proof(clause, file, check, refuses=True)
    if name_of(call.func) == "param":
        for word in call.keywords:
            if word.arg == "marks":
                marks = word.value.elts if isinstance(word.value, ast.List) else [word.value]
                yield from _proofs(file, "a parameter", marks)


def _proofs(file: str, name: str, marks: list[ast.expr]) -> Iterator[Proof]:
    for mark in marks:
        if isinstance(mark, ast.Call) and name_of(mark.func) == "requirement":
            refuses = any(
                word.arg == "refuses"
                and isinstance(word.value, ast.Constant)
                and word.value.value is True
                for word in mark.keywords
            )
            for written in strings(mark.args):
                for clause in canonical(written):
                    yield Proof(clause, file, name, refuses)


def proofs_in_features(folder: Path) -> Iterator[Proof]:
    """Every proof in the features below ``folder``: the tags of feature, scenario and examples."""
    for path in sorted(folder.rglob("*.feature")):
        for scenario in parse_feature(path.stem, path.read_text("utf-8")):
            for tag in scenario.requirements:
                for clause in canonical(tag):
                    yield Proof(clause, path.name, scenario.name, scenario.refuses)
