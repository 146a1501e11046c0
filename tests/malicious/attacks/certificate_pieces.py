"""Certificates in DER, field by field, with places for keys and signatures; shares no code with Stayon."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha1, sha256

POINT = "{{point}}"
KEY_ID = "{{key id}}"
ISSUER_KEY_ID = "{{issuer key id}}"
SIGNATURE = "{{signature}}"
_OCTETS = {POINT: 65, KEY_ID: 8, ISSUER_KEY_ID: 8}
_OCTETS |= {"{{serial of srp}}": 16, "{{serial of supplier-gbcs}}": 16}
"""How long what stands in a place is; the length of a signature is the filler's to count."""

ECDSA_SHA256 = "1.2.840.10045.4.3.2"
USAGE, SUBJECT_KEY, NAME, CONSTRAINTS = "2.5.29.15", "2.5.29.14", "2.5.29.17", "2.5.29.19"
POLICIES, AUTHORITY_KEY = "2.5.29.32", "2.5.29.35"
COMMON_NAME, UNIT, UNIQUE_IDENTIFIER = "2.5.4.3", "2.5.4.11", "2.5.4.45"
ORGANISATION_POLICY = "1.2.826.0.1.8641679.1.2.1.4"
DEVICE_POLICY = "1.2.826.0.1.1800000.1.2.1.4"
SIGNING, AGREEMENT, BOTH_USAGES, AUTHORITYS = "0780", "0308", "0388", "0106"
"""Content of the keyUsage BIT STRING."""
BEGIN, END = "200101000000Z", "400101000000Z"


def size(text: str) -> int:
    """How many octets a text stands for."""
    known = sum(text.count(place) * octets for place, octets in _OCTETS.items())
    for place in _OCTETS:
        text = text.replace(place, "")
    return known + len(bytes.fromhex(text))


def tlv(tag: str, *contents: str) -> str:
    """An element in DER."""
    content = "".join(contents)
    return tag + length(size(content)) + content


