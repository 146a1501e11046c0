import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.reference import SHARED, needs_shared

from stayon.safexml import DEFAULT, Limits, Rule, SafeXmlError, parse

BILLION_LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
    b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><a>&d;</a>'
)


def refused(data: bytes, limits: Limits = DEFAULT) -> Rule:
    with pytest.raises(SafeXmlError) as caught:
        parse(data, limits)
    assert str(caught.value.rule) in str(caught.value)
    return caught.value.rule


def limits(**changes: int) -> Limits:
    return dataclasses.replace(DEFAULT, **changes)


@pytest.mark.parametrize(
    "data",
    [
        b"<a/>",
        b"\xef\xbb\xbf<a/>",
        b"<?xml version='1.0'?><a/>",
        b'<?xml version="1.0" encoding="UTF-8"?>\n<a/>\n',
        b"<?xml version = '1.0' encoding='utf-8' standalone='no' ?><a/>",
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8" standalone="yes"?><a/>',
        b"<!-- one --><a><!-- two --></a><!-- three -->",
    ],
)
def test_ordinary_documents_are_accepted(data: bytes) -> None:
    assert etree.tostring(parse(data)) in {b"<a/>", b"<a></a>"}


def test_the_five_entities_and_character_references_are_read() -> None:
    assert parse(b"<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#13;</a>").text == "<>&\"'AB\r"


def test_a_comment_does_not_cut_a_text_in_two() -> None:
    root = parse(b"<a>10<!-- -->03</a>")
    assert root.text == "1003"
    assert len(root) == 0


def test_character_data_sections_are_text() -> None:
    assert parse(b"<a>x<![CDATA[<b>]]>y</a>").text == "x<b>y"


@pytest.mark.parametrize(
    "data",
    [
        BILLION_LAUGHS,
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "http://localhost/a.dtd"><a/>',
        b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://localhost/"> %b;]><a/>',
        b'<!DOCTYPE a [<!ATTLIST a b CDATA "default">]><a/>',
        b"<a><!-- <!DOCTYPE a> --></a>",
    ],
)
@pytest.mark.requirement("R5", refuses=True)
def test_document_type_declarations_are_refused(data: bytes) -> None:
    assert refused(data) is Rule.DOCTYPE


@pytest.mark.parametrize("data", [b"<a>&b;</a>", b'<a b="&nbsp;"/>'])
def test_other_entities_are_refused(data: bytes) -> None:
    assert refused(data) is Rule.ENTITY


@pytest.mark.parametrize(
    "data",
    [
        b"<?b?><a/>",
        b"<a><?b c?></a>",
        b"<a>10<?b?>03</a>",
        b"<a/><?b?>",
        b'<?xml version="1.0"?><?xml-stylesheet href="b.xsl"?><a/>',
        b"<?xml-stylesheet href='b.xsl'?><a/>",
        b'\n<?xml version="1.0"?><a/>',
        b'\xef\xbb\xbf\xef\xbb\xbf<?xml version="1.0"?><a/>',
    ],
)
def test_processing_instructions_are_refused(data: bytes) -> None:
    assert refused(data) is Rule.PROCESSING_INSTRUCTION


def test_inclusions_are_refused() -> None:
    include = b'<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="b"/></a>'
    assert refused(include) is Rule.XINCLUDE
    disguised = include.replace(b"http:", b"&#x68;ttp:")
    assert refused(disguised) is Rule.XINCLUDE


@pytest.mark.parametrize(
    "data",
    [
        *("<a/>".encode(encoding) for encoding in ("utf-16", "utf-16-le", "utf-16-be")),
        *("<a/>".encode(encoding) for encoding in ("utf-32", "utf-32-le", "utf-32-be")),
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
        '<?xml version="1.0" encoding="IBM037"?><a/>'.encode("cp037"),
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe4</a>',
        b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-</a>',
        b"<a>\xe4</a>",
        b"<a>\xc0\xbc</a>",
        b"<a>\xed\xa0\x80</a>",
        b"<a b='\xff'/>",
    ],
)
def test_anything_but_utf8_is_refused(data: bytes) -> None:
    assert refused(data) is Rule.ENCODING


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.1"?><a/>',
        b'<?xml encoding="UTF-8"?><a/>',
        b'<?xml version="1.0" encoding=""?><a/>',
        b'<?xml version="1.0" standalone="maybe"?><a/>',
        b'<?xml version="1.0"><a/>',
    ],
)
def test_malformed_declarations_are_refused(data: bytes) -> None:
    assert refused(data) is Rule.DECLARATION


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"  ",
        b"a",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a b='1' b='2'/>",
        b"<a:b/>",
        b"<a>&#0;</a>",
        b"<a>\x01</a>",
        b"<a>&b</a>",
        b"<a b='<'/>",
        b'<a xmlns:b="c" xmlns:d="c" b:e="" d:e=""/>',
        b"<?xml version='1.0' encoding='UTF-8\"?><a/>",
    ],
)
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    assert refused(data) is Rule.WELL_FORMED


def test_the_size_is_limited() -> None:
    assert parse(b"<a/>", limits(octets=4)).tag == "a"
    assert refused(b"<a/> ", limits(octets=4)) is Rule.SIZE


