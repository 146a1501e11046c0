"""What becomes of a scenario, and how a step says that it cannot pass."""

from dataclasses import dataclass, field
from enum import Enum

from stayon.apps.sit.messages import Exchanged
from stayon.apps.sit.scenarios import Scenario, Step
from stayon.domain.errors import StayonError


class Verdict(Enum):
    """A scenario is passed only if every step ran and passed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


class StepFailedError(StayonError):
    """The system does not do what the step expects; in words that say what it does instead."""


class NotRunError(StayonError):
    """The step needs what this place does not offer, such as the powers of the DCC's people."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step: its verdict, why, and what else there is to say."""

    step: Step
    verdict: Verdict
    why: str = ""
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class ScenarioResult:
    """One scenario with its steps and the messages that were exchanged meanwhile."""

    scenario: Scenario
    steps: list[StepResult] = field(default_factory=list)
    messages: tuple[Exchanged, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Failed if a step failed, not run if one did not run, else passed."""
        verdicts = {step.verdict for step in self.steps}
        for verdict in (Verdict.FAILED, Verdict.NOT_RUN):
            if verdict in verdicts:
                return verdict
        return Verdict.PASSED if self.steps else Verdict.NOT_RUN

    @property
    def why(self) -> str:
        """What the step that decided the verdict said."""
        decided = self.verdict
        if decided is Verdict.PASSED:
            return ""
        return next((step.why for step in self.steps if step.verdict is decided), "")


def require(holds: bool, words: str) -> None:
    """Fail the step with these words unless it holds."""
    if not holds:
        raise StepFailedError(words)
