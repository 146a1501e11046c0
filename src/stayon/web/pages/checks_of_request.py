"""Which checks a request passed, which one stopped it, and which were not reached."""

from dataclasses import dataclass
from enum import Enum

from stayon.checks.declaration import Check
from stayon.checks.order import DECLARATIONS
from stayon.parties.dsp.sat import Step
from stayon.ports.audit import AuditRow


class Verdict(Enum):
    """What became of one check."""

    PASSED = "passed"
    STOPPED = "stopped"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """One judgement of the request, with the checks in the order in which they run."""

    row: AuditRow
    checks: tuple[tuple[Check, Verdict], ...]

    @property
    def stopped_by(self) -> Check | None:
        """The check that did not let it pass."""
        return next((check for check, word in self.checks if word is Verdict.STOPPED), None)


def judgements(rows: tuple[AuditRow, ...]) -> list[JudgedRow]:
    """Each admission among the rows: a refusal and a quarantine name the check that stopped it."""
    return [_judged(row) for row in rows if row.entry.step == Step.ADMISSION.value]


def _judged(row: AuditRow) -> JudgedRow:
    names = [check.check_id for check in DECLARATIONS]
    named = row.entry.detail.partition(":")[0]
    if named not in names:
        return JudgedRow(row, tuple((check, Verdict.PASSED) for check in DECLARATIONS))
    place = names.index(named)
    words = [Verdict.PASSED] * place + [Verdict.STOPPED]
    words += [Verdict.NOT_REACHED] * (len(names) - len(words))
    return JudgedRow(row, tuple(zip(DECLARATIONS, words, strict=True)))
