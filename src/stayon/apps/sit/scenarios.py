"""The scenarios: read from the ``.feature`` files of this package."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gherkin.errors import CompositeParserException
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler

from stayon.adapters import package_data
from stayon.domain.errors import StayonError

_FOLDER = "apps/sit/features"
_KEYWORDS = {"Context": "Given", "Action": "When", "Outcome": "Then"}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a scenario; ``keyword`` is Given, When, Then or And."""

    keyword: str
    text: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario with its background's steps before its own; an outline's row is one scenario.

    ``requirements`` are its tags and its feature's, in the order of the file.
    """

    scenario_id: str
    feature: str
    name: str
    requirements: tuple[str, ...]
    refuses: bool
    steps: tuple[Step, ...]


def shipped_scenarios() -> tuple[Scenario, ...]:
    """Every scenario of the pack, in order."""
    found: list[Scenario] = []
    for name in package_data.names(_FOLDER, ".feature"):
        text = package_data.read(f"{_FOLDER}/{name}").decode("utf-8")
        found += parse_feature(name.removesuffix(".feature"), text)
    return tuple(found)


def parse_feature(name: str, text: str) -> tuple[Scenario, ...]:
    """The scenarios of one feature file; raises ``StayonError`` for bad Gherkin."""
    try:
        document: Any = Parser().parse(text)
    except CompositeParserException as error:
        raise StayonError(f"{name}.feature: {error}") from None
    document["uri"] = name
    title = document["feature"]["name"]
    return tuple(
        _scenario(f"{name}-{number:02d}", title, pickle)
        for number, pickle in enumerate(Compiler().compile(document), 1)
    )


def _scenario(scenario_id: str, feature: str, pickle: Any) -> Scenario:
    tags = tuple(dict.fromkeys(tag["name"].removeprefix("@") for tag in pickle["tags"]))
    return Scenario(
        scenario_id,
        feature,
        pickle["name"],
        tuple(tag for tag in tags if tag != "refuses"),
        "refuses" in tags,
        tuple(_steps(pickle["steps"])),
    )


def _steps(pickled: Iterable[Any]) -> Iterable[Step]:
    before = ""
    for step in pickled:
        keyword = _KEYWORDS.get(step.get("type", ""), "Given")
        yield Step("And" if keyword == before else keyword, step["text"])
        before = keyword


def chosen(
    scenarios: Iterable[Scenario], requirements: Iterable[str], words: str = ""
) -> tuple[Scenario, ...]:
    """Those with any of these tags (or all), and these words in name or identifier."""
    wanted = {each.casefold() for each in requirements}
    return tuple(
        each
        for each in scenarios
        if (not wanted or wanted & {tag.casefold() for tag in each.requirements})
        and words.casefold() in f"{each.scenario_id} {each.name}".casefold()
    )
