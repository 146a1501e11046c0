"""Remote party roles and key usages, as certificates state them."""

from enum import Enum

from stayon.smki_profile.errors import ProfileError


class RemotePartyRole(Enum):
    """What the organisational unit of a subject says a party is, by its hexadecimal value.

    Source: the organisation certificates of the test PKI. ``S1SP_XML_SIGN`` is decided here (no
    document names the value an S1SP signs XML with) and unchecked.
    """

    ROOT = 0x00
    RECOVERY = 0x01
    SUPPLIER = 0x02
    NETWORK_OPERATOR = 0x03
    ACCESS_CONTROL_BROKER = 0x04
    TRANSITIONAL_COS = 0x05
    WAN_PROVIDER = 0x06
    ISSUING_AUTHORITY = 0x07
    LOAD_CONTROLLER = 0x08
    OTHER_USER = 0x7F
    XML_SIGN = 0x87
    DSP_XML_SIGN = 0x89
    S1SP_XML_SIGN = 0x8A

    @property
    def code(self) -> str:
        """Two upper-case hex digits, as in the subject of a certificate."""
        return f"{self.value:02X}"

    @classmethod
    def parse(cls, text: str) -> "RemotePartyRole":
        """Read two upper-case hex digits, or the ``137`` that one old certificate has for 0x89.

        Raises ``ProfileError`` for anything else, an unknown role included.
        """
        role = _BY_CODE.get(text)
        if role is None:
            raise ProfileError("remote party role", f"{text[:20]!r} is not a role known to SMKI")
        return role


AUTHORITY_ROLES = frozenset({RemotePartyRole.ROOT, RemotePartyRole.ISSUING_AUTHORITY})
"""Roles of authorities; no end entity has one."""

DECIMAL_DSP_XML_SIGN = "137"
"""How certificates made before release 1.4.1 of the test tool write 0x89."""

_BY_CODE = {role.code: role for role in RemotePartyRole} | {
    DECIMAL_DSP_XML_SIGN: RemotePartyRole.DSP_XML_SIGN
}


class KeyUsage(Enum):
    """The one thing that an end-entity key may do."""

    DIGITAL_SIGNATURE = "digitalSignature"
    KEY_AGREEMENT = "keyAgreement"
