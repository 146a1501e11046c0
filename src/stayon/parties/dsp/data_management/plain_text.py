"""What stands in where no malware scanner is configured: plain UTF-8 text and nothing else."""

import unicodedata

_ALLOWED = frozenset("\t\r\n")
_BYTE_ORDER_MARK = "\ufeff"


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
                if character not in _ALLOWED and unicodedata.category(character)[0] == "C":
                    return f"row {number}, character {column} is a control character"
            for column, cell in enumerate(line.split(","), 1):
                if cell.strip(' "\r')[:1] in ("=", "+", "@"):
                    return f"row {number}, column {column} would be a formula in a spreadsheet"
        return None
