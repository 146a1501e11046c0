"""Certificates to issue: what is to be signed, and the whole once it is.

Nothing here holds a private key: who issues hands in ``Sign``, so the key may be in a file or an
HSM. Serial numbers and keys come from outside too, so the same inputs give the same octets (with
a deterministic signature, the same certificate).
"""

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import der, extensions, p256
from stayon.smki_profile.certificate import (
    AuthorityCertificate,
    DeviceCertificate,
    Hierarchy,
    OrganisationCertificate,
    Validity,
)
from stayon.smki_profile.errors import ProfileError
from stayon.smki_profile.names import AuthorityName, SubjectName
from stayon.smki_profile.p256 import Sign
from stayon.smki_profile.parsing import parse_authority, parse_organisation
from stayon.smki_profile.roles import AUTHORITY_ROLES, KeyUsage, RemotePartyRole

SERIAL_OCTETS = 16
_VERSION_3 = der.element(der.context(0), der.integer(2))


def serial_number(octets: bytes) -> int:
    """A serial number of exactly 16 octets in DER from 16 octets of entropy (126 bits are kept)."""
    if len(octets) != SERIAL_OCTETS:
        raise ProfileError("serial number", f"is made from 16 octets, not {len(octets)}")
    return int.from_bytes(octets, "big") & (1 << 126) - 1 | 1 << 126


def build_root(
    name: AuthorityName,
    public_key: EllipticCurvePublicKey,
    *,
    serial: int,
    validity: Validity,
    sign: Sign,
) -> AuthorityCertificate:
    """A root's certificate of itself: ``OU=00`` for organisations, no unit for devices."""
    key_id = p256.subject_key_id(p256.point(public_key))
    return _build_authority(
        name, name, public_key, key_id, serial=serial, validity=validity, sign=sign
    )


def build_issuing_authority(
    name: AuthorityName,
    public_key: EllipticCurvePublicKey,
    *,
    root: AuthorityCertificate,
    serial: int,
    validity: Validity,
    sign: Sign,
) -> AuthorityCertificate:
    """The certificate of an issuing authority under ``root``, whose key ``sign`` uses."""
    return _build_authority(
        name,
        root.name,
        public_key,
        root.subject_key_id,
        serial=serial,
        validity=validity,
        sign=sign,
    )


def build_organisation(
    subject: SubjectName,
    usage: KeyUsage,
    public_key: EllipticCurvePublicKey,
    *,
    issuing: AuthorityCertificate,
    serial: int,
    validity: Validity,
    sign: Sign,
) -> OrganisationCertificate:
    """An Organisation Certificate of any remote party role but the authorities'."""
    if RemotePartyRole.parse(subject.role_text) in AUTHORITY_ROLES:
        raise ProfileError("remote party role", "is an authority's, in an end entity's certificate")
    point = p256.point(public_key)
    tbs = _to_be_signed(
        serial,
        issuing.name.encoded,
        validity,
        subject.encoded,
        point,
        extensions.END_ENTITY_KEY_USAGES[usage],
        extensions.subject_key_id(p256.subject_key_id(point)),
        extensions.POLICY[Hierarchy.ORGANISATION],
        extensions.authority_key_id(issuing.subject_key_id),
    )
    return parse_organisation(_signed(tbs, sign), allow=frozenset())


