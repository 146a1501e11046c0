"""Certificates that are not in the profile by their key, their algorithm, a time, or their octets."""

from collections.abc import Callable, Iterator, Mapping

from tests.malicious.attacks import certificate_pieces as der
from tests.malicious.attacks.certificate_pieces import SUBJECT_KEY, Pieces

Simple = tuple[str, str, str, Pieces]
"""Name, what it is, the field that Stayon names, the certificate."""
Form = tuple[str, str, str, Pieces, Mapping[str, object]]
"""The same, and how it is filled."""


def keys(good_of: Callable[[str], Pieces]) -> Iterator[Simple]:
    explicit = der.sequence("020101", der.sequence(der.oid("1.2.840.10045.1.1"), "020105"))
    good = good_of("keys")
    for name, what, key in (
        ("curve-p384", "P-384", der.key_info("04" + "11" * 96, "1.3.132.0.34")),
        ("curve-p521", "P-521", der.key_info("04" + "11" * 132, "1.3.132.0.35")),
        ("curve-secp256k1", "secp256k1", der.key_info(curve="1.3.132.0.10")),
        ("curve-brainpool", "brainpoolP256r1", der.key_info(curve="1.3.36.3.3.2.8.1.1.7")),
        ("curve-explicit", "a curve of its own making (CVE-2020-0601)",
         der.key_info(parameters=explicit)),
        ("curve-implicit", "the curve left open", der.key_info(parameters="0500")),
        ("point-compressed", "a compressed point", der.key_info("02" + "11" * 32)),
        ("point-compressed-and-long", "a compressed point of 65 octets", der.key_info("02" + "00" * 64)),
        ("point-hybrid", "a hybrid point", der.key_info("07" + "11" * 64)),
        ("point-at-infinity", "the point at infinity", der.key_info("00")),
        ("rsa", "an RSA key", der.sequence(der.algorithm("1.2.840.113549.1.1.1", "0500"),
                                           der.tlv("03", "00", der.sequence("020103", "020103")))),
        ("ed25519", "an Ed25519 key", der.sequence(der.algorithm("1.3.101.112"),
                                                   der.tlv("03", "00", "11" * 32))),
    ):  # fmt: skip
        yield name, f"a key: {what}", "public key", good.but(key=key)
    for name, what, point in (
        ("point-off-the-curve", "a point that is not on the curve", "04" + "11" * 64),
        ("point-zero", "the point (0, 0)", "04" + "00" * 64),
        ("point-too-large", "coordinates above the prime", "04" + "ff" * 64),
    ):
        own = good.instead(SUBJECT_KEY, der.key_id_of(point))
        yield name, f"a key: {what}", "public key", own.but(key=der.key_info(point))
    for name, dotted, parameters in (
        ("sha1", "1.2.840.10045.4.1", ""), ("sha384", "1.2.840.10045.4.3.3", ""),
        ("rsa", "1.2.840.113549.1.1.11", "0500"), ("null", der.ECDSA_SHA256, "0500"),
    ):  # fmt: skip
        other = der.algorithm(dotted, parameters)
        what = f"signature algorithm {name}"
        yield f"algorithm-{name}", what, "signature algorithm", good.but(inner=other, outer=other)
        yield (f"algorithm-{name}-inside", f"{what}, inside only", "signature algorithm",
               good.but(inner=other))  # fmt: skip
        yield (f"algorithm-{name}-outside", f"{what}, outside only", "signature algorithm",
               good.but(outer=other))  # fmt: skip


def rest(good_of: Callable[[str], Pieces]) -> Iterator[Simple]:
    good = good_of("rest")
    yield from (
        ("version-1", "version 1", "version", good.but(version="")),
        ("version-1-said", "version 1, written out", "version", good.but(version="a003020100")),
        ("version-2", "version 2", "version", good.but(version="a003020101")),
        ("serial-zero", "serial number zero", "serial number", good.but(serial="00")),
        ("serial-negative", "a negative serial number", "serial number", good.but(serial="ff")),
        (
            "serial-padded",
            "a serial number with a zero before it",
            "serial number",
            good.but(serial="0001"),
        ),
        (
            "serial-of-21-octets",
            "a serial number of 21 octets",
            "serial number",
            good.but(serial="01" * 21),
        ),
        ("serial-empty", "an empty serial number", "serial number", good.but(serial="")),
        (
            "times-swapped",
            "an end before the beginning",
            "validity",
            good.but(begin=der.time(der.END), end=der.time(der.BEGIN)),
        ),
        (
            "times-the-same",
            "an end at the beginning",
            "validity",
            good.but(begin=der.time(der.BEGIN), end=der.time(der.BEGIN)),
        ),
        (
            "time-without-zone",
            "a time without a zone",
            "not after",
            good.but(end=der.text("17", "401231235959")),
        ),
        (
            "time-without-seconds",
            "a time without seconds",
            "not after",
            good.but(end=der.text("17", "4001010000Z")),
        ),
        (
            "time-with-offset",
            "a time with an offset",
            "not after",
            good.but(end=der.text("17", "400101000000+0100")),
        ),
        (
            "time-fraction",
            "a time with a fraction",
            "not after",
            good.but(end=der.text("18", "20600101000000.5Z")),
        ),
        (
            "time-general-too-early",
            "a GeneralizedTime before 2050",
            "not after",
            good.but(end=der.time("20400101000000Z")),
        ),
        ("time-no-date", "30 February", "not after", good.but(end=der.time("400230000000Z"))),
        (
            "time-signed-digits",
            "a time with a sign among its digits",
            "not after",
            good.but(end=der.time("4001+1000000Z")),
        ),
        (
            "unique-ids",
            "issuerUniqueID and subjectUniqueID",
            "extensions",
            good.but(before_extensions="8102000182020001"),
        ),
        (
            "more-in-the-signed-part",
            "an element behind the extensions",
            "certificate",
            good.but(after_extensions="0500"),
        ),
        (
            "algorithm-none-outside",
            "no algorithm outside the signed part",
            "signature algorithm",
            good.but(outer=der.sequence()),
        ),
        (
            "more-behind-the-signature",
            "an element behind the signature",
            "certificate",
            good.but(after="0500"),
        ),
        (
            "signature-with-unused-bits",
            "a signature with unused bits",
            "signature",
            good.but(signature="0309013006020101020100"),
        ),
    )


def around(good_of: Callable[[str], Pieces]) -> Iterator[Form]:
    good = good_of("around")
    for name, what, make in (
        ("trailing-octet", "an octet behind the certificate", {"tail": "00"}),
        ("trailing-certificate", "a second certificate behind it", {"tail": "the same"}),
        ("length-endless", "an indefinite length", {"head": "3080", "tail": "0000"}),
        ("length-padded", "a length that is not in its shortest form", {"head": "3083"}),
        ("length-of-4-gigabytes", "a length of 4 GB", {"head": "3084ffffffff"}),
        ("length-one-more", "a length that is one too large", {"length": 1}),
        ("length-one-less", "a length that is one too small", {"length": -1}),
        ("tag-set", "a SET for a SEQUENCE", {"head": "31"}),
        ("cut-in-half", "half of it", {"cut": 200}),
    ):  # fmt: skip
        yield name, what, "certificate", good, make
