"""CSV files that people open in a spreadsheet."""

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(out: TextIO, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a header and rows; returns how many rows there were.

    A field that a spreadsheet would take for a formula gets an apostrophe in front: some of them
    are the words of other parties.
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    number = 0
    for row in rows:
        writer.writerow([_harmless(field) for field in row])
        number += 1
    return number


def _harmless(field: str) -> str:
    return f"'{field}" if field.startswith(_STARTS_A_FORMULA) else field
