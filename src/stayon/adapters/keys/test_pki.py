"""The published test PKI (``zaz1.json``): certificates and keys that everybody may know.

They are for tests and for checking the reference messages, worthless anywhere else. One EUI-64 may
have several certificates for one usage (replacements, prepayment keys, XML signing), and a message
does not say which was used: a look-up gives all of them, the most ordinary first.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
)

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.smki_profile.certificate import (
    AuthorityCertificate,
    DeviceCertificate,
    EndEntityCertificate,
    OrganisationCertificate,
)
from stayon.smki_profile.parsing import parse_certificate
from stayon.smki_profile.roles import KeyUsage, RemotePartyRole

XML_SIGNING_ROLES = frozenset({RemotePartyRole.XML_SIGN, RemotePartyRole.DSP_XML_SIGN})
"""Roles whose keys sign DUIS XML and never a GBCS message."""


class KeyFileError(StayonError):
    """A file that is not a published test PKI, in words that name the entry."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One key of the file, with its certificate and its private half where they are known."""

    name: str
    eui64: Eui64
    usage: KeyUsage
    certificate: EndEntityCertificate | None = field(repr=False)
    public_key: EllipticCurvePublicKey = field(repr=False)
    private_key: EllipticCurvePrivateKey | None = field(repr=False)

    @property
    def role(self) -> RemotePartyRole | None:
        """The organisation's role; a device, or a key without a certificate, has none."""
        if isinstance(self.certificate, OrganisationCertificate):
            return self.certificate.role
        return None


class PublishedPki:
    """Look-up of keys by owner, role, serial number or name; every result in order of likelihood.

    Most likely are keys that sign or agree for GBCS under their owner's plain name; the ones for
    prepayment top-ups, replacements, XML signing and keys without a certificate come after them.
    """

    def __init__(self, keys: Iterable[KnownKey]) -> None:
        self.keys = tuple(sorted(keys, key=_rank))
        self._by_owner: dict[tuple[Eui64, KeyUsage], list[KnownKey]] = {}
        for key in self.keys:
            self._by_owner.setdefault((key.eui64, key.usage), []).append(key)

    def of_owner(
        self, eui64: Eui64, usage: KeyUsage, role: RemotePartyRole | None = None
    ) -> tuple[KnownKey, ...]:
        """The keys of one owner; those of one role when it is given."""
        keys = self._by_owner.get((eui64, usage), ())
        return tuple(key for key in keys if role is None or key.role is role)

    def of_role(self, role: RemotePartyRole, usage: KeyUsage) -> tuple[KnownKey, ...]:
        """The keys of every organisation in one role."""
        return tuple(key for key in self.keys if (key.role, key.usage) == (role, usage))

    def of_serial(self, serial: int) -> tuple[KnownKey, ...]:
        """The keys whose certificates have one serial number, which issuers may share."""
        return tuple(
            key for key in self.keys if key.certificate and key.certificate.serial == serial
        )

    def named(self, name: str) -> KnownKey:
        """The entry with this name in the file; raises ``KeyFileError`` when there is none."""
        for key in self.keys:
            if key.name == name:
                return key
        raise KeyFileError(f"the test PKI has no entry named {name!r}")

    def is_device(self, eui64: Eui64) -> bool:
        """Whether the file has a device certificate of this owner."""
        return any(
            isinstance(key.certificate, DeviceCertificate)
            for usage in KeyUsage
            for key in self._by_owner.get((eui64, usage), ())
        )


def _rank(key: KnownKey) -> tuple[bool, bool, bool, bool, str]:
    return (
        key.role in XML_SIGNING_ROLES,
        key.certificate is None,
        "-pp-" in key.name,
        not key.name.startswith(key.eui64.hex),
        key.name,
    )


def read_test_pki(path: Path) -> PublishedPki:
    """Read the file; raises ``KeyFileError`` naming the entry that is wrong, or ``OSError``."""
    try:
        document = json.loads(path.read_bytes())
        entries = [*document["certificates"], *document["keys_without_certificate"]]
    except (ValueError, TypeError, KeyError):
        rule = "is not JSON with certificates and keys_without_certificate"
        raise KeyFileError(f"{path} {rule}") from None
    return PublishedPki([_entry(entry) for entry in entries])


def _entry(entry: object) -> KnownKey:
    name = entry.get("name") if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(name, str):
        raise KeyFileError("an entry of the test PKI has no name")
    try:
        if entry.get("certificate") is None:
            return _bare(name, entry)
        return _certified(name, entry)
    except (KeyError, TypeError, ValueError, StayonError) as error:
        raise KeyFileError(f"entry {name!r} of the test PKI: {error}") from None


def _certified(name: str, entry: Mapping[str, object]) -> KnownKey:
    certificate = parse_certificate(_octets(entry, "certificate"))
    if isinstance(certificate, AuthorityCertificate):
        raise KeyFileError("is the certificate of an authority")
    return KnownKey(
        name,
        certificate.eui64,
        certificate.usage,
        certificate,
        certificate.public_key,
        _private_key(entry),
    )


def _bare(name: str, entry: Mapping[str, object]) -> KnownKey:
    private_key = _private_key(entry)
    if private_key is None:
        public_key = load_der_public_key(_octets(entry, "public_key"))
        if not isinstance(public_key, EllipticCurvePublicKey):
            raise KeyFileError("is not an elliptic curve key")
    else:
        public_key = private_key.public_key()
    eui64, usage = Eui64.parse(str(entry["eui64"])), KeyUsage(entry["usage"])
    return KnownKey(name, eui64, usage, None, public_key, private_key)


def _private_key(entry: Mapping[str, object]) -> EllipticCurvePrivateKey | None:
    if entry.get("private_key") is None:
        return None
    key = load_der_private_key(_octets(entry, "private_key"), password=None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise KeyFileError("is not an elliptic curve key")
    return key


def _octets(entry: Mapping[str, object], member: str) -> bytes:
    return base64.b64decode(str(entry[member]), validate=True)
