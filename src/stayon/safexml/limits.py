"""How much XML is too much."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest document that is accepted.

    The defaults hold the largest DUIS message with room to spare: the 5.4 examples need 27 kB,
    435 elements and 10 levels, a firmware image in base64 about 1 MB in one text.
    """

    octets: int = 2 * 1024 * 1024
    """Of the whole document as received."""
    depth: int = 32
    """Levels of elements, the root being the first."""
    elements: int = 20_000
    attributes: int = 16
    """Of one element; namespace declarations are counted apart."""
    namespaces: int = 32
    """Places in the whole document where ``xmlns`` is written."""
    name: int = 256
    """Characters of a local name with its namespace."""
    text: int = 1_500_000
    """Characters of a text between two tags, and of an attribute's value."""


DEFAULT = Limits()
