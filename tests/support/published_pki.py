"""Files in the format of the published test PKI, with keys made at run time."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import DeviceCertificate, KeyUsage, OrganisationCertificate

Entry = dict[str, str | None]


def private(key: EllipticCurvePrivateKey) -> str:
    octets = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return base64.b64encode(octets).decode()


def certified(
    name: str,
    certificate: OrganisationCertificate | DeviceCertificate,
    key: EllipticCurvePrivateKey | None = None,
) -> Entry:
    return {
        "name": name,
        "certificate": base64.b64encode(certificate.der).decode(),
        "private_key": None if key is None else private(key),
    }


def bare(
    name: str, eui64: Eui64, usage: KeyUsage, key: EllipticCurvePrivateKey, *, secret: bool = True
) -> Entry:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    half = {"private_key": private(key)} if secret else {"public_key": encoded(public)}
    return {"name": name, "eui64": eui64.hex, "usage": usage.value, **half}


def encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def write(path: Path, certificates: Sequence[Entry], bare_keys: Sequence[Entry] = ()) -> Path:
    document = {"certificates": list(certificates), "keys_without_certificate": list(bare_keys)}
    path.write_text(json.dumps(document))
    return path
