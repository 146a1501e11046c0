"""A world with its pages, and people who look at them in Debian's Chromium."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, StorageState, expect
from tests.support.ports import OF_A_WORLD, row_of_ports

CHROMIUM = shutil.which("chromium")

needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Debian's package chromium, which is not installed"
)
_START_SECONDS = 120


@dataclass(frozen=True)
class Premises:
    """A world that runs in a process of its own, and where its pages are."""

    address: str
    folder: Path


@dataclass(frozen=True)
class OperationsRoom:
    """A world and a browser to look at it; ``sessions`` are of those who have signed in."""

    address: str
    folder: Path
    browser: Browser
    sessions: dict[str, StorageState]

    def visitor(self, name: str | None, **options: Any) -> "contextlib.closing[Visitor]":
        """Somebody with a window of their own, signed in unless ``name`` is None."""
        if name is not None:
            options["storage_state"] = self._signed_in(name)
        context = self.browser.new_context(base_url=self.address, locale="en-GB", **options)
        return contextlib.closing(Visitor(context, context.new_page()))

    def expect_accessible_without_scripts(self, name: str, paths: Iterable[str]) -> None:
        """axe-core finds nothing in pages none of whose own scripts has run.

        axe is a script itself: what a browser without JavaScript is served is laid out, with the
        site's style, in one that has it, and the site's scripts are kept from it.
        """
        with self.visitor(name, java_script_enabled=False) as plain, self.visitor(name) as judge:
            judge.page.route("**/*.js", lambda route: route.abort())
            for path in paths:
                served = plain.page.goto(path)
                assert served is not None
                expect(plain.page.get_by_role("heading", level=1)).to_be_visible()
                judge.page.route(f"{self.address}{path}", _answering(served))
                judge.page.goto(path)
                assert judge.page.content().count("<h1") == 1
                assert judge.page.evaluate("typeof htmx") == "undefined"
                judge.expect_accessible()

    def _signed_in(self, name: str) -> StorageState:
        """The cookies of somebody who has signed in; once, for a code counts only once."""
        if name not in self.sessions:
            with self.visitor(None) as visitor:
                visitor.sign_in(self.address, self.account(name))
                self.sessions[name] = visitor.context.storage_state()
        return self.sessions[name]

    def account(self, name: str) -> dict[str, str]:
        """The demo account of this name."""
        accounts = json.loads((self.folder / "demo-accounts.json").read_bytes())
        found: dict[str, str] = next(each for each in accounts if each["name"] == name)
        return found

    def user(self, name: str) -> str:
        """The EUI-64 of a member of the world's cast."""
        found: str = json.loads((self.folder / "world.json").read_bytes())["users"][name]
        return found


def _answering(served: Response) -> Callable[[Route], None]:
    """What answers a request with a page that somebody else was served."""
    body, kind = served.text(), served.headers["content-type"]
    return lambda route: route.fulfill(body=body, content_type=kind)


@dataclass(frozen=True)
class Visitor:
    """A browser window; what the page's scripts complain of is an error."""

    context: BrowserContext
    page: Page

    def sign_in(self, address: str, account: dict[str, str]) -> None:
        secret = parse_qs(urlsplit(account["code"]).query)["secret"][0]
        self.page.goto("/sign-in")
        self.page.get_by_label("Name").fill(account["name"])
        self.page.get_by_label("Password").fill(account["password"])
        self.page.get_by_label("One-time code").fill(pyotp.TOTP(secret).now())
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{address}/**")
        signed_in = self.page.get_by_role("button", name="Sign out").is_visible()
        assert signed_in, self.page.inner_text("main")

    def close(self) -> None:
        self.context.close()

    def drop(self, label: str, file: Path) -> None:
        """Drag a file from the desktop onto the input with this label, as a mouse does."""
        box = self.page.get_by_label(label).bounding_box()
        assert box is not None
        devtools = self.context.new_cdp_session(self.page)
        dragged = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            devtools.send(
                "Input.dispatchDragEvent",
                {
                    "type": kind,
                    "x": box["x"] + box["width"] / 2,
                    "y": box["y"] + box["height"] / 2,
                    "data": dragged,
                },
            )

    def expect_light(self, path: str) -> None:
        """Load a page in a tab of its own and weigh what comes; a stream of events has no end."""
        tab, received = self.context.new_page(), list[Response]()
        # Playwright does not take a method of a list.
        tab.on("response", lambda answer: received.append(answer))  # noqa: PLW0108
        tab.goto(path, wait_until="load")
        loaded = [each for each in received if not each.url.endswith(("/events", "/now"))]
        assert loaded
        assert sum(len(each.body()) for each in loaded) < 150_000, path
        tab.close()

    def expect_accessible(self) -> None:
        """axe-core finds nothing, and nothing overflows sideways."""
        results = Axe().run(self.page)
        assert results.violations_count == 0, results.generate_report()
        wide = self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, f"{self.page.url} is wider than its window"

    def expect_accessible_in_print(self) -> None:
        """axe-core finds nothing in what goes to paper either, and paper is white."""
        self.page.emulate_media(media="print")
        results = Axe().run(self.page)
        assert results.violations_count == 0, results.generate_report()
        paper = self.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == "rgb(255, 255, 255)", f"{self.page.url} prints on {paper}"
        self.page.emulate_media(media="screen")


@contextlib.contextmanager
def open_premises(
    folder: Path, homes: int = 12, port: int | None = None, options: Sequence[str] = ()
) -> Iterator[Premises]:
    """``stayon serve`` in a process of its own, until the block ends."""
    port = port or row_of_ports(OF_A_WORLD)
    log = folder / "serve.log"
    world = folder / "world"
    command = [sys.executable, "-m", "stayon", "serve", "--world", str(world)]
    command += ["--homes", str(homes), "--port", str(port), *options]
    with (
        log.open("wb") as out,
        subprocess.Popen(  # noqa: S603 - our own program
            command, stdout=out, stderr=out, env=environment()
        ) as process,
    ):
        try:
            _wait_until_ready(process, log)
            services = json.loads((world / "world.json").read_bytes())["services"]
            yield Premises(services["pages"], world)
        finally:
            process.terminate()
            process.wait(30)
    assert process.returncode == 0, log.read_text()


def environment() -> dict[str, str]:
    """The variables under which a process of ours finds this code."""
    return {**os.environ, "PYTHONPATH": str(Path("src").resolve())}


def _wait_until_ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while "Ready." not in log.read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise AssertionError(f"stayon serve did not start:\n{log.read_text()}")
        time.sleep(0.1)
