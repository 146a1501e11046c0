"""Work that was given up: seen, read, sent again and discarded on the pages."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.adapters.storage.values import entry, eui, incoming, work
from tests.browser.operations_room import (
    OperationsRoom,
    Premises,
    needs_browser,
    open_premises,
)

from stayon.adapters.clock.system import SystemClock
from stayon.adapters.storage import SqlStore
from stayon.ports.store_work import Incoming, TakenIn, WorkDied, WorkKind

pytestmark = needs_browser

NUMBER = 3


async def _give_up(folder: Path) -> None:
    """As another process of the DSP would: messages for a User that nobody knows."""
    clock = SystemClock()
    store = SqlStore.in_file(folder / "dsp.sqlite", clock, writer="test")
    for number in range(1, NUMBER + 1):
        delivery = work(f"unknown/{number}", WorkKind.DELIVER)
        made = incoming(f"unknown/{number}")
        taken = await store.take_in(
            Incoming(made.key, clock.now(), eui(number), b"<odd/>", (delivery,), entry("I0"))
        )
        assert isinstance(taken, TakenIn)
        (claim,) = taken.claims
        await store.give_up(WorkDied(claim, "HTTP 500", 12, clock.now(), entry("failed")))
    await store.close()


@pytest.fixture(scope="module")
def premises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with open_premises(tmp_path_factory.mktemp("letters"), homes=3) as opened:
        # Playwright keeps an event loop going in this thread.
        asyncio.run(_give_up(opened.folder))
        yield opened


@pytest.fixture(scope="module")
def room(premises: Premises, browser: Browser) -> OperationsRoom:
    return OperationsRoom(premises.address, premises.folder, browser, {})


def _decide(page: Page, button: str, reason: str) -> None:
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name=button).click()


def test_dead_letters_are_seen_and_decided(room: OperationsRoom) -> None:
    with room.visitor("alice") as alice:
        page = alice.page
        page.goto("/ssmi/health")
        page.get_by_role("main").get_by_role("link", name="dead letters").click()
        table = page.get_by_role("region", name="Dead letters")
        expect(table.get_by_role("row")).to_have_count(NUMBER + 1)
        expect(table).to_contain_text("HTTP 500")
        alice.expect_accessible()
        page.get_by_role("link", name="Dead letter 1", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Dead letter 1")
        expect(page.get_by_text("of which 12 failed")).to_be_visible()
        alice.expect_accessible()
        _decide(page, "Discard", "nobody wants it")
        expect(page.get_by_role("status")).to_contain_text("Dead letter 1: discarded.")
        # Nobody is asked for a reason that is not there, and nothing is ticked.
        page.get_by_role("button", name="Send again").click()
        expect(page.get_by_label("Reason")).to_be_focused()
        _decide(page, "Send again", "because")
        expect(page.get_by_role("alert")).to_contain_text("tick at least one")
        page.goto("/ssmi/dead-letters")
        page.get_by_label("Tick all").check()
        _decide(page, "Send again", "they are known now")
        expect(page.get_by_role("status")).to_contain_text("2 dead letters: 2 sent again.")
        page.goto("/ssmi/dead-letters?state=all")
        expect(table).to_contain_text("by alice: they are known now")
        page.goto("/ssmi/sat?step=dead-letter")
        expect(page.get_by_role("region")).to_contain_text("alice: nobody wants it")


def test_who_only_looks_decides_nothing_and_sees_all(room: OperationsRoom) -> None:
    with room.visitor("vera") as vera:
        for path in ("/ssmi/dead-letters?state=all", "/ssmi/dead-letters/1"):
            vera.page.goto(path)
            expect(vera.page.get_by_role("main").get_by_role("button")).to_have_count(0)
            vera.expect_light(path)
    with room.visitor("vera", java_script_enabled=False) as vera:
        vera.page.goto("/ssmi/dead-letters/1")
        expect(vera.page.get_by_text("nobody wants it")).to_be_visible()
        for path in ("/ssmi/dead-letters/99", "/ssmi/dead-letters/x"):
            response = vera.page.goto(path)
            assert response is not None
            assert response.status in (404, 422)
        vera.page.goto("/ssmi/dead-letters?state=lost")
        expect(vera.page.get_by_role("alert")).to_contain_text("is no state")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(room: OperationsRoom, scheme: str) -> None:
    size = {"width": 640, "height": 512}
    with room.visitor("alice", color_scheme=scheme, viewport=size) as alice:
        for path in (
            "/ssmi/dead-letters",
            "/ssmi/dead-letters?state=all",
            "/ssmi/dead-letters?target=nobody",
            "/ssmi/dead-letters/1",
        ):
            alice.page.goto(path)
            alice.expect_accessible()
