"""Reading a CSV file so that every mistake is named by its row and column."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from stayon.domain.errors import FieldError
from stayon.parties.dsp.data_management.failed_suppliers import FileError
from stayon.parties.dsp.data_management.plain_text import plain_text

_LARGEST: Final = 1024 * 1024
_T = TypeVar("_T")


class CsvRow:
    """One row, read column by column; what is wrong with it is collected in ``problems``."""

    def __init__(self, number: int, fields: dict[str, str]) -> None:
        self.number = number
        self._fields = fields
        self.problems: list[str] = []

    def column(self, name: str, read: Callable[[str], _T]) -> _T | None:
        """The value of a column, None where ``read`` refuses it with a ``FieldError``."""
        try:
            return read(self._fields[name].strip())
        except FieldError as error:
            self.problem(name, error.rule)
            return None

    def problem(self, column: str, rule: str) -> None:
        """Note that a column breaks a rule."""
        self.problems.append(f"row {self.number}, {column}: {rule}")


def read_csv(content: bytes, columns: Sequence[str]) -> tuple[CsvRow, ...]:
    """The rows below the header, which must be ``columns``; the header is row 1.

    Raises ``FileError`` for what is not UTF-8, not CSV, too large, or has other columns.
    """
    if len(content) > _LARGEST:
        raise FileError((f"the file is larger than {_LARGEST} octets",))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError((f"octet {error.start} is not UTF-8",)) from None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[CsvRow] = []
    problems: list[str] = []
    try:
        if next(lines, []) != list(columns):
            raise FileError((f"row 1: the header must be {','.join(columns)}",))
        for fields in lines:
            if len(fields) == len(columns):
                rows.append(CsvRow(lines.line_num, dict(zip(columns, fields, strict=True))))
            else:
                problems.append(
                    f"row {lines.line_num}: has {len(fields)} columns, not {len(columns)}"
                )
    except csv.Error as error:
        raise FileError((f"row {lines.line_num}: {error}",)) from None
    if problems:
        raise FileError(tuple(problems))
    return tuple(rows)


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number in decimal from ``least`` to ``most``."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not least <= int(text[:20]) <= most:
            raise FieldError("number", f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def text_up_to(longest: int) -> Callable[[str], str]:
    """Reads a text that is not empty, and plain."""

    def read(text: str) -> str:
        if not 1 <= len(text) <= longest:
            raise FieldError("text", f"must have 1 to {longest} characters")
        return plain_text(text)

    return read
