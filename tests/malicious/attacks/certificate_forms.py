"""Certificates that are not in the profile, each by one field; whoever issued them."""

from collections.abc import Callable, Iterator

from tests.malicious.attacks import certificate_pieces as der
from tests.malicious.attacks.certificate_encodings import Form, Simple, around, keys, rest
from tests.malicious.attacks.certificate_pieces import (
    BOTH_USAGES,
    POLICIES,
    SIGNING,
    SUBJECT_KEY,
    UNIT,
    USAGE,
    Pieces,
)

SRP, METER = "00db12340000000a", "00db123400000061"


def organisation_forms(good_of: Callable[[str], Pieces]) -> Iterator[Form]:
    """Name, what it is, the field that Stayon names, the certificate, and how it is filled."""
    for name, what, field, pieces in (
        *_roles(good_of), *_names(good_of), *_extensions(good_of), *keys(good_of), *rest(good_of)
    ):  # fmt: skip
        yield name, what, field, pieces, {}
    yield from around(good_of)


def _roles(good_of: Callable[[str], Pieces]) -> Iterator[Simple]:
    for value, what in (
        ("135", "in decimal"), ("2", "of one digit"), ("087", "of three digits"),
        ("0x87", "with a prefix"), ("8a", "in small letters"), ("87 ", "with a space"),
        ("", "that is empty"), ("AA", "that is not known"), ("xmlSign", "by its name"),
        ("\uff18\uff17", "in full width digits"), ("87,OU=02", "of two in one"),
        ("87\x00", "with a NUL"), ("57", "of hexadecimal digits read as decimal"),
        (" 87", "with a space before it"), ("02,87", "of two, by a comma"),
    ):  # fmt: skip
        name = f"role-{what.replace(' ', '-')}"
        subject = der.sequence(der.role(value), der.unique_identifier(SRP))
        yield name, f"a role {what}", "remote party role", good_of(name).but(subject=subject)
    for value in ("00", "07"):
        name = f"role-of-authority-{value}"
        yield (name, f"an authority's role, {value}, for an end entity", "remote party role",
               good_of(name).but(subject=der.subject_name(value, SRP)))  # fmt: skip


def _names(good_of: Callable[[str], Pieces]) -> Iterator[Simple]:
    role, identifier = der.role("87"), der.unique_identifier(SRP)
    common = der.attribute(der.COMMON_NAME, der.text("0c", "Rescue"))
    in_one = der.tlv("31", der.sequence(der.oid(UNIT), der.text("0c", "87")),
                     der.sequence(der.oid(der.UNIQUE_IDENTIFIER), der.tlv("03", "00", SRP)))  # fmt: skip
    for name, what, subject in (
        ("names-in-another-order", "the EUI-64 before the role", der.sequence(identifier, role)),
        ("names-common-name-last", "the common name last", der.sequence(role, identifier, common)),
        ("names-two-roles", "two roles", der.sequence(der.role("02"), role, identifier)),
        ("names-two-identities", "two EUI-64s",
         der.sequence(role, identifier, der.unique_identifier("00db123400000001"))),
        ("names-no-role", "no role", der.sequence(identifier)),
        ("names-no-identity", "no EUI-64", der.sequence(role)),
        ("names-empty", "an empty subject, as a device's", der.sequence()),
        ("names-in-one-set", "role and EUI-64 in one set", der.sequence(in_one)),
        ("identity-in-common-name", "the EUI-64 as a common name", der.sequence(
            der.attribute(der.COMMON_NAME, der.text("0c", "00-DB-12-34-00-00-00-0A")), role)),
        ("identity-in-serial-number", "the EUI-64 as the subject's serialNumber",
         der.sequence(role, der.attribute("2.5.4.5", der.text("13", SRP)))),
        ("identity-in-text", "the EUI-64 as text where the bits belong",
         der.sequence(role, der.attribute(der.UNIQUE_IDENTIFIER, der.text("0c", SRP)))),
        ("identity-cut", "an EUI-64 of seven octets",
         der.sequence(role, der.unique_identifier(SRP[:-2]))),
        ("identity-longer", "an EUI-64 of nine octets",
         der.sequence(role, der.unique_identifier(SRP + "00"))),
        ("identity-in-bits", "an EUI-64 with an unused bit",
         der.sequence(role, der.unique_identifier(SRP, "01"))),
        ("role-in-bmp", "the role in a BMPString",
         der.sequence(der.role("87", "1e"), identifier)),
        ("role-in-teletex", "the role in a TeletexString",
         der.sequence(der.role("87", "14"), identifier)),
    ):  # fmt: skip
        yield name, what, "subject", good_of(name).but(subject=subject)
    for name, what, issuer in (
        ("issuer-in-another-order", "the issuer's names in another order", der.sequence(
            der.attribute(der.COMMON_NAME, der.text("13", "Z1")), der.role("07", "13"))),
        ("issuer-of-devices", "an authority of devices as the issuer", der.issuer_name("D1", None)),
        ("issuer-the-root", "the root as the issuer", der.issuer_name("ZA", "00")),
        ("issuer-a-supplier", "a supplier as the issuer", der.issuer_name("Z1", "02")),
        ("issuer-empty", "no issuer", der.sequence()),
    ):  # fmt: skip
        yield name, what, "issuer", good_of(name).but(issuer=issuer)
    name = "issuer-with-comma"
    issuer = der.sequence(der.role("07", "13"),
                          der.attribute(der.COMMON_NAME, der.text("13", "Z1,OU=07")))  # fmt: skip
    yield name, "two names in the value of one", "authority name", good_of(name).but(issuer=issuer)


