"""Take every picture of the pages in docs/images anew: ``make screenshots``.

A world is served, people use it in Chromium as the tests do, and a rehearsal is run for its report.
Whoever takes them looks at each: crooked, crowded or empty is a bug of the page.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from tests.browser.operations_room import CHROMIUM, OperationsRoom, environment, open_premises
from tests.browser.test_campaign_flow import end_campaigns, portfolio, take, wait_for_safe
from tests.browser.test_ssmi_flow import SRP, SUPPLIER, enter_instruction, upload
from tests.support.open_way import revoke_certificates, signed_by_aro

from stayon.parties.dsp.data_management.adt_file import COLUMNS

IMAGES: Final = Path("docs/images")
_HOMES: Final = 60
_REPORT_HOMES: Final = 300
_THRESHOLD: Final = 90
_WINDOW: Final = ViewportSize(width=1280, height=800)
_REASONS: Final = {
    "identity": "BRG is its identifier for gas, which the instruction covers",
    "suspended": "the licence is revoked; the SEC Panel meets at noon",
}
_LABEL: Final = "input => input.labels[0].textContent"
_REFERENCE: Final = "OFG-2026-1"


def _picture(page: Page, name: str, height: int | None = None) -> None:
    """The whole page, or what a window of this height shows."""
    page.evaluate("window.scrollTo(0, 0)")
    if height is not None:
        page.set_viewport_size({"width": _WINDOW["width"], "height": height})
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"{name}.png", full_page=height is None)
    page.set_viewport_size(_WINDOW)


def _declare_failed(room: OperationsRoom, folder: Path) -> None:
    """One list with a warning that is ignored, one instruction with a later end that waits."""
    supplier, srp = room.user(SUPPLIER), room.user(SRP)
    row = f"{supplier},Brightside Energy Ltd,BRSE,{srp},{_REFERENCE},2026-01-01T00:00:00Z,"
    with room.visitor("alice", viewport=_WINDOW) as alice, room.visitor("bob") as bob:
        enter_instruction(alice, room, folder, until="2030-01-01T00:00")
        upload(alice, folder, row)
        bob.page.goto(alice.page.url)
        for reason in bob.page.get_by_label("may be ignored").all():
            kind = "identity" if "(identity)" in reason.evaluate(_LABEL) else "suspended"
            reason.fill(_REASONS[kind])
        bob.page.get_by_role("button", name="Make it the list in force").click()
        alice.page.reload()
        _picture(alice.page, "ssmi-failed-suppliers")
        bob.page.goto("/ssmi/instructions")
        bob.page.get_by_role("button", name=f"Confirm {_REFERENCE}").click()

        page = bob.page
        page.get_by_role("link", name=_REFERENCE).click()
        document = folder / "longer.pdf"
        document.write_bytes(b"four weeks more")
        page.get_by_label("In force until (UTC)").fill("2030-01-29T00:00")
        page.get_by_label("The Authority's document").set_input_files(document)
        page.get_by_role("button", name="Enter the later end").click()
        alice.page.goto(page.url)
        _picture(alice.page, "ssmi-instruction")


def _set_thresholds(room: OperationsRoom, folder: Path) -> None:
    supplier, srp = room.user(SUPPLIER), room.user(SRP)
    file, signature = folder / "adt.csv", folder / "adt.csv.p7s"
    values = f"2.1,86400,{_THRESHOLD - 10},{_THRESHOLD}"
    file.write_text(f"{','.join(COLUMNS)}\n{srp},SolrContingency,{supplier},{values}\n")
    signature.write_bytes(signed_by_aro(room.folder, file.read_bytes()))
    with room.visitor("jo", viewport=_WINDOW) as jo:
        jo.page.goto("/ssi/adt")
        jo.page.get_by_label("ADT file").set_input_files(file)
        jo.page.get_by_role("button", name="Preview").click()
        expect(jo.page.get_by_text("Nothing is set yet")).to_be_visible()
        _picture(jo.page, "ssi-adt-preview")
        jo.page.get_by_label("ADT file").set_input_files(file)
        jo.page.get_by_label("Its signature by an ARO").set_input_files(signature)
        jo.page.get_by_role("button", name="Submit").click()
        expect(jo.page.get_by_role("status")).to_contain_text("thresholds are set")


def _run_campaign(room: OperationsRoom) -> None:
    with room.visitor("sam", viewport=_WINDOW) as sam:
        page = sam.page
        take(page, "Brightside, November", portfolio(room))
        _picture(page, "campaign-dry-run")
        page.get_by_label("Requests a second").fill("4")
        page.get_by_role("button", name="Start the campaign").click()
        wait_for_safe(page, 50)
        page.wait_for_function("() => document.querySelector('img.chart').naturalWidth > 100")
        _picture(page, "campaign-board")
        with room.visitor("alice", viewport=_WINDOW) as alice:
            alice.page.goto("/ssmi/health")
            _picture(alice.page, "ssmi-health")
        page.wait_for_function(
            "() => [...document.querySelectorAll('.figure')]"
            ".some(one => one.innerText.startsWith('0') && one.innerText.includes('not begun'))"
        )
        page.wait_for_timeout(10_000)
        page.goto("/srp/campaigns/1/failures")
        _picture(page, "campaign-failures")


def _watch(room: OperationsRoom) -> None:
    with room.visitor("alice", viewport=_WINDOW) as alice:
        page = alice.page
        page.goto("/ssmi/quarantine")
        for box in page.get_by_role("checkbox").all()[1:4]:
            box.check()
        page.get_by_label("Reason, for those").fill("the ARO has called: the portfolio is larger")
        _picture(page, "ssmi-quarantine")
        page.goto("/ssmi/sat?step=response&code=I0")
        command = page.get_by_role("row").filter(has_text="CV 5").first
        command.get_by_role("link", name="story").click()
        _picture(page, "ssmi-story", height=1300)
        meter = portfolio(room).splitlines()[1].split(",")
        page.goto(f"/ssmi/change-of-supplier?mpxn={meter[4]}")
        page.get_by_label("To the supplier").select_option(room.user("Harbour Energy"))
        page.get_by_role("button", name="Move it").click()
        expect(page.get_by_role("status")).to_contain_text("is registered to")
        _gain(room.folder, meter[0])
        page.goto(f"/ssmi/change-of-supplier?mpxn={meter[4]}")
        _picture(page, "ssmi-change-of-supplier")
    with room.visitor("jo", viewport=_WINDOW, color_scheme="dark") as jo:
        jo.page.goto("/ssi")
        _picture(jo.page, "ssi-overview")


def _gain(world: Path, device: str) -> None:
    command = [sys.executable, "-m", "stayon", "supplier", "gain", str(world / "portfolio.csv")]
    command += ["--world", str(world), "--device", device]
    subprocess.run(command, check=True, capture_output=True, env=environment())  # noqa: S603


def _served_world(browser: Browser, folder: Path) -> None:
    with open_premises(folder, homes=_HOMES) as premises:
        room = OperationsRoom(premises.address, premises.folder, browser, {})
        try:
            revoke_certificates(premises.folder)
            _declare_failed(room, folder)
            _set_thresholds(room, folder)
            _run_campaign(room)
            _watch(room)
        finally:
            end_campaigns(premises.folder)


def _report(browser: Browser, folder: Path) -> None:
    command = [sys.executable, "-m", "stayon", "rehearse", "--out", str(folder)]
    command += ["--homes", str(_REPORT_HOMES)]
    subprocess.run(command, check=True, capture_output=True, env=environment())  # noqa: S603
    page = browser.new_page(viewport={"width": 1000, "height": 1100})
    page.goto((folder / "report.html").resolve().as_uri())
    page.screenshot(path=IMAGES / "rehearsal-report.png")
    page.close()


def main() -> None:
    """Take them all."""
    takers: tuple[Callable[[Browser, Path], None], ...] = (_served_world, _report)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for taker in takers:
            with tempfile.TemporaryDirectory(prefix="stayon-pictures-") as folder:
                taker(browser, Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
