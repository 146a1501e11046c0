"""What all values of COSEM data have in common.

They are tuples under a name and not data classes because a message holds hundreds of them, and
these are made in less than half the time. Unlike bare tuples, values of two types are never equal.
Constructors raise ``FieldError`` for what the type cannot hold.
"""

from typing import Any, ClassVar


class CosemData(tuple[Any, ...]):
    """Any COSEM value; ``TAG`` is its octet on the wire, ``NAME`` its name in the standard."""

    __slots__ = ()
    TAG: ClassVar[int]
    NAME: ClassVar[str]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.TAG, super().__hash__()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, tuple(self)))})"
