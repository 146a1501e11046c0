"""Looking for malware in a file before anybody reads it (D1, PIA 4.2.1)."""

from typing import Protocol

from stayon.domain.errors import StayonError


class ScannerUnavailable(StayonError):
    """The scanner that is configured gives no answer; the file is not taken (fails closed)."""


class FileScanner(Protocol):
    """Something that judges the octets of a file."""

    @property
    def description(self) -> str:
        """What looks at files, in words for the audit trail."""
        ...

    async def scan(self, content: bytes) -> str | None:
        """What was found in the file, None if nothing was; raises ``ScannerUnavailable``."""
        ...
