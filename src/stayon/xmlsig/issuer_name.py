"""Names of certificate issuers as XML signatures write them, compared as names."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from stayon.xmlsig.errors import XmlSignatureError

_MAX_LENGTH: Final = 512
_ATTRIBUTE: Final = re.compile(
    r"""\s* (?P<type>[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)
    \s*=\s* (?P<value>(?:[^\s,+"\\<>;=]|\\[ ,+"\\<>;=\#])
                      (?:(?:[^,+"\\<>;=]|\\[ ,+"\\<>;=\#])*(?:[^\s,+"\\<>;=]|\\[ ,+"\\<>;=\#]))?)
    \s* (?:,(?=.)|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(.)")
_KEYWORDS: Final = {"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.10": "O", "2.5.4.11": "OU"}


@dataclass(frozen=True, slots=True)
class IssuerName:
    """The attributes of a distinguished name, sorted, as (type, value) pairs.

    Equal names are equal whatever the order and spacing of their text: "CN=Z1,OU=07" and
    "OU=07, CN=Z1" are one name, since peers write it in either direction. Types are compared
    without regard to case, values exactly.
    """

    attributes: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> "IssuerName":
        """Read the RFC 2253 form, without its quoted strings and multi-valued attributes.

        Raises ``XmlSignatureError``.
        """
        return _parse(text)

    def __str__(self) -> str:
        return ",".join(f"{kind}={value}" for kind, value in self.attributes)


@lru_cache(maxsize=256)
def _parse(text: str) -> IssuerName:
    if len(text) > _MAX_LENGTH:
        raise XmlSignatureError("X509IssuerName", f"has {len(text)} characters")
    attributes: list[tuple[str, str]] = []
    position = 0
    while position < len(text) or not attributes:
        match = _ATTRIBUTE.match(text, position)
        if match is None:
            raise XmlSignatureError("X509IssuerName", f"{text[:80]!r} is not a name")
        kind = match["type"].upper()
        value = _ESCAPED.sub(r"\1", match["value"])
        attributes.append((_KEYWORDS.get(kind, kind), value))
        position = match.end()
    return IssuerName(tuple(sorted(attributes)))
