"""Signing in and staying out, in a browser: wrong words, lock-out, an account taken away."""

import json
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.operations_room import (
    OperationsRoom,
    environment,
    needs_browser,
    open_premises,
)

from stayon.web.signing_in.accounts import FAILURES_BEFORE_LOCK

pytestmark = needs_browser


@pytest.fixture(scope="module")
def room(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperationsRoom]:
    with open_premises(tmp_path_factory.mktemp("doors"), homes=2) as premises:
        yield OperationsRoom(premises.address, premises.folder, browser, {})


def users(room: OperationsRoom, *arguments: str) -> str:
    """What ``stayon users`` prints for this world."""
    command = [sys.executable, "-m", "stayon", "users", *arguments, "--world", str(room.folder)]
    done = subprocess.run(  # noqa: S603 - our own program
        command, check=True, capture_output=True, text=True, env=environment()
    )
    return done.stdout


def attempt(page: Page, name: str, password: str, code: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_label("One-time code").fill(code)
    page.get_by_role("button", name="Sign in").click()


def code_of(account: dict[str, str]) -> str:
    secret = parse_qs(urlsplit(account["code"]).query)["secret"][0]
    return pyotp.TOTP(secret).now()


@pytest.mark.requirement("CSC DP108", refuses=True)
def test_five_wrong_attempts_lock_the_account_out(room: OperationsRoom) -> None:
    vera = room.account("vera")
    with room.visitor(None) as visitor:
        page = visitor.page
        page.goto("/ssmi")
        page.wait_for_url("**/sign-in?next=/ssmi")
        for _ in range(FAILURES_BEFORE_LOCK):
            attempt(page, "vera", "not the password", code_of(vera))
            expect(page.get_by_role("alert")).to_contain_text("is wrong, or the account is locked")
        visitor.expect_accessible()
        attempt(page, "vera", vera["password"], code_of(vera))
        expect(page.get_by_role("alert")).to_contain_text("is wrong, or the account is locked")
        expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    assert "locked" in users(room, "events")


def test_a_code_counts_once_and_a_wrong_one_never(room: OperationsRoom) -> None:
    cora = room.account("cora")
    with room.visitor(None) as visitor:
        wrong = f"{(int(code_of(cora)) + 1) % 1_000_000:06d}"
        attempt(visitor.page, "cora", cora["password"], wrong)
        expect(visitor.page.get_by_role("alert")).to_be_visible()
        code = code_of(cora)
        attempt(visitor.page, "cora", cora["password"], code)
        expect(visitor.page.get_by_role("button", name="Sign out")).to_be_visible()
        with room.visitor(None) as overheard:
            attempt(overheard.page, "cora", cora["password"], code)
            expect(overheard.page.get_by_role("alert")).to_be_visible()


def test_an_account_that_is_taken_away_ends_its_session_and_every_action_is_written_down(
    room: OperationsRoom,
) -> None:
    with room.visitor("alice") as alice:
        page = alice.page
        page.goto("/ssmi/failed-suppliers")
        file = {"name": "x.csv", "mimeType": "text/csv", "buffer": b"no,such,columns\n"}
        page.get_by_label("Failed Suppliers file").set_input_files(file)  # type: ignore[arg-type]
        page.get_by_role("button", name="Upload for review").click()
        expect(page.get_by_role("alert")).to_contain_text("cannot be used")
        assert "POST /ssmi/failed-suppliers" in users(room, "events")
        users(room, "disable", "alice")
        page.goto("/ssmi")
        page.wait_for_url("**/sign-in?next=/ssmi")
    listed = users(room, "list")
    assert "alice" in listed
    assert "disabled" in listed


def test_a_form_of_another_site_does_nothing(room: OperationsRoom) -> None:
    with room.visitor("bob") as bob:
        answer = bob.context.request.post(
            "/ssmi/instructions/confirmations",
            form={"reference": "OFG", "form_token": "guessed"},
        )
        assert answer.status == 403
        assert "not from a page of this session" in answer.text()
        elsewhere = bob.context.request.post(
            "/ssmi/instructions/confirmations",
            form={"reference": "OFG", "form_token": "guessed"},
            headers={"Origin": "https://elsewhere.example"},
        )
        assert elsewhere.status == 403


def test_the_page_may_load_nothing_from_elsewhere(room: OperationsRoom) -> None:
    with room.visitor(None) as visitor:
        served = visitor.page.goto("/sign-in")
        assert served is not None
        policy = served.headers["content-security-policy"]
        assert "default-src 'none'" in policy or "default-src 'self'" in policy
        assert "unsafe" not in policy
        said = list[str]()
        visitor.page.on("console", lambda message: said.append(message.text))
        visitor.page.evaluate(
            "document.body.append(Object.assign(document.createElement('img'),"
            " {src: 'https://elsewhere.example/x.png'}))"
        )
        visitor.page.wait_for_timeout(200)
        assert any("Content Security Policy" in words for words in said), json.dumps(said)