def test_the_depth_is_limited() -> None:
    assert parse(b"<a><b/></a>", limits(depth=2)).tag == "a"
    assert parse(b"<a><b></b><b></b></a>", limits(depth=2)).tag == "a"
    assert refused(b"<a><b><c/></b></a>", limits(depth=2)) is Rule.DEPTH
    assert refused(b"<a><b></b><b><c></c></b></a>", limits(depth=2)) is Rule.DEPTH
    assert refused(b"<a>" * 5000 + b"</a>" * 5000) is Rule.DEPTH


def test_the_number_of_elements_is_limited() -> None:
    assert parse(b"<a><b/></a>", limits(elements=2)).tag == "a"
    assert refused(b"<a><b/><b/></a>", limits(elements=2)) is Rule.ELEMENTS


def test_the_number_of_attributes_is_limited() -> None:
    assert parse(b"<a b='' c=''><d e='' f=''/></a>", limits(attributes=2)).tag == "a"
    assert refused(b"<a b='' c=''><d e='' f='' g=''/></a>", limits(attributes=2)) is Rule.ATTRIBUTES


def test_the_number_of_namespace_declarations_is_limited() -> None:
    assert parse(b"<a xmlns='b'><c xmlns:d='e'/></a>", limits(namespaces=2)).tag == "{b}a"
    many = b"<a xmlns='b'><c xmlns:d='e' xmlns:f='g'/></a>"
    assert refused(many, limits(namespaces=2)) is Rule.NAMESPACES


def test_the_length_of_names_is_limited() -> None:
    assert parse(b"<abcd efgh=''/>", limits(name=4)).tag == "abcd"
    assert refused(b"<abcde/>", limits(name=4)) is Rule.NAME
    assert refused(b"<a xmlns='bc'/>", limits(name=4)) is Rule.NAME
    assert refused(b"<a><b cdefg=''/></a>", limits(name=4)) is Rule.NAME
    assert refused(b"<" + b"a" * 60_000 + b"/>") is Rule.NAME


def test_the_length_of_texts_is_limited() -> None:
    assert parse(b"<a>1234<b c='1234'/>1234</a>", limits(text=4)).tag == "a"
    assert refused(b"<a>12345</a>", limits(text=4)) is Rule.TEXT
    assert refused(b"<a><b/>12345</a>", limits(text=4)) is Rule.TEXT
    assert refused(b"<a b='12345'/>", limits(text=4)) is Rule.TEXT
    huge = b"<a>" + b"1" * 10_000_001 + b"</a>"
    assert refused(huge, limits(octets=len(huge), text=len(huge))) is Rule.TEXT


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12
)


@settings(max_examples=100)
@given(text=TEXT, tail=TEXT, value=TEXT)
def test_content_comes_through_unchanged(text: str, tail: str, value: str) -> None:
    root = etree.Element("a", {"b": value})
    root.text = text
    etree.SubElement(root, "c").tail = tail
    read = parse(etree.tostring(root, encoding="UTF-8"))
    assert (read.text or "", read[0].tail or "", read.get("b")) == (text, tail, value)


PIECES = (
    *(b"<a>", b"</a>", b"<a/>", b"<?", b"?>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&", b"lt;"),
    *(b"<!DOCTYPE", b" xmlns:b='c'", b'<?xml version="1.0"', b"x", b"\xff", b"\0"),
)


@settings(max_examples=200)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join),
    )
)
def test_any_octets_give_a_tree_without_surprises_or_the_one_error(data: bytes) -> None:
    try:
        root = parse(data)
    except SafeXmlError:
        return
    assert all(isinstance(node.tag, str) for node in root.iter())
    assert root.getnext() is None
    assert root.getprevious() is None


@needs_shared
@pytest.mark.shared
def test_every_example_is_accepted_but_the_one_with_a_document_type() -> None:
    examples = sorted(
        path for path in (SHARED / "duis").glob("[rs]*/*") if "schema" not in str(path)
    )
    assert len(examples) > 20
    for path in examples:
        if path.name == "duis-xxe.xml":
            assert refused(path.read_bytes()) is Rule.DOCTYPE
        else:
            assert parse(path.read_bytes()).tag


LONG = "n" * 200


@pytest.mark.parametrize(
    "data",
    [
        f"<a b='>' {LONG}{LONG}='c'/>",
        f"<{LONG}{LONG}/>",
        f"<a xmlns='{LONG}'><{LONG[:80]}/></a>",
        f"<a>&gt;<b c='>' {LONG}{LONG}=''/></a>",
        f"<a><!-- > --><b c='>' {LONG}{LONG}='c'/></a>",
    ],
)
def test_a_long_name_is_found_wherever_it_stands(data: str) -> None:
    assert refused(data.encode()) is Rule.NAME


@pytest.mark.parametrize("data", ["<a {}/>", "<a><b c='>' {}/></a>", "<a {}>></a>"])
def test_many_attributes_are_found_wherever_they_stand(data: str) -> None:
    attributes = " ".join(f"a{number}=''" for number in range(17))
    assert refused(data.format(attributes).encode()) is Rule.ATTRIBUTES


@given(st.text("<>a&;'\"= /!-bx:", max_size=60))
def test_what_octets_show_to_be_small_is_small(data: str) -> None:
    document = f"<a>{data}</a>".encode()
    try:
        root = parse(document, Limits(elements=3))
    except SafeXmlError:
        return
    assert len(list(root.iter())) <= 3