class DeviceTemplate:
    """Issues Device Certificates of one usage and validity, thousands a second.

    The certificate is encoded once; per device, serial number, key, key identifier and EUI-64 are
    put in their places (all of fixed length) and the result is signed.
    """

    __slots__ = ("_authority_key_id", "_issuer", "_pieces", "_usage", "_validity")

    def __init__(self, issuing: AuthorityCertificate, usage: KeyUsage, validity: Validity) -> None:
        if issuing.hierarchy is not Hierarchy.DEVICE:
            raise ProfileError("issuer", "is not an issuing authority of devices")
        self._usage = usage
        self._validity = validity
        self._issuer = issuing.name.text
        self._authority_key_id = issuing.subject_key_id
        self._pieces = _cut(issuing, usage, validity)

    def issue(self, eui64: Eui64, point: bytes, *, serial: int, sign: Sign) -> DeviceCertificate:
        """The certificate of a device's key, its uncompressed point on P-256.

        ``point`` must come from a key object (``p256.point``): it is not checked again.
        ``serial`` comes from ``serial_number``.
        """
        octets = serial.to_bytes(SERIAL_OCTETS, "big")
        if octets[0] & 0xC0 != 0x40:
            raise ProfileError("serial number", "does not come from serial_number()")
        head, to_key, to_key_id, to_name, tail = self._pieces
        key_id = p256.subject_key_id(point)
        tbs = b"".join(
            (head, octets, to_key, point, to_key_id, key_id, to_name, eui64.octets, tail)
        )
        return DeviceCertificate(
            der=_signed(tbs, sign),
            eui64=eui64,
            usage=self._usage,
            serial=serial,
            issuer=self._issuer,
            not_before=self._validity.not_before,
            not_after=self._validity.not_after,
            point=point,
            authority_key_id=self._authority_key_id,
        )


_SERIAL = b"Serial goes here"
_POINT = b"\x04" + b"Uncompressed point".ljust(64, b".")
_NAME = b"Device-1"


def _cut(
    issuing: AuthorityCertificate, usage: KeyUsage, validity: Validity
) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    """A to-be-signed Device Certificate without serial number, key, key identifier and EUI-64."""
    key_id = p256.subject_key_id(_POINT)
    tbs = _to_be_signed(
        int.from_bytes(_SERIAL, "big"),
        issuing.name.encoded,
        validity,
        der.sequence(),
        _POINT,
        extensions.END_ENTITY_KEY_USAGES[usage],
        extensions.subject_key_id(key_id),
        extensions.device_name(Eui64(_NAME)),
        extensions.POLICY[Hierarchy.DEVICE],
        extensions.authority_key_id(issuing.subject_key_id),
    )
    head, rest = tbs.split(_SERIAL)
    to_key, rest = rest.split(_POINT)
    to_key_id, rest = rest.split(key_id)
    to_name, tail = rest.split(_NAME)
    return head, to_key, to_key_id, to_name, tail


def _build_authority(
    name: AuthorityName,
    issuer: AuthorityName,
    public_key: EllipticCurvePublicKey,
    authority_key_id: bytes,
    *,
    serial: int,
    validity: Validity,
    sign: Sign,
) -> AuthorityCertificate:
    point = p256.point(public_key)
    hierarchy = Hierarchy.DEVICE if name.unit is None else Hierarchy.ORGANISATION
    is_root = name == issuer
    tbs = _to_be_signed(
        serial,
        issuer.encoded,
        validity,
        name.encoded,
        point,
        extensions.AUTHORITY_KEY_USAGE,
        extensions.ROOT_CONSTRAINTS if is_root else extensions.ISSUING_CONSTRAINTS,
        extensions.POLICY[hierarchy],
        extensions.subject_key_id(p256.subject_key_id(point)),
        extensions.authority_key_id(authority_key_id),
    )
    return parse_authority(_signed(tbs, sign))


def _to_be_signed(
    serial: int,
    issuer: bytes,
    validity: Validity,
    subject: bytes,
    point: bytes,
    *listing: bytes,
) -> bytes:
    """The TBSCertificate: names and extensions are elements, ``point`` is bare."""
    return der.sequence(
        _VERSION_3,
        der.integer(serial),
        p256.ALGORITHM,
        issuer,
        der.sequence(der.time(validity.not_before), der.time(validity.not_after)),
        subject,
        p256.key_info(point),
        der.element(der.context(3), der.sequence(*listing)),
    )


def _signed(to_be_signed: bytes, sign: Sign) -> bytes:
    return der.sequence(
        to_be_signed, p256.ALGORITHM, der.bit_string(p256.signature_value(sign(to_be_signed)))
    )
