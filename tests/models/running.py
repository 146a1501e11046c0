"""How long the models are walked: a few seconds each, more with STAYON_MODEL_EXAMPLES.

A find is made small only when more was asked for: that takes minutes.
"""

import os

from hypothesis import HealthCheck, Phase, settings


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
