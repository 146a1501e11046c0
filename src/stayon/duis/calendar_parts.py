"""The parts that both non-disablement calendars are made of."""

from lxml import etree

from stayon.domain.prepayment import NonDisablement, Weekday
from stayon.duis import lexical
from stayon.duis.errors import DuisError
from stayon.duis.names import local_name
from stayon.duis.reading import Children, text_of
from stayon.duis.writing import leaf, node

_ACTIONS = {action.value: action for action in NonDisablement}


def read_action(text: str, field: str) -> NonDisablement:
    """START or STOP."""
    action = _ACTIONS.get(text)
    if action is None:
        raise DuisError(field, f"{text[:40]!r} is not START or STOP")
    return action


def index_of(element: etree._Element, highest: int) -> int:
    """The ``index`` attribute, 1 to ``highest``."""
    field = f"{local_name(element)}/@index"
    text = element.get("index")
    if text is None:
        raise DuisError(field, "is missing")
    return lexical.integer(text, field, (1, highest))


def part_of_date(children: Children, name: str) -> tuple[str, str]:
    """Name and text of the one element inside the next child, which is called ``name``."""
    inner = Children(children.take(name))
    choice = inner.any()
    inner.end()
    return local_name(choice), text_of(choice)


def specified(part: tuple[str, str], what: str, bounds: tuple[int, int]) -> int | None:
    """The number in ``Specified...``; None for ``NonSpecified...`` in either of its spellings."""
    name, text = part
    if name == f"Specified{what}":
        return lexical.integer(text, name, bounds)
    if name in {f"NonSpecified{what}", f"GasNonSpecified{what}"} and not text.strip(
        lexical.WHITE_SPACE
    ):
        return None
    raise DuisError(what, f"{name} does not belong here")


def weekday_of(part: tuple[str, str], what: str) -> Weekday | None:
    """The day of the week, None for any."""
    number = specified(part, what, (1, 7))
    return None if number is None else Weekday(number)


def write_part(name: str, what: str, number: int | None, wildcard: str = "NonSpecified") -> str:
    """An element ``name`` that holds the number, or the empty element that means any."""
    if number is None:
        return node(name, node(f"{wildcard}{what}"))
    return node(name, leaf(f"Specified{what}", number))
