import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.smki_profile.pki import (
    AUTHORITY_PIECES,
    DEVICE,
    DEVICE_PIECES,
    NOW,
    ORGANISATION_PIECES,
    SUPPLIER,
    TEN_YEARS,
    Pieces,
    times,
)

from stayon.domain.errors import FieldError
from stayon.smki_profile import (
    AuthorityCertificate,
    AuthorityName,
    DeviceCertificate,
    KeyUsage,
    Oddity,
    OrganisationCertificate,
    ProfileError,
    RemotePartyRole,
    SubjectName,
    Validity,
    der,
    extensions,
    p256,
    parse_authority,
    parse_certificate,
    parse_device,
    parse_organisation,
)

_2018 = times(datetime(2018, 1, 1, tzinfo=UTC), datetime(2118, 1, 1, tzinfo=UTC))
_AN_EXTENSION = extensions.extension(
    der.object_identifier("2.5.29.37"), der.sequence(), critical=False
)
_KEY_AGREEMENT_AND_SIGNATURE = extensions.extension(
    extensions.KEY_USAGE, bytes.fromhex("03020388"), critical=True
)


def test_the_pieces_that_are_changed_below_are_right_as_they_are() -> None:
    organisation = parse_certificate(ORGANISATION_PIECES.encoded(), allow=frozenset())
    assert isinstance(organisation, OrganisationCertificate)
    assert (organisation.eui64, organisation.role) == (SUPPLIER, RemotePartyRole.SUPPLIER)
    assert organisation.validity == TEN_YEARS
    device = parse_certificate(DEVICE_PIECES.encoded(), allow=frozenset())
    assert isinstance(device, DeviceCertificate)
    assert (device.eui64, device.usage) == (DEVICE, KeyUsage.KEY_AGREEMENT)
    authority = parse_certificate(AUTHORITY_PIECES.encoded(), allow=frozenset())
    assert isinstance(authority, AuthorityCertificate)
    assert not authority.is_root


_WRONG_IN_ANY: list[tuple[dict[str, object], str, str]] = [
    ({"version": b""}, "version", "is not 3"),
    ({"version": der.element(0xA0, der.integer(1))}, "version", "is not 3"),
    ({"serial": der.integer(0)}, "serial number", "is zero"),
    ({"serial": der.element(der.INTEGER, b"\xff")}, "serial number", "non-negative"),
    ({"serial": der.integer(1 << 160)}, "serial number", "at most 20 octets"),
    ({"algorithm": der.sequence()}, "signature algorithm", "is not ecdsa-with-SHA256"),
    ({"outer_algorithm": der.sequence()}, "signature algorithm", "is not ecdsa-with-SHA256"),
    ({"issuer": der.sequence()}, "issuer", "is not a common name"),
    ({"validity": times(NOW, NOW)}, "validity", "ends before it begins"),
    ({"validity": times(NOW, NOW - timedelta(seconds=1))}, "validity", "ends before"),
    ({"key_info": p256.key_info(bytes(64))}, "public key", "not an uncompressed point"),
    ({"key_info": p256.key_info(b"\x02" + bytes(64))}, "public key", "not an uncompressed point"),
    ({"key_info": der.sequence()}, "public key", "not an uncompressed point"),
    ({"after_extensions": der.integer(1)}, "certificate", "has more in it"),
    ({"after_signature": der.integer(1)}, "certificate", "has more in it"),
]


@pytest.mark.parametrize("pieces", [ORGANISATION_PIECES, DEVICE_PIECES, AUTHORITY_PIECES])
@pytest.mark.parametrize(("changes", "field", "rule"), _WRONG_IN_ANY)
def test_wrong_in_any_certificate(
    pieces: Pieces, changes: dict[str, object], field: str, rule: str
) -> None:
    _refused(pieces.with_(**changes), field, rule)


@pytest.mark.parametrize("pieces", [ORGANISATION_PIECES, DEVICE_PIECES, AUTHORITY_PIECES])
def test_wrong_extensions_in_any_certificate(pieces: Pieces) -> None:
    _refused(pieces.plus(_AN_EXTENSION), "extensions", "is not in the profile")
    _refused(pieces.plus(pieces.extensions[0]), "extensions", "occurs twice")
    _refused(pieces.without(extensions.SUBJECT_KEY_ID), "subject key identifier", "is missing")
    _refused(
        pieces.instead(extensions.SUBJECT_KEY_ID, extensions.subject_key_id(bytes(8))),
        "subject key identifier",
        "is not 0100 and the last 60 bits",
    )
    _refused(pieces.without(extensions.KEY_USAGE), "key usage", "is not")
    _refused(
        pieces.instead(extensions.KEY_USAGE, _KEY_AGREEMENT_AND_SIGNATURE), "key usage", "is not"
    )
    _refused(pieces.without(extensions.POLICIES), "certificate policies", "is missing")
    _refused(pieces.without(extensions.AUTHORITY_KEY_ID), "authority key identifier", "is missing")
    for key_id in (bytes(7), bytes(9)):
        _refused(
            pieces.instead(extensions.AUTHORITY_KEY_ID, extensions.authority_key_id(key_id)),
            "authority key identifier",
            "is not 8 octets alone",
        )


