"""The example in the reference page is a message, and encodes to the octets that the page gives."""

import json
import re
from pathlib import Path

from tests.gbcs.gbcs_strategies import CATALOGUE

from stayon.gbcs.message import parse_message
from stayon.gbcs.text import describe, restore

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "gbcs-json.md"


def test_the_example() -> None:
    page = PAGE.read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    (octets,) = re.findall(r"```text\n([0-9A-F]+)\n```", page)
    assert restore(json.loads(example), CATALOGUE).hex().upper() == octets
    described = describe(parse_message(bytes.fromhex(octets)), CATALOGUE)
    assert list(described) == list(json.loads(example))
