"""Certificates that are not what they should be, for the SRP's XML signature.

The elements of the part that is signed stand on a line each, in hexadecimal. What depends on a key
is a place: the corpus has no keys.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from tests.malicious.corpus import Attack
from tests.parties.dsp.world import NOW, SRP, SUPPLIER

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import AuthorityName, SubjectName, der, extensions, p256
from stayon.smki_profile.certificate import Hierarchy
from stayon.smki_profile.roles import KeyUsage

_POINT, _KEY_ID, _ISSUER_KEY_ID = b"\x04" + b"\xaa" * 64, b"\xbb" * 8, b"\xcc" * 8
_PLACES = {
    _POINT.hex(): "{{key}}",
    _KEY_ID.hex(): "{{key id}}",
    _ISSUER_KEY_ID.hex(): "{{authority key id}}",
}
_BEFORE, _AFTER = NOW - timedelta(days=1000), NOW + timedelta(days=1000)
_SECOND = timedelta(seconds=1)
_PROFILE = "SMKI Organisation Certificate profile (RFC 5280)"
_SHA1 = der.sequence(der.object_identifier("1.2.840.10045.4.1"))
_RSA = der.sequence(der.object_identifier("1.2.840.113549.1.1.11"), b"\x05\x00")
_ORGANISATION = extensions.POLICY[Hierarchy.ORGANISATION]
_NAME = SubjectName("87", SRP).encoded
_UNIT = der.object_identifier("2.5.4.11")
_UNIQUE = der.object_identifier("2.5.4.45")


@dataclass(frozen=True)
class _Certificate:
    """The elements of a good certificate of the SRP, to change one of."""

    subject: bytes = _NAME
    issuer: bytes = AuthorityName("Z1", "07").encoded
    version: bytes = der.element(0xA0, der.integer(2))
    serial: bytes = b""
    algorithm: bytes = p256.ALGORITHM
    validity: bytes = der.sequence(der.time(_BEFORE), der.time(_AFTER))
    key: bytes = p256.key_info(_POINT)
    usage: bytes = extensions.END_ENTITY_KEY_USAGES[KeyUsage.DIGITAL_SIGNATURE]
    policy: bytes = _ORGANISATION
    key_id: bytes = extensions.subject_key_id(_KEY_ID)
    authority_key_id: bytes = extensions.authority_key_id(_ISSUER_KEY_ID)
    more: bytes = b""

    def text(self, name: str) -> str:
        """The lines; the serial number is one of the attack's own."""
        octets = b"\x40" + sha256(name.encode()).digest()[:15]
        serial = self.serial or der.element(der.INTEGER, octets)
        parts = (self.usage, self.policy, self.key_id, self.authority_key_id, self.more)
        lines = [
            self.version,
            serial,
            self.algorithm,
            self.issuer,
            self.validity,
            self.subject,
            self.key,
            der.element(0xA3, der.sequence(*parts)),
        ]
        text = "\n".join(line.hex() for line in lines if line) + "\n"
        for octets_of, place in _PLACES.items():
            text = text.replace(octets_of, place)
        return text


_GOOD = _Certificate()


def certificates() -> Iterator[Attack]:
    """All of them, by what they break."""
    yield from _roles()
    yield from _times()
    yield from _revocations()
    yield from _issuers()
    yield from _keys()
    yield from _forms()


def good() -> Attack:
    """What all of them are but for one thing; it must be accepted."""
    return _attack("good", "", "", _GOOD, {})


def _attack(
    name: str,
    what: str,
    clause: str,
    certificate: _Certificate,
    expect: dict[str, object],
    **make: object,
) -> Attack:
    return Attack(name, what, clause, certificate.text(name), "hex", expect, make)


def _refused(check: str, code: str = "E65") -> dict[str, object]:
    return {"status": 200, "code": code, "check": check}


def _outside(field: str) -> dict[str, object]:
    """Outside the profile: nobody takes it for a certificate at all."""
    return {"refused": "profile", "says": field}


def _of(role: str, eui64: Eui64 = SRP) -> _Certificate:
    return replace(_GOOD, subject=SubjectName(role, eui64).encoded)


