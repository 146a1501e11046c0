"""Device Certificates that are not in the profile, each by one field."""

from collections.abc import Callable, Iterator

from tests.malicious.attacks import certificate_pieces as der
from tests.malicious.attacks.certificate_encodings import Simple
from tests.malicious.attacks.certificate_pieces import (
    BOTH_USAGES,
    NAME,
    POLICIES,
    USAGE,
    Pieces,
)

METER = "00db123400000061"


def device_forms(good_of: Callable[[str], Pieces]) -> Iterator[Simple]:
    """The same for Device Certificates: what only they have."""
    good = good_of("device forms")
    name = "subject alternative name"
    other_name = der.extension(NAME, der.sequence(der.tlv("82", b"meter".hex())))
    yield from (
        ("name-missing", "no name", name, good.without(NAME)),
        (
            "name-not-critical",
            "a name that need not be understood",
            name,
            good.instead(NAME, der.device_name(METER, critical="")),
        ),
        (
            "name-cut",
            "an EUI-64 of seven octets",
            name,
            good.instead(NAME, der.device_name(METER[:-2])),
        ),
        (
            "name-longer",
            "an EUI-64 of nine octets",
            name,
            good.instead(NAME, der.device_name(METER + "00")),
        ),
        (
            "name-in-text",
            "the EUI-64 as 16 digits",
            name,
            good.instead(NAME, der.device_name(METER.encode().hex())),
        ),
        (
            "names-two",
            "the names of two devices",
            name,
            good.instead(NAME, der.device_name(METER, "00db1234000000e1")),
        ),
        ("name-twice", "two name extensions", "extensions", good.plus(der.device_name(METER))),
        (
            "name-of-another-kind",
            "a name of another kind",
            name,
            good.instead(NAME, der.device_name(METER, kind="1.3.6.1.5.5.7.8.5")),
        ),
        ("name-dns", "a DNS name", name, good.instead(NAME, other_name)),
        (
            "name-in-the-subject",
            "the EUI-64 in the subject instead",
            "subject",
            good.without(NAME).but(subject=der.sequence(der.unique_identifier(METER))),
        ),
        (
            "name-in-both",
            "the EUI-64 in the subject as well",
            "subject",
            good.but(subject=der.sequence(der.unique_identifier(METER))),
        ),
        (
            "of-organisation",
            "the subject of an organisation",
            "subject",
            good.but(subject=der.subject_name("02", METER)),
        ),
        (
            "issuer-of-organisations",
            "an authority of organisations as the issuer",
            "issuer",
            good.but(issuer=der.issuer_name("Z1")),
        ),
        (
            "policy-of-organisations",
            "the policy of organisations",
            "certificate policies",
            good.instead(POLICIES, der.policies(der.ORGANISATION_POLICY)),
        ),
        (
            "usage-both",
            "for signing and for key agreement",
            "key usage",
            good.instead(USAGE, der.key_usage(BOTH_USAGES)),
        ),
        ("authority", "basicConstraints CA true", "extensions", good.plus(der.basic_constraints())),
    )
