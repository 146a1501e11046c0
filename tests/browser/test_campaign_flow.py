"""The Shared Resource Provider's people run a campaign from the board, errors included."""

import contextlib
import csv
import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.operations_room import OperationsRoom, needs_browser, open_premises
from tests.support.open_way import open_way

from stayon.adapters.campaign_desk.process import SoleProcess
from stayon.domain.errors import StayonError

pytestmark = needs_browser

STRANGER = "02-5A-E0-FF-00-00-00-01"
_PATIENCE = 90_000
PAGES = (
    "/srp",
    "/srp/import",
    "/srp/campaigns/1",
    "/srp/campaigns/1/dry-run",
    "/srp/campaigns/1/failures",
    "/srp/campaigns/1/failures/other_supplier",
    f"/srp/campaigns/1/meters?find={STRANGER}",
    "/srp/campaigns/1/meters?find=nonsense",
    "/srp/campaigns/1/papers",
    "/srp/campaigns/2/dry-run",
    "/srp/campaigns/77",
)


@pytest.fixture(scope="module")
def board(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperationsRoom]:
    """A world of its own, in which the DCC has opened the way for the SRP."""
    with open_premises(tmp_path_factory.mktemp("board")) as premises:
        open_way(premises.folder, quarantine=12)
        yield OperationsRoom(premises.address, premises.folder, browser, {})
        end_campaigns(premises.folder)


def end_campaigns(world: Path) -> None:
    """A campaign outlives the pages, and here it shall not outlive the test."""
    process = SoleProcess(world / "campaigns")
    running = process.running()
    if running is not None:
        with contextlib.suppress(StayonError, ProcessLookupError):
            process.stop(running[0])


def portfolio(board: OperationsRoom) -> str:
    """The world's portfolio and a meter that nobody knows."""
    text = (board.folder / "portfolio.csv").read_text()
    supplier = json.loads((board.folder / "world.json").read_bytes())["suppliers"]
    row = f"{STRANGER},{next(iter(supplier))},electricity,SMETS2,9999999999999,csp-north,4.1,,"
    return f"{text}{row}\n"


def take(page: Page, name: str, text: str) -> None:
    page.goto("/srp/import")
    page.get_by_label("Name of the campaign").fill(name)
    file = {"name": "portfolio.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("Portfolio: drop it here").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Import").click()


def safe_now(page: Page) -> int:
    return int(page.locator(".figure b").first.inner_text().split()[0])


def wait_for_safe(page: Page, more_than: int) -> int:
    """Nothing is clicked and nothing loaded: what is shown moves by itself."""
    page.wait_for_function(
        "than => parseInt(document.querySelector('.figure b').textContent) > than",
        arg=more_than,
        timeout=_PATIENCE,
    )
    return safe_now(page)


@pytest.fixture(scope="module")
def campaign(board: OperationsRoom) -> OperationsRoom:
    """Campaign 1 is imported and runs until the first meters are safe; campaign 2 waits."""
    with board.visitor("sam") as sam:
        page = sam.page
        bad = portfolio(board).replace("electricity", "electric", 1)
        take(page, "Brightside", bad)
        expect(page.get_by_role("alert")).to_contain_text("nothing of it was kept")
        expect(page.get_by_role("row", name="2 fuel 'electric'")).to_be_visible()
        sam.expect_accessible()
        page.goto("/srp")
        expect(page.get_by_text("There is no campaign yet")).to_be_visible()

        take(page, "Brightside", portfolio(board))
        expect(page.get_by_role("status")).to_contain_text("Nothing is sent")
        devices = portfolio(board).count("\n") - 1
        expect(page.locator(".figure b").first).to_have_text(str(devices))
        expect(page.get_by_role("row", name="csp-north")).to_have_count(0)
        expect(page.get_by_role("row", name="CSP North")).to_be_visible()
        sam.expect_accessible()
        page.get_by_label("Requests a second").fill("2")
        page.get_by_role("button", name="Start the campaign").click()
        expect(page.get_by_role("status")).to_contain_text("The campaign runs")
        wait_for_safe(page, 0)
        take(page, "The next one", portfolio(board))
        expect(page.get_by_text("Campaign 1 runs now")).to_be_visible()
    return board