def _roles() -> Iterator[Attack]:
    clause = "R2, R6.B, R6.C: the signer's certificate has remote party role xmlSign (87 hex)"
    for role in ("01", "02", "03", "04", "05", "06", "08", "7F", "89", "8A"):
        yield _attack(f"role-{role.lower()}", f"remote party role {role}", clause, _of(role),
            _refused("smki/xml_sign_role"))  # fmt: skip
    yield _attack("role-decimal-dsp", "the DSP's role in decimal, which some certificates have",
        clause, _of("137"), _refused("smki/xml_sign_role"))  # fmt: skip
    for role in ("00", "07"):
        yield _attack(f"role-{role}", "an authority's role in an end entity's certificate", clause,
            _of(role), _outside("remote party role"))  # fmt: skip
    for name, what, role in (
        ("decimal", "the role in decimal: 135 for 87 hex", "135"),
        ("decimal-supplier", "the role with the hexadecimal digits read as decimal: 57", "57"),
        ("prefixed", "0x87", "0x87"), ("padded", "087", "087"), ("short", "7", "7"),
        ("space", "a space before the role", " 87"), ("nothing", "an empty role", ""),
        ("two", "two roles in one text", "02,87"), ("nul", "NUL behind the role", "87\0"),
        ("small", "small letters", "8a"), ("full-width", "full-width digits", "\uff18\uff17"),
        ("unknown", "a role that nobody has", "FE"),
    ):  # fmt: skip
        yield _attack(f"role-{name}", what, clause, _of(role), _outside("remote party role"))
    unit = der.element(der.SET, der.sequence(_UNIT, der.element(der.UTF8_STRING, b"02")))
    head, body = _NAME[:1], _NAME[2:]
    yield _attack("role-twice", "two organisational units, 02 and 87", clause,
        replace(_GOOD, subject=head + bytes([len(unit + body)]) + unit + body), _outside("subject"))  # fmt: skip


def _times() -> Iterator[Attack]:
    clause = "R6.B, R6.C: the signer's certificate is valid now"
    for name, what, first, last in (
        ("expired", "expired two years ago", _BEFORE, NOW - timedelta(days=730)),
        ("expired-a-second-ago", "expired a second ago", _BEFORE, NOW - _SECOND),
        ("not-yet-valid", "valid from a second from now on", NOW + _SECOND, _AFTER),
    ):
        times = der.sequence(der.time(first), der.time(last))
        yield _attack(name, what, clause, replace(_GOOD, validity=times),
            _refused("smki/signer_valid"))  # fmt: skip
    for name, what, first, last in (
        ("ends-before-it-begins", "ends before it begins", _AFTER, _BEFORE),
        ("never-valid", "begins when it ends", NOW, NOW),
    ):
        times = der.sequence(der.time(first), der.time(last))
        yield _attack(name, what, _PROFILE, replace(_GOOD, validity=times), _outside("validity"))
    for name, what, text in (
        ("time-with-offset", "a local time with an offset", b"401231235959+0100"),
        ("time-without-seconds", "a time without seconds", b"4012312359Z"),
        ("time-of-no-day", "the 31st of February", b"400231235959Z"),
        ("time-without-zone", "a time without a zone", b"401231235959"),
    ):
        times = der.sequence(der.time(_BEFORE), der.element(der.UTC_TIME, text))
        yield _attack(name, what, _PROFILE, replace(_GOOD, validity=times), _outside("not after"))
    early = der.element(der.GENERALIZED_TIME, b"20400101000000Z")
    yield _attack("time-generalised-too-early", "a GeneralizedTime before 2050", _PROFILE,
        replace(_GOOD, validity=der.sequence(der.time(_BEFORE), early)), _outside("not after"))  # fmt: skip


def _revocations() -> Iterator[Attack]:
    clause = "R6.B, R6.C: the signer's certificate is not revoked"
    for reason in ("UNSPECIFIED", "KEY_COMPROMISE", "SUPERSEDED", "CESSATION_OF_OPERATION"):
        name = f"revoked-{reason.lower().replace('_', '-')}"
        yield _attack(name, f"revoked an hour ago: {reason.lower().replace('_', ' ')}", clause,
            _GOOD, _refused("smki/signer_valid"), revoked=reason, revoked_seconds_ago=3600)  # fmt: skip
    yield _attack("revoked-this-second", "revoked at this very second", clause, _GOOD,
        _refused("smki/signer_valid"), revoked="SUPERSEDED", revoked_seconds_ago=0)  # fmt: skip


