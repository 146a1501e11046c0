"""CSV files that people open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

_STARTS_A_FORMULA = ("=", "+", "-", "@")
_CONTROLS = dict.fromkeys((*range(32), 127), " ")


def write_csv(out: TextIO, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a header and rows; returns how many rows there were.

    Some fields are the words of other parties: each is one line, and one that a spreadsheet would
    take for a formula gets an apostrophe in front.
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    number = 0
    for row in rows:
        writer.writerow([_harmless(field) for field in row])
        number += 1
    return number


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The same line by line, for who sends it on as it is read."""
    yield _line(columns)
    for row in rows:
        yield _line([_harmless(field) for field in row])


def _line(fields: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(fields)
    return out.getvalue()


def _harmless(field: str) -> str:
    line = field.translate(_CONTROLS).strip()
    return f"'{line}" if line.startswith(_STARTS_A_FORMULA) else line