def _extensions(good_of: Callable[[str], Pieces]) -> Iterator[Simple]:
    good = good_of("extensions")
    usage, policy = "key usage", "certificate policies"
    yield from (
        (
            "usage-both",
            "for signing and for key agreement",
            usage,
            good.instead(USAGE, der.key_usage(BOTH_USAGES)),
        ),
        ("usage-all", "for everything", usage, good.instead(USAGE, der.key_usage("07ff80"))),
        (
            "usage-of-authority",
            "for signing certificates",
            usage,
            good.instead(USAGE, der.key_usage("0204")),
        ),
        (
            "usage-non-repudiation",
            "for non-repudiation besides",
            usage,
            good.instead(USAGE, der.key_usage("06c0")),
        ),
        ("usage-none", "for nothing", usage, good.instead(USAGE, der.key_usage("0700"))),
        (
            "usage-unused-bits",
            "for signing, with unused bits set",
            usage,
            good.instead(USAGE, der.key_usage("0781")),
        ),
        ("usage-missing", "without key usage", usage, good.without(USAGE)),
        (
            "usage-not-critical",
            "a key usage that need not be understood",
            usage,
            good.instead(USAGE, der.key_usage(SIGNING, "")),
        ),
        (
            "usage-padded",
            "a key usage with zeros behind it",
            usage,
            good.instead(USAGE, der.key_usage("078000")),
        ),
        ("usage-twice", "two key usages", "extensions", good.plus(der.key_usage(SIGNING))),
        (
            "authority",
            "basicConstraints CA true",
            "extensions",
            good.plus(der.basic_constraints("0101ff", "020100")),
        ),
        (
            "no-authority",
            "basicConstraints CA false, which end entities do not have",
            "extensions",
            good.plus(der.basic_constraints("")),
        ),
        (
            "device-name",
            "a device's name besides its own",
            "extensions",
            good.plus(der.device_name(METER)),
        ),
        (
            "extended-usage",
            "an extended key usage",
            "extensions",
            good.plus(der.extension("2.5.29.37", der.sequence(der.oid("1.3.6.1.5.5.7.3.2")), "")),
        ),
        (
            "unknown-critical",
            "an unknown extension that is critical",
            "extensions",
            good.plus(der.extension("1.2.3.4", "0500")),
        ),
        (
            "unknown",
            "an unknown extension",
            "extensions",
            good.plus(der.extension("1.2.3.4", "0500", "")),
        ),
        (
            "critical-false",
            "critical FALSE written out",
            "subject key identifier",
            good.instead(
                SUBJECT_KEY, der.extension(SUBJECT_KEY, der.tlv("04", der.KEY_ID), "010100")
            ),
        ),
        (
            "critical-one",
            "TRUE as 01",
            usage,
            good.instead(USAGE, der.key_usage(SIGNING, "010101")),
        ),
        (
            "policy-of-devices",
            "the policy of devices",
            policy,
            good.instead(POLICIES, der.policies(der.DEVICE_POLICY)),
        ),
        ("policy-any", "any policy", policy, good.instead(POLICIES, der.policies("2.5.29.32.0"))),
        (
            "policy-both",
            "both policies",
            policy,
            good.instead(POLICIES, der.policies(der.ORGANISATION_POLICY, der.DEVICE_POLICY)),
        ),
        ("policy-missing", "no policy", policy, good.without(POLICIES)),
        (
            "key-id-of-another-key",
            "the identifier of another key",
            "subject key identifier",
            good.instead(
                SUBJECT_KEY, der.extension(SUBJECT_KEY, der.tlv("04", "4000000000000001"), "")
            ),
        ),
        (
            "key-id-missing",
            "no key identifier",
            "subject key identifier",
            good.without(SUBJECT_KEY),
        ),
        (
            "issuer-key-id-missing",
            "no authority key identifier",
            "authority key identifier",
            good.without(der.AUTHORITY_KEY),
        ),
        (
            "issuer-key-id-with-name",
            "an authority key identifier with a serial number",
            "authority key identifier",
            good.instead(
                der.AUTHORITY_KEY,
                der.extension(
                    der.AUTHORITY_KEY, der.sequence(der.tlv("80", der.ISSUER_KEY_ID), "820102"), ""
                ),
            ),
        ),
        ("extensions-none", "no extensions", "extensions", good.but(extensions=())),
    )
