"""How models are walked: a few seconds each, more with STAYON_MODEL_EXAMPLES, each on a database.

A find is made small only when more was asked for: that takes minutes.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import URL
from tests.support.dsp_database import dsp_database


def walks(examples: int, steps: int) -> settings:
    """Settings for a state machine; STAYON_MODEL_EXAMPLES=500 walks it so many times."""
    asked = int(os.environ.get("STAYON_MODEL_EXAMPLES", examples))
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    if asked > examples:
        phases.append(Phase.shrink)
    return settings(
        max_examples=asked,
        stateful_step_count=steps,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )


def on_database(
    kind: str, make: Callable[[URL, Callable[[], None]], RuleBasedStateMachine]
) -> type[RuleBasedStateMachine]:
    """Machines with a database each, of one kind; they get its address and what removes it."""
    if kind == "postgresql":
        with dsp_database(kind, Path()):
            pass  # skips where there is no server

    def machine() -> RuleBasedStateMachine:
        stack = ExitStack()
        folder = Path(stack.enter_context(TemporaryDirectory()))
        return make(stack.enter_context(dsp_database(kind, folder)), stack.close)

    # Hypothesis takes whatever makes a machine.
    return cast("type[RuleBasedStateMachine]", machine)
