"""Reading the components of GCS05 in their order."""

from collections.abc import Iterator
from typing import TypeVar

from stayon.gbcs.errors import GbcsError
from stayon.gbcs.gbz import Component, GbzMessage, encode_component
from stayon.gbcs.zcl import ZclFrame
from stayon.gbcs.zcl_layout import ZclCommand, layout_of

_SHELL_SIZE = 3
_Command = TypeVar("_Command", bound=ZclCommand)


class ComponentReader:
    """Hands out the commands of a message one after the other."""

    def __init__(self, message: GbzMessage) -> None:
        self._components = message.components
        self._taken = 0

    @property
    def offset(self) -> int:
        """Where in the content the component taken last begins."""
        return self._offset(max(self._taken - 1, 0))

    def take(self, kind: type[_Command]) -> _Command:
        """The next command; raises ``GbcsError`` unless it is of this kind."""
        command = self._next_command()
        if not isinstance(command, kind):
            found = "missing" if command is None else type(command).__name__
            rule = f"expected as component {self._taken + 1}, which is {found}"
            raise GbcsError(kind.__name__, self._offset(self._taken), rule)
        self._taken += 1
        return command

    def take_all(self, kind: type[_Command]) -> Iterator[_Command]:
        """Every command of this kind until one of another kind comes."""
        while isinstance(self._next_command(), kind):
            yield self.take(kind)

    def require_equal(self, expected: GbzMessage) -> None:
        """Check that the message is the one expected; raises ``GbcsError`` naming what differs."""
        for index, pair in enumerate(zip(self._components, expected.components, strict=False)):
            if pair[0] != pair[1]:
                field, rule = _difference(*pair)
                raise GbcsError(f"component {index + 1} {field}", self._offset(index), rule)
        if len(self._components) != len(expected.components):
            end = self._offset(len(expected.components))
            raise GbcsError("components", end, f"there are more than {len(expected.components)}")

    def _next_command(self) -> ZclCommand | None:
        if self._taken == len(self._components):
            return None
        body = self._components[self._taken].body
        return body.command if isinstance(body, ZclFrame) else None

    def _offset(self, index: int) -> int:
        before = self._components[:index]
        return _SHELL_SIZE + sum(len(encode_component(c, last=False)) for c in before)


def _difference(found: Component, expected: Component) -> tuple[str, str]:
    """The first field in which two components with the same kind of command differ, and how."""
    pairs = zip(_values(found), _values(expected), strict=True)
    return next((name, f"is {a}, not {b}") for (name, a), (_, b) in pairs if a != b)


def _values(component: Component) -> Iterator[tuple[str, object]]:
    """Every field of a component, those of the command first."""
    body = component.body
    assert isinstance(body, ZclFrame)  # noqa: S101 - nothing else is taken
    for name in layout_of(type(body.command)).fields:
        yield name, getattr(body.command, name)
    yield "frame control", body.control
    yield "sequence number", body.sequence
    yield "from_date_time", component.from_date_time
