"""The other-information field of the grouping header: message code and supplementary identities."""

import struct
from dataclasses import dataclass

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.lengths import read_length

_U16, _U64 = struct.Struct(">H"), struct.Struct(">Q")
_MAX_U64 = 2**64 - 1


@dataclass(frozen=True, slots=True)
class OtherInformation:
    """What follows the message code depends on how much is there.

    Nothing; the supplementary remote party (a User whom the device does not know); that party and
    its counter; those and either the supplementary originator counter or the party's key agreement
    certificate (DER). Construction raises ``FieldError`` for any other combination.
    """

    message_code: int
    supplementary_party: Eui64 | None = None
    supplementary_party_counter: int | None = None
    supplementary_originator_counter: int | None = None
    certificate: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.message_code <= 0xFFFF:
            raise FieldError("message code", f"{self.message_code} does not fit two octets")
        party, counter = self.supplementary_party, self.supplementary_party_counter
        originator_counter = self.supplementary_originator_counter
        for value in (counter, originator_counter):
            if value is not None and not 0 <= value <= _MAX_U64:
                raise FieldError("supplementary counter", f"{value} is not in 0..2^64-1")
        if counter is not None and party is None:
            raise FieldError("supplementary counter", "needs the supplementary remote party")
        if originator_counter is not None or self.certificate is not None:
            if counter is None:
                raise FieldError("other information", "needs the supplementary party's counter")
            if originator_counter is not None and self.certificate is not None:
                raise FieldError("other information", "has a counter or a certificate, not both")


def decode_other_information(octets: bytes, offset: int = 0) -> OtherInformation:
    """Read all of ``octets``; ``offset`` is where they start, for errors (``GbcsError``)."""
    size = len(octets)
    if size == 2:
        return OtherInformation(_U16.unpack(octets)[0])
    if size not in (10, 18) and size < 26:
        raise GbcsError("other information", offset, f"no form of it has {size} octets")
    (code,) = _U16.unpack_from(octets)
    party = Eui64(octets[2:10])
    if size == 10:
        return OtherInformation(code, party)
    (counter,) = _U64.unpack_from(octets, 10)
    if size == 18:
        return OtherInformation(code, party, counter)
    if size == 26:
        return OtherInformation(code, party, counter, _U64.unpack_from(octets, 18)[0])
    _require_certificate(octets, offset)
    return OtherInformation(code, party, counter, None, octets[18:])


def _require_certificate(octets: bytes, offset: int) -> None:
    """Check that a DER SEQUENCE fills the rest, so that a wrong length never passes as one."""
    field = "supplementary certificate"
    if octets[18] != 0x30:
        raise GbcsError(field, offset + 18, f"{octets[18]:02X} does not begin a certificate")
    try:
        length, start = read_length(octets, 19, field)
    except GbcsError as error:
        raise error.shifted(offset) from None
    if start + length != len(octets):
        raise GbcsError(field, offset + 18, "its length differs from what is there")


def encode_other_information(information: OtherInformation) -> bytes:
    """The octets of the field."""
    parts = [_U16.pack(information.message_code)]
    if information.supplementary_party is not None:
        parts.append(information.supplementary_party.octets)
    if information.supplementary_party_counter is not None:
        parts.append(_U64.pack(information.supplementary_party_counter))
    if information.supplementary_originator_counter is not None:
        parts.append(_U64.pack(information.supplementary_originator_counter))
    if information.certificate is not None:
        parts.append(information.certificate)
    return b"".join(parts)
