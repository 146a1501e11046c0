"""The DCC's people declare a supplier failed, each step on its page."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.operations_room import OperationsRoom, Visitor, needs_browser

from stayon.parties.dsp.data_management.failed_suppliers import COLUMNS

pytestmark = needs_browser

SUPPLIER, SRP = "Brightside Energy", "Commonwell Services"
PAGES = (
    "/ssmi",
    "/ssmi/failed-suppliers",
    "/ssmi/instructions",
    "/ssmi/instructions/one?reference=none",
    "/ssmi/change-of-supplier",
    "/ssmi/quarantine?state=all",
    "/ssmi/sat",
    "/ssmi/sat?device=nonsense",
    "/ssmi/health",
    "/ssmi/health/measures?hour=2026-11-20T10:00:00%2B00:00",
    "/ssmi/health/measures?hour=noon",
    "/account",
    "/nowhere",
)


def enter_instruction(
    visitor: Visitor,
    room: OperationsRoom,
    tmp_path: Path,
    *,
    reference: str = "OFG-2026-1",
    until: str = "",
) -> None:
    document = tmp_path / "instruction.pdf"
    document.write_bytes(b"the Authority's words")
    page = visitor.page
    page.goto("/ssmi/instructions")
    page.get_by_label("Reference").fill(reference)
    page.get_by_label("Supplier", exact=True).select_option(room.user(SUPPLIER))
    page.get_by_label("Shared Resource Provider", exact=True).select_option(room.user(SRP))
    page.get_by_label("In force from (UTC)").fill("2026-01-01T00:00")
    page.get_by_label("In force until (UTC)").fill(until)
    page.get_by_label("The Authority's document").set_input_files(document)
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("status")).to_contain_text("Another person confirms")


def upload(visitor: Visitor, tmp_path: Path, row: str) -> None:
    file = tmp_path / "failed.csv"
    file.write_text(f"{','.join(COLUMNS)}\n{row}\n")
    page = visitor.page
    page.goto("/ssmi/failed-suppliers")
    page.get_by_label("Failed Suppliers file").set_input_files(file)
    page.get_by_role("button", name="Upload for review").click()


@pytest.mark.requirement("D1", "D2", "R6", "T2")
def test_a_supplier_is_declared_failed_and_withdrawn(room: OperationsRoom, tmp_path: Path) -> None:
    supplier, srp = room.user(SUPPLIER), room.user(SRP)
    row = f"{supplier},{SUPPLIER},BRSE,{srp},OFG-2026-1,2026-01-01T00:00:00Z,"
    with room.visitor("alice") as alice, room.visitor("bob") as bob:
        enter_instruction(alice, room, tmp_path)
        upload(alice, tmp_path, row.replace(srp, "02-5A-5C-00-00-00-00-99"))
        expect(alice.page.get_by_role("alert")).to_contain_text("row 2")
        upload(alice, tmp_path, row)
        expect(alice.page.get_by_role("status")).to_contain_text("kept for review")
        expect(alice.page.get_by_text("You uploaded this file")).to_be_visible()
        expect(alice.page.get_by_text("1 row read and in order")).to_be_visible()
        expect(alice.page.get_by_text("no malware scanner is configured")).to_be_visible()
        expect(alice.page.get_by_text("has active SMKI certificates")).to_be_visible()
        address = alice.page.url

        bob.page.goto(address)
        for reason in bob.page.get_by_label("may be ignored").all():
            reason.fill("the licence was revoked an hour ago")
        bob.page.get_by_role("button", name="Make it the list in force").click()
        expect(bob.page.get_by_role("status")).to_contain_text("is the list in force")
        bob.expect_accessible()
        bob.page.goto("/ssmi/instructions")
        bob.page.get_by_role("button", name="Confirm OFG-2026-1").click()
        expect(bob.page.get_by_role("status")).to_contain_text("is confirmed")

        alice.page.goto("/ssmi")
        expect(alice.page.get_by_role("cell", name=SUPPLIER)).to_be_visible()
        alice.page.goto(address)
        alice.page.get_by_label(f"Why {SUPPLIER}").fill("a new owner was found")
        alice.page.get_by_role("button", name="Withdraw").click()
        expect(alice.page.get_by_role("status")).to_contain_text("is withdrawn")
        expect(alice.page.get_by_text("a new owner was found")).to_be_visible()


@pytest.mark.requirement("R6", "decision-9")
def test_an_instruction_is_extended_and_ended(room: OperationsRoom, tmp_path: Path) -> None:
    supplier, srp = room.user(SUPPLIER), room.user(SRP)
    reference = "OFG 2026/2"
    row = f"{supplier},{SUPPLIER},BRSE,{srp},{reference},2026-01-01T00:00:00Z,"
    document = tmp_path / "longer.pdf"
    document.write_bytes(b"two weeks more")

    def extend(visitor: Visitor, until: str) -> None:
        visitor.page.get_by_label("In force until (UTC)").fill(until)
        visitor.page.get_by_label("The Authority's document").set_input_files(document)
        visitor.page.get_by_role("button", name="Enter the later end").click()

    with room.visitor("alice") as alice, room.visitor("bob") as bob, room.visitor("vera") as vera:
        until = "2030-01-01T00:00"
        enter_instruction(alice, room, tmp_path, reference=reference, until=until)
        upload(alice, tmp_path, row)
        expect(alice.page.get_by_role("status")).to_contain_text("kept for review")
        bob.page.goto(alice.page.url)
        for reason in bob.page.get_by_label("may be ignored").all():
            reason.fill("its licence was revoked")
        bob.page.get_by_role("button", name="Make it the list in force").click()
        bob.page.goto("/ssmi/instructions")
        bob.page.get_by_role("button", name=f"Confirm {reference}").click()
        expect(bob.page.get_by_role("status")).to_contain_text("is confirmed")

        alice.page.goto("/ssmi/instructions")
        alice.page.get_by_role("link", name=reference).click()
        here = alice.page.url
        extend(alice, "2029-01-01T00:00")
        expect(alice.page.get_by_role("alert")).to_contain_text("ends later than the instruction")
        alice.page.goto(here)
        extend(alice, "2030-06-01T12:00")
        expect(alice.page.get_by_role("status")).to_contain_text("Another person confirms it")
        expect(alice.page.get_by_text("You entered it")).to_be_visible()
        expect(alice.page.get_by_role("button", name="Confirm the later end")).to_have_count(0)
        alice.expect_accessible()
        vera.page.goto(here)
        expect(vera.page.get_by_text("waits for a second person")).to_be_visible()
        expect(vera.page.get_by_role("main").get_by_role("button")).to_have_count(0)

        bob.page.goto("/ssmi/instructions")
        expect(bob.page.get_by_text("a later end waits")).to_be_visible()
        bob.page.get_by_role("link", name=reference).click()
        bob.page.get_by_role("button", name="Confirm the later end").click()
        expect(bob.page.get_by_role("status")).to_contain_text("ends later")
        pairs = bob.page.get_by_role("region", name="For whom and how long")
        expect(pairs).to_contain_text("1 Jun 2030 12:00:00 UTC")

        bob.page.get_by_label("Why it ends").fill("a new owner was found")
        bob.page.get_by_role("button", name="End the instruction").click()
        expect(bob.page.get_by_role("status")).to_contain_text("has ended")
        expect(bob.page.get_by_role("button", name="End the instruction")).to_have_count(0)
        history = bob.page.get_by_role("region", name="History")
        for words in ("later end entered", "later end confirmed", "a new owner was found"):
            expect(history).to_contain_text(words)
        bob.expect_accessible()
        missing = bob.page.goto("/ssmi/instructions/one?reference=OFG")
        assert missing is not None
        assert missing.status == 404


@pytest.mark.requirement("CSC DP108", refuses=True)
def test_a_viewer_sees_no_button(room: OperationsRoom) -> None:
    with room.visitor("vera") as vera:
        for path in ("/ssmi/failed-suppliers", "/ssmi/instructions", "/ssmi/quarantine"):
            vera.page.goto(path)
            expect(vera.page.get_by_role("main").get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(room: OperationsRoom, scheme: str) -> None:
    with room.visitor(None, color_scheme=scheme) as stranger:
        stranger.page.goto("/sign-in")
        stranger.expect_accessible()
    # At 200 % zoom a window of 1280 pixels has 640.
    size = {"width": 640, "height": 512}
    with room.visitor("vera", color_scheme=scheme, viewport=size) as vera:
        for path in PAGES:
            vera.page.goto(path)
            vera.expect_accessible()
            vera.expect_accessible_in_print()


def test_everything_works_without_javascript(room: OperationsRoom) -> None:
    room.expect_accessible_without_scripts("vera", PAGES)
    room.expect_accessible_without_scripts("bob", PAGES)


def test_pages_weigh_little(room: OperationsRoom) -> None:
    with room.visitor("vera") as vera:
        for path in PAGES:
            vera.expect_light(path)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_file_is_dropped_on_the_page(room: OperationsRoom, tmp_path: Path, scripts: bool) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("no,such,columns\n")
    with room.visitor("bob", java_script_enabled=scripts) as bob:
        bob.page.goto("/ssmi/failed-suppliers")
        bob.drop("Failed Suppliers file", file)
        bob.page.get_by_role("button", name="Upload for review").click()
        expect(bob.page.get_by_role("alert")).to_contain_text("cannot be used")


@pytest.mark.requirement("A6")
def test_health_renews_itself_and_measures_are_by_the_hour(room: OperationsRoom) -> None:
    with room.visitor("vera") as vera:
        page = vera.page
        page.goto("/ssmi/health")
        shown = page.locator("[hx-get] time").first
        before = shown.get_attribute("datetime")
        assert before is not None
        expect(shown).not_to_have_attribute("datetime", before, timeout=30_000)
        for heading in ("WANs and S1SPs", "Queues", "Device Alerts by code", "Alert storms"):
            expect(page.get_by_role("heading", name=heading)).to_be_visible()
        page.get_by_role("link", name="Performance measures by the hour").click()
        expect(page.get_by_text("The hour from")).to_contain_text("UTC")
        page.get_by_role("link", name="The hour before").click()
        expect(page.get_by_role("link", name="The hour after")).to_be_visible()


@pytest.mark.requirement("D1", refuses=True)
def test_a_file_that_hides_something_is_refused_unread(
    room: OperationsRoom, tmp_path: Path
) -> None:
    file = tmp_path / "hiding.csv"
    file.write_bytes(f"{','.join(COLUMNS)}\n".encode() + b"\x00MZ\x90 an executable\n")
    with room.visitor("bob") as bob:
        bob.page.goto("/ssmi/failed-suppliers")
        kept = bob.page.get_by_role("link", name="File ").count()
        bob.page.get_by_label("Failed Suppliers file").set_input_files(file)
        bob.page.get_by_role("button", name="Upload for review").click()
        expect(bob.page.get_by_role("alert")).to_contain_text("the file is refused")
        bob.expect_accessible()
        bob.page.goto("/ssmi/failed-suppliers")
        expect(bob.page.get_by_role("link", name="File ")).to_have_count(kept)


@pytest.mark.requirement("D11", "PIA-A10", "decision-14")
def test_a_meter_point_is_moved_to_another_supplier(room: OperationsRoom) -> None:
    first = (room.folder / "portfolio.csv").read_text().splitlines()[-1].split(",")
    with room.visitor("alice") as alice:
        page = alice.page
        page.goto("/ssmi/change-of-supplier")
        page.get_by_label("MPAN or MPRN").fill("77")
        page.get_by_role("button", name="Find").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("MPAN or MPRN").fill(first[4])
        page.get_by_role("button", name="Find").click()
        devices = page.get_by_role("region", name="Devices of the meter point")
        expect(devices).to_contain_text(first[0])
        page.get_by_label("To the supplier").select_option(room.user("Harbour Energy"))
        page.get_by_role("button", name="Move it").click()
        expect(page.get_by_role("status")).to_contain_text("is registered to")
        expect(devices).to_contain_text("waits for 6.23" if first[3] == "SMETS2" else "6.23")
        expect(page.get_by_role("region", name="Registrations", exact=True)).to_contain_text("now")
        moved = page.get_by_role("region", name="Registrations moved")
        expect(moved).to_contain_text(f"{first[4]} to Harbour Energy")
        alice.expect_accessible()
        page.get_by_label("To the supplier").select_option(room.user("Harbour Energy"))
        page.get_by_role("button", name="Move it").click()
        expect(page.get_by_role("alert")).to_contain_text("is registered for")


def test_the_keyboard_reaches_the_content(room: OperationsRoom) -> None:
    with room.visitor("vera") as vera:
        vera.page.goto("/ssmi")
        vera.page.keyboard.press("Tab")
        assert vera.page.evaluate("document.activeElement.textContent") == "Skip to the content"
        vera.page.keyboard.press("Enter")
        vera.page.wait_for_url("**/ssmi#content")
