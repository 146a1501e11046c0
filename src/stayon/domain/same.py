"""A value as the key of a cache by what object it is, where comparing costs more than it saves.

Configurations and calendars are large, and a campaign hands the same objects around: hashing one
takes tens of microseconds. A cache that is keyed so keeps the object, so that its identity stays
its own; an equal one that is another object is worked out anew.
"""

from typing import Generic, TypeVar, final

_Value = TypeVar("_Value")


@final
class Same(Generic[_Value]):
    """``value``, equal to nothing but the same object."""

    __slots__ = ("value",)

    def __init__(self, value: _Value) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value
