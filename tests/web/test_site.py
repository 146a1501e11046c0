"""The site as a browser meets it: doors, forms, headers."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from tests.web.browser_stand_in import Visitor
from tests.web.fixed_clock import FixedClock

from stayon.adapters.accounts_store.sql import SqlAccountStore
from stayon.domain.errors import StayonError
from stayon.ports.accounts import AccountRole, AccountsUnavailable, Area
from stayon.ports.scanning import ScannerUnavailable
from stayon.ports.store_work import StoreUnavailableError
from stayon.web.rendering import Link, instant
from stayon.web.signing_in.accounts import IDLE, Accounts
from stayon.web.signing_in.one_time_codes import code_at
from stayon.web.site import site
from stayon.web.visits import AreaLinks, Door, Visit, text_of, upload_of

PASSWORD = "correct horse battery"
LINKS = AreaLinks(Area.SSMI, "The DCC's interface", (Link("/ssmi", "Start"),))


async def _start(visit: Visit) -> Response:
    return visit.page("account")


async def _act(visit: Visit) -> Response:
    form = await visit.form()
    return visit.go_to("/ssmi", f"done: {text_of(form, 'what')}")


async def _upload(visit: Visit) -> Response:
    name, content = await upload_of(await visit.form(), "file")
    return Response(f"{name} {len(content)}")


async def _fail(visit: Visit) -> Response:
    errors: dict[str | None, StayonError] = {
        "store": StoreUnavailableError("the disk is full"),
        "accounts": AccountsUnavailable("no accounts"),
        "scanner": ScannerUnavailable("the scanner is down"),
    }
    raise errors.get(visit.query("how"), StayonError("row 3: supplier_id: <b>bad</b>"))


async def _mistake(visit: Visit) -> Response:
    return Response(str(1 // len(visit.query("nothing") or "")))


def pages(door: Door) -> Sequence[BaseRoute]:
    area = Area.SSMI
    return [
        Route("/ssmi", door.endpoint(_start, area)),
        Route("/ssmi/act", door.endpoint(_act, area, acts=True), methods=["POST"]),
        Route("/ssmi/upload", door.endpoint(_upload, area, acts=True), methods=["POST"]),
        Route("/ssmi/fail", door.endpoint(_fail, area)),
        Route("/ssmi/mistake", door.endpoint(_mistake, area)),
    ]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def accounts(tmp_path: Path, clock: FixedClock) -> Iterator[Accounts]:
    store = SqlAccountStore.in_file(tmp_path / "accounts.sqlite")
    accounts = Accounts(store, clock)
    accounts.create("alice", "Alice Smith", AccountRole.DCC_OPERATOR, PASSWORD)
    accounts.create("vera", "Vera White", AccountRole.DCC_VIEWER, PASSWORD)
    accounts.create("sam", "Sam Green", AccountRole.CAMPAIGN_OPERATOR, PASSWORD)
    yield accounts
    store.close()


@pytest.fixture
def visitor(accounts: Accounts, clock: FixedClock) -> Visitor:
    return Visitor(site(accounts, [(LINKS, pages)], clock))


async def sign_in(visitor: Visitor, accounts: Accounts, clock: FixedClock, name: str) -> None:
    code = code_at(accounts.get(name).code_secret, clock.time)
    fields = {"name": name, "password": PASSWORD, "code": code}
    reply = await visitor.post("/sign-in?next=/ssmi", fields)
    assert (reply.status, reply.headers["location"]) == (303, "/ssmi")


async def test_strangers_are_sent_to_sign_in(visitor: Visitor) -> None:
    reply = await visitor.get("/ssmi")
    assert (reply.status, reply.headers["location"]) == (303, "/sign-in?next=/ssmi")
    assert (await visitor.post("/ssmi/act", {"what": "x"})).status == 401
    live = await visitor.get("/ssmi", hx_request="true")
    assert (live.status, live.headers["hx-redirect"]) == (401, "/sign-in")


async def test_signing_in_and_out(visitor: Visitor, accounts: Accounts, clock: FixedClock) -> None:
    await sign_in(visitor, accounts, clock, "alice")
    page = await visitor.get("/ssmi")
    assert page.status == 200
    assert b"Alice Smith" in page.body
    assert page.headers["cache-control"] == "no-store"
    assert (await visitor.get("/")).headers["location"] == "/ssmi"
    assert (await visitor.post("/sign-out", {})).status == 303
    assert (await visitor.get("/ssmi")).status == 303


async def test_a_wrong_code_stays_outside(visitor: Visitor) -> None:
    fields = {"name": "alice", "password": PASSWORD, "code": "12"}
    reply = await visitor.post("/sign-in", fields)
    assert reply.status == 403
    assert b"the name, the password or the code is wrong" in reply.body
    assert "stayon-session" not in visitor.cookies


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test", "/\\evil.test", "x"])
async def test_nobody_is_sent_elsewhere_after_signing_in(
    visitor: Visitor, accounts: Accounts, clock: FixedClock, elsewhere: str
) -> None:
    code = code_at(accounts.get("alice").code_secret, clock.time)
    fields = {"name": "alice", "password": PASSWORD, "code": code}
    reply = await visitor.post(f"/sign-in?next={elsewhere}", fields)
    assert reply.headers["location"] == "/"


async def test_the_cookie_is_kept_from_scripts_and_other_sites(
    accounts: Accounts, clock: FixedClock
) -> None:
    visitor = Visitor(site(accounts, [(LINKS, pages)], clock, secure=True))
    code = code_at(accounts.get("alice").code_secret, clock.time)
    fields = {"name": "alice", "password": PASSWORD, "code": code}
    cookie = (await visitor.post("/sign-in", fields)).headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Secure"))


async def test_an_action_says_what_came_of_it_and_is_written_down(
    visitor: Visitor, accounts: Accounts, clock: FixedClock
) -> None:
    await sign_in(visitor, accounts, clock, "alice")
    await visitor.get("/ssmi")
    reply = await visitor.post("/ssmi/act", {"what": "café <i>"})
    assert reply.status == 303
    assert "done: café &lt;i&gt;".encode() in (await visitor.get("/ssmi")).body
    assert b"done: caf" not in (await visitor.get("/ssmi")).body
    event = accounts.events(1)[0]
    assert (event.account, event.action, event.outcome) == ("alice", "POST /ssmi/act", "done")


async def test_a_form_of_another_session_or_site_is_refused(
    visitor: Visitor, accounts: Accounts, clock: FixedClock
) -> None:
    await sign_in(visitor, accounts, clock, "alice")
    await visitor.get("/ssmi")
    for fields, headers in (
        ({"form_token": "0" * 64}, {}),
        ({"form_token": ""}, {}),
        ({}, {"sec_fetch_site": "cross-site"}),
        ({}, {"origin": "https://evil.test"}),
    ):
        reply = await visitor.post("/ssmi/act", {"what": "x", **fields}, **headers)
        assert reply.status == 403, (fields, headers)
    good = {"sec_fetch_site": "same-origin", "origin": "http://stayon.test"}
    assert (await visitor.post("/ssmi/act", {"what": "x"}, **good)).status == 303
    header = {"x_form_token": visitor.token}
    assert (
        await visitor.post("/ssmi/act", {"what": "x", "form_token": ""}, **header)
    ).status == 303
    evil = {"origin": "https://evil.test"}
    assert (await visitor.post("/sign-in", {"name": "alice"}, **evil)).status == 403


async def test_a_missing_field_is_named(
    visitor: Visitor, accounts: Accounts, clock: FixedClock
) -> None:
    await sign_in(visitor, accounts, clock, "alice")
    await visitor.get("/ssmi")
    reply = await visitor.post("/ssmi/act", {"what": " "})
    assert (reply.status, b"what: is missing" in reply.body) == (422, True)


async def test_uploads_have_a_file_and_a_limit(
    visitor: Visitor, accounts: Accounts, clock: FixedClock
) -> None:
    await sign_in(visitor, accounts, clock, "alice")
    await visitor.get("/ssmi")
    assert (await visitor.upload("/ssmi/upload", "file", "a.csv", b"1,2")).body == b"a.csv 3"
    assert (await visitor.upload("/ssmi/upload", "file", "", b"")).status == 422
    assert (await visitor.upload("/ssmi/upload", "file", "a.csv", b"x" * (1 << 20))).status == 413


@pytest.mark.requirement("CSC DP108", refuses=True)
async def test_roles_stay_in_their_area_and_viewers_only_look(
    visitor: Visitor, accounts: Accounts, clock: FixedClock
) -> None:
    await sign_in(visitor, accounts, clock, "vera")
    assert (await visitor.get("/ssmi")).status == 200
    assert (await visitor.post("/ssmi/act", {"what": "x"})).status == 403
    visitor.cookies.clear()
    await sign_in(visitor, accounts, clock, "sam")
    reply = await visitor.get("/ssmi")
    assert (reply.status, b"not for the role campaign-operator" in reply.body) == (403, True)


@pytest.mark.parametrize(
    ("how", "status"), [("store", 503), ("accounts", 503), ("scanner", 503), ("", 422)]
)
async def test_refusals_are_pages_with_words(
    visitor: Visitor, accounts: Accounts, clock: FixedClock, how: str, status: int
) -> None:
    await sign_in(visitor, accounts, clock, "alice")
    reply = await visitor.get(f"/ssmi/fail?how={how}")
    assert reply.status == status
    assert b"Nothing was changed." in reply.body
    assert b"<b>bad" not in reply.body


async def test_unknown_pages(visitor: Visitor, accounts: Accounts, clock: FixedClock) -> None:
    assert (await visitor.get("/nowhere")).status == 404
    await sign_in(visitor, accounts, clock, "alice")
    assert b"Alice Smith" in (await visitor.get("/nowhere")).body


async def test_a_mistake_of_ours_is_a_page_without_its_details(
    visitor: Visitor, accounts: Accounts, clock: FixedClock
) -> None:
    async def app(*arguments: Any) -> None:
        # The server logs what the site raises after it has answered.
        with suppress(ZeroDivisionError):
            await visitor.app(*arguments)

    await sign_in(visitor, accounts, clock, "alice")
    reply = await Visitor(app, visitor.cookies).get("/ssmi/mistake")
    assert (reply.status, b"finds it in the log" in reply.body) == (500, True)
    assert b"ZeroDivision" not in reply.body


async def test_every_answer_has_the_security_headers(visitor: Visitor) -> None:
    for path in ("/sign-in", "/nowhere", "/static/stayon.css", "/ssmi"):
        headers = (await visitor.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"


async def test_ones_own_password(visitor: Visitor, accounts: Accounts, clock: FixedClock) -> None:
    await sign_in(visitor, accounts, clock, "alice")
    assert b"Change your password" in (await visitor.get("/account")).body
    fields = {"present": PASSWORD, "new": "another good one", "again": "another good one"}
    differ = await visitor.post("/account/password", {**fields, "again": "different"})
    assert b"differ" in differ.body
    reply = await visitor.post("/account/password", fields)
    assert reply.headers["location"] == "/sign-in"
    assert (await visitor.get("/ssmi")).status == 303


async def test_a_session_over_time(visitor: Visitor, accounts: Accounts, clock: FixedClock) -> None:
    await sign_in(visitor, accounts, clock, "alice")
    clock.go_on(IDLE + timedelta(seconds=1))
    assert (await visitor.get("/ssmi")).status == 303


def test_times_are_told_in_utc_and_local_time(clock: FixedClock) -> None:
    assert "20 Nov 2026 17:00:00 UTC" in instant(clock.time)
    assert "17:00 GMT" in instant(clock.time)
    summer = clock.time.replace(month=7, hour=23)
    assert "21 Jul 00:00 BST" in instant(summer)
    assert "none" in instant(None)