def length(octets: int) -> str:
    """A length in its shortest form."""
    if octets < 0x80:
        return f"{octets:02x}"
    digits = f"{octets:x}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    return f"{0x80 + len(digits) // 2:02x}{digits}"


def sequence(*contents: str) -> str:
    """A SEQUENCE."""
    return tlv("30", *contents)


def oid(dotted: str) -> str:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    octets: list[int] = []
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.insert(0, 0x80 | arc & 0x7F)
        octets += groups
    return tlv("06", bytes(octets).hex())


def text(tag: str, value: str) -> str:
    """A string: 0c UTF8String, 13 PrintableString, 1e BMPString, 14 TeletexString."""
    return tlv(tag, value.encode("utf-16-be" if tag == "1e" else "utf-8").hex())


def attribute(kind: str, value: str) -> str:
    """A relative distinguished name of one attribute."""
    return tlv("31", sequence(oid(kind), value))


def unique_identifier(octets: str, unused: str = "00") -> str:
    """The x500UniqueIdentifier that holds an EUI-64."""
    return attribute(UNIQUE_IDENTIFIER, tlv("03", unused, octets))


def role(value: str, tag: str = "0c") -> str:
    """The organisational unit that holds a remote party role."""
    return attribute(UNIT, text(tag, value))


def time(value: str) -> str:
    """UTCTime for 13 characters, GeneralizedTime for more."""
    return text("17" if len(value) == 13 else "18", value)


def extension(kind: str, value: str, critical: str = "0101ff") -> str:
    """An Extension around the element ``value``; ``critical`` is the BOOLEAN, if any."""
    return sequence(oid(kind), critical, tlv("04", value))


def key_usage(bits: str, critical: str = "0101ff") -> str:
    """The keyUsage extension; ``bits`` is the content of its BIT STRING."""
    return extension(USAGE, tlv("03", bits), critical)


def policies(*dotted: str, critical: str = "0101ff") -> str:
    """The certificatePolicies extension."""
    return extension(POLICIES, sequence(*(sequence(oid(each)) for each in dotted)), critical)


def basic_constraints(authority: str = "0101ff", path: str = "") -> str:
    """The basicConstraints extension."""
    return extension(CONSTRAINTS, sequence(authority, path))


SUBJECT_KEY_ID = extension(SUBJECT_KEY, tlv("04", KEY_ID), "")
AUTHORITY_KEY_ID = extension(AUTHORITY_KEY, sequence(tlv("80", ISSUER_KEY_ID)), "")


def key_id_of(point: str) -> str:
    """The subjectKeyIdentifier extension of a point that is written out."""
    tail = sha1(bytes.fromhex(point), usedforsecurity=False).digest()[-8:]
    key_id = bytes((0x40 | tail[0] & 0x0F,)) + tail[1:]
    return extension(SUBJECT_KEY, tlv("04", key_id.hex()), "")


def device_name(*octets: str, critical: str = "0101ff", kind: str = "1.3.6.1.5.5.7.8.4") -> str:
    """The subjectAltName of a device: hardware module names with these serial numbers."""
    hardware = oid("1.2.826.0.1.8641679.1.2.2.1")
    names = (
        tlv("a0", oid(kind), tlv("a0", sequence(hardware, tlv("04", each)))) for each in octets
    )
    return extension(NAME, sequence(*names), critical)


def key_info(point: str = POINT, curve: str = "1.2.840.10045.3.1.7", parameters: str = "") -> str:
    """The SubjectPublicKeyInfo of an EC key."""
    algorithm = sequence(oid("1.2.840.10045.2.1"), parameters or oid(curve))
    return sequence(algorithm, tlv("03", "00", point))


def algorithm(dotted: str = ECDSA_SHA256, parameters: str = "") -> str:
    """An AlgorithmIdentifier."""
    return sequence(oid(dotted), parameters)


@dataclass(frozen=True)
class Pieces:
    """The fields of a certificate; the outer SEQUENCE is put around it when it is filled."""

    serial: str
    issuer: str
    subject: str
    extensions: Sequence[str]
    version: str = "a003020102"
    inner: str = field(default_factory=algorithm)
    begin: str = field(default_factory=lambda: time(BEGIN))
    end: str = field(default_factory=lambda: time(END))
    key: str = field(default_factory=key_info)
    before_extensions: str = ""
    after_extensions: str = ""
    outer: str = field(default_factory=algorithm)
    signature: str = SIGNATURE
    after: str = ""

    def but(self, **changes: object) -> "Pieces":
        """The same with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def without(self, kind: str) -> "Pieces":
        """The same without one extension."""
        kept = [each for each in self.extensions if oid(kind) not in each]
        if len(kept) != len(self.extensions) - 1:
            raise ValueError(kind)
        return self.but(extensions=kept)

    def instead(self, kind: str, other: str) -> "Pieces":
        """The same with another extension in the place of one."""
        if not any(oid(kind) in each for each in self.extensions):
            raise ValueError(kind)
        listed = [other if oid(kind) in each else each for each in self.extensions]
        return self.but(extensions=listed)

    def plus(self, *more: str) -> "Pieces":
        """The same with extensions after its own."""
        return self.but(extensions=[*self.extensions, *more])

    def file(self) -> str:
        """The TBSCertificate, an empty line, and what stands behind it, a line for each field."""
        fields = (
            self.version, tlv("02", self.serial), self.inner, self.issuer,
            sequence(self.begin, self.end), self.subject, self.key, self.before_extensions,
            tlv("a3", sequence(*self.extensions)) if self.extensions else "", self.after_extensions,
        )  # fmt: skip
        content = "".join(fields)
        head = "30" + length(size(content))
        signed = "\n".join(filter(None, (head, *fields)))
        behind = "\n".join(filter(None, (self.outer, self.signature, self.after)))
        return f"{signed}\n\n{behind}\n"


def issuer_name(common_name: str, unit: str | None = "07") -> str:
    """The name of an authority."""
    named = attribute(COMMON_NAME, text("13", common_name))
    return sequence("" if unit is None else role(unit, "13"), named)


def subject_name(code: str, eui64: str) -> str:
    """The name of an organisation."""
    return sequence(role(code), unique_identifier(eui64))


def serial_of(name: str) -> str:
    """A positive serial number of 16 octets."""
    return "01" + sha256(name.encode()).hexdigest()[:30]


def organisation(name: str, code: str, eui64: str, usage: str = SIGNING) -> Pieces:
    """A good Organisation Certificate."""
    return Pieces(
        serial_of(name), issuer_name("Z1"), subject_name(code, eui64),
        [key_usage(usage), SUBJECT_KEY_ID, policies(ORGANISATION_POLICY), AUTHORITY_KEY_ID],
    )  # fmt: skip


def device(name: str, eui64: str, usage: str = SIGNING) -> Pieces:
    """A good Device Certificate."""
    return Pieces(
        serial_of(name), issuer_name("D1", None), sequence(),
        [key_usage(usage), SUBJECT_KEY_ID, policies(DEVICE_POLICY), device_name(eui64),
         AUTHORITY_KEY_ID],
    )  # fmt: skip


def authority(name: str) -> Pieces:
    """A good issuing authority of organisations, by the root."""
    return Pieces(
        serial_of(name), issuer_name("ZA", "00"), issuer_name("Z1"),
        [key_usage(AUTHORITYS), SUBJECT_KEY_ID, policies(ORGANISATION_POLICY),
         basic_constraints(path="020100"), AUTHORITY_KEY_ID],
    )  # fmt: skip
