"""Stayon's schemas and the official ones accept and refuse the same documents."""

import contextlib
import copy
import random

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.duis.samples import official_schemas, own_schemas, with_signature
from tests.duis.strategies import requests
from tests.reference import needs_shared

from stayon.duis.errors import DuisError
from stayon.duis.names import SR
from stayon.duis.request import Request, build_request, parse_request

TEXTS = (
    *("", " ", "0", " 1 ", "+1", "-1", "-0", "007", "1.0", "1e3", "2", "7", "8", "20", "21", "x"),
    *("12", "13", "31", "32", "2013", "2014", "02014", "9999", "10000", "65535", "65536"),
    *("2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296"),
    *("18446744073709551615", "99999999999999999999", "true", "TRUE", "START", "START ", "STOP"),
    *("Monday", " Monday", "monday", "Sunday", "2.1", "2.1 ", "2.10", "4.13", "8.1.1", "9.9"),
    *("00:00:00", "00:00:00Z", "24:00:00", "24:00:01", "23:59:60", "00:00:00.005", "1:00:00"),
    *("00:00:00+14:00", "00:00:00-14:01", "00:00:00.", "2015-02-28", "2015-02-29Z", "2016-02-29"),
    *("65535-12-31Z", "65536-01-01", "-0001-01-01", "0000-01-01", "0001-01-01", "15-01-01"),
    *("3000-12-31T00:00:00Z", "3000-12-31T24:00:00Z", "2030-01-15T09:00:00", "2030-01-15"),
    *("2030-13-15T09:00:00Z", "2030-01-15t09:00:00z", "2030-01-15T09:00:00.000000001Z"),
    *("3q==", "3q= =", "3q", "3r==", "3qA=", " 3 q = = ", "****", "3qAA\n"),
    *("90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1", "90-B3-D5-1F-30-01-00-00"),
    *("90-b3-d5-1f-30-01-00-00:00-db-12-34-56-78-90-a0:18446744073709551616",),
    *(" 90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:01 ",),
    *("\n90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:18446744073709551615 ",),
)
ATTRIBUTES = ("index", "schemaVersion", "Id", "Algorithm", "URI", "foo", f"{{{SR}}}index")


def mutate(root: etree._Element, draw: random.Random) -> None:
    """Change one thing somewhere."""
    elements = list(root.iter())
    element = draw.choice(elements)
    parent = element.getparent()
    others = [other for other in elements if other.getparent() is not None]
    match draw.randrange(10):
        case 0 | 1 | 2:
            leaves = [one for one in elements if not len(one)]
            draw.choice(leaves).text = draw.choice(TEXTS)
        case 3 if parent is not None:
            parent.remove(element)
        case 4 if parent is not None:
            parent.insert(parent.index(element), copy.deepcopy(element))
        case 5 if parent is not None:
            parent.insert(draw.randrange(len(parent)), element)
        case 6:
            element.tag = draw.choice(others).tag
        case 7:
            element.set(draw.choice(ATTRIBUTES), draw.choice(TEXTS).strip())
        case 8 if element.attrib:
            del element.attrib[draw.choice(element.attrib.keys())]
        case 9 if parent is not None:
            element.tail = "stray"
        case _:
            element.append(copy.deepcopy(draw.choice(others)))


def verdicts(root: etree._Element) -> tuple[bool, bool]:
    document = etree.fromstring(etree.tostring(root))
    own, official = own_schemas().schemas["5.4"], official_schemas().schemas["5.4"]
    return own.validate(document), official.validate(document)


@needs_shared
@given(requests("2.1", "7.2"), st.booleans(), st.integers(0, 3), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_valid_and_mutated_requests(
    asked: Request, signed: bool, mutations: int, draw: random.Random
) -> None:
    root = build_request(asked)
    if signed:
        root = with_signature(root)
    for _ in range(mutations):
        mutate(root, draw)
    own, official = verdicts(root)
    assert own is official, etree.tostring(root)
    if not mutations:
        assert own
        assert parse_request(root) == asked
    with contextlib.suppress(DuisError):  # nothing else is ever raised
        parse_request(root)
