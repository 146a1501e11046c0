"""With whose keys the SRP signs: its own for the XML, the failed supplier's for the GBCS (D6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lxml.etree import _Element

from stayon import xmlsig
from stayon.domain.eui64 import Eui64
from stayon.ports.keys import PrivateKey


class DocumentSigner(Protocol):
    """Signs XML in the SRP's name, with whichever of its keys is in use."""

    def sign(self, document: bytes | _Element) -> bytes:
        """The signed document of a root element, or of octets in canonical form."""
        ...


@dataclass(frozen=True, slots=True)
class XmlSigner:
    """A User's XML signing key (remote party role xmlSign) and its certificate's name."""

    user_id: Eui64
    key: PrivateKey
    issuer: str
    serial: int

    def sign(self, document: bytes | _Element) -> bytes:
        """The signed document of a root element, or of octets in canonical form."""
        if isinstance(document, bytes):
            return xmlsig.sign_canonical(document, self.key.sign, self.issuer, self.serial)
        return xmlsig.sign_with(document, self.key.sign, self.issuer, self.serial)


SupplierKeys = Mapping[Eui64, PrivateKey]
"""The digital signing key of each supplier that the SRP serves, by the supplier's EUI-64."""
