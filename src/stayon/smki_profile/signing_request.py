"""Certificate signing requests (PKCS#10), in the form that the SMKI takes.

The request carries the subject that is wanted and, as its only attribute, the key usage (for a
device also its name); it is signed with the key it is for, which proves possession.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import der, extensions, p256
from stayon.smki_profile.errors import ProfileError
from stayon.smki_profile.names import SubjectName
from stayon.smki_profile.parsing import read_extensions, signed_parts
from stayon.smki_profile.roles import KeyUsage, RemotePartyRole


@dataclass(frozen=True, slots=True)
class OrganisationRequest:
    """Somebody holds the private key of ``public_key`` and wants this Organisation Certificate."""

    subject: SubjectName
    role: RemotePartyRole
    usage: KeyUsage
    public_key: EllipticCurvePublicKey = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """A device holds the private key of ``public_key`` and wants a Device Certificate."""

    eui64: Eui64
    usage: KeyUsage
    public_key: EllipticCurvePublicKey = field(compare=False, repr=False)


_VERSION_1 = der.integer(0)
_EXTENSION_REQUEST = der.object_identifier("1.2.840.113549.1.9.14")
_FIELD = "certificate signing request"
_KNOWN = frozenset({extensions.KEY_USAGE, extensions.SUBJECT_ALTERNATIVE_NAME})
_EMPTY_NAME = der.sequence()


def build_signing_request(
    subject: SubjectName | Eui64,
    usage: KeyUsage,
    public_key: EllipticCurvePublicKey,
    sign: p256.Sign,
) -> bytes:
    """A DER request: for an organisation's subject, or for the device with this EUI-64."""
    wanted = extensions.END_ENTITY_KEY_USAGES[usage]
    if isinstance(subject, Eui64):
        name, wanted = _EMPTY_NAME, wanted + extensions.device_name(subject)
    else:
        name = subject.encoded
    attribute = der.sequence(_EXTENSION_REQUEST, der.element(der.SET, der.sequence(wanted)))
    info = der.sequence(
        _VERSION_1,
        name,
        p256.key_info(p256.point(public_key)),
        der.element(der.context(0), attribute),
    )
    return der.sequence(info, p256.ALGORITHM, der.bit_string(p256.signature_value(sign(info))))


def parse_signing_request(encoded: bytes) -> OrganisationRequest | DeviceRequest:
    """Read a DER request and check that its own key signed it.

    Raises ``ProfileError``, or ``BadSignature`` when possession is not proven.
    """
    info, signature = signed_parts(encoded, _FIELD)
    reader = der.Reader(info).enter(der.SEQUENCE, _FIELD)
    reader.expect(_VERSION_1, _FIELD, "is not of version 1")
    name = reader.element(der.SEQUENCE, "subject")
    public_key = p256.public_key(p256.read_key_info(reader))
    wanted = _wanted_extensions(reader)
    p256.verify(public_key, signature, info, _FIELD)
    usage = extensions.read_key_usage(wanted.get(extensions.KEY_USAGE))
    device = wanted.get(extensions.SUBJECT_ALTERNATIVE_NAME)
    if name == _EMPTY_NAME:
        if device is None:
            raise ProfileError("subject alternative name", "is missing, and so is the subject")
        return DeviceRequest(extensions.read_device_name(device), usage, public_key)
    if device is not None:
        raise ProfileError("subject alternative name", "is for devices, whose subject is empty")
    subject = SubjectName.parse(name, "subject")
    return OrganisationRequest(subject, RemotePartyRole.parse(subject.role_text), usage, public_key)


def _wanted_extensions(reader: der.Reader) -> dict[bytes, bytes]:
    attributes = reader.enter(der.context(0), "attributes")
    reader.finish(_FIELD)
    attribute = attributes.enter(der.SEQUENCE, "attributes")
    attributes.finish("attributes")
    attribute.expect(_EXTENSION_REQUEST, "attributes", "are not an extension request alone")
    values = attribute.enter(der.SET, "attributes")
    attribute.finish("attributes")
    listing = values.enter(der.SEQUENCE, "attributes")
    values.finish("attributes")
    return read_extensions(listing, _KNOWN)
