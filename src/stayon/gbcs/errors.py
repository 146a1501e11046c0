"""What the GBCS package raises: bytes that break the format, and protection that fails."""

from stayon.domain.errors import StayonError


class GbcsError(StayonError):
    """Bytes that are not a GBCS message.

    ``field`` is what was being read, ``offset`` where (octets from the start of what was handed in:
    of the whole message for ``parse_frame`` and ``parse_message``, of the content for the payload
    decoders), ``rule`` what it breaks.
    """

    def __init__(self, field: str, offset: int, rule: str) -> None:
        super().__init__(f"{field} at offset {offset}: {rule}")
        self.field = field
        self.offset = offset
        self.rule = rule

    def shifted(self, base: int) -> "GbcsError":
        """The same error seen from bytes in which the present ones start at ``base``."""
        return GbcsError(self.field, self.offset + base, self.rule)


class ProtectionError(StayonError):
    """A message whose cryptographic protection does not hold."""


class BadSignature(ProtectionError):
    """The signature is missing, malformed or not by the given key over these bytes."""


class BadMac(ProtectionError):
    """The MAC is missing or not made with the given shared secret over these bytes."""


class NotDecryptable(ProtectionError):
    """An encrypted item does not authenticate under the given shared secret."""
