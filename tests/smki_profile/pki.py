"""A small PKI made from a seed, and certificates with one thing wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import (
    AuthorityCertificate,
    AuthorityName,
    DeviceCertificate,
    DeviceTemplate,
    KeyUsage,
    OrganisationCertificate,
    SubjectName,
    Validity,
    build_issuing_authority,
    build_organisation,
    build_root,
    der,
    derive_private_key,
    extensions,
    p256,
    serial_number,
)

SEED = b"tests of the SMKI profile"
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
TEN_YEARS = Validity(START, datetime(2035, 12, 31, 23, 59, 59, tzinfo=UTC))
FOREVER = Validity(START, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
SUPPLIER = Eui64.parse("90-B3-D5-1F-30-99-00-00")
DEVICE = Eui64.parse("00-DB-12-34-56-99-00-01")
_ECDSA = ec.ECDSA(SHA256(), deterministic_signing=True)


def key(*label: str) -> ec.EllipticCurvePrivateKey:
    return derive_private_key(SEED, *(part.encode() for part in label))


def signer(private_key: ec.EllipticCurvePrivateKey) -> p256.Sign:
    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(private_key.sign(data, _ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def root(name: AuthorityName) -> AuthorityCertificate:
    return build_root(
        name,
        key(name.text).public_key(),
        serial=1,
        validity=TEN_YEARS,
        sign=signer(key(name.text)),
    )


def issuing(name: AuthorityName, under: AuthorityCertificate) -> AuthorityCertificate:
    return build_issuing_authority(
        name,
        key(name.text).public_key(),
        root=under,
        serial=2,
        validity=TEN_YEARS,
        sign=signer(key(under.name.text)),
    )


ORGANISATION_ROOT = root(AuthorityName("ZA", "00"))
ORGANISATION_ISSUER = issuing(AuthorityName("Z1", "07"), ORGANISATION_ROOT)
DEVICE_ROOT = root(AuthorityName("D0"))
DEVICE_ISSUER = issuing(AuthorityName("D1"), DEVICE_ROOT)


def organisation(
    role: str = "02",
    usage: KeyUsage = KeyUsage.DIGITAL_SIGNATURE,
    eui64: Eui64 = SUPPLIER,
    name: str | None = None,
) -> OrganisationCertificate:
    return build_organisation(
        SubjectName(role, eui64, name),
        usage,
        key("organisation").public_key(),
        issuing=ORGANISATION_ISSUER,
        serial=serial_number(bytes(range(16))),
        validity=TEN_YEARS,
        sign=signer(key("CN=Z1,OU=07")),
    )


def device(
    usage: KeyUsage = KeyUsage.DIGITAL_SIGNATURE,
    eui64: Eui64 = DEVICE,
    serial: bytes = bytes(16),
) -> DeviceCertificate:
    return DeviceTemplate(DEVICE_ISSUER, usage, FOREVER).issue(
        eui64,
        p256.point(key("device").public_key()),
        serial=serial_number(serial),
        sign=signer(key("CN=D1")),
    )


_POINT = p256.point(key("organisation").public_key())
_KEY_ID = p256.subject_key_id(_POINT)


@dataclass(frozen=True)
class Pieces:
    """The elements of a certificate, to put together with one of them changed."""

    version: bytes
    serial: bytes
    algorithm: bytes
    issuer: bytes
    validity: bytes
    subject: bytes
    key_info: bytes
    extensions: Sequence[bytes]
    after_extensions: bytes = b""
    outer_algorithm: bytes = p256.ALGORITHM
    after_signature: bytes = b""

    def tbs(self) -> bytes:
        return der.sequence(
            self.version,
            self.serial,
            self.algorithm,
            self.issuer,
            self.validity,
            self.subject,
            self.key_info,
            der.element(0xA3, der.sequence(*self.extensions)),
            self.after_extensions,
        )

    def encoded(self) -> bytes:
        signature = p256.signature_value(signer(key("anybody"))(self.tbs()))
        return der.sequence(
            self.tbs(), self.outer_algorithm, der.bit_string(signature), self.after_signature
        )

    def with_(self, **changes: object) -> "Pieces":
        return replace(self, **changes)  # type: ignore[arg-type]

    def without(self, kind: bytes) -> "Pieces":
        kept = [one for one in self.extensions if kind not in one]
        assert len(kept) == len(self.extensions) - 1
        return self.with_(extensions=kept)

    def instead(self, kind: bytes, other: bytes) -> "Pieces":
        return self.without(kind).plus(other)

    def plus(self, *more: bytes) -> "Pieces":
        return self.with_(extensions=[*self.extensions, *more])


def _pieces(issuer: AuthorityCertificate, subject: bytes, listing: Sequence[bytes]) -> Pieces:
    return Pieces(
        version=der.element(0xA0, der.integer(2)),
        serial=der.integer(serial_number(bytes(range(16)))),
        algorithm=p256.ALGORITHM,
        issuer=issuer.name.encoded,
        validity=times(TEN_YEARS.not_before, TEN_YEARS.not_after),
        subject=subject,
        key_info=p256.key_info(_POINT),
        extensions=[
            *listing,
            extensions.subject_key_id(_KEY_ID),
            extensions.authority_key_id(issuer.subject_key_id),
        ],
    )


def times(first: datetime, last: datetime) -> bytes:
    return der.sequence(der.time(first), der.time(last))


ORGANISATION_PIECES = _pieces(
    ORGANISATION_ISSUER,
    SubjectName("02", SUPPLIER).encoded,
    [
        extensions.END_ENTITY_KEY_USAGES[KeyUsage.DIGITAL_SIGNATURE],
        extensions.POLICY[ORGANISATION_ISSUER.hierarchy],
    ],
)
DEVICE_PIECES = _pieces(
    DEVICE_ISSUER,
    der.sequence(),
    [
        extensions.END_ENTITY_KEY_USAGES[KeyUsage.KEY_AGREEMENT],
        extensions.POLICY[DEVICE_ISSUER.hierarchy],
        extensions.device_name(DEVICE),
    ],
)
AUTHORITY_PIECES = _pieces(
    ORGANISATION_ROOT,
    AuthorityName("Z1", "07").encoded,
    [
        extensions.AUTHORITY_KEY_USAGE,
        extensions.POLICY[ORGANISATION_ROOT.hierarchy],
        extensions.ISSUING_CONSTRAINTS,
    ],
)
