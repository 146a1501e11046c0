"""Generated XML trees."""

from hypothesis import strategies as st
from lxml import etree

_ASCII_NAMES = ("a", "b", "{urn:p}a", "{urn:q}b")
_NAMES = (*_ASCII_NAMES, "\u00e9t\u00e9")
_TEXTS = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"],
        include_characters="\t\n\r",
        exclude_characters="\ufffe\uffff",
    ),
    max_size=6,
)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3, *, ascii_names: bool = False) -> etree._Element:
    """An element with namespaces, attributes, texts and children; white space only in leaves."""
    names = st.sampled_from(_ASCII_NAMES if ascii_names else _NAMES)
    attributes = draw(st.dictionaries(names, _TEXTS, max_size=2))
    element = etree.Element(draw(names), attributes, nsmap={"p": "urn:p", "unused": "urn:u"})
    inner = trees(depth - 1, ascii_names=ascii_names)
    children = draw(st.lists(inner, max_size=2)) if depth else []
    text = draw(_TEXTS)
    element.text = text and f"x{text}" if children else text
    element.extend(children)
    return element
