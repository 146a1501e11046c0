"""Reading Python source without running it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from stayon.domain.errors import StayonError


def modules(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file below ``folder``, in order of path, parsed."""
    for path in sorted(folder.rglob("*.py")):
        try:
            yield path, ast.parse(path.read_text("utf-8"))
        except SyntaxError as error:
            raise StayonError(f"{path}: line {error.lineno}: {error.msg}") from None


def strings(nodes: list[ast.expr]) -> list[str]:
    """The string constants among these expressions."""
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def name_of(node: ast.expr) -> str:
    """The last part of a dotted name, such as ``requirement`` of ``pytest.mark.requirement``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