def test_a_policy_of_the_other_hierarchy_or_not_critical_is_refused() -> None:
    organisation, device = extensions.POLICY.values()
    for pieces, wrong in ((ORGANISATION_PIECES, device), (DEVICE_PIECES, organisation)):
        _refused(pieces.instead(extensions.POLICIES, wrong), "certificate policies", "policy alone")
    not_critical = organisation.replace(b"\x01\x01\xff", b"")
    lax = der.sequence(not_critical[2:])
    _refused(
        ORGANISATION_PIECES.instead(extensions.POLICIES, lax), "certificate policies", "critical"
    )


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"issuer": AuthorityName("Z1").encoded}, "issuer", "is not an issuing authority of org"),
        ({"issuer": AuthorityName("Z1", "02").encoded}, "issuer", "is not an issuing authority"),
        ({"subject": SubjectName("07", SUPPLIER).encoded}, "remote party role", "an authority's"),
        ({"subject": SubjectName("00", SUPPLIER).encoded}, "remote party role", "an authority's"),
        ({"subject": SubjectName("55", SUPPLIER).encoded}, "remote party role", "is not a role"),
        ({"key_info": p256.key_info(b"\x04" + bytes(64))}, "subject key identifier", "is not"),
    ],
)
def test_wrong_in_an_organisation_certificate(
    changes: dict[str, object], field: str, rule: str
) -> None:
    _refused(ORGANISATION_PIECES.with_(**changes), field, rule)


def test_an_alternative_name_or_constraints_do_not_belong_to_an_organisation() -> None:
    named = ORGANISATION_PIECES.plus(extensions.device_name(DEVICE))
    _refused(named, "extensions", "does not belong")
    constrained = ORGANISATION_PIECES.plus(extensions.ISSUING_CONSTRAINTS)
    with pytest.raises(ProfileError, match="does not belong"):
        parse_organisation(constrained.encoded())


def test_a_point_that_is_not_on_the_curve_is_refused() -> None:
    point = b"\x04" + bytes(63) + b"\x01"
    key_id = extensions.subject_key_id(p256.subject_key_id(point))
    for pieces in (ORGANISATION_PIECES, DEVICE_PIECES, AUTHORITY_PIECES):
        off_curve = pieces.with_(key_info=p256.key_info(point))
        _refused(
            off_curve.instead(extensions.SUBJECT_KEY_ID, key_id),
            "public key",
            "is not a point on P-256",
        )


def test_a_role_in_decimal_is_a_known_oddity() -> None:
    encoded = ORGANISATION_PIECES.with_(subject=SubjectName("137", SUPPLIER).encoded).encoded()
    assert parse_organisation(encoded).role is RemotePartyRole.DSP_XML_SIGN
    with pytest.raises(ProfileError, match="is decimal"):
        parse_organisation(encoded, allow=frozenset({Oddity.NO_AUTHORITY_KEY_ID}))


def test_certificates_of_2018_may_lack_the_authority_key_identifier() -> None:
    pieces = ORGANISATION_PIECES.without(extensions.AUTHORITY_KEY_ID).with_(validity=_2018)
    assert parse_organisation(pieces.encoded()).authority_key_id is None
    with pytest.raises(ProfileError, match="is missing"):
        parse_organisation(pieces.encoded(), allow=frozenset({Oddity.DECIMAL_ROLE}))
    with_one = ORGANISATION_PIECES.with_(validity=_2018)
    assert parse_organisation(with_one.encoded()).authority_key_id is not None


def test_the_order_of_extensions_is_free() -> None:
    backwards = list(reversed(ORGANISATION_PIECES.extensions))
    read = parse_organisation(ORGANISATION_PIECES.with_(extensions=backwards).encoded())
    assert read.eui64 == SUPPLIER


def _device_name(*inside: bytes, critical: bool = True) -> bytes:
    return extensions.extension(
        extensions.SUBJECT_ALTERNATIVE_NAME, der.sequence(*inside), critical=critical
    )


_NAME = extensions.device_name(DEVICE)
_MODULE_NAME = der.object_identifier("1.3.6.1.5.5.7.8.4")
_HARDWARE = der.object_identifier("1.2.3.4")


