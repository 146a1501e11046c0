"""From a certificate file of the corpus to DER, with keys that are made at run time."""

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from tests.malicious.corpus import Attack
from tests.parties.dsp import world
from tests.support.throwaway_keys import throwaway_key

from stayon.adapters.keys.local import LocalKey
from stayon.smki_profile import der, p256

_AUTHORITIES = {"issuing": "issuing", "root": "root", "stranger": "a strange authority"}


def key_for(attack: Attack) -> EllipticCurvePrivateKey:
    """The private key that belongs to the certificate."""
    if attack.make.get("key") == "supplier-gbcs":
        return world.key_of(*world.SUPPLIER_GBCS)
    return throwaway_key(f"certificate {attack.id}")


def fill_certificate(attack: Attack) -> bytes:
    """The certificate in DER."""
    make = attack.make
    point = p256.point(key_for(attack).public_key())
    places = {
        "key": point,
        "key id": p256.subject_key_id(point),
        "authority key id": world.smki_path().issuing.subject_key_id,
    }
    text = attack.text
    for name, octets in places.items():
        text = text.replace("{{" + name + "}}", octets.hex())
    signed = der.sequence(bytes.fromhex(text))
    outer = bytes.fromhex(make["outer"]) if "outer" in make else p256.ALGORITHM
    content = signed + outer + der.bit_string(p256.signature_value(_signature(attack, signed)))
    whole = bytes.fromhex(make["head"]) + content if "head" in make else der.sequence(content)
    return (whole + bytes.fromhex(make.get("tail", "")))[: -make["cut"] if "cut" in make else None]


def _signature(attack: Attack, signed: bytes) -> bytes:
    by = attack.make.get("signed_by", "issuing")
    if by == "zeros":
        return bytes(64)
    if by == "own":
        return LocalKey(key_for(attack)).sign(signed)
    if by == "supplier-gbcs":
        return LocalKey(world.key_of(*world.SUPPLIER_GBCS)).sign(signed)
    if by == "other":
        return LocalKey(throwaway_key("issuing")).sign(signed + b"another")
    return LocalKey(throwaway_key(_AUTHORITIES[by])).sign(signed)
