"""Signatures by the wrong algorithm, the wrong key, or of another message; and requests sent again."""

from collections.abc import Iterator

from tests.malicious.attacks.documents import DS, EC_SHA256, EXCLUSIVE, SHA256, good
from tests.malicious.attacks.wrapping import NOT_SIGNED
from tests.malicious.corpus import Attack

ALGORITHMS = "XML Signature 6.1 to 6.5; DUIS XML signature profile"
KEYS = "XML Signature 4.5; PIA 4.2.3 (D5); decision 1"
IDENTITY = "decision 3 (identity of a request)"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SIGNER = {"status": 200, "code": "E65"}


def _attack(name: str, what: str, clause: str, text: str, expect: object, **make: object) -> Attack:
    return Attack(name, what, clause, text, expect=dict(expect), make={"service": "S", **make})  # type: ignore[call-overload]


def confusion() -> Iterator[Attack]:
    """Everything about algorithms, keys, and use a second time."""
    yield from _algorithms()
    yield from _values()
    yield from _keys()
    yield from _replays()
    yield _attack("payload-empty", "a Signed Pre-Command without octets", "decision 1 (GBCS form)",
        good("{{payload}}", ""), {**SIGNER, "check": "gbcs/pre_command_form"}, signature="again")  # fmt: skip