def _module(*inside: bytes) -> bytes:
    return der.element(0xA0, _MODULE_NAME, der.element(0xA0, der.sequence(*inside)))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        (_device_name(critical=False), "is not critical"),
        (_device_name(), "missing or cut short"),
        (_device_name(der.element(0x82, b"example.org")), "tag 82 where A0 belongs"),
        (_device_name(der.element(0xA0, _HARDWARE)), "is not a hardware module name"),
        (_device_name(_module(_HARDWARE, der.element(4, bytes(7)))), "of 7 octets; an EUI-64"),
        (_device_name(_module(_HARDWARE, der.element(4, bytes(9)))), "of 9 octets; an EUI-64"),
        (_device_name(_module(der.element(4, bytes(8)))), "tag 04 where 06 belongs"),
        (_device_name(_module(_HARDWARE, der.element(4, bytes(8)), b"\x05\x00")), "has more"),
        (_device_name(_module(_HARDWARE, der.element(4, bytes(8))), b"\x05\x00"), "has more"),
    ],
)
def test_other_names_of_a_device_are_refused(name: bytes, rule: str) -> None:
    pieces = DEVICE_PIECES.instead(extensions.SUBJECT_ALTERNATIVE_NAME, name)
    _refused(pieces, "subject alternative name", rule)


def test_any_hardware_type_will_do() -> None:
    name = _device_name(_module(_HARDWARE, der.element(der.OCTET_STRING, DEVICE.octets)))
    pieces = DEVICE_PIECES.instead(extensions.SUBJECT_ALTERNATIVE_NAME, name)
    assert parse_device(pieces.encoded()).eui64 == DEVICE


def test_wrong_in_a_device_certificate() -> None:
    _refused(
        DEVICE_PIECES.without(extensions.SUBJECT_ALTERNATIVE_NAME),
        "subject alternative name",
        "is missing",
    )
    _refused(DEVICE_PIECES.with_(issuer=AuthorityName("D1", "07").encoded), "issuer", "of devices")
    with pytest.raises(ProfileError, match="subject: is not empty"):
        parse_device(DEVICE_PIECES.with_(subject=SubjectName("02", SUPPLIER).encoded).encoded())


@pytest.mark.parametrize(
    ("subject", "issuer", "field"),
    [
        (("Z1", "02"), ("ZA", "00"), "subject"),
        (("Z1", "07"), ("ZA", "07"), "subject"),
        (("Z1", "07"), ("ZA", None), "subject"),
        (("Z1", "07"), ("Z1", "07"), "subject"),
        (("D1", None), ("ZA", "00"), "issuer"),
    ],
)
def test_an_authority_is_a_root_or_right_under_one(
    subject: tuple[str, str | None], issuer: tuple[str, str | None], field: str
) -> None:
    pieces = AUTHORITY_PIECES.with_(
        subject=AuthorityName(*subject).encoded, issuer=AuthorityName(*issuer).encoded
    )
    _refused(pieces, field, "is")


def test_an_issuing_authority_issues_no_authorities() -> None:
    pieces = AUTHORITY_PIECES.instead(extensions.BASIC_CONSTRAINTS, extensions.ROOT_CONSTRAINTS)
    _refused(pieces, "basic constraints", "path length 0")
    with pytest.raises(ProfileError, match="basic constraints"):
        parse_authority(AUTHORITY_PIECES.without(extensions.BASIC_CONSTRAINTS).encoded())


def test_what_follows_a_certificate_is_refused() -> None:
    with pytest.raises(ProfileError, match="certificate: has more in it"):
        parse_certificate(ORGANISATION_PIECES.encoded() + b"\x00")


@settings(max_examples=150)
@given(
    st.sampled_from([ORGANISATION_PIECES, DEVICE_PIECES, AUTHORITY_PIECES]).map(Pieces.encoded),
    st.data(),
)
def test_damaged_bytes_raise_nothing_but_a_profile_error(
    encoded: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(encoded) - 1))
    damaged = bytearray(encoded)
    if data.draw(st.booleans()):
        del damaged[at:]
    else:
        damaged[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(ProfileError):
        assert parse_certificate(bytes(damaged)).der == damaged


@given(st.binary(max_size=200))
def test_any_bytes_raise_nothing_but_a_profile_error(encoded: bytes) -> None:
    with pytest.raises(ProfileError):
        parse_certificate(encoded)


def test_a_validity_is_utc_to_the_second() -> None:
    with pytest.raises(ProfileError, match="is to the second"):
        Validity(NOW, NOW + timedelta(days=1, microseconds=1))
    with pytest.raises(FieldError, match="in UTC"):
        Validity(NOW, NOW.replace(tzinfo=None))


def _refused(pieces: Pieces, field: str, rule: str) -> None:
    with pytest.raises(ProfileError, match=rule) as refused:
        parse_certificate(pieces.encoded())
    assert refused.value.field == field
