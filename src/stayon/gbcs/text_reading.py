"""Read values out of decoded JSON, naming the JSON path of whatever is wrong."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from stayon.domain.errors import FieldError

T = TypeVar("T")

_HEX = re.compile(r"(?:[0-9A-F]{2})*\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """A JSON value and the path that leads to it. Every method raises ``FieldError``."""

    value: object
    path: str

    def wrong(self, rule: str) -> FieldError:
        """The error to raise about this place."""
        return FieldError(self.path, rule)

    @property
    def is_null(self) -> bool:
        """Whether the value is JSON's null."""
        return self.value is None

    def has(self, key: str) -> bool:
        """Whether an object has this member."""
        return key in self._object()

    def __getitem__(self, key: str) -> "Place":
        members = self._object()
        if key not in members:
            raise FieldError(f"{self.path}.{key}", "is missing")
        return Place(members[key], f"{self.path}.{key}")

    def only_member(self) -> tuple[str, "Place"]:
        """Name and value of an object's single member."""
        members = self._object()
        if len(members) != 1:
            raise self.wrong("must have exactly one member, which names its type")
        (key,) = members
        return key, self[key]

    def items(self) -> "list[Place]":
        """The elements of an array."""
        if not isinstance(self.value, list):
            raise self.wrong("must be an array")
        return [Place(item, f"{self.path}[{i}]") for i, item in enumerate(self.value)]

    def text(self) -> str:
        """A string."""
        if not isinstance(self.value, str):
            raise self.wrong("must be a string")
        return self.value

    def integer(self, low: int, high: int) -> int:
        """A whole number between the two, both included."""
        if type(self.value) is not int:
            raise self.wrong("must be a whole number")
        if not low <= self.value <= high:
            raise self.wrong(f"must be in {low}..{high}")
        return self.value

    def of_null(self, meaning: T) -> T:
        """``meaning``, where the value is null."""
        if not self.is_null:
            raise self.wrong("must be null")
        return meaning

    def octets(self) -> bytes:
        """Octets from upper-case hex."""
        text = self.text()
        if not _HEX.match(text):
            raise self.wrong("must be pairs of upper-case hex digits")
        return bytes.fromhex(text)

    def code(self, size: int) -> int:
        """A number of ``size`` octets from upper-case hex."""
        octets = self.octets()
        if len(octets) != size:
            raise self.wrong(f"must be {2 * size} hex digits")
        return int.from_bytes(octets)

    def one_of(self, choices: Mapping[str, T]) -> T:
        """What a string stands for."""
        text = self.text()
        if text not in choices:
            raise self.wrong(f"must be one of {', '.join(choices)}")
        return choices[text]

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """A ``FieldError`` of a value made inside names this path."""
        try:
            yield
        except FieldError as error:
            if error.field.startswith("$"):
                raise
            raise self.wrong(f"{error.field}: {error.rule}") from None

    def _object(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.wrong("must be an object")
        return self.value


def require_same(given: Place, expected: object) -> None:
    """Raise ``FieldError`` at the first place where ``given`` is not just ``expected``.

    ``expected`` is what decoding writes for the message that ``given`` was read as, so a difference
    is a member that is unknown, missing or at odds with the others.
    """
    if isinstance(expected, dict) and isinstance(given.value, dict):
        for key in given.value:
            if key not in expected:
                raise FieldError(f"{given.path}.{key}", "is not known here")
        for key, value in expected.items():
            require_same(given[key], value)
    elif isinstance(expected, list) and isinstance(given.value, list):
        if len(given.value) != len(expected):
            raise given.wrong(f"must have {len(expected)} elements")
        for place, value in zip(given.items(), expected, strict=True):
            require_same(place, value)
    elif type(given.value) is not type(expected) or given.value != expected:
        raise given.wrong(f"must be {_shown(expected)} beside the other fields")


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
