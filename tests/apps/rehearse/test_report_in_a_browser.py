"""The report in Chromium: accessible, nothing asked of the network, and it prints."""

import itertools
from pathlib import Path
from typing import Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from tests.apps.rehearse.small_world import Rehearsed
from tests.browser.operations_room import CHROMIUM, needs_browser

MEDIA: Final[tuple[Literal["screen", "print"], ...]] = ("screen", "print")
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
WHITE = "rgb(255, 255, 255)"


@needs_browser
@pytest.mark.requirement("decision 16")
def test_the_report_is_accessible_needs_no_network_and_prints(
    ailing: Rehearsed, tmp_path: Path
) -> None:
    report = (ailing.out / "report.html").resolve().as_uri()
    asked: list[str] = []
    # Root may not have Chromium's sandbox; the page is ours and a file.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            page = browser.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.goto(report)
            for media, scheme in itertools.product(MEDIA, SCHEMES):
                page.emulate_media(media=media, color_scheme=scheme)
                results = Axe().run(page)
                assert results.violations_count == 0, results.generate_report()
                wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
                assert not wide
                paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
                assert (paper == WHITE) is ((media, scheme) != ("screen", "dark"))
            printed = page.pdf(format="A4")
        finally:
            browser.close()
    assert asked == [report]
    assert printed.startswith(b"%PDF")
