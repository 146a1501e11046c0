"""The SRP's XML signer while keys are replaced: the certificate in its folder says which is in use.

A request that was signed before keeps its signature and is sent again as it is: it names its own
certificate.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lxml.etree import _Element

from stayon.domain.errors import StayonError
from stayon.parties.srp.identity import XmlSigner


class SignerInUse:
    """Implements ``DocumentSigner``; ``read`` gives the signer that ``certificate`` names."""

    def __init__(self, read: Callable[[], XmlSigner], certificate: Path) -> None:
        self._read = read
        self._path = certificate
        self._seen = self._state()
        self._signer = read()

    def sign(self, document: bytes | _Element) -> bytes:
        """Sign with the key in use; with the one before where the new one cannot be read yet."""
        state = self._state()
        if state != self._seen:
            with suppress(StayonError):
                self._signer = self._read()
                self._seen = state
        return self._signer.sign(document)

    def _state(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino
