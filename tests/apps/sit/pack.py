"""The pack's scenarios, and running some of them."""

import asyncio
from collections.abc import Iterable
from functools import cache

from stayon.apps.policy_files import read_policy
from stayon.apps.sit.running import OwnWorlds, run_all
from stayon.apps.sit.scenarios import Scenario, shipped_scenarios
from stayon.apps.sit.verdicts import ScenarioResult
from stayon.policy.model import Policy


@cache
def scenarios() -> tuple[Scenario, ...]:
    return shipped_scenarios()


@cache
def policy() -> Policy:
    return read_policy(None)


def run(chosen: Iterable[Scenario]) -> list[ScenarioResult]:
    return asyncio.run(run_all(chosen, OwnWorlds(policy())))


def naming(check_id: str) -> list[Scenario]:
    """The scenarios that say that this check refuses."""
    return [
        each
        for each in scenarios()
        if any(f" by {check_id}" in f"{step.text} " for step in each.steps)
    ]
