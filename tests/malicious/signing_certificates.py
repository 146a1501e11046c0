"""From a file of the corpus to the octets of a certificate; README.md lists the places."""

from hashlib import sha1

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.malicious.attacks import certificate_pieces as der
from tests.malicious.corpus import Attack
from tests.parties.dsp import world
from tests.support.throwaway_keys import throwaway_key

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import RemotePartyRole

_NAMED = {"srp": world.SRP_XML, "supplier-gbcs": world.SUPPLIER_GBCS}
_AUTHORITIES = {"issuing", "root", "device issuing", "device root"}
_ISSUERS = {"device": "device issuing", "authority": "root"}
"""Who should have signed: the issuing authority of organisations where nothing else is said."""


def subject_key(attack: Attack) -> ec.EllipticCurvePrivateKey:
    """The key that the certificate is for."""
    named = attack.make.get("key")
    return world.key_of(*_NAMED[named]) if named else throwaway_key(f"certified {attack.id}")


def fill_certificate(attack: Attack) -> bytes:
    """The certificate, with whatever the attack puts around it."""
    make = attack.make
    issuer = _ISSUERS.get(make["as"], "issuing")
    point = _point(subject_key(attack))
    text = attack.text
    for place, put in {
        der.POINT: point.hex(),
        der.KEY_ID: _key_id(point),
        der.ISSUER_KEY_ID: _key_id(_point(throwaway_key(issuer))),
        "{{serial of srp}}": _serial(world.SRP_XML),
        "{{serial of supplier-gbcs}}": _serial(world.SUPPLIER_GBCS),
    }.items():
        text = text.replace(place, put)
    to_sign, _, behind = text.partition("\n\n")
    signed = bytes.fromhex(to_sign)
    key = _signer(make.get("signer", issuer), attack)
    value = key.sign(signed, ec.ECDSA(SHA256(), deterministic_signing=True))
    another = key.sign(signed + b"0", ec.ECDSA(SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(value)
    for place, octets in {
        der.SIGNATURE: value,
        "{{signature of another}}": another,
        "{{signature raw}}": r.to_bytes(32) + s.to_bytes(32),
        "{{signature cut}}": value[:-1],
    }.items():
        behind = behind.replace(place, der.tlv("03", "00", octets.hex()))
    return _around(signed + bytes.fromhex(behind), attack)


def _around(content: bytes, attack: Attack) -> bytes:
    make = attack.make
    length = der.length(len(content) + make.get("length", 0))
    head = make.get("head", "30")
    if head == "3083":
        head, length = "3083", f"{len(content):06x}"
    elif len(head) > 2:
        length = ""
    whole = bytes.fromhex(head + length) + content
    tail = make.get("tail", "")
    whole += whole if tail == "the same" else bytes.fromhex(tail)
    return whole[: make.get("cut", len(whole))]


def _signer(name: str, attack: Attack) -> ec.EllipticCurvePrivateKey:
    if name == "self":
        return subject_key(attack)
    if name in _NAMED:
        return world.key_of(*_NAMED[name])
    return throwaway_key(name if name in _AUTHORITIES else f"stranger {name}")


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _key_id(point: bytes) -> str:
    tail = sha1(point, usedforsecurity=False).digest()[-8:]
    return (bytes((0x40 | tail[0] & 0x0F,)) + tail[1:]).hex()


def _serial(who: tuple[Eui64, RemotePartyRole]) -> str:
    return f"{world.organisation(*who).serial:032x}"
