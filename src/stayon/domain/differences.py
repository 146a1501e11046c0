"""Where two values of the field differ, for words that a person can act on."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """The first field (``calendar.schedule[2].script``) and what each of the two has there."""

    path: str
    wanted: object
    found: object

    def __str__(self) -> str:
        return f"{self.path}: {self.found}, not {self.wanted}"


def first_difference(wanted: object, found: object, path: str = "") -> Difference | None:
    """The first difference between two dataclasses or tuples, item by item; None if equal.

    Positions count from 1.
    """
    if wanted == found:
        return None
    for name, *pair in _parts(wanted, found):
        difference = first_difference(*pair, f"{path}{name}".lstrip("."))
        if difference is not None:
            return difference
    return Difference(path, wanted, found)


def _parts(wanted: object, found: object) -> Iterator[tuple[str, object, object]]:
    if type(wanted) is not type(found):
        return
    if is_dataclass(wanted):
        for field in fields(wanted):
            yield f".{field.name}", getattr(wanted, field.name), getattr(found, field.name)
    elif isinstance(wanted, tuple) and isinstance(found, tuple) and len(wanted) == len(found):
        for position, pair in enumerate(zip(wanted, found, strict=True), start=1):
            yield f"[{position}]", *pair
