"""What is wrong first in a document that was read strictly, in words for whoever wrote it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Misread(Protocol):
    """An error of a strict reader, such as ``pydantic.ValidationError``."""

    def errors(self) -> Sequence[Any]:
        """Each with ``loc``, the steps to its place, and ``msg``, words that name no value."""
        ...


@dataclass(frozen=True, slots=True)
class Problem:
    """``place`` is as in ``services.dsp``; both together are its text."""

    place: str
    words: str

    def __str__(self) -> str:
        return f"{self.place}: {self.words}"


def first_problem(error: Misread, whole: str = "the file", *, below: int = 0) -> Problem:
    """The first one; it is in the ``whole`` where it has no place of its own.

    The first ``below`` steps are left out, such as FastAPI's ``body``.
    """
    first = error.errors()[0]
    place = ".".join(str(step) for step in first["loc"][below:])
    return Problem(place or whole, str(first["msg"]))
