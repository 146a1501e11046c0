"""From a GBCS file of the corpus to octets; shares nothing with the codec but the MAC."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from tests.malicious.corpus import Attack
from tests.malicious.filling import key_named
from tests.parties.dsp import world

from stayon.domain.eui64 import Eui64
from stayon.gbcs import protection


def fill_gbcs(attack: Attack) -> bytes:
    """The octets of the Signed Pre-Command."""
    make = attack.make
    key = key_named(make.get("signer", "supplier-gbcs"))
    text = attack.text.strip()
    body = bytes.fromhex(text.partition("{{")[0])
    good = world.unsigned_pre_command(world.GSME)
    octets, der = _signed(body[1:], key)
    places = {
        "signature": octets,
        "signature cut": octets[:-2],
        "signature of 63": b"\x3f" + octets[1:],
        "signature of good": _signed(good[1:], key)[0],
        "signature of other": _signed(world.unsigned_pre_command(world.GSME, 2)[1:], key)[0],
        "signature of electricity": _signed(world.unsigned_pre_command(world.ESME)[1:], key)[0],
        "signature with DF": _signed(body, key)[0],
        "signature in DER": bytes((len(der),)) + der,
    }
    for name, put in places.items():
        text = text.replace("{{" + name + "}}", put.hex())
    whole = bytes.fromhex(text)
    if "wrap" not in make:
        return whole
    device = world.device_key(Eui64.parse(make["wrap"])).public_key()
    secret = protection.shared_secret(world.AGREEMENT_KEY, device)
    wrapped = protection.add_mac(whole, shared_secret=secret)
    return wrapped[: len(wrapped) - make.get("cut", 0)]


def _signed(octets: bytes, key: ec.EllipticCurvePrivateKey) -> tuple[bytes, bytes]:
    der = key.sign(octets, ec.ECDSA(SHA256()))
    r, s = decode_dss_signature(der)
    return b"\x40" + r.to_bytes(32) + s.to_bytes(32), der
