"""One world for the tests of the pages, and a browser for each of their modules."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright
from tests.browser.operations_room import CHROMIUM, OperationsRoom, Premises, open_premises


@pytest.fixture(scope="session")
def premises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with open_premises(tmp_path_factory.mktemp("room")) as opened:
        yield opened


@pytest.fixture(scope="session")
def sessions() -> dict[str, StorageState]:
    return {}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright keeps an event loop going in this thread for as long as it is open, which the
    # asynchronous tests of other modules must not meet.
    with sync_playwright() as playwright:
        # Root may not have Chromium's sandbox; the pages are ours and the network is loopback.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def room(premises: Premises, browser: Browser, sessions: dict[str, StorageState]) -> OperationsRoom:
    return OperationsRoom(premises.address, premises.folder, browser, sessions)
