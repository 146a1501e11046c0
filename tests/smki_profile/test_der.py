from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stayon.smki_profile import ProfileError, der


@given(st.binary(max_size=300) | st.sampled_from([127, 128, 255, 256, 65_535, 65_536]).map(bytes))
def test_an_element_reads_back(content: bytes) -> None:
    reader = der.Reader(der.element(der.OCTET_STRING, content))
    assert reader.read(der.OCTET_STRING, "it") == content
    assert reader.exhausted
    reader.finish("it")


@given(st.integers(min_value=0, max_value=2**159 - 1))
def test_an_integer_reads_back(value: int) -> None:
    content = der.Reader(der.integer(value)).read(der.INTEGER, "n")
    assert der.read_integer(content, "n", octets=20) == value


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "not a non-negative integer"),
        (b"\x80", "not a non-negative integer"),
        (bytes(21), "not a non-negative integer"),
        (b"\x00\x7f", "shortest form"),
    ],
)
def test_other_integers_are_refused(content: bytes, rule: str) -> None:
    with pytest.raises(ProfileError, match=rule):
        der.read_integer(content, "n", octets=20)


@given(
    st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(9999, 12, 31)).map(  # noqa: DTZ001 - hypothesis wants naive bounds
        lambda one: one.replace(microsecond=0, tzinfo=UTC)
    )
)
def test_a_time_reads_back(instant: datetime) -> None:
    assert der.read_time(der.Reader(der.time(instant)), "time") == instant


@pytest.mark.parametrize(
    ("tag", "content", "rule"),
    [
        (der.UTC_TIME, b"2601010000Z", "to the second"),
        (der.UTC_TIME, b"260101000000+", "to the second"),
        (der.UTC_TIME, b"26010100000xZ", "to the second"),
        (der.UTC_TIME, b"261301000000Z", "20261301000000 is not a date"),
        (der.UTC_TIME, b"260101240000Z", "is not a date"),
        (der.GENERALIZED_TIME, b"20260101000000Z", "before 2050"),
        (der.GENERALIZED_TIME, b"20600101000000.0Z", "to the second"),
        (der.OCTET_STRING, b"20600101000000Z", "tag 04 where 18 belongs"),
    ],
)
def test_other_times_are_refused(tag: int, content: bytes, rule: str) -> None:
    with pytest.raises(ProfileError, match=rule):
        der.read_time(der.Reader(der.element(tag, content)), "time")


@pytest.mark.parametrize(
    ("encoded", "rule"),
    [
        ("", "missing or cut short"),
        ("04", "missing or cut short"),
        ("0402aa", "missing or cut short"),
        ("0302aabb", "tag 03 where 04 belongs"),
        ("0480aabb0000", "length that DER or the profile forbids"),
        ("048400000001aa", "length that DER or the profile forbids"),
        ("0482aa", "length that DER or the profile forbids"),
        ("04817f" + "00" * 127, "not in its shortest form"),
        ("048200ff" + "00" * 255, "not in its shortest form"),
        ("048300ffff" + "00" * 65_535, "not in its shortest form"),
    ],
)
def test_other_encodings_are_refused(encoded: str, rule: str) -> None:
    with pytest.raises(ProfileError, match=rule) as refused:
        der.Reader(bytes.fromhex(encoded)).read(der.OCTET_STRING, "thing")
    assert refused.value.field == "thing"


def test_what_is_left_over_is_refused() -> None:
    reader = der.Reader(b"\x04\x00\x00")
    reader.read(der.OCTET_STRING, "thing")
    assert not reader.exhausted
    with pytest.raises(ProfileError, match="has more in it"):
        reader.finish("thing")


def test_an_element_of_any_tag() -> None:
    reader = der.Reader(der.integer(5))
    assert reader.read_any("thing") == (der.INTEGER, b"\x05")
    with pytest.raises(ProfileError, match="missing or cut short"):
        reader.read_any("thing")


def test_an_inner_element_may_not_reach_out_of_the_outer() -> None:
    inside = der.Reader(bytes.fromhex("3003 0403aa aabb".replace(" ", ""))).enter(der.SEQUENCE, "x")
    with pytest.raises(ProfileError, match="missing or cut short"):
        inside.read(der.OCTET_STRING, "thing")


def test_an_expected_element_may_not_reach_out_of_the_outer() -> None:
    inside = der.Reader(bytes.fromhex("3002040100")).enter(der.SEQUENCE, "x")
    with pytest.raises(ProfileError, match="is wrong"):
        inside.expect(bytes.fromhex("040100"), "thing", "is wrong")


@pytest.mark.parametrize("content", [b"", b"\x01\xfe", b"\x07\x80"])
def test_bit_strings_are_of_whole_octets(content: bytes) -> None:
    with pytest.raises(ProfileError, match="whole octets"):
        der.read_bit_string(content, "bits")


def test_object_identifiers_in_base_128() -> None:
    assert der.object_identifier("1.2.826.0.1.8641679.1.2.1.4").hex() == (
        "060d2a863a0001848fb90f01020104"
    )
