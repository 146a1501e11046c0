"""Reads the children of an element in the order the schema gives them."""

from typing import Final

from lxml import etree

from stayon.duis import lexical
from stayon.duis.errors import DuisError
from stayon.duis.names import SIGNATURE, SR, local_name


def text_of(element: etree._Element) -> str:
    """The text of an element that has no children."""
    if len(element):
        raise DuisError(local_name(element), "holds text only, no elements")
    return element.text or ""


class Children:
    """The children of one element, taken in order.

    ``take`` wants an element, ``maybe`` takes one if it is there, ``end`` wants nothing more.
    All names are local names of one namespace.
    """

    __slots__ = ("_left", "_namespace", "_parent")

    def __init__(self, parent: etree._Element, namespace: str = SR) -> None:
        self._parent: Final = parent
        self._namespace = "{" + namespace + "}"
        self._left = list(parent)
        self._left.reverse()

    def maybe(self, name: str) -> etree._Element | None:
        """The next child if it is called ``name``."""
        left = self._left
        if left and left[-1].tag == self._namespace + name:
            return left.pop()
        return None

    def take(self, name: str) -> etree._Element:
        """The next child, which must be called ``name``."""
        child = self.maybe(name)
        if child is None:
            raise DuisError(local_name(self._parent), f"{name} is missing or out of place")
        return child

    def any(self) -> etree._Element:
        """The next child, whatever it is called."""
        if not self._left or not str(self._left[-1].tag).startswith(self._namespace):
            raise DuisError(local_name(self._parent), "lacks the element that it should hold")
        return self._left.pop()

    def many(self, name: str) -> list[etree._Element]:
        """All next children called ``name``."""
        found = []
        while (child := self.maybe(name)) is not None:
            found.append(child)
        return found

    def end(self) -> None:
        """Refuse whatever is left."""
        if self._left:
            name = local_name(self._left[-1])
            raise DuisError(local_name(self._parent), f"{name} does not belong here")

    def end_but_for_signature(self) -> None:
        """Refuse whatever is left, other than one ds:Signature, which is not read."""
        if self._left and self._left[-1].tag == SIGNATURE:
            self._left.pop()
        self.end()

    def text(self, name: str) -> str:
        """The text of the next child, as it is written."""
        return text_of(self.take(name))

    def maybe_text(self, name: str) -> str | None:
        """The text of the next child if it is called ``name``."""
        child = self.maybe(name)
        return None if child is None else text_of(child)

    def integer(self, name: str, bounds: tuple[int, int]) -> int:
        """The integer in the next child."""
        return lexical.integer(self.text(name), name, bounds)

    def maybe_integer(self, name: str, bounds: tuple[int, int]) -> int | None:
        """The integer in the next child if it is called ``name``."""
        text = self.maybe_text(name)
        return None if text is None else lexical.integer(text, name, bounds)

    def octets(self, name: str) -> bytes:
        """The base64 in the next child."""
        return lexical.base64_octets(self.text(name), name)

    def maybe_octets(self, name: str) -> bytes | None:
        """The base64 in the next child if it is called ``name``."""
        text = self.maybe_text(name)
        return None if text is None else lexical.base64_octets(text, name)

    def document(self, name: str) -> bytes:
        """The next child as a document of its own, in canonical form (inclusive C14N 1.0).

        That is the form its signature is over, with the namespaces that are in scope here.
        """
        return etree.tostring(self.take(name), method="c14n", with_comments=False)
