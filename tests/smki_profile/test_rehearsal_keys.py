from hypothesis import given
from hypothesis import strategies as st

from stayon.smki_profile import derive_octets, derive_private_key


def _scalar(seed: bytes, *label: bytes) -> int:
    return derive_private_key(seed, *label).private_numbers().private_value


def test_the_same_seed_and_label_make_the_same_key() -> None:
    assert _scalar(b"seed", b"a", b"b") == _scalar(b"seed", b"a", b"b")


def test_another_seed_or_label_makes_another_key() -> None:
    scalars = {
        _scalar(b"seed", b"a", b"b"),
        _scalar(b"seed", b"ab"),
        _scalar(b"seed", b"b", b"a"),
        _scalar(b"seed", b"a", b"b", b""),
        _scalar(b"seeda", b"b"),
        _scalar(b"other", b"a", b"b"),
    }
    assert len(scalars) == 6


@given(st.binary(max_size=20), st.lists(st.binary(max_size=20), max_size=4))
def test_octets_depend_on_the_seed_and_every_part(seed: bytes, label: list[bytes]) -> None:
    octets = derive_octets(seed, *label)
    assert len(octets) == 64
    assert octets != derive_octets(seed, *label, b"more")
    assert octets != derive_octets(seed + b"more", *label)
