"""Running scenarios, one after another, each in a place of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import stayon.apps.sit.steps  # noqa: F401 - registers the steps
from stayon.apps.sit.messages import Exchanged
from stayon.apps.sit.own_world import own_world
from stayon.apps.sit.places import Place, Record
from stayon.apps.sit.registry import bind
from stayon.apps.sit.scenarios import Scenario, Step
from stayon.apps.sit.scene import PolicyChange, Scene
from stayon.apps.sit.verdicts import (
    NotRunError,
    ScenarioResult,
    StepFailedError,
    StepResult,
    Verdict,
)
from stayon.policy.model import Policy

_SKIPPED = "a step before it did not pass"


class Places(Protocol):
    """Where scenarios run: a world for each, or one endpoint for all."""

    declared_open: bool
    at_once: int

    async def open(
        self, stack: AsyncExitStack, changes: tuple[PolicyChange, ...], record: Record
    ) -> Place:
        """A place, to be closed with ``stack``; raises ``NotRunError`` for what it cannot be."""
        ...


class OwnWorlds:
    """A world of its own for each scenario, in this process, on simulated time."""

    declared_open = False
    at_once = 8

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def open(
        self, stack: AsyncExitStack, changes: tuple[PolicyChange, ...], record: Record
    ) -> Place:
        """See ``Places``."""
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="stayon-sit-")))
        policy = reduce(lambda known, change: change(known), changes, self._policy)
        return await stack.enter_async_context(own_world(folder, policy, record))


@asynccontextmanager
async def scene_in(places: Places) -> AsyncIterator[Scene]:
    """The scene of one scenario, its place open from the first step that needs it to the end."""
    async with AsyncExitStack() as stack:
        scene: Scene

        def record(sender: str, receiver: str, body: bytes) -> None:
            now = scene.now()
            scene.messages.append(Exchanged(now, sender, receiver, body))

        async def opening(changes: tuple[PolicyChange, ...]) -> Place:
            return await places.open(stack, changes, record)

        scene = Scene(opening, places.declared_open)
        yield scene


async def run_scenario(scenario: Scenario, places: Places) -> ScenarioResult:
    """Run one scenario to its verdict; after a step that does not pass the others are left out."""
    result = ScenarioResult(scenario)
    bound = [(step, bind(step.text)) for step in scenario.steps]
    try:
        async with scene_in(places) as scene:
            for step, act in bound:
                if result.steps and result.verdict is not Verdict.PASSED:
                    result.steps.append(StepResult(step, Verdict.NOT_RUN, _SKIPPED))
                else:
                    result.steps.append(await _run_step(step, act, scene))
            result.messages = tuple(scene.messages)
    except Exception as error:  # noqa: BLE001 - no scenario stops the others
        closing = Step("And", "the place ends in good order")
        result.steps.append(StepResult(closing, Verdict.FAILED, f"{error!r}"))
    return result


async def _run_step(
    step: Step, act: Callable[[Scene], Awaitable[None]], scene: Scene
) -> StepResult:
    verdict, why = Verdict.PASSED, ""
    scene.notes.clear()
    try:
        await act(scene)
    except NotRunError as error:
        verdict, why = Verdict.NOT_RUN, str(error)
    except StepFailedError as error:
        verdict, why = Verdict.FAILED, str(error)
    except Exception as error:  # noqa: BLE001 - no scenario stops the others
        verdict, why = Verdict.FAILED, f"{type(error).__name__}: {error}"
    return StepResult(step, verdict, why, tuple(scene.notes))


async def run_all(
    scenarios: Iterable[Scenario],
    places: Places,
    tell: Callable[[ScenarioResult], None] = lambda _result: None,
) -> list[ScenarioResult]:
    """Run scenarios, as many at once as the place allows; ``tell`` hears of each as it ends.

    The results are in the order of the scenarios.
    """
    turn = asyncio.Semaphore(places.at_once)

    async def run_one(scenario: Scenario) -> ScenarioResult:
        async with turn:
            result = await run_scenario(scenario, places)
        tell(result)
        return result

    return list(await asyncio.gather(*map(run_one, scenarios)))
