"""One browser and one world for the tests of the pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.browser.operations_room import CHROMIUM, OperationsRoom, open_room


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Root may not have Chromium's sandbox; the pages are ours and the network is loopback.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def room(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperationsRoom]:
    folder: Path = tmp_path_factory.mktemp("room")
    with open_room(browser, folder) as opened:
        yield opened
