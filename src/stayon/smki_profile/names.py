"""Names in certificates: of issuing authorities, and of the organisations that hold a certificate.

An issuing authority is ``CN=Z1,OU=07`` for organisations and ``CN=E357`` for devices.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import der
from stayon.smki_profile.errors import ProfileError

_COMMON_NAME = der.object_identifier("2.5.4.3")
_UNIT = der.object_identifier("2.5.4.11")
_UNIQUE_IDENTIFIER = der.object_identifier("2.5.4.45")

_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 .()_-]{0,62}[A-Za-z0-9.)_-])?")
"""Characters that RFC 4514 writes as they are, so that the text needs no escapes."""


@dataclass(frozen=True, slots=True)
class AuthorityName:
    """A common name and, in the organisation hierarchy, the role as organisational unit."""

    common_name: str
    unit: str | None = None

    def __post_init__(self) -> None:
        for value in (self.common_name, "0" if self.unit is None else self.unit):
            if not _PLAIN.fullmatch(value):
                raise ProfileError("authority name", f"{value[:40]!r} is not plain text")

    @property
    def text(self) -> str:
        """``CN=Z1,OU=07``: the form of X509IssuerName, the reverse of the order in the DER."""
        unit = "" if self.unit is None else f",OU={self.unit}"
        return f"CN={self.common_name}{unit}"

    @property
    def encoded(self) -> bytes:
        """The DER Name, organisational unit first, in PrintableStrings."""
        unit = b"" if self.unit is None else _attribute(_UNIT, der.PRINTABLE_STRING, self.unit)
        return der.sequence(unit, _attribute(_COMMON_NAME, der.PRINTABLE_STRING, self.common_name))

    @classmethod
    def parse(cls, encoded: bytes, field: str) -> "AuthorityName":
        """Read a DER Name, an element with its tag; ``field`` names it in a ``ProfileError``."""
        return _parse_authority(encoded, field)


@dataclass(frozen=True, slots=True)
class SubjectName:
    """The subject of an organisation certificate: who (EUI-64), in which remote party role.

    ``role_text`` is the organisational unit as it stands; ``organisation`` a common name, which
    only some have.
    """

    role_text: str
    eui64: Eui64
    organisation: str | None = None

    @property
    def encoded(self) -> bytes:
        """The DER Name: common name (if any), unit, x500UniqueIdentifier; UTF8Strings."""
        name = self.organisation
        return der.sequence(
            b"" if name is None else _attribute(_COMMON_NAME, der.UTF8_STRING, name),
            _attribute(_UNIT, der.UTF8_STRING, self.role_text),
            _relative_name(_UNIQUE_IDENTIFIER, der.bit_string(self.eui64.octets)),
        )

    @classmethod
    def parse(cls, encoded: bytes, field: str) -> "SubjectName":
        """Read a DER Name, an element with its tag; ``field`` names it in a ``ProfileError``."""
        kinds, values = _read_name(encoded, field)
        if kinds not in _SUBJECT_FORMS:
            raise ProfileError(field, "is not a unit and a unique identifier (after a common name)")
        tag, octets = values[-1]
        if tag != der.BIT_STRING or len(octets) != 9:
            raise ProfileError(
                field, "has a unique identifier that is not a bit string of 8 octets"
            )
        eui64 = Eui64(der.read_bit_string(octets, field))
        texts = [_text(*value, field) for value in values[:-1]]
        return cls(texts[-1], eui64, texts[0] if len(texts) == 2 else None)


_AUTHORITY_FORMS = ((_COMMON_NAME,), (_UNIT, _COMMON_NAME))
_SUBJECT_FORMS = ((_UNIT, _UNIQUE_IDENTIFIER), (_COMMON_NAME, _UNIT, _UNIQUE_IDENTIFIER))


@lru_cache(maxsize=256)
def _parse_authority(encoded: bytes, field: str) -> AuthorityName:
    kinds, values = _read_name(encoded, field)
    if kinds not in _AUTHORITY_FORMS:
        raise ProfileError(field, "is not a common name (after an organisational unit)")
    texts = [_text(*value, field) for value in values]
    return AuthorityName(texts[-1], texts[0] if len(texts) == 2 else None)


def _relative_name(kind: bytes, value: bytes) -> bytes:
    return der.element(der.SET, der.sequence(kind, value))


def _attribute(kind: bytes, tag: int, text: str) -> bytes:
    return _relative_name(kind, der.element(tag, text.encode("utf-8")))


def _read_name(
    encoded: bytes, field: str
) -> tuple[tuple[bytes, ...], tuple[tuple[int, bytes], ...]]:
    """The kinds (OBJECT IDENTIFIER elements) and the values (tag, content) of a Name."""
    names = der.Reader(encoded).enter(der.SEQUENCE, field)
    kinds: list[bytes] = []
    values: list[tuple[int, bytes]] = []
    while not names.exhausted:
        relative = names.enter(der.SET, field)
        pair = relative.enter(der.SEQUENCE, field)
        kinds.append(pair.element(der.OBJECT_IDENTIFIER, field))
        values.append(pair.read_any(field))
        pair.finish(field)
        relative.finish(field)
    return tuple(kinds), tuple(values)


def _text(tag: int, content: bytes, field: str) -> str:
    """PrintableString and UTF8String both occur in the test PKI; nothing else does."""
    if tag not in (der.PRINTABLE_STRING, der.UTF8_STRING):
        raise ProfileError(field, "is neither a PrintableString nor a UTF8String")
    try:
        return content.decode("utf-8" if tag == der.UTF8_STRING else "ascii")
    except UnicodeDecodeError:
        raise ProfileError(field, "is not text") from None
