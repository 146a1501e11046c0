"""Which checks a request passed."""

from datetime import UTC, datetime

import pytest

from stayon.checks.order import DECLARATIONS
from stayon.ports.audit import AuditEntry, AuditRow
from stayon.web.pages.checks_of_request import Verdict, judgements

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)


def row(detail: str, step: str = "admission") -> AuditRow:
    return AuditRow("dsp", 1, AuditEntry(NOW, step, "E65", detail), b"")


def test_what_passed_passed_every_check() -> None:
    (judged,) = judgements((row(""), row("", "delivery")))
    assert judged.stopped_by is None
    assert {word for _, word in judged.checks} == {Verdict.PASSED}


@pytest.mark.parametrize("place", range(len(DECLARATIONS)))
def test_the_check_that_stopped_it_stands_between_the_others(place: int) -> None:
    stopping = DECLARATIONS[place]
    (judged,) = judgements((row(f"{stopping.check_id}: not listed: at all"),))
    assert judged.stopped_by is stopping
    words = [word for _, word in judged.checks]
    assert words[:place] == [Verdict.PASSED] * place
    assert set(words[place + 1 :]) <= {Verdict.NOT_REACHED}
