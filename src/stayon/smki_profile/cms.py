"""Detached CMS signatures on files: who signed which octets (RFC 5652; requirements, decision 9).

One signer, ECDSA on P-256 over SHA-256, with signed attributes, DER. The certificate is not taken
from the signature: whoever verifies knows whose it must be.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, Final

from asn1crypto import cms, core, x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_der_x509_certificate

from stayon.smki_profile import p256
from stayon.smki_profile.errors import BadSignature, ProfileError

_LARGEST: Final = 65_536
_SIGNED_ALGORITHMS: Final = ("sha256", "ecdsa", "sha256_ecdsa")


class OtherSigner(BadSignature):
    """The signature is somebody else's."""


@dataclass(frozen=True, slots=True)
class DetachedSignature:
    """A signature as read, not verified yet.

    ``issuer`` is the DER name and ``serial`` the number of the certificate that it names;
    ``signed_at`` what the signer says about when (UTC), if anything.
    """

    issuer: bytes
    serial: int
    signed_at: datetime | None
    digest: bytes
    signed_attributes: bytes
    signature: bytes


def build_detached(content: bytes, certificate: bytes, sign: p256.Sign, at: datetime) -> bytes:
    """A signature (DER) on ``content`` by the key of ``certificate`` (DER)."""
    found = _certificate(certificate)
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "signing_time", "values": [cms.Time({"utc_time": core.UTCTime(at)})]},
            {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
        ]
    )
    name = cms.IssuerAndSerialNumber({"issuer": found.issuer, "serial_number": found.serial_number})
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": name}),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": p256.signature_value(sign(attributes.dump())),
    }
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [found],
            "signer_infos": [signer],
        }
    )
    octets: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return octets


def read_detached(octets: bytes) -> DetachedSignature:
    """Read a signature (DER); raises ``ProfileError`` naming what is not in the profile."""
    if len(octets) > _LARGEST:
        raise ProfileError("signature", f"is larger than {_LARGEST} octets")
    try:
        return _read(octets)
    except (ValueError, TypeError, KeyError):
        raise ProfileError("signature", "is no CMS SignedData in DER") from None


def _read(octets: bytes) -> DetachedSignature:
    content = cms.ContentInfo.load(octets, strict=True)
    if content["content_type"].native != "signed_data":
        raise ProfileError("signature", "is no CMS SignedData in DER")
    signed = content["content"]
    if signed["encap_content_info"]["content"].native is not None:
        raise ProfileError("signature", "has the file in it; it must be detached")
    if len(signed["signer_infos"]) != 1:
        raise ProfileError("signature", "must have exactly one signer")
    signer = signed["signer_infos"][0]
    if signer["sid"].name != "issuer_and_serial_number":
        raise ProfileError("signature", "must name its certificate by issuer and serial")
    algorithm = signer["signature_algorithm"]["algorithm"].native
    if (
        signer["digest_algorithm"]["algorithm"].native != "sha256"
        or algorithm not in _SIGNED_ALGORITHMS
    ):
        raise ProfileError("signature", "must be ECDSA over SHA-256")
    attributes = _attributes(signer["signed_attrs"])
    if attributes.get("content_type") != "data":
        raise ProfileError("signature", "must be on data")
    digest, signed_at = attributes.get("message_digest"), attributes.get("signing_time")
    if not isinstance(digest, bytes):
        raise ProfileError("signature", "has no message digest among its signed attributes")
    sid = signer["sid"].chosen
    return DetachedSignature(
        issuer=sid["issuer"].dump(),
        serial=sid["serial_number"].native,
        signed_at=signed_at,
        digest=digest,
        # As a SET, not with the tag that it has inside: that is what is signed (RFC 5652 5.4).
        signed_attributes=signer["signed_attrs"].untag().dump(),
        signature=signer["signature"].native,
    )


def _attributes(signed: Any) -> dict[str, Any]:
    if not isinstance(signed, cms.CMSAttributes):
        raise ProfileError("signature", "has no signed attributes")
    found: dict[str, Any] = {}
    for attribute in signed:
        name, values = attribute["type"].native, attribute["values"].native
        if name in found or len(values) != 1:
            raise ProfileError("signature", f"has attribute {str(name)[:40]} more than once")
        found[name] = values[0]
    return found


def verify_detached(signature: DetachedSignature, content: bytes, certificate: bytes) -> None:
    """Check that the key of ``certificate`` (DER) has signed ``content``.

    Raises ``OtherSigner`` when the signature names another certificate, ``BadSignature`` when the
    key has not signed this, ``ProfileError`` for a certificate without a P-256 key.
    Whether the certificate is valid and whose it is are the caller's questions.
    """
    found = _certificate(certificate)
    named = signature.issuer, signature.serial
    if named != (found.issuer.dump(), found.serial_number):
        raise OtherSigner("signature", "names another certificate than the signer's")
    if not compare_digest(hashlib.sha256(content).digest(), signature.digest):
        raise BadSignature("signature", "is on another file")
    key = load_der_x509_certificate(certificate).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ProfileError("certificate", "has no key on P-256")
    p256.verify(key, signature.signature, signature.signed_attributes, "signature")


def _certificate(octets: bytes) -> x509.Certificate:
    try:
        found = x509.Certificate.load(octets, strict=True)
        found.issuer.dump()
        load_der_x509_certificate(octets)
    except (ValueError, TypeError):
        raise ProfileError("certificate", "is no X.509 certificate in DER") from None
    return found
