"""A key that is equal to nothing but the same object."""

from stayon.domain.same import Same


def test_only_the_same_object_is_found_again() -> None:
    one, equal = [1], [1]
    kept = {Same(one): "one"}
    assert kept.get(Same(one)) == "one"
    assert kept.get(Same(equal)) is None
    assert Same(one) != one
