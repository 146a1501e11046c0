"""The officers of an SRP hand in an ADT file and look after what is their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.operations_room import (
    OperationsRoom,
    Premises,
    needs_browser,
    open_premises,
)
from tests.support.open_way import declare_failed, signed_by_aro

from stayon.parties.dsp.data_management.adt_file import COLUMNS

pytestmark = needs_browser

PAGES = ("/ssi", "/ssi/adt", "/ssi/quarantine?state=all", "/ssi/sat", "/account")


@pytest.fixture(scope="module")
def premises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with open_premises(tmp_path_factory.mktemp("ssi")) as opened:
        yield opened


@pytest.fixture(scope="module")
def room(premises: Premises, browser: Browser) -> OperationsRoom:
    return OperationsRoom(premises.address, premises.folder, browser, {})


@pytest.mark.requirement("R4", "R6.A", "D4", "T2", "T3")
def test_an_aro_submits_an_adt_file(
    premises: Premises, room: OperationsRoom, tmp_path: Path
) -> None:
    supplier, srp = room.user("Brightside Energy"), room.user("Commonwell Services")
    file, signature = tmp_path / "adt.csv", tmp_path / "adt.csv.p7s"
    file.write_text(f"{','.join(COLUMNS)}\n{srp},SolrContingency,{supplier},2.1,86400,80,100\n")
    with room.visitor("jo") as jo:
        jo.page.goto("/ssi/adt")
        jo.page.get_by_label("ADT file").set_input_files(file)
        jo.page.get_by_role("button", name="Preview").click()
        expect(jo.page.get_by_role("alert")).to_contain_text("row 2")
        declare_failed(premises.folder)
        jo.page.get_by_label("ADT file").set_input_files(file)
        jo.page.get_by_role("button", name="Preview").click()
        expect(jo.page.get_by_text("Nothing is set yet")).to_be_visible()
        jo.expect_accessible()

        expect(jo.page.get_by_text("may send 100 requests 2.1")).to_be_visible()
        signature.write_bytes(signed_by_aro(premises.folder, file.read_bytes()))
        jo.page.get_by_label("ADT file").set_input_files(file)
        jo.page.get_by_label("Its signature by an ARO").set_input_files(signature)
        jo.page.get_by_role("button", name="Submit").click()
        expect(jo.page.get_by_role("status")).to_contain_text("1 thresholds are set")
        expect(jo.page.get_by_role("region", name="Thresholds")).to_contain_text("100")
        jo.page.goto("/ssi/sat")
        expect(jo.page.get_by_role("region")).to_contain_text("ADT file")


@pytest.mark.requirement("D4", "CSC DP108")
def test_an_officer_sees_what_is_their_own(room: OperationsRoom) -> None:
    with room.visitor("jo") as jo:
        page = jo.page
        page.goto("/ssi")
        expect(page.get_by_role("heading", level=1)).to_have_text("Commonwell Services")
        expect(page.get_by_role("heading", name="Thresholds and their use")).to_be_visible()
        certificates = page.get_by_role("region", name="Certificates")
        expect(certificates).to_contain_text("not revoked")
        expect(certificates).to_contain_text("digitalSignature")
        page.goto("/ssi/quarantine?state=all")
        expect(page.get_by_role("heading", level=1)).to_have_text("Quarantine")
        page.goto("/ssi/sat")
        for row in page.get_by_role("row").all()[1:]:
            expect(row).to_contain_text("Commonwell Services")


@pytest.mark.requirement("R4", "CSC DP108", refuses=True)
def test_an_sro_cannot_submit(room: OperationsRoom) -> None:
    with room.visitor("sam.sro") as sro:
        sro.page.goto("/ssi/adt")
        expect(sro.page.get_by_role("button", name="Submit")).to_have_count(0)
        expect(sro.page.get_by_role("button", name="Preview")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(room: OperationsRoom, scheme: str) -> None:
    # At 200 % zoom a window of 1280 pixels has 640.
    size = {"width": 640, "height": 512}
    with room.visitor("jo", color_scheme=scheme, viewport=size) as jo:
        for path in PAGES:
            response = jo.page.goto(path)
            assert response is not None
            assert response.ok
            jo.expect_accessible()
            jo.expect_accessible_in_print()


def test_everything_works_without_javascript(room: OperationsRoom) -> None:
    for name in ("jo", "sam.sro"):
        room.expect_accessible_without_scripts(name, PAGES)


def test_the_pages_of_the_dcc_are_not_theirs(room: OperationsRoom) -> None:
    with room.visitor("jo") as jo:
        response = jo.page.goto("/ssmi/quarantine")
        assert response is not None
        assert response.status == 403
