"""Signing in at an OpenID provider, which may be somebody else, late, wrong or gone."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from joserfc.jwk import OctKey
from tests.support.asgi import AsgiReply
from tests.web.browser_stand_in import Visitor
from tests.web.fixed_clock import FixedClock
from tests.web.openid_provider import CLIENT, SECRET, Provider, signing_key
from tests.web.test_site import LINKS, pages

from stayon.adapters.accounts_store.sql import SqlAccountStore
from stayon.adapters.http.server import HttpServer
from stayon.adapters.keys.files import read_private_file
from stayon.adapters.openid.provider import OpenIdProvider
from stayon.adapters.openid.settings import OpenIdError, read_openid_settings
from stayon.ports.accounts import AccountRole, AccountsError
from stayon.web.signing_in.accounts import Accounts
from stayon.web.site import site

CLAIMS = {"preferred_username": "Dana", "name": "Dana Hill", "groups": ["staff", "stayon-dcc"]}
REDIRECT = "https://stayon.test/oidc/callback"


def configuration(issuer: str, more: str = "") -> str:
    return f"""\
title = "Example single sign-on"
issuer = "{issuer}"
client_id = "{CLIENT}"
redirect_uri = "{REDIRECT}"
secret_file = "oidc.secret"
role_claim = "groups"
{more}
[[roles]]
value = "stayon-dcc"
role = "dcc-operator"
[[roles]]
value = "stayon-look"
role = "dcc-viewer"
[[roles]]
value = "srp-aros"
role = "aro"
user = "02-5A-5C-00-00-00-00-10"
"""


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    secret = folder / "oidc.secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(mode)
    file = folder / "oidc.toml"
    file.write_text(text)
    return file


@dataclass
class Scene:
    provider: Provider
    accounts: Accounts
    clock: FixedClock
    visitor: Visitor

    async def leave(self, path: str = "/oidc/start?next=/ssmi") -> str:
        """Go to the provider; the address with which it sends the browser back."""
        reply = await self.visitor.get(path)
        assert reply.status == 303, reply.body
        async with (
            aiohttp.ClientSession() as session,
            session.get(reply.headers["location"], allow_redirects=False) as there,
        ):
            assert there.status == 302
            back = there.headers["Location"]
        assert back.startswith(REDIRECT)
        return back.removeprefix("https://stayon.test")

    async def sign_in(self) -> AsgiReply:
        return await self.visitor.get(await self.leave())

    def outcomes(self) -> list[str]:
        return [each.outcome for each in self.accounts.events()]


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    clock = FixedClock()
    provider = Provider(clock.now, dict(CLAIMS))
    server = HttpServer(provider.app())
    await server.start()
    provider.issuer = server.url
    settings = read_openid_settings(write(tmp_path, configuration(server.url)), read_private_file)
    store = SqlAccountStore.in_file(tmp_path / "accounts.sqlite")
    accounts = Accounts(store, clock)
    app = site(accounts, [(LINKS, pages)], clock, provider=OpenIdProvider(settings, clock.now))
    yield Scene(provider, accounts, clock, Visitor(app))
    store.close()
    await server.stop()


async def test_somebody_is_signed_in_with_the_role_of_their_group(scene: Scene) -> None:
    page = await scene.visitor.get("/sign-in?next=/ssmi")
    assert b'href="/oidc/start?next=/ssmi"' in page.body
    assert b"Sign in with Example single sign-on" in page.body
    reply = await scene.sign_in()
    assert (reply.status, reply.headers["location"]) == (303, "/ssmi")
    assert b"Dana Hill" in (await scene.visitor.get("/ssmi")).body
    (account,) = scene.accounts.all()
    assert (account.name, account.role) == ("dana@sso", AccountRole.DCC_OPERATOR)
    assert scene.outcomes()[0] == "signed in at the OpenID provider as dcc-operator"
    assert "stayon-oidc" not in scene.visitor.cookies
    await scene.visitor.post("/sign-out", {})
    assert (await scene.visitor.get("/ssmi")).status == 303


async def test_the_provider_s_word_of_today_counts(scene: Scene) -> None:
    await scene.sign_in()
    elsewhere = Visitor(scene.visitor.app, dict(scene.visitor.cookies))
    scene.provider.claims |= {"groups": "stayon-look", "preferred_username": "Dana Brown"}
    await scene.sign_in()
    (account,) = scene.accounts.all()
    assert (account.name, account.role) == ("dana@sso", AccountRole.DCC_VIEWER)
    assert (await elsewhere.get("/ssmi")).status == 303, "the session of the old role goes on"
    scene.accounts.set_disabled("dana@sso", disabled=True)
    assert (await scene.sign_in()).status == 422


async def test_an_officer_acts_for_the_user_of_their_group(scene: Scene) -> None:
    scene.provider.claims |= {"groups": ["srp-aros"]}
    assert (await scene.sign_in()).status == 303
    (account,) = scene.accounts.all()
    assert str(account.user_id) == "02-5A-5C-00-00-00-00-10"


async def test_two_people_of_one_name_are_two_accounts(scene: Scene) -> None:
    await scene.sign_in()
    scene.provider.claims |= {"sub": "person-2"}
    await scene.sign_in()
    assert [each.name for each in scene.accounts.all()] == ["dana-2@sso", "dana@sso"]


async def test_a_password_does_not_open_such_an_account(scene: Scene) -> None:
    await scene.sign_in()
    (account,) = scene.accounts.all()
    reply = await scene.visitor.post(
        "/sign-in", {"name": "dana@sso", "password": "!", "code": "000000"}
    )
    assert reply.status == 403
    with pytest.raises(AccountsError, match="signs in at the OpenID provider"):
        scene.accounts.reset(account.name, "a password that is long")


def _claims(**changed: Any) -> Callable[[dict[str, Any]], None]:
    def change(claims: dict[str, Any]) -> None:
        for name, value in changed.items():
            if value is None:
                del claims[name]
            else:
                claims[name] = value

    return change


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"iss": "https://elsewhere.example"}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": [CLIENT, "another-client"]}, "azp"),
        ({"nonce": "of another sign-in"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": 1_000}, "expired"),
        ({"exp": None}, "exp"),
        ({"iat": 4_000_000_000}, "id token is not taken"),
        ({"sub": None}, "sub"),
        ({"groups": None}, "no role"),
        ({"groups": ["stayon-dc", 7]}, "no role"),
        ({"groups": ["stayon-dcc", "stayon-look"]}, "more than one role"),
        ({"name": "  "}, "no name"),
        ({"name": "Dana\nHill"}, "no name"),
    ],
)
async def test_a_token_that_is_not_as_it_should_be(
    scene: Scene, changed: dict[str, Any], words: str
) -> None:
    scene.provider.change = _claims(**changed)
    reply = await scene.sign_in()
    assert (reply.status, words in reply.body.decode().lower()) == (422, True), reply.body
    assert scene.outcomes()[0].startswith("refused: ")
    assert (await scene.visitor.get("/ssmi")).status == 303
    assert scene.accounts.all() == ()


async def test_a_signature_by_another_key(scene: Scene) -> None:
    scene.provider.signs_with = signing_key("first")
    reply = await scene.sign_in()
    assert (reply.status, b"bad_signature" in reply.body) == (422, True), reply.body


async def test_a_signature_by_the_client_s_own_secret(scene: Scene) -> None:
    scene.provider.algorithm = "HS256"
    scene.provider.signs_with = OctKey.import_key(SECRET)
    assert (await scene.sign_in()).status == 422


async def test_new_keys_of_the_provider_are_fetched(scene: Scene) -> None:
    await scene.sign_in()
    scene.provider.key = signing_key("second")
    assert (await scene.sign_in()).status == 303
    assert scene.provider.key_requests == 2


async def test_an_answer_that_another_browser_asked_for(scene: Scene) -> None:
    back = await scene.leave()
    stranger = Visitor(scene.visitor.app)
    assert b"not begun here" in (await stranger.get(back)).body
    await Scene(scene.provider, scene.accounts, scene.clock, stranger).leave()
    assert b"not to this browser" in (await stranger.get(back)).body


async def test_a_code_counts_once(scene: Scene) -> None:
    back = await scene.leave()
    cookies = dict(scene.visitor.cookies)
    assert (await scene.visitor.get(back)).status == 303
    again = await Visitor(scene.visitor.app, cookies).get(back)
    assert (again.status, b"does not take the code" in again.body) == (422, True)


async def test_a_verifier_of_another_sign_in(scene: Scene) -> None:
    back = await scene.leave()
    forged = bytes.fromhex(scene.visitor.cookies["stayon-oidc"]).decode().split(", ")
    forged[2] = '"another-verifier"'
    scene.visitor.cookies["stayon-oidc"] = ", ".join(forged).encode().hex()
    assert b"does not take the code" in (await scene.visitor.get(back)).body


async def test_nobody_is_sent_elsewhere_afterwards(scene: Scene) -> None:
    back = await scene.leave("/oidc/start?next=https://elsewhere.example/")
    reply = await scene.visitor.get(back)
    assert reply.headers["location"] == "/"


async def test_an_answer_that_names_another_provider(scene: Scene) -> None:
    scene.provider.answer_issuer = "https://elsewhere.example"
    assert b"another provider" in (await scene.sign_in()).body
    scene.provider.answer_issuer = scene.provider.issuer
    assert (await scene.sign_in()).status == 303


async def test_an_error_of_the_provider(scene: Scene) -> None:
    back = await scene.leave()
    state = back.partition("state=")[2]
    reply = await scene.visitor.get(f"/oidc/callback?error=access_denied&state={state}")
    assert b"nobody was signed in" in reply.body


@pytest.mark.parametrize("named", ["https://elsewhere.example", ""])
async def test_a_provider_that_says_it_is_another(scene: Scene, named: str) -> None:
    scene.provider.named_issuer = named
    reply = await scene.visitor.get("/oidc/start")
    assert (reply.status, b"another issuer" in reply.body) == (503, True)


async def test_a_provider_that_fails_can_be_tried_again(scene: Scene) -> None:
    scene.provider.token_status = 500
    assert (await scene.sign_in()).status == 503
    scene.provider.token_status = 200
    assert (await scene.sign_in()).status == 303


async def test_a_provider_that_is_gone(tmp_path: Path) -> None:
    clock = FixedClock()
    file = write(tmp_path, configuration("http://127.0.0.1:9"))
    provider = OpenIdProvider(read_openid_settings(file, read_private_file), clock.now)
    store = SqlAccountStore.in_file(tmp_path / "accounts.sqlite")
    visitor = Visitor(site(Accounts(store, clock), [(LINKS, pages)], clock, provider=provider))
    reply = await visitor.get("/oidc/start")
    assert (reply.status, b"does not answer" in reply.body) == (503, True)
    store.close()


async def test_a_session_by_the_provider_ends_as_others_do(scene: Scene) -> None:
    await scene.sign_in()
    scene.clock.go_on(timedelta(minutes=31))
    assert (await scene.visitor.get("/ssmi")).status == 303


async def test_a_strong_sign_in_can_be_asked_for(tmp_path: Path, scene: Scene) -> None:
    text = configuration(scene.provider.issuer, 'methods = ["mfa", "hwk"]')
    settings = read_openid_settings(write(tmp_path, text), read_private_file)
    provider = OpenIdProvider(settings, scene.clock.now)
    scene.visitor.app = site(scene.accounts, [(LINKS, pages)], scene.clock, provider=provider)
    assert b"not strong enough" in (await scene.sign_in()).body
    scene.provider.claims["amr"] = ["pwd", "mfa"]
    assert (await scene.sign_in()).status == 303


def test_the_secret_is_the_owner_s_alone(tmp_path: Path) -> None:
    file = write(tmp_path, configuration("https://login.example"), 0o640)
    with pytest.raises(Exception, match="chmod 600"):
        read_openid_settings(file, read_private_file)


def test_the_secret_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = configuration("https://login.example").replace(
        'secret_file = "oidc.secret"', 'secret_environment = "STAYON_TEST_OIDC"'
    )
    file = write(tmp_path, text)
    with pytest.raises(OpenIdError, match="STAYON_TEST_OIDC has no secret"):
        read_openid_settings(file, read_private_file)
    monkeypatch.setenv("STAYON_TEST_OIDC", SECRET)
    settings = read_openid_settings(file, read_private_file)
    assert settings.secret == SECRET
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("https://login.example", "http://login.example", "issuer: .*is no https address"),
        ("https://login.example", "https://a@login.example", "issuer: "),
        ("/oidc/callback", "/elsewhere", "redirect_uri ends with /oidc/callback"),
        ('role = "dcc-operator"', 'role = "emperor"', "roles.0.role"),
        ('role = "dcc-operator"', 'role = "aro"', "an SSI role acts for a User"),
        ("02-5A-5C-00-00-00-00-10", "02-5A", "roles.2"),
        ("stayon-look", "stayon-dcc", "a value stands there twice"),
        ("client_id", "client_idea", "client_id: Field required"),
        ('role_claim = "groups"', 'secret_environment = "X"\nrole_claim = "x"', "needs one of"),
        ("title = ", "title ", "TOMLDecodeError"),
    ],
)
def test_what_is_wrong_with_the_configuration_is_said(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    file = write(tmp_path, configuration("https://login.example").replace(old, new, 1))
    with pytest.raises(OpenIdError, match=words):
        read_openid_settings(file, read_private_file)
