import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.smki_profile.pki import DEVICE, SUPPLIER, key, signer

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import (
    BadSignature,
    DeviceRequest,
    KeyUsage,
    OrganisationRequest,
    ProfileError,
    RemotePartyRole,
    SubjectName,
    build_signing_request,
    der,
    extensions,
    p256,
    parse_signing_request,
)

_KEY = key("applicant")
_SIGNATURE = extensions.END_ENTITY_KEY_USAGES[KeyUsage.DIGITAL_SIGNATURE]
_EXTENSION_REQUEST = der.object_identifier("1.2.840.113549.1.9.14")


def _request(subject: SubjectName | Eui64, usage: KeyUsage) -> bytes:
    return build_signing_request(subject, usage, _KEY.public_key(), signer(_KEY))


def _attributes(*listing: bytes) -> bytes:
    wanted = der.element(der.SET, der.sequence(*listing))
    return der.element(0xA0, der.sequence(_EXTENSION_REQUEST, wanted))


def _raw(
    subject: bytes, attributes: bytes, version: bytes = der.integer(0), after: bytes = b""
) -> bytes:
    info = der.sequence(
        version, subject, p256.key_info(p256.point(_KEY.public_key())), attributes, after
    )
    signature = p256.signature_value(signer(_KEY)(info))
    return der.sequence(info, p256.ALGORITHM, der.bit_string(signature))


@settings(max_examples=25)
@given(
    st.sampled_from(RemotePartyRole),
    st.sampled_from(KeyUsage),
    st.binary(min_size=8, max_size=8),
    st.sampled_from([None, "A Supplier Ltd"]),
)
def test_an_organisation_s_request_reads_back(
    role: RemotePartyRole, usage: KeyUsage, octets: bytes, name: str | None
) -> None:
    subject = SubjectName(role.code, Eui64(octets), name)
    read = parse_signing_request(_request(subject, usage))
    assert read == OrganisationRequest(subject, role, usage, _KEY.public_key())
    assert read.public_key == _KEY.public_key()


@pytest.mark.parametrize("usage", KeyUsage)
def test_a_device_s_request_reads_back(usage: KeyUsage) -> None:
    read = parse_signing_request(_request(DEVICE, usage))
    assert read == DeviceRequest(DEVICE, usage, _KEY.public_key())


def test_another_library_finds_the_request_in_order() -> None:
    encoded = _request(SubjectName("87", SUPPLIER), KeyUsage.DIGITAL_SIGNATURE)
    theirs = x509.load_der_x509_csr(encoded)
    assert theirs.is_signature_valid
    assert theirs.public_key() == _KEY.public_key()
    usage = theirs.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_agreement


def test_possession_of_the_key_must_be_proven() -> None:
    info_signed_by_another = build_signing_request(
        SubjectName("87", SUPPLIER),
        KeyUsage.DIGITAL_SIGNATURE,
        _KEY.public_key(),
        signer(key("another")),
    )
    with pytest.raises(BadSignature, match="certificate signing request"):
        parse_signing_request(info_signed_by_another)


_SUPPLIER_NAME = SubjectName("02", SUPPLIER).encoded


@pytest.mark.parametrize(
    ("encoded", "field", "rule"),
    [
        (_raw(der.sequence(), _attributes(_SIGNATURE)), "subject alternative name", "is missing"),
        (
            _raw(_SUPPLIER_NAME, _attributes(_SIGNATURE, extensions.device_name(DEVICE))),
            "subject alternative name",
            "is for devices",
        ),
        (_raw(_SUPPLIER_NAME, _attributes()), "key usage", "is not digitalSignature or"),
        (
            _raw(_SUPPLIER_NAME, _attributes(extensions.AUTHORITY_KEY_USAGE)),
            "key usage",
            "is not digitalSignature or keyAgreement alone",
        ),
        (
            _raw(_SUPPLIER_NAME, _attributes(_SIGNATURE, extensions.ISSUING_CONSTRAINTS)),
            "extensions",
            "is not in the profile",
        ),
        (_raw(_SUPPLIER_NAME, der.element(0xA0)), "attributes", "is missing or cut short"),
        (
            _raw(
                _SUPPLIER_NAME, der.element(0xA0, der.sequence(_EXTENSION_REQUEST[:-1] + b"\x07"))
            ),
            "attributes",
            "are not an extension request alone",
        ),
        (_raw(_SUPPLIER_NAME, b""), "attributes", "is missing or cut short"),
        (
            _raw(_SUPPLIER_NAME, _attributes(_SIGNATURE), version=der.integer(1)),
            "certificate signing request",
            "is not of version 1",
        ),
        (
            _raw(_SUPPLIER_NAME, _attributes(_SIGNATURE), after=der.integer(1)),
            "certificate signing request",
            "has more in it",
        ),
        (
            _raw(SubjectName("99", SUPPLIER).encoded, _attributes(_SIGNATURE)),
            "remote party role",
            "is not a role",
        ),
    ],
)
def test_other_requests_are_refused(encoded: bytes, field: str, rule: str) -> None:
    with pytest.raises(ProfileError, match=rule) as refused:
        parse_signing_request(encoded)
    assert refused.value.field == field


@given(st.binary(max_size=100))
def test_any_bytes_raise_nothing_but_a_profile_error(encoded: bytes) -> None:
    with pytest.raises(ProfileError):
        parse_signing_request(encoded)
