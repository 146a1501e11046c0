"""From an XML file of the corpus to the octets that are posted; README.md lists the places."""

import base64
import hmac
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree
from tests.malicious.attacks.documents import DS, GOOD
from tests.malicious.corpus import Attack
from tests.parties.dsp import world
from tests.support.throwaway_keys import throwaway_key

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SIGNATURE = re.compile(rb"<([^\s<>:/]+:)?Signature[ >].*</(?(1)\1)Signature>", re.DOTALL)
_REPEAT = re.compile(r"\{\{(repeat|count):(\d+):(.*?)\}\}", re.DOTALL)
SIGNERS = {
    "srp": world.SRP_XML,
    "supplier-xml": world.SUPPLIER_XML,
    "supplier-gbcs": world.SUPPLIER_GBCS,
    "dsp": world.DSP_XML,
    "s1sp": world.S1SP_XML,
}


def key_named(name: str) -> ec.EllipticCurvePrivateKey:
    """The private key of a signer; any name that is none of the SMKI's is a stranger's."""
    return world.key_of(*SIGNERS[name]) if name in SIGNERS else throwaway_key(f"stranger {name}")


@dataclass(frozen=True)
class Value:
    """A signature as r and s, with the digest that its SignedInfo holds."""

    r: int
    s: int
    digest: str

    @property
    def text(self) -> str:
        return _base64(self.r.to_bytes(32) + self.s.to_bytes(32))


def fill(attack: Attack, counter: int) -> bytes:
    """The octets of an attack whose request has this counter, and ``counter + 1`` for its other."""
    make = attack.make
    key = key_named(make.get("signer", "srp"))
    text = _with_content(attack.text, counter)
    how = make.get("signature", "of the good request")
    base = _with_content(GOOD, counter) if how == "of the good request" else text
    value = _sign(base.encode(), key, hashed="hmac" in how, anew="nonce" in make)
    other = _sign(_with_content(GOOD, counter + 1).encode(), key)
    places = {
        "digest": value.digest,
        "value": value.text,
        "value cut": value.text[:-4],
        "value in der": _base64(encode_dss_signature(value.r, value.s)),
        "value malleated": _base64(value.r.to_bytes(32) + (_ORDER - value.s).to_bytes(32)),
        "value with other bits": value.text[:-3] + _next_bit(value.text[-3]) + "==",
        "digest of other": other.digest,
        "value of other": other.text,
    }
    for name, put in places.items():
        text = text.replace("{{" + name + "}}", put)
    return repeated(text).encode(make.get("encoding", "utf-8"))


def _with_content(text: str, counter: int) -> str:
    """All but the values of the signature itself, since these are over the rest."""
    serials = {f"serial of {name}": str(world.organisation(*who).serial)
               for name, who in SIGNERS.items()}  # fmt: skip
    srp = world.organisation(*world.SRP_XML)
    places = serials | {
        "counter": str(counter),
        "other counter": str(counter + 1),
        "issuer": srp.issuer,
        "serial": str(srp.serial),
        "payload": _payload(counter),
        "other payload": _payload(counter + 1),
        "payload signed anew": _base64(world.pre_command(world.GSME, counter)),
    }
    for name, put in places.items():
        text = text.replace("{{" + name + "}}", put)
    return text


@cache
def _payload(counter: int) -> str:
    return _base64(world.pre_command(world.GSME, counter))


def repeated(text: str) -> str:
    """Put in what is to stand there many times."""

    def put(match: re.Match[str]) -> str:
        times, piece = int(match[2]), match[3]
        if match[1] == "repeat":
            return piece * times
        return "".join(piece.replace("#", str(number)) for number in range(times))

    return _REPEAT.sub(put, text)


def _sign(
    octets: bytes, key: ec.EllipticCurvePrivateKey, *, hashed: bool = False, anew: bool = False
) -> Value:
    """Digest and signature of a document as it stands; zeros where it cannot be read."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)
    try:
        bare = _SIGNATURE.sub(b"", octets)
        tree = etree.fromstring(bare, parser) if bare else etree.Element("none")
        canonical = etree.tostring(tree, method="c14n", with_comments=False)
        digest = _base64(sha256(canonical).digest())
        whole = etree.fromstring(octets.replace(b"{{digest}}", digest.encode()), parser)
    except (etree.LxmlError, ValueError):
        return Value(1, 1, _base64(bytes(32)))
    info = whole.find(f".//{{{DS}}}SignedInfo")
    if info is None:
        return Value(1, 1, digest)
    signed = etree.tostring(info, method="c14n", exclusive=True, with_comments=False)
    if hashed:
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return Value(0, int.from_bytes(hmac.digest(public, signed, "sha256")), digest)
    algorithm = ec.ECDSA(SHA256(), deterministic_signing=not anew)
    r, s = decode_dss_signature(key.sign(signed, algorithm))
    return Value(r, s, digest)


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _next_bit(character: str) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return letters[letters.index(character) ^ 1]