@pytest.mark.requirement("R5", "T4", "T5", "PIA-R3", "PIA-A6")
def test_a_campaign_is_steered_and_watched(campaign: OperationsRoom) -> None:
    with campaign.visitor("sam") as sam:
        page = sam.page
        page.goto("/srp/campaigns/1")
        page.get_by_role("button", name="Pause").click()
        expect(page.locator("h1")).to_contain_text("paused")
        page.get_by_role("button", name="Resume").click()
        expect(page.locator("h1")).to_contain_text("running")
        page.get_by_label("Requests a second").fill("50")
        page.get_by_role("button", name="Change the pace").click()
        expect(page.get_by_role("status")).to_contain_text("50 requests a second")
        wait_for_safe(page, safe_now(page))
        expect(page.locator("img.chart")).to_be_visible()
        page.wait_for_function("() => document.querySelector('img.chart').naturalWidth > 100")
        sam.expect_accessible()


@pytest.mark.requirement("PIA-R3")
def test_a_class_of_failures_is_retried(campaign: OperationsRoom) -> None:
    with campaign.visitor("sam") as sam:
        page = sam.page
        expect_stranger_refused(page)
        page.locator("form:has(input[value=other_supplier]) button").click()
        expect(page.get_by_role("status")).to_contain_text("1 device is tried again")
        _until_text(page, f"/srp/campaigns/1/meters/{STRANGER}", "refused", 2)


def expect_stranger_refused(page: Page) -> None:
    _until_text(page, "/srp/campaigns/1/failures", "Not this supplier", 1)
    page.get_by_role("link", name="Show the meter of other supplier").click()
    expect(page.get_by_role("link", name=STRANGER)).to_be_visible()
    page.go_back()


def _until_text(page: Page, path: str, text: str, times: int) -> None:
    until = time.monotonic() + _PATIENCE / 1000
    page.goto(path)
    while page.inner_text("main").count(text) < times:
        assert time.monotonic() < until, page.inner_text("main")
        page.wait_for_timeout(500)
        page.reload()


@pytest.mark.requirement("decision-15")
def test_the_evidence_for_one_meter_and_the_papers(campaign: OperationsRoom) -> None:
    with campaign.visitor("cora") as cora:
        page = cora.page
        page.goto("/srp/campaigns/1/papers")
        results = list(csv.DictReader(io.StringIO(_download(page, "Results (CSV)").decode())))
        assert len(results) == portfolio(campaign).count("\n") - 1
        safe = next(row for row in results if row["state"] == "safe" and row["smets"] == "SMETS2")
        assert _download(page, "People's list (CSV)").startswith(b"device_id,")
        pack = zipfile.ZipFile(io.BytesIO(_download(page, "Field pack (ZIP)")))
        assert pack.testzip() is None
        assert {"manifest.csv", "people.csv"} <= set(pack.namelist())
        report = json.loads(_download(page, "Close-out report (JSON)"))
        assert report["devices"] == len(results)
        assert _download(page, "Close-out report (Markdown)").startswith(b"# Close-out")

        page.get_by_role("link", name="Any one meter").click()
        page.get_by_label("Device identifier, MPAN or MPRN").fill(safe["mpxn"])
        page.get_by_role("button", name="Find").click()
        page.get_by_role("link", name=safe["device_id"]).click()
        expect(page.get_by_text("The signature of the meter's success holds")).to_be_visible()
        expect(page.get_by_label("Answer: GBCS, decoded")).to_contain_text('"response"')
        octets = page.get_by_label("Answer: octets in hex").inner_text()
        assert "".join(octets.split()) == safe["evidence"]
        expect(page.get_by_label("Request: GBCS, decoded")).to_contain_text('"command"')
        cora.expect_accessible()


def _download(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).click()
    return Path(waiting.value.path()).read_bytes()


