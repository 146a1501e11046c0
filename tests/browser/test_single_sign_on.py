"""People sign in to a served world at an OpenID provider, in a browser that goes there and back."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.operations_room import OperationsRoom, Visitor, needs_browser, open_premises
from tests.support.ports import OF_A_WORLD, row_of_ports
from tests.web.openid_provider import Provider
from tests.web.test_openid import CLAIMS, REDIRECT, configuration, write

from stayon.adapters.http.server import HttpServer
from stayon.apps.serve.ports import ServicePorts

pytestmark = needs_browser

_PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_BUTTON = "Sign in with Example single sign-on"


@dataclass(frozen=True)
class Scene:
    """A world whose pages send people to ``provider``, which says whom the test wants."""

    provider: Provider
    room: OperationsRoom

    def sign_in(self, visitor: Visitor, **claims: object) -> None:
        self.provider.claims = {**CLAIMS, **claims}
        visitor.page.goto("/sign-in")
        visitor.page.get_by_role("link", name=_BUTTON).click()


@contextlib.contextmanager
def _provider() -> Iterator[Provider]:
    """The provider on loopback, in a thread with an event loop of its own."""
    provider = Provider(lambda: datetime.now(UTC), dict(CLAIMS))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="openid-provider")
    thread.start()
    server = HttpServer(provider.app())
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(30)
        provider.issuer = server.url
        yield provider
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


@pytest.fixture(scope="module")
def scene(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("sign-on")
    with pytest.MonkeyPatch.context() as patch, _provider() as provider:
        for name in _PROXIES:
            patch.delenv(name, raising=False)
        port = row_of_ports(OF_A_WORLD)
        back = f"http://127.0.0.1:{ServicePorts.beginning_at(port).pages}/oidc/callback"
        file = write(folder, configuration(provider.issuer).replace(REDIRECT, back))
        with open_premises(folder, homes=2, port=port, options=("--oidc", str(file))) as premises:
            room = OperationsRoom(premises.address, premises.folder, browser, {})
            yield Scene(provider, room)


def test_somebody_signs_in_with_the_role_of_their_group_and_out(scene: Scene) -> None:
    with scene.room.visitor(None) as dana:
        dana.page.goto("/sign-in")
        dana.expect_accessible()
        scene.sign_in(dana)
        expect(dana.page.get_by_role("link", name="Dana Hill")).to_be_visible()
        expect(dana.page.get_by_text("DCC operator")).to_be_visible()
        dana.page.goto("/ssmi/failed-suppliers")
        expect(dana.page.get_by_role("button", name="Upload for review")).to_be_visible()
        dana.page.get_by_role("button", name="Sign out").click()
        dana.page.wait_for_url("**/sign-in*")
        dana.page.goto("/ssmi/failed-suppliers")
        expect(dana.page.get_by_role("link", name=_BUTTON)).to_be_visible()


def test_another_group_is_another_role(scene: Scene) -> None:
    with scene.room.visitor(None) as dana:
        scene.sign_in(dana, groups=["stayon-look"], sub="person-2", name="Lee Look")
        dana.page.goto("/ssmi/failed-suppliers")
        expect(dana.page.get_by_text("DCC viewer")).to_be_visible()
        expect(dana.page.get_by_role("main").get_by_role("button")).to_have_count(0)
    with scene.room.visitor(None) as jo:
        scene.sign_in(jo, groups=["srp-aros"], sub="person-3", name="jo")
        jo.page.goto("/ssi")
        expect(jo.page.get_by_role("heading", level=1)).to_have_text("Commonwell Services")
        answer = jo.page.goto("/ssmi")
        assert answer is not None
        assert answer.status == 403


@pytest.mark.parametrize(
    ("groups", "words"),
    [(["staff"], "no role"), (["stayon-dcc", "stayon-look"], "more than one role")],
)
def test_somebody_without_one_role_stays_outside(
    scene: Scene, groups: list[str], words: str
) -> None:
    with scene.room.visitor(None) as eve:
        scene.sign_in(eve, groups=groups, sub="person-4")
        expect(eve.page.get_by_role("main")).to_contain_text(words)
        eve.expect_accessible()
        eve.page.goto("/ssmi")
        expect(eve.page.get_by_role("link", name=_BUTTON)).to_be_visible()


def test_accounts_of_the_site_go_on_beside_it(scene: Scene) -> None:
    with scene.room.visitor("alice") as alice:
        alice.page.goto("/ssmi")
        expect(alice.page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_provider_that_fails_signs_nobody_in(scene: Scene) -> None:
    scene.provider.token_status = 500
    try:
        with scene.room.visitor(None) as dana:
            scene.sign_in(dana)
            expect(dana.page.get_by_role("main")).to_contain_text("does not")
            dana.page.goto("/ssmi")
            expect(dana.page.get_by_role("link", name=_BUTTON)).to_be_visible()
    finally:
        scene.provider.token_status = 200