def _issuers() -> Iterator[Attack]:
    clause = "D5, decision 1: the signer's certificate chains to the SMKI root"
    for name, what, by in (
        ("other-issuer", "another authority under the same name and key identifier", "stranger"),
        ("self-signed", "signed with its own key", "own"),
        ("issued-by-a-supplier", "signed by a supplier's certificate, as if that were an authority",
         "supplier-gbcs"),
        ("issued-by-a-root", "signed by the root past the issuing authority", "root"),
        ("signature-of-another", "the authority's signature over another certificate", "other"),
        ("signature-zero", "a signature of zeros", "zeros"),
    ):  # fmt: skip
        yield _attack(name, what, clause, _GOOD, _refused("smki/chain"), signed_by=by)
    yield _attack("other-issuer-name", "another name of the issuer, signed by a stranger", clause,
        replace(_GOOD, issuer=AuthorityName("Z2", "07").encoded), _refused("smki/chain"),
        signed_by="stranger")  # fmt: skip
    yield _attack("other-issuer-key", "the key identifier of another authority", clause,
        replace(_GOOD, authority_key_id=extensions.authority_key_id(b"\x40" + bytes(7))),
        _refused("smki/chain"))  # fmt: skip
    for name, what, issuer in (
        ("issuer-of-devices", "an issuer of devices", AuthorityName("Z1")),
        ("issuer-a-root", "a root as the issuer", AuthorityName("Z1", "00")),
        ("issuer-a-supplier", "a supplier as the issuer", AuthorityName("Z1", "02")),
    ):
        yield _attack(name, what, _PROFILE, replace(_GOOD, issuer=issuer.encoded),
            _outside("issuer"))  # fmt: skip


def _keys() -> Iterator[Attack]:
    clause = "D6 (SECMP0104): an XML signing key is certified for nothing else"
    yield _attack("key-of-the-suppliers-gbcs", "the key that signs GBCS messages, certified for XML",
        clause, _GOOD, _refused("mp104/key_of_one_role"), key="supplier-gbcs")  # fmt: skip
    yield _attack("owner-the-supplier", "an XML certificate of the failed supplier's own", "D15",
        _of("87", SUPPLIER), _refused("decided/supplier_not_revoked"))  # fmt: skip
    yield _attack("owner-nobody", "an XML certificate of a Party that is no User", "E1",
        _of("87", Eui64.parse("00-DB-12-34-00-00-00-77")),
        _refused("mp104/originator_signs"))  # fmt: skip
    clause = "R2: one usage, digitalSignature"
    yield _attack("usage-agreement", "keyAgreement instead of digitalSignature", clause,
        replace(_GOOD, usage=extensions.END_ENTITY_KEY_USAGES[KeyUsage.KEY_AGREEMENT]),
        _refused("smki/xml_sign_role"))  # fmt: skip
    for name, what, bits in (
        ("both", "both usages: digitalSignature and keyAgreement", "0388"),
        ("none", "no usage at all", "0000"),
        ("repudiation", "nonRepudiation as well", "06c0"),
        ("authority", "keyCertSign and cRLSign, an authority's", "0106"),
        ("all", "every usage", "00fe"),
        ("unused-bits", "digitalSignature with unused bits set", "0781"),
    ):
        usage = extensions.extension(
            extensions.KEY_USAGE, der.element(der.BIT_STRING, bytes.fromhex(bits)), critical=True
        )
        yield _attack(f"usage-{name}", what, clause, replace(_GOOD, usage=usage),
            _outside("key usage"))  # fmt: skip
    usage = _GOOD.usage
    yield _attack("usage-missing", "no key usage extension", clause, replace(_GOOD, usage=b""),
        _outside("key usage"))  # fmt: skip
    yield _attack("usage-not-critical", "a key usage that is not critical", clause, replace(_GOOD,
        usage=extensions.extension(extensions.KEY_USAGE, usage[-4:], critical=False)),
        _outside("key usage"))  # fmt: skip
    yield _attack("usage-twice", "two key usages, one for each", clause, replace(_GOOD,
        more=extensions.END_ENTITY_KEY_USAGES[KeyUsage.KEY_AGREEMENT]), _outside("extensions"))  # fmt: skip
    for name, what, point in (
        ("off-the-curve", "a point that is not on the curve", b"\x04" + bytes(63) + b"\x01"),
        ("compressed", "a compressed point", b"\x02" + bytes(64)),
        ("infinity", "the point at infinity", bytes(65)),
    ):
        key_id = extensions.subject_key_id(p256.subject_key_id(point))
        yield _attack(f"key-{name}", what, _PROFILE,
            replace(_GOOD, key=p256.key_info(point), key_id=key_id), _outside("public key"))  # fmt: skip
    yield _attack("key-identifier-of-another", "another key's identifier", _PROFILE,
        replace(_GOOD, key_id=extensions.subject_key_id(b"\x40" + bytes(7))),
        _outside("subject key identifier"))  # fmt: skip