@pytest.mark.requirement("CSC DP108", refuses=True)
def test_a_viewer_has_no_button_that_acts(campaign: OperationsRoom) -> None:
    with campaign.visitor("cora") as cora:
        for path in PAGES:
            if "meters" not in path:
                cora.page.goto(path)
                expect(cora.page.get_by_role("main").get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(campaign: OperationsRoom, scheme: str) -> None:
    # At 200 % zoom a window of 1280 pixels has 640.
    size = {"width": 640, "height": 512}
    with campaign.visitor("sam", color_scheme=scheme, viewport=size) as sam:
        for path in PAGES:
            sam.page.goto(path)
            sam.expect_accessible()
            sam.expect_accessible_in_print()


def test_everything_works_without_javascript(campaign: OperationsRoom) -> None:
    meter = f"/srp/campaigns/1/meters/{STRANGER}"
    campaign.expect_accessible_without_scripts("sam", (*PAGES, meter))
    with campaign.visitor("sam", java_script_enabled=False) as sam:
        sam.page.goto("/srp/campaigns/1")
        sam.page.get_by_role("link", name="load it again").click()
        sam.page.get_by_role("button", name="Pause").click()
        expect(sam.page.locator("h1")).to_contain_text("paused")
        sam.page.get_by_role("button", name="Resume").click()
        expect(sam.page.locator("h1")).to_contain_text("running")


def test_pages_weigh_little(campaign: OperationsRoom) -> None:
    with campaign.visitor("cora") as cora:
        for path in (*PAGES, f"/srp/campaigns/1/meters/{STRANGER}"):
            cora.expect_light(path)


@pytest.mark.requirement("D13", "D14")
def test_what_is_held_is_released_and_deleted(campaign: OperationsRoom) -> None:
    with campaign.visitor("jo") as jo, campaign.visitor("alice") as alice:
        page = jo.page
        _until_text(page, "/ssi/quarantine", "is reached", 3)
        page.get_by_label("Reason, for those").fill("known to us")
        page.get_by_role("button", name="Delete").click()
        expect(page.get_by_role("alert")).to_contain_text("tick at least one")
        page.goto("/ssi/quarantine")
        page.get_by_label("Tick all").check()
        expect(page.get_by_label("Event 3", exact=True)).to_be_checked()
        page.get_by_label("Tick all").uncheck()
        for event in (2, 3):
            page.get_by_label(f"Event {event}", exact=True).check()
        page.get_by_label("Reason, for those").fill("known to us")
        page.get_by_role("button", name="Delete").click()
        expect(page.get_by_role("status")).to_contain_text("2 events: 2 deleted")
        jo.expect_accessible()
        alice.page.goto("/ssmi/quarantine")
        alice.page.get_by_label("Event 1", exact=True).check()
        alice.page.get_by_label("Reason, for those").fill("the ARO has called")
        alice.page.get_by_role("button", name="Release").click()
        expect(alice.page.get_by_role("status")).to_contain_text("Event 1: released")
        alice.page.goto("/ssmi/quarantine?state=all")
        expect(alice.page.get_by_text("by alice: the ARO has called")).to_be_visible()
        alice.page.get_by_role("link", name="story of event 1", exact=True).click()
        expect(alice.page.get_by_role("heading", level=1)).to_have_text("The story of one request")
        expect(alice.page.get_by_text("Request, as it was posted")).to_be_visible()
        alice.expect_accessible()


@pytest.mark.requirement("D9", "A6")
def test_the_story_of_a_request_has_every_check_and_message(campaign: OperationsRoom) -> None:
    with campaign.visitor("alice") as alice:
        page = alice.page
        page.goto("/ssmi/sat?step=response&code=I0")
        command = page.get_by_role("row").filter(has_text="CV 5").first
        command.get_by_role("link", name="story").click()
        for step in ("admission", "dispatch", "response", "delivery"):
            expect(page.get_by_role("cell", name=step, exact=True).first).to_be_visible()
        page.locator("details summary").first.click()
        expect(page.locator("details").first.locator("tr, li").first).to_be_visible()
        decoded = page.get_by_label("GBCS, decoded").first
        expect(decoded).to_contain_text('"message_code"')
        xml = page.get_by_label("XML, laid out").first
        expect(xml).to_contain_text("<sr:RequestID>")
        expect(page.get_by_label("Octets in hex").first).to_be_visible()
        left, right = decoded.bounding_box(), xml.bounding_box()
        assert left is not None
        assert right is not None
        assert left["y"] == right["y"], "side by side"
        page.goto("/ssmi/health/measures")
        measures = page.get_by_role("region", name="Performance measures")
        expect(measures.get_by_role("row").filter(has_text="outcome").first).to_be_visible()
        expect(measures.get_by_role("row").filter(has_text="I99").first).to_be_visible()


def test_the_keyboard_starts_and_stops(campaign: OperationsRoom) -> None:
    with campaign.visitor("sam") as sam:
        page = sam.page
        page.goto("/srp/campaigns/1")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == "Stop the process":
                break
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("told to stop")
        # The stream tells the page that the process is over, and the page loads itself.
        expect(page.locator("h1")).to_contain_text("stopped", timeout=_PATIENCE)
        expect(page.get_by_role("button", name="Go on where it stopped")).to_be_visible()
