"""EUI-64 identifiers of Users, devices and DCC parties."""

import re
from dataclasses import dataclass
from functools import lru_cache

from stayon.domain.errors import FieldError

_HYPHENATED = re.compile(r"[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}\Z")
_PLAIN = re.compile(r"[0-9A-Fa-f]{16}\Z")


@dataclass(frozen=True, slots=True, order=True)
class Eui64:
    """Eight octets, big-endian as on the wire.

    ``str()`` gives the DUIS form, eight upper-case hex pairs with hyphens.
    """

    octets: bytes

    def __post_init__(self) -> None:
        if len(self.octets) != 8:
            raise FieldError("EUI-64", f"has 8 octets, not {len(self.octets)}")

    @classmethod
    def parse(cls, text: str) -> "Eui64":
        """Read sixteen hex digits, plain or as eight pairs with hyphens, in either case.

        Raises ``FieldError`` for anything else.
        """
        return _parse(text)

    # What a dataclass has by itself makes a tuple of one for each comparison: a request makes some
    # forty of them.
    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Eui64) and self.octets == other.octets)

    def __hash__(self) -> int:
        return hash(self.octets)

    def __str__(self) -> str:
        return _text(self.octets)

    @property
    def hex(self) -> str:
        """Sixteen lower-case hex digits, the form of file names and databases."""
        return self.octets.hex()


@lru_cache(maxsize=4096)
def _text(octets: bytes) -> str:
    return octets.hex("-").upper()


@lru_cache(maxsize=4096)
def _parse(text: str) -> Eui64:
    if _HYPHENATED.match(text) or _PLAIN.match(text):
        return Eui64(bytes.fromhex(text.replace("-", "")))
    raise FieldError("EUI-64", f"{text[:40]!r} is not sixteen hex digits, plain or hyphenated")