def _forms() -> Iterator[Attack]:
    for name, what, field, changed in (
        ("version-1", "version 1", "version", replace(_GOOD, version=b"")),
        ("version-4", "version 4", "version",
         replace(_GOOD, version=der.element(0xA0, der.integer(3)))),
        ("serial-zero", "serial number 0", "serial number",
         replace(_GOOD, serial=der.integer(0))),
        ("serial-negative", "a negative serial number", "serial number",
         replace(_GOOD, serial=der.element(der.INTEGER, b"\xff"))),
        ("serial-long", "a serial number of 21 octets", "serial number",
         replace(_GOOD, serial=der.element(der.INTEGER, b"\x01" * 21))),
        ("serial-padded", "a serial number with a zero octet before it", "serial number",
         replace(_GOOD, serial=der.element(der.INTEGER, b"\x00\x01"))),
        ("algorithm-sha1", "ECDSA with SHA-1 in the signed part", "signature algorithm",
         replace(_GOOD, algorithm=_SHA1)),
        ("algorithm-rsa", "RSA with SHA-256 in the signed part", "signature algorithm",
         replace(_GOOD, algorithm=_RSA)),
        ("authority", "basic constraints of an authority", "extensions",
         replace(_GOOD, more=extensions.ISSUING_CONSTRAINTS)),
        ("device-too", "the name of a device as well", "extensions",
         replace(_GOOD, more=extensions.device_name(SRP))),
        ("extension-unknown", "a critical extension that nobody knows", "extensions",
         replace(_GOOD, more=extensions.extension(
             der.object_identifier("1.2.3.4"), der.sequence(), critical=True))),
        ("extension-server", "extended key usage", "extensions",
         replace(_GOOD, more=extensions.extension(
             der.object_identifier("2.5.29.37"), der.sequence(), critical=False))),
        ("policy-of-devices", "the policy of device certificates", "certificate policies",
         replace(_GOOD, policy=extensions.POLICY[Hierarchy.DEVICE])),
        ("policy-missing", "no policy", "certificate policies", replace(_GOOD, policy=b"")),
        ("authority-key-id-missing", "no authority key identifier", "authority key identifier",
         replace(_GOOD, authority_key_id=b"")),
        ("identity-of-seven", "an EUI-64 of seven octets", "subject",
         replace(_GOOD, subject=_identity(SRP.octets[:7]))),
        ("identity-of-nine", "an EUI-64 of nine octets", "subject",
         replace(_GOOD, subject=_identity(SRP.octets + b"\0"))),
        ("identity-missing", "no EUI-64", "subject",
         replace(_GOOD, subject=_identity(None))),
        ("identity-twice", "two EUI-64s, the SRP's and the supplier's", "subject",
         replace(_GOOD, subject=_identity(SRP.octets, SUPPLIER.octets))),
    ):  # fmt: skip
        yield _attack(name, what, _PROFILE, changed, _outside(field))
    for name, what, field, make in (
        ("outer-algorithm-sha1", "ECDSA with SHA-1 outside the signed part", "signature algorithm",
         {"outer": _SHA1.hex()}),
        ("outer-algorithm-none", "no algorithm outside the signed part", "signature algorithm",
         {"outer": der.sequence().hex()}),
        ("octet-behind", "an octet behind the certificate", "certificate", {"tail": "00"}),
        ("certificate-behind", "a second element behind it", "certificate", {"tail": "3000"}),
        ("length-indefinite", "a length without an end", "certificate", {"head": "3080"}),
        ("length-of-4-gigabytes", "a length of 4 gigabytes", "certificate",
         {"head": "3084ffffffff"}),
        ("cut", "the last octet missing", "certificate", {"cut": 1}),
    ):  # fmt: skip
        yield _attack(name, what, _PROFILE, _GOOD, _outside(field), **make)


def _identity(*identities: bytes | None) -> bytes:
    unit = der.element(der.SET, der.sequence(_UNIT, der.element(der.UTF8_STRING, b"87")))
    names = [
        der.element(der.SET, der.sequence(_UNIQUE, der.bit_string(each)))
        for each in identities
        if each is not None
    ]
    return der.sequence(unit, *names)
