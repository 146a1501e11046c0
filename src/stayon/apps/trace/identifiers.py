"""How people write the identifiers of requirements, and the one spelling that the matrix has.

Tests write ``decision 7`` or ``decision-7``, ``PIA A3``, ``PIA-A3`` or ``A3``; texts write
``decisions 9 and 10`` and ``decisions 1 to 3``. ``A4/A8`` is both.
"""

import re
from collections.abc import Iterator
from typing import Final

_DECISIONS: Final = re.compile(r"\bdecisions?[ -](\d+(?:(?:, | and | to |-)\d+)*)")
_ASSUMPTION: Final = re.compile(r"\b(?:PIA[ -])A(10|[1-9])\b")
_BARE_ASSUMPTION: Final = re.compile(r"A(10|[1-9])")
_BOTH: Final = re.compile(r"\bA4/A8\b")
_RISK: Final = re.compile(r"\bPIA[ -]R([1-4])\b")
_GUIDANCE: Final = re.compile(r"\bPIA[ -]5\.1\.2\b")
_OTHER: Final = re.compile(r"\b(MP134A|WG-[a-z0-9.]*[a-z0-9]|PANEL-[a-z0-9]+|CSC[- ]DP\d{3})\b")
_PLAIN: Final = re.compile(
    r"(?<![\w/.-])(R6\.[ABC]|R[1-7]|D1[0-6]|D[1-9]|S[1-3]|T[1-8])(?![\w-]|\.\d)"
)


def canonical(written: str) -> tuple[str, ...]:
    """The identifiers that a marker names, in the spelling of the matrix; as written if unknown."""
    bare = _BARE_ASSUMPTION.fullmatch(written)
    if bare is not None:
        return (f"PIA-A{bare[1]}",)
    return tuple(dict.fromkeys(mentioned(written))) or (written,)


def mentioned(text: str) -> Iterator[str]:
    """Every identifier in a running text, as often as it occurs."""
    for found in _DECISIONS.finditer(text):
        yield from (f"decision-{number}" for number in _numbers(found[1]))
    if _BOTH.search(text):
        yield from ("PIA-A4", "PIA-A8")
    yield from (f"PIA-A{found[1]}" for found in _ASSUMPTION.finditer(text))
    yield from (f"PIA-R{found[1]}" for found in _RISK.finditer(text))
    if _GUIDANCE.search(text):
        yield "PIA-5.1.2"
    yield from (found[1].replace(" ", "-") for found in _OTHER.finditer(text))
    yield from (found[1] for found in _PLAIN.finditer(_RISK.sub("", text)))


def _numbers(written: str) -> Iterator[int]:
    parts = re.split(r"(, | and | to |-)", written)
    numbers = [int(part) for part in parts[::2]]
    yield numbers[0]
    for joint, earlier, later in zip(parts[1::2], numbers, numbers[1:], strict=False):
        yield from range(earlier + 1, later + 1) if joint in (" to ", "-") else (later,)
