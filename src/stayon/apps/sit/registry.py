"""Steps in Python, found by the words of a scenario."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from stayon.apps.sit.scene import Scene
from stayon.domain.errors import StayonError

StepFunction = Callable[..., Awaitable[None]]
"""Takes the scene and the groups of its pattern; fails, cannot run, or returns."""


@dataclass(frozen=True, slots=True)
class _Known:
    pattern: re.Pattern[str]
    function: StepFunction


_KNOWN: list[_Known] = []


def step(pattern: str) -> Callable[[StepFunction], StepFunction]:
    """Register the function for steps whose whole text is ``pattern``, a regular expression."""

    def register(function: StepFunction) -> StepFunction:
        _KNOWN.append(_Known(re.compile(pattern), function))
        return function

    return register


def bind(text: str) -> Callable[[Scene], Awaitable[None]]:
    """What a step does; raises ``StayonError`` unless exactly one function knows its words."""
    found = [(known, match) for known in _KNOWN if (match := known.pattern.fullmatch(text))]
    if len(found) != 1:
        raise StayonError(f"{len(found)} functions know the step: {text}")
    known, match = found[0]

    async def act(scene: Scene) -> None:
        await known.function(scene, *match.groups())

    return act