def _algorithms() -> Iterator[Attack]:
    for name, algorithm in (
        ("hmac-sha256", MORE + "hmac-sha256"), ("hmac-sha1", DS + "hmac-sha1"),
        ("rsa-sha256", MORE + "rsa-sha256"), ("dsa-sha1", DS + "dsa-sha1"),
        ("ecdsa-sha1", MORE + "ecdsa-sha1"), ("ecdsa-sha512", MORE + "ecdsa-sha512"),
        ("none", ""), ("unknown", "urn:none"),
    ):  # fmt: skip
        how = "hmac with the public key" if name == "hmac-sha256" else "again"
        yield _attack(f"algorithm-{name}", f"signed with {algorithm or 'no algorithm'}", ALGORITHMS,
            good(f'"{EC_SHA256}"', f'"{algorithm}"'), {"refused": True}, signature=how)  # fmt: skip
    for name, algorithm in (("sha1", DS + "sha1"), ("md5", MORE + "md5"), ("none", "")):
        yield _attack(f"digest-{name}", f"a digest by {algorithm or 'nothing'}", ALGORITHMS,
            good(f'"{SHA256}"', f'"{algorithm}"'), {"refused": True}, signature="again")  # fmt: skip
    for name, algorithm in (("inclusive", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
                            ("comments", EXCLUSIVE + "WithComments")):  # fmt: skip
        yield _attack(f"canonical-{name}", f"SignedInfo in the form {algorithm}", ALGORITHMS,
            good(f'CanonicalizationMethod Algorithm="{EXCLUSIVE}"',
                 f'CanonicalizationMethod Algorithm="{algorithm}"'),
            {"refused": True}, signature="again")  # fmt: skip
    yield _attack("hmac-output-length", "an HMAC of no bits", "CVE-2009-0217; " + ALGORITHMS,
        good("</ds:SignatureMethod>",
             "<ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>"),
        {"refused": True}, signature="again")  # fmt: skip


def _values() -> Iterator[Attack]:
    order = "/////wAAAAD//////////7zm+q2nF56E87nKwvxjJVE="
    for name, what, value in (
        ("value-zero", "r and s zero", "A" * 86 + "=="),
        ("value-order", "r and s the order of the curve", order[:-1].replace("=", "")[:43] + "E" + "A" * 42 + "=="),
        ("value-empty", "an empty signature value", ""),
        ("value-short", "32 octets", "A" * 43 + "="),
        ("value-no-base64", "no base64", "*" * 88),
        ("value-cut", "the value without its last four characters", "{{value cut}}"),
        ("value-der", "the value in DER, not r and s", "{{value in der}}"),
        ("value-other-bits", "base64 with other unused bits", "{{value with other bits}}"),
    ):  # fmt: skip
        clause = (
            "CVE-2022-21449; XML Signature 6.4.3"
            if name in ("value-zero", "value-order")
            else "XML Signature 6.4.3; RFC 4648 3.5"
        )
        expect = {"refused": True}
        yield _attack(name, what, clause, good("{{value}}", value), expect)
    yield _attack("digest-of-other", "the digest of another request", "XML Signature 4.4.3.6",
        good("{{digest}}", "{{digest of other}}"), NOT_SIGNED)  # fmt: skip
    yield _attack("value-of-other", "the signature value of another request",
        "XML Signature 4.3", good("{{value}}", "{{value of other}}"), NOT_SIGNED)  # fmt: skip
    yield _attack("signature-of-other", "the whole signature of another request",
        "XML Signature 3.2", good("{{digest}}", "{{digest of other}}").replace(
            "{{value}}", "{{value of other}}"), NOT_SIGNED)  # fmt: skip


def _keys() -> Iterator[Attack]:
    for name, what, signer, text, check in (
        ("key-serial-of-supplier", "the SRP's key, the serial of the supplier's certificate",
         "srp", good("{{serial}}", "{{serial of supplier-xml}}"), "smki/xml_signature"),
        ("key-thiefs", "a thief's key, the SRP's serial", "thief", good(), "smki/xml_signature"),
        ("key-suppliers-under-srp", "the supplier's XML key, the SRP's serial",
         "supplier-xml", good(), "smki/xml_signature"),
        ("key-gbcs", "the supplier's GBCS signing certificate (role 02)", "supplier-gbcs",
         good("{{serial}}", "{{serial of supplier-gbcs}}"), "smki/xml_sign_role"),
        ("key-dsp", "the DSP's own XML certificate (role 89)", "dsp",
         good("{{serial}}", "{{serial of dsp}}"), "smki/xml_sign_role"),
        ("key-s1sp", "an S1SP's XML certificate (role 8A)", "s1sp",
         good("{{serial}}", "{{serial of s1sp}}"), "smki/xml_sign_role"),
        ("issuer-other", "another issuer with the same serial", "srp",
         good("{{issuer}}", "CN=Z2,OU=07"), "smki/xml_signature"),
        ("issuer-case", "the issuer in another case", "srp", good("{{issuer}}", "CN=z1,OU=07"),
         "smki/xml_signature"),
        ("issuer-more", "the issuer with one attribute more", "srp",
         good("{{issuer}}", "{{issuer}},O=DCC"), "smki/xml_signature"),
        ("issuer-twice", "the issuer with an attribute twice", "srp",
         good("{{issuer}}", "CN=Z1,CN=Z1,OU=07"), "smki/xml_signature"),
        ("issuer-escaped", "two attributes in the value of one", "srp",
         good("{{issuer}}", "CN=Z1\\,OU\\=07"), "smki/xml_signature"),
    ):  # fmt: skip
        yield _attack(name, what, KEYS, text, {**SIGNER, "check": check}, signer=signer)
    for name, what, old, new in (
        ("serial-zero", "serial zero", "{{serial}}", "0"),
        ("serial-negative", "a negative serial", "{{serial}}", "-{{serial}}"),
        ("serial-hexadecimal", "the serial in hexadecimal", "{{serial}}", "0x{{serial}}"),
        ("serial-padded", "the serial with a zero before it", "{{serial}}", "0{{serial}}"),
        ("serial-twice", "two serials", "{{serial}}", "7</ds:X509SerialNumber>"
         "<ds:X509SerialNumber>{{serial}}"),
        ("serial-huge", "a serial of 5,000 digits", "{{serial}}", "{{repeat:5000:9}}"),
        ("key-value", "the thief's key in the signature", "<ds:KeyInfo>",
         '<ds:KeyInfo><ds:KeyValue><ECKeyValue xmlns="http://www.w3.org/2009/xmldsig11#"/>'
         "</ds:KeyValue>"),
        ("key-certificate", "a certificate in the signature", "</ds:X509Data>",
         "<ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>"),
        ("key-retrieval", "a key to be fetched", "<ds:KeyInfo>",
         '<ds:KeyInfo><ds:RetrievalMethod URI="http://localhost:1/"/>'),
        ("key-name", "a key by name", "<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyName>srp</ds:KeyName>"),
    ):  # fmt: skip
        yield _attack(name, what, KEYS, good(old, new), {"refused": True}, signer="thief")


def _replays() -> Iterator[Attack]:
    same = {"status": 200, "code": "I99", "same_answer": True}
    taken = {"status": 200, "code": "E65", "check": "decided/duplicate"}
    yield _attack("replay", "the same octets again: the same answer, and nothing done twice",
        IDENTITY, good(), same, before=["good"])  # fmt: skip
    for name, what, text, more in (
        ("replay-signed-anew", "the same request signed a second time", good(), {"nonce": 2}),
        ("replay-white-space", "the same request with a space in it",
         good("</sr:Body>", "</sr:Body> "), {}),
        ("replay-comment", "the same request with a comment in it",
         good("<sr:Body>", "<!-- again --><sr:Body>"), {}),
        ("replay-other-variant", "the same counter as CV 7",
         good("CommandVariant>5<", "CommandVariant>7<"), {}),
        ("replay-malleated", "the same request with s replaced by the order less s",
         good("{{value}}", "{{value malleated}}"), {}),
        ("same-counter-other-body", "the same counter, another payload",
         good("{{payload}}", "{{payload signed anew}}"), {}),
    ):  # fmt: skip
        yield _attack(name, what, IDENTITY, text, taken, before=["good"], signature="again", **more)
    for name, service in (("replay-at-transform", "T"), ("replay-at-dcc-only", "D")):
        yield _attack(name, "a request sent to another service",
            "decision 1 (E13); D16", good(),
            {"status": 200, "code": "E13", "check": "duis/e13_service_url"}, service=service)  # fmt: skip
    yield _attack("same-counter-local", "the same counter for local delivery (CV 6)", IDENTITY,
        good("CommandVariant>5<", "CommandVariant>6<"), taken, before=["good"], signature="again",
        service="D")  # fmt: skip
