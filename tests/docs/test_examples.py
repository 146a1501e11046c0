"""What the pages show as an example is one, and the files that they name are there."""

import re
from pathlib import Path

import pytest

from stayon import safexml
from stayon.apps.policy_files import read_policy
from stayon.apps.schemas import load_schemas
from stayon.domain.metering import Fuel, Generation
from stayon.duis.request import UpdatePrepayConfiguration, parse_request
from stayon.parties.srp.portfolio import load_portfolio

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES_WITH_PATHS = ("reference/divergences.md", "explanation/security-model.md")


def test_the_example_request_is_valid_and_asks_for_the_safe_set() -> None:
    root = safexml.parse((DOCS / "examples" / "safe-gas-request.xml").read_bytes())
    load_schemas().validate(root, root.get("schemaVersion") or "")
    request = parse_request(root)
    assert request.body == UpdatePrepayConfiguration(
        None, read_policy().safe_prepayment.configuration(Fuel.GAS)
    )


def test_the_example_portfolio_can_be_used() -> None:
    page = (DOCS / "how-to" / "rehearse-your-own-portfolio.md").read_text("utf-8")
    (example,) = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    devices = load_portfolio(example.encode())
    assert [device.fuel for device in devices] == [Fuel.ELECTRICITY, Fuel.GAS, Fuel.ELECTRICITY]
    assert devices[2].generation is Generation.SMETS1


@pytest.mark.parametrize("page", PAGES_WITH_PATHS)
def test_the_files_that_a_page_names_are_there(page: str) -> None:
    named = re.findall(
        r"`([\w./-]+/[\w.-]+\.(?:py|toml|xsd|md))`", (DOCS / page).read_text("utf-8")
    )
    places = (ROOT, ROOT / "src" / "stayon")
    missing = [path for path in named if not any((place / path).is_file() for place in places)]
    assert missing == []


def test_the_divergences_name_every_numbered_decision() -> None:
    page = (DOCS / "reference" / "divergences.md").read_text("utf-8")
    decided = page.partition("## Unchecked")[0]
    rows = set(re.findall(r"^\| (D?\d+) \|", decided, re.MULTILINE))
    assert rows == {"D1", "D3", "D8", "D16", *map(str, range(1, 20))}


def test_the_divergences_have_every_switch_of_the_meter_model() -> None:
    page = (DOCS / "reference" / "divergences.md").read_text("utf-8")
    model = (ROOT / "src" / "stayon" / "devices" / "model.py").read_text("utf-8")
    switches = re.findall(
        r"^    (\w+): .* = ", model.partition("class MeterModel")[2], re.MULTILINE
    )
    assert len(switches) > 10
    assert [switch for switch in switches if switch != "name" and f"`{switch}`" not in page] == []
