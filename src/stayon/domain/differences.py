"""Where two values of the field differ, for words that a person can act on."""

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
    for name, part_wanted, part_found in _parts(wanted, found):
        difference = first_difference(part_wanted, part_found, f"{path}{name}".lstrip("."))
        if difference is not None:
            return difference
    return Difference(path, wanted, found)


def _parts(wanted: object, found: object) -> list[tuple[str, object, object]]:
    """What two values of one type consist of, by name; nothing for those without parts."""
    if type(wanted) is not type(found):
        return []
    if is_dataclass(wanted):
        names = [field.name for field in fields(wanted)]
        return [(f".{name}", getattr(wanted, name), getattr(found, name)) for name in names]
    if isinstance(wanted, tuple) and isinstance(found, tuple) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True), start=1)
        return [(f"[{position}]", *pair) for position, pair in pairs]
    return []
