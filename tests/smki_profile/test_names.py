import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import AuthorityName, ProfileError, RemotePartyRole, SubjectName, der

_OID_CN = der.object_identifier("2.5.4.3")
_OID_OU = der.object_identifier("2.5.4.11")
_OID_O = der.object_identifier("2.5.4.10")
_OID_ID = der.object_identifier("2.5.4.45")


def _set(kind: bytes, tag: int, content: bytes) -> bytes:
    return der.element(der.SET, der.sequence(kind, der.element(tag, content)))


def test_an_authority_s_name_is_as_x509_issuer_name_writes_it() -> None:
    name = AuthorityName("Z1", "07")
    assert name.text == "CN=Z1,OU=07"
    assert AuthorityName("E357").text == "CN=E357"
    independent = x509.Name.from_rfc4514_string(name.text).public_bytes()
    assert name.encoded == independent.replace(b"\x0c", b"\x13")


@given(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,20}[A-Za-z0-9]", fullmatch=True),
    st.sampled_from([None, "00", "07"]),
)
def test_an_authority_s_name_reads_back(common_name: str, unit: str | None) -> None:
    name = AuthorityName(common_name, unit)
    assert AuthorityName.parse(name.encoded, "issuer") == name


def test_both_string_types_are_one_name() -> None:
    printable = AuthorityName("Z1", "07").encoded
    utf8 = printable.replace(b"\x13", b"\x0c")
    assert AuthorityName.parse(utf8, "issuer") == AuthorityName.parse(printable, "issuer")


@pytest.mark.parametrize(
    "attributes",
    [
        [],
        [_set(_OID_OU, der.UTF8_STRING, b"07")],
        [_set(_OID_CN, der.UTF8_STRING, b"Z1"), _set(_OID_OU, der.UTF8_STRING, b"07")],
        [_set(_OID_O, der.UTF8_STRING, b"DCC"), _set(_OID_CN, der.UTF8_STRING, b"Z1")],
        [_set(_OID_CN, der.UTF8_STRING, b"Z1")] * 2,
    ],
)
def test_other_forms_of_an_authority_s_name_are_refused(attributes: list[bytes]) -> None:
    with pytest.raises(ProfileError, match="is not a common name") as refused:
        AuthorityName.parse(der.sequence(*attributes), "issuer")
    assert refused.value.field == "issuer"


@pytest.mark.parametrize(
    ("tag", "content", "rule"),
    [
        (0x16, b"Z1", "neither a PrintableString nor a UTF8String"),
        (der.UTF8_STRING, b"\xff", "is not text"),
        (der.PRINTABLE_STRING, "é".encode("latin-1"), "is not text"),
        (der.UTF8_STRING, b"", "is not plain text"),
        (der.UTF8_STRING, b"Z1,OU=07", "is not plain text"),
        (der.UTF8_STRING, b"Z1 ", "is not plain text"),
        (der.UTF8_STRING, b"Z1\n", "is not plain text"),
        (der.UTF8_STRING, b"#Z1", "is not plain text"),
        (der.UTF8_STRING, b"Z" * 65, "is not plain text"),
    ],
)
def test_texts_that_need_escapes_are_refused(tag: int, content: bytes, rule: str) -> None:
    with pytest.raises(ProfileError, match=rule):
        AuthorityName.parse(der.sequence(_set(_OID_CN, tag, content)), "issuer")


def test_a_name_with_two_attributes_in_one_set_is_refused() -> None:
    pair = der.sequence(_OID_CN, der.element(der.UTF8_STRING, b"Z1"))
    with pytest.raises(ProfileError, match="has more in it"):
        AuthorityName.parse(der.sequence(der.element(der.SET, pair, pair)), "issuer")


@given(
    st.sampled_from(RemotePartyRole),
    st.binary(min_size=8, max_size=8),
    st.none() | st.text(min_size=1, max_size=20).filter(lambda one: one.isprintable()),
)
def test_a_subject_reads_back(role: RemotePartyRole, octets: bytes, name: str | None) -> None:
    subject = SubjectName(role.code, Eui64(octets), name)
    assert SubjectName.parse(subject.encoded, "subject") == subject


_ROLE = _set(_OID_OU, der.UTF8_STRING, b"02")
_IDENTIFIER = _set(_OID_ID, der.BIT_STRING, b"\x00" + bytes(8))


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        ([_ROLE], "is not a unit and a unique identifier"),
        ([_IDENTIFIER, _ROLE], "is not a unit and a unique identifier"),
        ([_ROLE, _set(_OID_ID, der.BIT_STRING, bytes(8))], "not a bit string of 8 octets"),
        ([_ROLE, _set(_OID_ID, der.OCTET_STRING, bytes(9))], "not a bit string of 8 octets"),
        ([_ROLE, _set(_OID_ID, der.BIT_STRING, b"\x01" + bytes(8))], "whole octets"),
    ],
)
def test_other_forms_of_a_subject_are_refused(attributes: list[bytes], rule: str) -> None:
    with pytest.raises(ProfileError, match=rule):
        SubjectName.parse(der.sequence(*attributes), "subject")
