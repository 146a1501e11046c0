"""Plain text: for a whole file where no malware scanner is configured, for a cell always."""

import unicodedata
from typing import Final

from stayon.domain.errors import FieldError

_ALLOWED: Final = frozenset("\t\r\n")
_BYTE_ORDER_MARK: Final = "\ufeff"
_FORMULAS: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""How a formula begins; some spreadsheets take the full-width forms as well."""


def _is_control(character: str) -> bool:
    return unicodedata.category(character)[0] == "C"


def _is_formula(cell: str) -> bool:
    return cell.replace('"', "").strip()[:1] in _FORMULAS


def plain_text(text: str) -> str:
    """The text of a cell, if nothing in it can deceive whoever is shown it.

    Raises ``FieldError`` for control and format characters, and for what a spreadsheet would take
    for a formula: what a file says turns up again in trails and reports.
    """
    if any(map(_is_control, text)):
        raise FieldError("text", "has a control character")
    if _is_formula(text):
        raise FieldError("text", "would be a formula in a spreadsheet")
    return text


class PlainTextCheck:
    """Implements ``stayon.ports.scanning.FileScanner``, and says that it is no scanner.

    Control characters and anything that is not UTF-8 are refused, and cells that a spreadsheet
    would take for a formula.
    """

    @property
    def description(self) -> str:
        """That nothing was scanned."""
        return "no malware scanner is configured: plain text was checked, nothing was scanned"

    async def scan(self, content: bytes) -> str | None:
        """What is not plain text, None if nothing."""
        try:
            text = content.decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
        except UnicodeDecodeError as error:
            return f"octet {error.start} is not UTF-8"
        for number, line in enumerate(text.split("\n"), 1):
            for column, character in enumerate(line, 1):
                if character not in _ALLOWED and _is_control(character):
                    return f"row {number}, character {column} is a control character"
            for column, cell in enumerate(line.split(","), 1):
                if _is_formula(cell):
                    return f"row {number}, column {column} would be a formula in a spreadsheet"
        return None
