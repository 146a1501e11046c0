import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.smki_profile import pki

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import (
    AuthorityCertificate,
    Certificate,
    DeviceTemplate,
    KeyUsage,
    ProfileError,
    RemotePartyRole,
    SubjectName,
    build_organisation,
    p256,
    parse_certificate,
    serial_number,
)

_ALL: list[Certificate] = [
    pki.ORGANISATION_ROOT,
    pki.ORGANISATION_ISSUER,
    pki.DEVICE_ROOT,
    pki.DEVICE_ISSUER,
    pki.organisation("02", KeyUsage.DIGITAL_SIGNATURE, name="A Supplier Ltd"),
    pki.organisation("02", KeyUsage.KEY_AGREEMENT),
    pki.organisation("87", KeyUsage.DIGITAL_SIGNATURE),
    pki.device(KeyUsage.DIGITAL_SIGNATURE),
    pki.device(KeyUsage.KEY_AGREEMENT),
]


@pytest.mark.parametrize("certificate", _ALL)
def test_what_is_built_is_in_the_profile_to_the_letter(certificate: Certificate) -> None:
    again = parse_certificate(certificate.der, allow=frozenset())
    assert again == certificate
    for name in certificate.__slots__:
        if name != "public_key":
            assert getattr(again, name) == getattr(certificate, name), name
    assert again.public_key == certificate.public_key


@pytest.mark.parametrize("certificate", _ALL)
def test_another_parser_reads_the_same(certificate: Certificate) -> None:
    theirs = x509.load_der_x509_certificate(certificate.der)
    assert theirs.version is x509.Version.v3
    assert theirs.serial_number == certificate.serial
    assert theirs.issuer.rfc4514_string() == certificate.issuer
    assert theirs.not_valid_before_utc == certificate.validity.not_before
    assert theirs.not_valid_after_utc == certificate.validity.not_after
    assert theirs.public_key() == certificate.public_key
    key_id = theirs.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert (key_id.value.digest, key_id.critical) == (certificate.subject_key_id, False)
    point = certificate.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    sha1 = int(hashlib.sha1(point).hexdigest(), 16)  # noqa: S324 - the profile's key identifier
    assert int(key_id.value.digest.hex(), 16) == 4 << 60 | sha1 & (1 << 60) - 1
    usage = theirs.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    policies = theirs.extensions.get_extension_for_class(x509.CertificatePolicies)
    assert policies.critical


def test_another_library_agrees_who_issued_it() -> None:
    root = x509.load_der_x509_certificate(pki.ORGANISATION_ROOT.der)
    issuing = x509.load_der_x509_certificate(pki.ORGANISATION_ISSUER.der)
    issuing.verify_directly_issued_by(root)
    x509.load_der_x509_certificate(pki.organisation().der).verify_directly_issued_by(issuing)
    device_issuing = x509.load_der_x509_certificate(pki.DEVICE_ISSUER.der)
    x509.load_der_x509_certificate(pki.device().der).verify_directly_issued_by(device_issuing)
    constraints = issuing.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)


def test_another_parser_finds_the_names() -> None:
    subject = x509.load_der_x509_certificate(pki.organisation("87", name="SRP").der).subject
    values = [(one.oid.dotted_string, one.value) for one in subject]
    assert values == [
        ("2.5.4.3", "SRP"),
        ("2.5.4.11", "87"),
        ("2.5.4.45", b"\x00" + pki.SUPPLIER.octets),
    ]
    theirs = x509.load_der_x509_certificate(pki.device().der)
    names = theirs.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    (name,) = names.value
    assert names.critical
    assert isinstance(name, x509.OtherName)
    assert name.type_id.dotted_string == "1.3.6.1.5.5.7.8.4"
    assert name.value.endswith(pki.DEVICE.octets)


@settings(max_examples=40)
@given(
    st.binary(min_size=8, max_size=8),
    st.binary(min_size=16, max_size=16),
    st.sampled_from(KeyUsage),
)
def test_the_template_makes_what_the_profile_reads(
    octets: bytes, entropy: bytes, usage: KeyUsage
) -> None:
    template = DeviceTemplate(pki.DEVICE_ISSUER, usage, pki.FOREVER)
    private_key = pki.key("device", octets.hex())
    serial = serial_number(entropy)
    made = template.issue(
        Eui64(octets),
        p256.point(private_key.public_key()),
        serial=serial,
        sign=pki.signer(pki.key("CN=D1")),
    )
    read = parse_certificate(made.der, allow=frozenset())
    assert read == made
    assert (made.eui64, made.serial, made.usage) == (Eui64(octets), serial, usage)
    assert made.public_key == private_key.public_key()
    assert x509.load_der_x509_certificate(made.der).serial_number == serial


def test_the_same_inputs_make_the_same_certificate() -> None:
    assert pki.device().der == pki.device().der
    assert pki.organisation().der == pki.organisation().der


@given(st.binary(min_size=16, max_size=16))
def test_a_serial_number_has_sixteen_octets_and_is_positive(octets: bytes) -> None:
    serial = serial_number(octets)
    assert serial.bit_length() == 127


def test_a_serial_number_is_made_from_sixteen_octets() -> None:
    with pytest.raises(ProfileError, match="16 octets, not 15"):
        serial_number(bytes(15))


@pytest.mark.parametrize("serial", [1, 1 << 127])
def test_the_template_takes_no_serial_number_of_another_length(serial: int) -> None:
    template = DeviceTemplate(pki.DEVICE_ISSUER, KeyUsage.KEY_AGREEMENT, pki.FOREVER)
    point = p256.point(pki.key("device").public_key())
    with pytest.raises(ProfileError, match="does not come from serial_number"):
        template.issue(pki.DEVICE, point, serial=serial, sign=pki.signer(pki.key("CN=D1")))


def test_organisations_authority_issues_no_device_certificates() -> None:
    with pytest.raises(ProfileError, match="is not an issuing authority of devices"):
        DeviceTemplate(pki.ORGANISATION_ISSUER, KeyUsage.KEY_AGREEMENT, pki.FOREVER)


@pytest.mark.parametrize("role", [RemotePartyRole.ROOT, RemotePartyRole.ISSUING_AUTHORITY])
def test_no_organisation_gets_an_authority_s_role(role: RemotePartyRole) -> None:
    with pytest.raises(ProfileError, match="is an authority's"):
        pki.organisation(role.code)


def test_a_new_certificate_has_none_of_the_oddities() -> None:
    with pytest.raises(ProfileError, match="is decimal"):
        pki.organisation("137")


def test_the_device_authority_issues_no_organisation_certificates() -> None:
    with pytest.raises(ProfileError, match="is not an issuing authority of organisations"):
        build_organisation(
            SubjectName("02", pki.SUPPLIER),
            KeyUsage.KEY_AGREEMENT,
            pki.key("organisation").public_key(),
            issuing=pki.DEVICE_ISSUER,
            serial=5,
            validity=pki.TEN_YEARS,
            sign=pki.signer(pki.key("CN=D1")),
        )


def test_keys_on_other_curves_are_refused() -> None:
    with pytest.raises(ProfileError, match="is on secp384r1, not on P-256"):
        p256.point(ec.generate_private_key(ec.SECP384R1()).public_key())


def test_a_root_names_itself() -> None:
    roots: list[AuthorityCertificate] = [pki.ORGANISATION_ROOT, pki.DEVICE_ROOT]
    for root in roots:
        assert root.is_root
        assert root.authority_key_id == root.subject_key_id
    assert pki.ORGANISATION_ISSUER.name.text == "CN=Z1,OU=07"
