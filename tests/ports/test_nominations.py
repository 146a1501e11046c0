from datetime import UTC, date, datetime, timedelta

import pytest

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.ports.nominations import JobRole, Nomination, Screening

_USER = Eui64.parse("90-B3-D5-1F-30-77-00-00")
_FROM = datetime(2026, 11, 20, tzinfo=UTC)


def _nomination(**changes: object) -> Nomination:
    values: dict[str, object] = {
        "user": _USER,
        "person": "Ada Osei",
        "job_role": JobRole.ARO,
        "screening": Screening("BS7858/2026/17", date(2026, 10, 1)),
        "valid_from": _FROM,
    }
    return Nomination(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.requirement("R4")
def test_a_nomination_holds_in_a_half_open_interval() -> None:
    ends = _FROM + timedelta(days=1)
    nomination = _nomination(valid_to=ends)
    assert nomination.in_force(_FROM)
    assert not nomination.in_force(_FROM - timedelta(seconds=1))
    assert not nomination.in_force(ends)
    assert _nomination().in_force(ends)


@pytest.mark.requirement("R4", refuses=True)
def test_a_nomination_needs_a_screening_record_and_a_person() -> None:
    with pytest.raises(StayonError, match="screening"):
        Screening("  ", date(2026, 10, 1))
    with pytest.raises(StayonError, match="person"):
        _nomination(person=" ")
