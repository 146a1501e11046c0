"""Certificates from their bytes: strict, but for the known oddities of the test PKI."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from stayon.smki_profile import der, extensions, p256
from stayon.smki_profile.certificate import (
    AuthorityCertificate,
    Certificate,
    DeviceCertificate,
    Hierarchy,
    OrganisationCertificate,
    Validity,
)
from stayon.smki_profile.errors import ProfileError
from stayon.smki_profile.names import AuthorityName, SubjectName
from stayon.smki_profile.roles import (
    AUTHORITY_ROLES,
    DECIMAL_DSP_XML_SIGN,
    RemotePartyRole,
)


class Oddity(Enum):
    """Departures from the profile that certificates of the test PKI have."""

    DECIMAL_ROLE = "role 137, decimal for 0x89"
    NO_AUTHORITY_KEY_ID = "no authority key identifier, in certificates valid from 1 January 2018"


KNOWN_ODDITIES = frozenset(Oddity)

_MADE_WITHOUT_AUTHORITY_KEY_ID = datetime(2018, 1, 1, tzinfo=UTC)
_SERIAL_OCTETS = 20
_VERSION_3 = der.element(der.context(0), der.integer(2))
_EMPTY_NAME = der.sequence()


@dataclass(frozen=True, slots=True)
class _Content:
    """What every certificate has."""

    der: bytes
    serial: int
    issuer: AuthorityName
    validity: Validity
    subject: bytes
    point: bytes
    extensions: dict[bytes, bytes]


def parse_certificate(encoded: bytes, *, allow: frozenset[Oddity] = KNOWN_ODDITIES) -> Certificate:
    """Read a DER certificate of the SMKI.

    ``allow`` lists the known oddities to put up with; an empty set is the profile to the letter.
    Raises ``ProfileError``. The issuer's signature is not checked: that is ``IssuingPath``'s.
    """
    content = _read_content(encoded)
    if extensions.BASIC_CONSTRAINTS in content.extensions:
        return _authority(content)
    if content.subject == _EMPTY_NAME:
        return _device(content)
    return _organisation(content, allow)


def parse_organisation(
    encoded: bytes, *, allow: frozenset[Oddity] = KNOWN_ODDITIES
) -> OrganisationCertificate:
    """Read what must be an Organisation Certificate; otherwise as ``parse_certificate``."""
    return _organisation(_read_content(encoded), allow)


def parse_device(encoded: bytes) -> DeviceCertificate:
    """Read what must be a Device Certificate; otherwise as ``parse_certificate``."""
    return _device(_read_content(encoded))


def parse_authority(encoded: bytes) -> AuthorityCertificate:
    """Read what must be a root or an issuing authority; otherwise as ``parse_certificate``."""
    return _authority(_read_content(encoded))


def signed_parts(encoded: bytes, field: str) -> tuple[bytes, bytes]:
    """The signed element and the DER signature of a certificate, a request or a CRL."""
    top = der.Reader(encoded)
    outer = top.enter(der.SEQUENCE, field)
    top.finish(field)
    signed = outer.element(der.SEQUENCE, field)
    outer.expect(p256.ALGORITHM, "signature algorithm", "is not ecdsa-with-SHA256")
    signature = der.read_bit_string(outer.read(der.BIT_STRING, "signature"), "signature")
    outer.finish(field)
    return signed, signature


def read_serial(reader: der.Reader) -> int:
    """A CertificateSerialNumber: positive, at most 20 octets."""
    content = reader.read(der.INTEGER, "serial number")
    serial = der.read_integer(content, "serial number", octets=_SERIAL_OCTETS)
    if serial == 0:
        raise ProfileError("serial number", "is zero")
    return serial


def read_extensions(listing: der.Reader, known: frozenset[bytes]) -> dict[bytes, bytes]:
    """The Extension elements by their OBJECT IDENTIFIER; each at most once, none unknown."""
    found: dict[bytes, bytes] = {}
    while not listing.exhausted:
        encoded = listing.element(der.SEQUENCE, "extension")
        inside = der.Reader(encoded).enter(der.SEQUENCE, "extension")
        kind = inside.element(der.OBJECT_IDENTIFIER, "extension")
        if kind not in known:
            raise ProfileError("extensions", f"{kind.hex()} is not in the profile")
        if kind in found:
            raise ProfileError("extensions", f"{kind.hex()} occurs twice")
        found[kind] = encoded
    return found


_COMMON = frozenset(
    {
        extensions.KEY_USAGE,
        extensions.POLICIES,
        extensions.SUBJECT_KEY_ID,
        extensions.AUTHORITY_KEY_ID,
    }
)
_ANY = _COMMON | {extensions.SUBJECT_ALTERNATIVE_NAME, extensions.BASIC_CONSTRAINTS}


def _read_content(encoded: bytes) -> _Content:
    signed, _ = signed_parts(encoded, "certificate")
    tbs = der.Reader(signed).enter(der.SEQUENCE, "certificate")
    tbs.expect(_VERSION_3, "version", "is not 3")
    serial = read_serial(tbs)
    tbs.expect(p256.ALGORITHM, "signature algorithm", "is not ecdsa-with-SHA256")
    issuer = AuthorityName.parse(tbs.element(der.SEQUENCE, "issuer"), "issuer")
    times = tbs.enter(der.SEQUENCE, "validity")
    validity = Validity(der.read_time(times, "not before"), der.read_time(times, "not after"))
    times.finish("validity")
    subject = tbs.element(der.SEQUENCE, "subject")
    point = p256.read_key_info(tbs)
    wrapper = tbs.enter(der.context(3), "extensions")
    tbs.finish("certificate")
    listing = wrapper.enter(der.SEQUENCE, "extensions")
    wrapper.finish("extensions")
    found = read_extensions(listing, _ANY)
    _require(found, extensions.SUBJECT_KEY_ID, "subject key identifier").expect(
        extensions.subject_key_id(p256.subject_key_id(point)),
        "subject key identifier",
        "is not 0100 and the last 60 bits of the key's SHA-1, not critical",
    )
    return _Content(encoded, serial, issuer, validity, subject, point, found)


def _require(found: dict[bytes, bytes], kind: bytes, field: str) -> der.Reader:
    if kind not in found:
        raise ProfileError(field, "is missing")
    return der.Reader(found[kind])


def _only(content: _Content, allowed: frozenset[bytes]) -> None:
    for kind in content.extensions.keys() - allowed:
        raise ProfileError(
            "extensions", f"{kind.hex()} does not belong in this kind of certificate"
        )


def _require_policy(content: _Content, hierarchy: Hierarchy) -> None:
    _require(content.extensions, extensions.POLICIES, "certificate policies").expect(
        extensions.POLICY[hierarchy],
        "certificate policies",
        f"are not the {hierarchy.value} policy alone, critical",
    )


def _authority_key_id(content: _Content) -> bytes:
    encoded = content.extensions.get(extensions.AUTHORITY_KEY_ID)
    if encoded is None:
        raise ProfileError("authority key identifier", "is missing")
    return extensions.read_authority_key_id(encoded)


def _organisation(content: _Content, allow: frozenset[Oddity]) -> OrganisationCertificate:
    _only(content, _COMMON)
    if content.issuer.unit != RemotePartyRole.ISSUING_AUTHORITY.code:
        raise ProfileError("issuer", "is not an issuing authority of organisations (OU=07)")
    subject = SubjectName.parse(content.subject, "subject")
    if subject.role_text == DECIMAL_DSP_XML_SIGN and Oddity.DECIMAL_ROLE not in allow:
        raise ProfileError("remote party role", "is decimal")
    role = RemotePartyRole.parse(subject.role_text)
    if role in AUTHORITY_ROLES:
        raise ProfileError("remote party role", "is an authority's, in an end entity's certificate")
    _require_policy(content, Hierarchy.ORGANISATION)
    made_without = (
        content.validity.not_before == _MADE_WITHOUT_AUTHORITY_KEY_ID
        and extensions.AUTHORITY_KEY_ID not in content.extensions
        and Oddity.NO_AUTHORITY_KEY_ID in allow
    )
    return OrganisationCertificate(
        der=content.der,
        eui64=subject.eui64,
        role=role,
        usage=extensions.read_key_usage(content.extensions.get(extensions.KEY_USAGE)),
        serial=content.serial,
        issuer=content.issuer.text,
        not_before=content.validity.not_before,
        not_after=content.validity.not_after,
        public_key=p256.public_key(content.point),
        subject_key_id=p256.subject_key_id(content.point),
        authority_key_id=None if made_without else _authority_key_id(content),
        organisation=subject.organisation,
    )


def _device(content: _Content) -> DeviceCertificate:
    _only(content, _COMMON | {extensions.SUBJECT_ALTERNATIVE_NAME})
    if content.subject != _EMPTY_NAME:
        raise ProfileError("subject", "is not empty, as a device's is")
    if content.issuer.unit is not None:
        raise ProfileError("issuer", "is not an issuing authority of devices")
    name = content.extensions.get(extensions.SUBJECT_ALTERNATIVE_NAME)
    if name is None:
        raise ProfileError("subject alternative name", "is missing")
    _require_policy(content, Hierarchy.DEVICE)
    p256.public_key(content.point)
    return DeviceCertificate(
        der=content.der,
        eui64=extensions.read_device_name(name),
        usage=extensions.read_key_usage(content.extensions.get(extensions.KEY_USAGE)),
        serial=content.serial,
        issuer=content.issuer.text,
        not_before=content.validity.not_before,
        not_after=content.validity.not_after,
        point=content.point,
        authority_key_id=_authority_key_id(content),
    )


def _authority(content: _Content) -> AuthorityCertificate:
    _only(content, _COMMON | {extensions.BASIC_CONSTRAINTS})
    name = AuthorityName.parse(content.subject, "subject")
    hierarchy = Hierarchy.DEVICE if name.unit is None else Hierarchy.ORGANISATION
    is_root = name == content.issuer
    if hierarchy is Hierarchy.ORGANISATION:
        role = RemotePartyRole.ROOT if is_root else RemotePartyRole.ISSUING_AUTHORITY
        if (name.unit, content.issuer.unit) != (role.code, RemotePartyRole.ROOT.code):
            raise ProfileError("subject", "is neither a root (OU=00) nor issued by one (OU=07)")
    elif content.issuer.unit is not None:
        raise ProfileError("issuer", "is of another hierarchy than the subject")
    _require_policy(content, hierarchy)
    if content.extensions.get(extensions.KEY_USAGE) != extensions.AUTHORITY_KEY_USAGE:
        raise ProfileError("key usage", "is not keyCertSign and cRLSign, critical")
    constraints = extensions.ROOT_CONSTRAINTS if is_root else extensions.ISSUING_CONSTRAINTS
    if content.extensions.get(extensions.BASIC_CONSTRAINTS) != constraints:
        raise ProfileError("basic constraints", "are not those of a root or of path length 0")
    return AuthorityCertificate(
        der=content.der,
        name=name,
        issuer_name=content.issuer,
        hierarchy=hierarchy,
        serial=content.serial,
        validity=content.validity,
        public_key=p256.public_key(content.point),
        subject_key_id=p256.subject_key_id(content.point),
        authority_key_id=_authority_key_id(content),
    )
