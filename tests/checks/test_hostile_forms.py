"""Forms that are learnt of hostile, valid documents: the short way and the plain way agree."""

from itertools import product

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.checks.hostile_forms import (
    FIRST,
    FRAGMENTS,
    LAYOUTS,
    Values,
    differs,
    edited,
    good,
    grafted,
    learn,
    signed_as_it_stands,
    with_values,
)
from tests.checks.judging import judged

from stayon.checks.outcome import Rejected
from stayon.checks.stages import Authenticated

_LAST = len(LAYOUTS) - 1
_OTHER = FIRST.identity[:-1] + b"9"
edits = st.lists(st.tuples(st.integers(0, 60), st.integers(0, len(FRAGMENTS) - 1)), max_size=2)
pieces = st.sampled_from(
    [*FRAGMENTS, FIRST.identity, _OTHER, _OTHER.lower(), b"AAEC", b"AAED", b""]
)
layouts = st.integers(0, _LAST)
grafts = st.lists(st.tuples(layouts, st.integers(0, 6)), max_size=2)
texts = st.lists(pieces, max_size=3).map(b"".join)
values = st.builds(Values, st.just(_OTHER) | texts, st.just(b"AwQF") | texts)


@pytest.mark.requirement("D5", "R6.C", refuses=True)
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, _LAST), edits, edits, values, edits)
@example(0, [], [], Values(_OTHER, b"AwQF"), [])
@example(0, [(8, 1)], [], Values(_OTHER + b"<!---->", b"AwQF"), [])
@example(1, [], [(6, 6)], Values(_OTHER, b""), [(3, 0)])
def test_both_ways_agree(
    layout: int,
    before: list[tuple[int, int]],
    late: list[tuple[int, int]],
    second: Values,
    later: list[tuple[int, int]],
) -> None:
    assert differs(layout, before, late, second, later) is None


@pytest.mark.requirement("D5", "R6.C", refuses=True)
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(layouts, st.lists(layouts, max_size=3), values, edits, grafts)
@example(0, [2], FIRST, [], [(2, 3)])
@example(0, [6], Values(_OTHER, b"AwQF"), [], [(6, 5)])
def test_both_ways_agree_on_documents_put_together_of_others(
    layout: int,
    also: list[int],
    second: Values,
    later: list[tuple[int, int]],
    parts: list[tuple[int, int]],
) -> None:
    """The forms have learnt several layouts; header, body or signature are of one of them."""
    assert differs(layout, [], [], second, later, also=also, grafts=parts) is None


def test_a_part_of_another_document_takes_the_place_of_its_own() -> None:
    """And is refused; one of its own makes no difference."""
    for part in range(4):
        document = grafted(good(0), [(2, part)])
        assert document != good(0)
        assert document != good(2)
        assert isinstance(judged(document)[1], Rejected)
    assert grafted(good(0), [(0, 3)]) == good(0)


def test_every_layout_is_accepted() -> None:
    assert len({good(layout) for layout in range(len(LAYOUTS))}) == len(LAYOUTS)
    for layout in range(len(LAYOUTS)):
        assert isinstance(judged(good(layout))[1], Authenticated), LAYOUTS[layout]


def test_edited_layouts_are_accepted_and_some_are_learnt() -> None:
    """Otherwise the test above would compare nothing."""
    accepted = known = 0
    for layout, place, what in product(range(3), range(0, 60, 3), (0, 6, 10)):
        for early, late in (([(place, what)], []), ([], [(place, what)])):
            found = learn(layout, early, late)
            if found is None:
                continue
            accepted += 1
            forms, text = found
            second = signed_as_it_stands(with_values(text, Values(_OTHER, b"AwQF")), late)
            short, verdict = judged(second, forms)
            known += short
            assert not short or isinstance(verdict, Authenticated)
    assert accepted > 50
    assert 10 < known < accepted


def test_an_edit_is_put_at_the_border_of_a_tag() -> None:
    assert edited(b"<a>b</a>", [(0, 6)]) == b" <a>b</a>"
    assert edited(b"<a>b</a>", [(1, 6)]) == b"<a> b</a>"
    assert edited(b"no tag", [(1, 6)]) == b"no tag"
