"""Octets to a tree, refusing everything that makes XML dangerous.

What can be told from the octets (size, encoding, DOCTYPE, processing instructions) is refused
before the parser sees them; the parser then has no way to reach a file, the network or an entity;
the limits on the tree are checked last. All of it is linear in the size of the document.
"""

import re
from typing import Final

from lxml import etree

from stayon.safexml.errors import Rule, SafeXmlError
from stayon.safexml.limits import DEFAULT, Limits

# The encoding is given, not guessed: with UTF-8 fixed and any other declaration refused, the
# octets that are scanned here and the characters that the parser sees cannot differ.
# Comments go because no signature covers them, and because "10<!-- -->03" must not read as "10".
_PARSER: Final = etree.XMLParser(
    encoding="utf-8",
    remove_comments=True,
    resolve_entities=False,
    load_dtd=False,
    no_network=True,
    huge_tree=False,
    recover=False,
    collect_ids=False,
)

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# Whatever begins like this is UTF-16, UTF-32 or EBCDIC, with or without a byte order mark.
_OTHER_ENCODING: Final = re.compile(rb"\xff\xfe|\xfe\xff|.?\0|\x4c\x6f\xa7\x94", re.DOTALL)
_DECLARED: Final = re.compile(rb"<\?xml[ \t\r\n]")
_DECLARATION: Final = re.compile(
    rb"""<\?xml [ \t\r\n]+ version [ \t\r\n]*=[ \t\r\n]* (?:"1\.0"|'1\.0')
    (?: [ \t\r\n]+ encoding [ \t\r\n]*=[ \t\r\n]* ["'](?P<encoding>[A-Za-z0-9._-]{1,40})["'] )?
    (?: [ \t\r\n]+ standalone [ \t\r\n]*=[ \t\r\n]* ["'](?:yes|no)["'] )?
    [ \t\r\n]* \?>""",
    re.VERBOSE,
)
_PARSERS_OWN_RULES: Final[dict[int, Rule]] = {
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: Rule.ENTITY,
    etree.ErrorTypes.ERR_INVALID_ENCODING: Rule.ENCODING,
    etree.ErrorTypes.ERR_NAME_TOO_LONG: Rule.NAME,
    etree.ErrorTypes.ERR_RESOURCE_LIMIT: Rule.TEXT,
}
_LONG_TAG: Final = re.compile(rb"<[^>]{%d}" % (DEFAULT.name // 2 - 1))
_XINCLUDE: Final = "{http://www.w3.org/2001/XInclude}*"


def parse(data: bytes, limits: Limits = DEFAULT) -> etree._Element:
    """The root element of ``data``, a UTF-8 XML 1.0 document, without its comments.

    A UTF-8 byte order mark is allowed, as the XML recommendation demands of every processor.
    CDATA sections become ordinary text. Raises ``SafeXmlError``, whose ``rule`` says which rule
    the document breaks.
    """
    if len(data) > limits.octets:
        raise SafeXmlError(Rule.SIZE, f"{len(data)} octets, {limits.octets} allowed")
    _check_prolog(data)
    _check_markup(data, limits)
    root = _parse(data)
    # Without a reference (&) every name and namespace is in the tree as it is in the octets.
    if (b"XInclude" in data or b"&" in data) and next(root.iter(_XINCLUDE), None) is not None:
        raise SafeXmlError(Rule.XINCLUDE, "no inclusion of other documents")
    if not _is_small(data, limits):
        _check_tree(root, limits)
    # An element's ancestors have an end tag each, and no text is longer than the document: most
    # documents need not be searched.
    if data.count(b"</") >= limits.depth:
        _check_depth(root, limits)
    if len(data) > limits.text:
        _check_text_lengths(root, limits)
    return root


def parse_canonical(octets: bytes) -> etree._Element:
    """The root element of what canonicalisation has written of a tree that ``parse`` gave.

    The limits have been kept by that tree already.
    """
    return etree.fromstring(octets, _PARSER)


def _check_prolog(data: bytes) -> None:
    """Refuse any encoding but UTF-8 and any XML version but 1.0."""
    start = len(_BYTE_ORDER_MARK) if data.startswith(_BYTE_ORDER_MARK) else 0
    if _DECLARED.match(data, start) is None:
        if _OTHER_ENCODING.match(data, start):
            raise SafeXmlError(Rule.ENCODING, "the document is not UTF-8")
        instruction = data.find(b"<?", start)
    else:
        declaration = _DECLARATION.match(data, start)
        if declaration is None:
            raise SafeXmlError(Rule.DECLARATION, "not a well-formed declaration of XML 1.0")
        encoding = declaration["encoding"]
        if encoding is not None and encoding.upper() != b"UTF-8":
            raise SafeXmlError(Rule.ENCODING, f"{encoding.decode('ascii')} declared, UTF-8 allowed")
        instruction = data.find(b"<?", declaration.end())
    if instruction >= 0:
        raise SafeXmlError(Rule.PROCESSING_INSTRUCTION, f"one at octet {instruction}")


def _check_markup(data: bytes, limits: Limits) -> None:
    """Refuse what can be told from the octets alone.

    Neither mark can be disguised: XML has no character references in markup. Inside a comment
    or a CDATA section they would be harmless, and are refused all the same.
    """
    if b"<!DOCTYPE" in data:
        raise SafeXmlError(Rule.DOCTYPE, "no document type declaration")
    declarations = data.count(b"xmlns")
    if declarations > limits.namespaces:
        raise SafeXmlError(Rule.NAMESPACES, f"{declarations}, {limits.namespaces} allowed")


def _parse(data: bytes) -> etree._Element:
    try:
        return etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        reason = str(error.msg)[:200]
        rule = _PARSERS_OWN_RULES.get(error.code, Rule.WELL_FORMED)
        if rule is Rule.TEXT and "depth" in reason:  # one code for both limits
            rule = Rule.DEPTH
        raise SafeXmlError(rule, reason) from None


def _is_small(data: bytes, limits: Limits) -> bool:
    """Whether the octets alone show that the tree keeps the limits of ``_check_tree``.

    With as many ``>`` as ``<``, and no comments or CDATA sections, a tag is what stands between
    the two. A name with its namespace, which some tag declares, is shorter than two tags; each
    attribute has two quotation marks.
    """
    tags = data.count(b"<")
    return (
        tags <= limits.elements
        and data.count(b">") == tags
        and b"<!" not in data
        and data.count(b'"') + data.count(b"'") <= 2 * limits.attributes
        and limits.name >= DEFAULT.name
        and _LONG_TAG.search(data) is None
    )


def _check_tree(root: etree._Element, limits: Limits) -> None:
    elements = 0
    for element in root.iter():
        elements += 1
        names = element.keys()
        if len(names) > limits.attributes:
            raise SafeXmlError(Rule.ATTRIBUTES, f"{len(names)}, {limits.attributes} allowed")
        for name in (str(element.tag), *names):
            if len(name) > limits.name:
                raise SafeXmlError(
                    Rule.NAME, f"{name[:40]!r}... has {len(name)}, {limits.name} allowed"
                )
    if elements > limits.elements:
        raise SafeXmlError(Rule.ELEMENTS, f"{elements}, {limits.elements} allowed")


def _check_depth(root: etree._Element, limits: Limits) -> None:
    """Go down level by level, so that no document can exhaust the stack."""
    depth, level = 1, list(root)
    while level:
        depth += 1
        if depth > limits.depth:
            raise SafeXmlError(Rule.DEPTH, f"more than the {limits.depth} levels allowed")
        level = [child for element in level for child in element]


def _check_text_lengths(root: etree._Element, limits: Limits) -> None:
    for element in root.iter():
        for text in (element.text, element.tail, *element.values()):
            if text is not None and len(text) > limits.text:
                raise SafeXmlError(Rule.TEXT, f"{len(text)} characters, {limits.text} allowed")
