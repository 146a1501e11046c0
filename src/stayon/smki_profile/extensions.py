"""The extensions of the profile, each in the one encoding that it may have.

Source: the certificates of the test PKI and the issuing authority's in GBCS CS02b commands. For
roots and for device authorities no certificate is at hand; theirs follow the same form (unchecked).
"""

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import der
from stayon.smki_profile.certificate import Hierarchy
from stayon.smki_profile.errors import ProfileError
from stayon.smki_profile.roles import KeyUsage

_TRUE = der.element(der.BOOLEAN, b"\xff")

KEY_USAGE = der.object_identifier("2.5.29.15")
SUBJECT_KEY_ID = der.object_identifier("2.5.29.14")
SUBJECT_ALTERNATIVE_NAME = der.object_identifier("2.5.29.17")
BASIC_CONSTRAINTS = der.object_identifier("2.5.29.19")
POLICIES = der.object_identifier("2.5.29.32")
AUTHORITY_KEY_ID = der.object_identifier("2.5.29.35")

_HARDWARE_MODULE_NAME = der.object_identifier("1.3.6.1.5.5.7.8.4")
_HARDWARE_TYPE = der.object_identifier("1.2.826.0.1.8641679.1.2.2.1")


def extension(kind: bytes, value: bytes, *, critical: bool) -> bytes:
    """An Extension; ``kind`` is an OBJECT IDENTIFIER element, ``value`` the element inside."""
    return der.sequence(kind, _TRUE if critical else b"", der.element(der.OCTET_STRING, value))


def _key_usage(bits: bytes) -> bytes:
    return extension(KEY_USAGE, der.element(der.BIT_STRING, bits), critical=True)


def _policy(dotted: str) -> bytes:
    policy = der.sequence(der.sequence(der.object_identifier(dotted)))
    return extension(POLICIES, policy, critical=True)


END_ENTITY_KEY_USAGES = {
    KeyUsage.DIGITAL_SIGNATURE: _key_usage(b"\x07\x80"),
    KeyUsage.KEY_AGREEMENT: _key_usage(b"\x03\x08"),
}
AUTHORITY_KEY_USAGE = _key_usage(b"\x01\x06")
"""keyCertSign and cRLSign."""

POLICY = {
    Hierarchy.ORGANISATION: _policy("1.2.826.0.1.8641679.1.2.1.4"),
    Hierarchy.DEVICE: _policy("1.2.826.0.1.1800000.1.2.1.4"),
}

ROOT_CONSTRAINTS = extension(BASIC_CONSTRAINTS, der.sequence(_TRUE), critical=True)
ISSUING_CONSTRAINTS = extension(
    BASIC_CONSTRAINTS, der.sequence(_TRUE, der.integer(0)), critical=True
)


def read_key_usage(encoded: bytes | None) -> KeyUsage:
    """The usage in an end entity's key usage extension; None, where there is none, is refused."""
    for usage, form in END_ENTITY_KEY_USAGES.items():
        if encoded == form:
            return usage
    raise ProfileError("key usage", "is not digitalSignature or keyAgreement alone, critical")


def read_integer_extension(encoded: bytes, kind: bytes, field: str) -> int:
    """The number in an extension that is not critical and holds an INTEGER of 20 octets or less."""
    reader = der.Reader(encoded).enter(der.SEQUENCE, field)
    reader.expect(kind, field, "is of another kind")
    value = der.Reader(reader.read(der.OCTET_STRING, field))
    reader.finish(field)
    number = der.read_integer(value.read(der.INTEGER, field), field, octets=20)
    value.finish(field)
    return number


def subject_key_id(key_id: bytes) -> bytes:
    """SubjectKeyIdentifier of 8 octets."""
    return extension(SUBJECT_KEY_ID, der.element(der.OCTET_STRING, key_id), critical=False)


def authority_key_id(key_id: bytes) -> bytes:
    """AuthorityKeyIdentifier of 8 octets, without issuer or serial."""
    return extension(AUTHORITY_KEY_ID, der.sequence(der.element(0x80, key_id)), critical=False)


_AUTHORITY_KEY_ID_HEAD = authority_key_id(bytes(8))[:-8]


def read_authority_key_id(encoded: bytes) -> bytes:
    """The 8 octets in an AuthorityKeyIdentifier extension."""
    key_id = encoded[len(_AUTHORITY_KEY_ID_HEAD) :]
    if not encoded.startswith(_AUTHORITY_KEY_ID_HEAD) or len(key_id) != 8:
        raise ProfileError("authority key identifier", "is not 8 octets alone, not critical")
    return key_id


def device_name(eui64: Eui64) -> bytes:
    """SubjectAltName of a device: a hardware module name whose serial number is the EUI-64."""
    module = der.sequence(_HARDWARE_TYPE, der.element(der.OCTET_STRING, eui64.octets))
    other_name = der.element(der.context(0), _HARDWARE_MODULE_NAME, der.element(0xA0, module))
    return extension(SUBJECT_ALTERNATIVE_NAME, der.sequence(other_name), critical=True)


def read_device_name(encoded: bytes) -> Eui64:
    """The EUI-64 in a critical SubjectAltName; the hardware type may be any object identifier."""
    field = "subject alternative name"
    reader = der.Reader(encoded).enter(der.SEQUENCE, field)
    reader.expect(SUBJECT_ALTERNATIVE_NAME + _TRUE, field, "is not critical")
    value = der.Reader(reader.read(der.OCTET_STRING, field))
    reader.finish(field)
    names = value.enter(der.SEQUENCE, field)
    value.finish(field)
    other_name = names.enter(der.context(0), field)
    names.finish(field)
    other_name.expect(_HARDWARE_MODULE_NAME, field, "is not a hardware module name")
    explicit = other_name.enter(der.context(0), field)
    other_name.finish(field)
    module = explicit.enter(der.SEQUENCE, field)
    explicit.finish(field)
    module.read(der.OBJECT_IDENTIFIER, field)
    octets = module.read(der.OCTET_STRING, field)
    module.finish(field)
    if len(octets) != 8:
        raise ProfileError(field, f"has a serial number of {len(octets)} octets; an EUI-64 has 8")
    return Eui64(octets)
