"""The campaign board's pages over real stores; the campaign's process is only waiting."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from tests.policy.shipped import shipped_policy
from tests.web.browser_stand_in import Visitor
from tests.web.campaign_desk_stand_in import SUPPLIER, Waits, device, ended, folders, save
from tests.web.fixed_clock import FixedClock

from stayon.adapters.accounts_store.sql import SqlAccountStore
from stayon.adapters.campaign_desk.folders import CampaignFolders
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.domain.portfolio import EndState, Progress, Stage
from stayon.parties.srp.portfolio import COLUMNS, dump_portfolio
from stayon.ports.accounts import AccountRole
from stayon.ports.campaign_control import OrderKind
from stayon.ports.campaign_store import Evidence
from stayon.smki_profile import OrganisationCertificate
from stayon.web.signing_in.accounts import Accounts
from stayon.web.signing_in.one_time_codes import code_at
from stayon.web.site import site
from stayon.web.srp.area import LINKS, SrpPages
from stayon.xmlsig import IssuerName

PASSWORD = "correct horse battery"
DEVICES = (
    device(1),
    device(2, Route.CSP_CENTRAL_SOUTH),
    device(3, Route.S1SP_SECURE),
    device(4),
)
PORTFOLIO = "".join(dump_portfolio(DEVICES)).encode()


class NobodysCertificates:
    """A repository that knows nobody."""

    async def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate | None:
        return None

    async def device_signing_key(
        self, device_id: Eui64, at: datetime
    ) -> EllipticCurvePublicKey | None:
        return None


async def nobody_runs(desk: CampaignFolders) -> None:
    """Return when the process has gone: the kernel tells nobody, so it is looked at."""
    while desk.running() is not None:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def stopped(desk: CampaignFolders, number: int) -> None:
    desk.stop(number)
    await nobody_runs(desk)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def program() -> Waits:
    return Waits()


@pytest.fixture
async def desk(tmp_path: Path, program: Waits) -> AsyncIterator[CampaignFolders]:
    desk = folders(tmp_path / "campaigns", program)
    yield desk
    running = desk.running()
    if running is not None:
        await stopped(desk, running)
    await desk.close()


@pytest.fixture
def accounts(tmp_path: Path, clock: FixedClock) -> Iterator[Accounts]:
    store = SqlAccountStore.in_file(tmp_path / "accounts.sqlite")
    accounts = Accounts(store, clock)
    accounts.create("sam", "Sam Green", AccountRole.CAMPAIGN_OPERATOR, PASSWORD)
    accounts.create("cora", "Cora Black", AccountRole.CAMPAIGN_VIEWER, PASSWORD)
    yield accounts
    store.close()


@pytest.fixture
def visitor(desk: CampaignFolders, accounts: Accounts, clock: FixedClock) -> Visitor:
    board = SrpPages(desk, shipped_policy().retry, NobodysCertificates())
    return Visitor(site(accounts, [(LINKS, board.routes)], clock))


async def sign_in(visitor: Visitor, accounts: Accounts, clock: FixedClock, name: str) -> None:
    code = code_at(accounts.get(name).code_secret, clock.time)
    reply = await visitor.post("/sign-in", {"name": name, "password": PASSWORD, "code": code})
    assert reply.status == 303
    await visitor.get("/srp")


@pytest.fixture
async def sam(visitor: Visitor, accounts: Accounts, clock: FixedClock) -> Visitor:
    await sign_in(visitor, accounts, clock, "sam")
    return visitor


async def text(visitor: Visitor, path: str, status: int = 200) -> str:
    reply = await visitor.get(path)
    assert reply.status == status, reply.body
    return reply.body.decode()


async def imported(visitor: Visitor) -> None:
    reply = await visitor.upload("/srp/import", "portfolio", "p.csv", PORTFOLIO, name="First <i>")
    assert (reply.status, reply.headers["location"]) == (303, "/srp/campaigns/1/dry-run")


async def run_to_the_end(path: Path, at: datetime) -> None:
    """One safe, one to be delivered by hand, one refused, one not reached."""
    answer = Evidence(DEVICES[0].device_id, f"{SUPPLIER}:{DEVICES[0].device_id}:7", b"\xdf\x09")
    command = Evidence(
        DEVICES[1].device_id, f"{SUPPLIER}:{DEVICES[1].device_id}:7", None, b"command"
    )
    for one, end, evidence, cause, code in (
        (DEVICES[0], EndState.SAFE, answer, "", "I0"),
        (DEVICES[1], EndState.NEEDS_LOCAL_DELIVERY, command, "no_wan", "N12"),
        (DEVICES[2], EndState.REFUSED, None, "s1sp_refused", "S1VE3"),
        (DEVICES[3], EndState.UNREACHABLE, None, "no_wan", "N12"),
    ):
        steps = ended(one, end, at, cause=cause, code=code, words="=said so")
        await asyncio.to_thread(save, path, steps, evidence)


@pytest.mark.requirement("decision-5", refuses=True)
async def test_a_portfolio_with_errors_is_named_by_line_and_column_and_not_kept(
    sam: Visitor, desk: CampaignFolders
) -> None:
    bad = PORTFOLIO.replace(b"electricity", b"<steam>", 1)
    reply = await sam.upload("/srp/import", "portfolio", "p.csv", bad, name="First")
    shown = reply.body.decode()
    assert reply.status == 422
    assert "nothing of it was kept" in shown
    assert '<td class="number">2</td><td>fuel</td>' in shown
    assert "&lt;steam&gt;" in shown
    assert list(desk.campaigns()) == []
    many = ",".join(COLUMNS) + "\n" + "x,x,x,x,x,x,x,x,x\n" * 100
    reply = await sam.upload("/srp/import", "portfolio", "p.csv", many.encode(), name="Many")
    assert b"And 7" in reply.body
    assert len(reply.body) < 60_000
    long = await sam.upload("/srp/import", "portfolio", "p.csv", PORTFOLIO, name="n" * 101)
    assert long.status == 422


@pytest.mark.requirement("decision-5", "PIA-A6")
async def test_the_dry_run_says_what_would_be_sent(sam: Visitor, desk: CampaignFolders) -> None:
    await imported(sam)
    shown = await text(sam, "/srp/campaigns/1/dry-run")
    assert "First &lt;i&gt;" in shown
    assert "4 devices are kept" in shown
    for row in ("CSP North", "S1SP Secure", "electricity", ">LS<", ">M<", str(SUPPLIER)):
        assert row in shown, row
    assert "<b>7</b>" in shown  # calls: two for each SMETS2+ meter, one for the SMETS1 meter
    assert desk.campaigns()[0].started_at is None


@pytest.mark.requirement("decision-5", refuses=True)
async def test_a_campaign_without_the_suppliers_key_is_not_started(
    tmp_path: Path, accounts: Accounts, clock: FixedClock, program: Waits
) -> None:
    keyless = folders(tmp_path / "other", program, frozenset())
    board = SrpPages(keyless, shipped_policy().retry, NobodysCertificates())
    visitor = Visitor(site(accounts, [(LINKS, board.routes)], clock))
    await sign_in(visitor, accounts, clock, "sam")
    await imported(visitor)
    shown = await text(visitor, "/srp/campaigns/1/dry-run")
    assert "No digital signing key is held for 4 devices" in shown
    assert "Start the campaign</button>" not in shown
    reply = await visitor.post("/srp/campaigns/1/start", {"pace": "5"})
    assert (reply.status, b"no digital signing key" in reply.body) == (422, True)
    assert keyless.running() is None
    await keyless.close()


async def test_a_campaign_is_started_paused_resumed_paced_and_stopped(
    sam: Visitor, desk: CampaignFolders, program: Waits
) -> None:
    await imported(sam)
    assert (await sam.post("/srp/campaigns/1/pause", {})).status == 422
    reply = await sam.post("/srp/campaigns/1/start", {"pace": "5"})
    assert (reply.status, desk.running()) == (303, 1)
    assert program.asked == [(5.0, [])]
    shown = await text(sam, "/srp/campaigns/1")
    assert ">running</span>" in shown
    assert 'sse-connect="/srp/campaigns/1/events"' in shown
    for path in ("pause", "resume"):
        assert (await sam.post(f"/srp/campaigns/1/{path}", {})).status == 303
        paused = ">paused</span>" in await text(sam, "/srp/campaigns/1")
        assert paused is (path == "pause")
    assert (await sam.post("/srp/campaigns/1/pace", {"pace": "0.5"})).status == 303
    assert "0.5 requests a second at most" in await text(sam, "/srp/campaigns/1")
    orders = desk.store(1).control.orders()
    assert [(one.kind, one.value, one.given_by) for one in orders] == [
        (OrderKind.PAUSE, "", "sam"),
        (OrderKind.RESUME, "", "sam"),
        (OrderKind.PACE, "0.5", "sam"),
    ]
    assert (await sam.post("/srp/campaigns/1/stop", {})).status == 303
    await nobody_runs(desk)
    shown = await text(sam, "/srp/campaigns/1")
    assert ">stopped</span>" in shown
    assert "begun" in shown
    assert (await sam.post("/srp/campaigns/1/start", {"pace": "9"})).status == 303
    assert program.asked[-1][0] == 9.0
    assert "9 requests a second at most" in await text(sam, "/srp/campaigns/1")


@pytest.mark.requirement("PIA-A6", refuses=True)
@pytest.mark.parametrize("pace", ["0", "-1", "nan", "inf", "1e9", "fast", " "])
async def test_a_pace_is_a_number_of_requests_a_second(
    sam: Visitor, desk: CampaignFolders, pace: str
) -> None:
    await imported(sam)
    assert (await sam.post("/srp/campaigns/1/start", {"pace": pace})).status == 422
    assert desk.running() is None


async def test_one_campaign_runs_at_a_time(
    sam: Visitor, desk: CampaignFolders, program: Waits
) -> None:
    await imported(sam)
    await sam.upload("/srp/import", "portfolio", "p.csv", PORTFOLIO, name="Second")
    await sam.post("/srp/campaigns/1/start", {"pace": "5"})
    assert "Campaign 1 runs now" in await text(sam, "/srp/campaigns/2/dry-run")
    reply = await sam.post("/srp/campaigns/2/start", {"pace": "5"})
    assert (reply.status, b"one runs at a time" in reply.body) == (422, True)
    assert desk.campaign(2).started_at is None
    assert (await sam.post("/srp/campaigns/2/stop", {})).status == 422
    overview = await text(sam, "/srp")
    assert "1: First" in overview
    assert "2: Second" in overview


@pytest.mark.requirement("decision-15")
async def test_the_live_page_counts_by_route_fuel_and_region(
    sam: Visitor, tmp_path: Path, clock: FixedClock, desk: CampaignFolders
) -> None:
    await imported(sam)
    await sam.post("/srp/campaigns/1/start", {"pace": "5"})
    at = clock.time + timedelta(minutes=2)
    path = tmp_path / "campaigns" / "1"
    steps = ended(DEVICES[0], EndState.SAFE, at)
    await asyncio.to_thread(save, path, steps, None)
    again = [
        *ended(DEVICES[1], EndState.SAFE, at)[:2],
        Progress(
            DEVICES[1].device_id, Stage.PLANNED, None, 1, 7, 7, at + timedelta(hours=1), "N12",
            "no WAN", at, "no_wan",
        ),
    ]  # fmt: skip
    await asyncio.to_thread(save, path, again, None)
    clock.go_on(timedelta(minutes=3))
    shown = await text(sam, "/srp/campaigns/1")
    assert "<b>1 <small>of 4</small></b>" in shown
    assert "safe, 25.0 %" in shown
    row = '<th scope="row">CSP North</th><td class="number">2</td><td class="number">1</td>'
    assert row in shown
    assert "the next <time" in shown
    assert "no WAN: the DCC could not deliver" in shown
    picture = await sam.get("/srp/campaigns/1/safe.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "default-src 'none'" in picture.headers["content-security-policy"]
    assert b"meters safe" in picture.body
    assert b"<script" not in picture.body
    assert (await sam.get("/srp/campaigns/1/safe.svg")).body == picture.body


async def test_progress_is_pushed_until_the_campaign_is_over(
    sam: Visitor, tmp_path: Path, clock: FixedClock, desk: CampaignFolders
) -> None:
    await imported(sam)
    await sam.post("/srp/campaigns/1/start", {"pace": "5"})
    stream = (await sam.get("/srp/campaigns/1/events")).body.decode()
    # Nothing moved in the quarter of a minute that it lasted: what is the same is not sent again.
    assert stream.startswith("retry: 500\n\nevent: live\ndata: ")
    assert stream.count("event: live") == 1
    assert "event: over" not in stream
    await stopped(desk, 1)
    assert "event: over\ndata: \n\n" in (await sam.get("/srp/campaigns/1/events")).body.decode()


@pytest.mark.requirement("PIA-R3")
async def test_what_failed_is_told_in_words_and_a_class_is_retried(
    sam: Visitor, tmp_path: Path, clock: FixedClock, desk: CampaignFolders, program: Waits
) -> None:
    await imported(sam)
    await run_to_the_end(tmp_path / "campaigns" / "1", clock.time)
    shown = await text(sam, "/srp/campaigns/1/failures")
    assert "No wan: the dcc could not deliver" not in shown  # words keep their capitals
    assert "No WAN: the DCC could not deliver" in shown
    assert "1 needs local delivery" in shown
    assert "Visit with the field pack" in shown
    meters = await text(sam, "/srp/campaigns/1/failures/no_wan")
    assert str(DEVICES[1].device_id) in meters
    assert str(DEVICES[2].device_id) not in meters
    after = DEVICES[1].device_id
    assert str(after) not in await text(sam, f"/srp/campaigns/1/failures/no_wan?after={after}")
    await text(sam, "/srp/campaigns/1/failures/nothing", 404)
    for cause, words in (("nothing", "is none of"), ("no_han", "no device is given up")):
        reply = await sam.post("/srp/campaigns/1/retry", {"cause": cause})
        assert (reply.status, words.encode() in reply.body) == (422, True)
    reply = await sam.post("/srp/campaigns/1/retry", {"cause": "no_wan"})
    assert reply.status == 303
    assert desk.running() == 1
    assert "2 devices are tried again" in await text(sam, "/srp/campaigns/1")
    order = desk.store(1).control.orders()[0]
    assert (order.kind, order.value) == (OrderKind.RETRY, "no_wan")


@pytest.mark.requirement("PIA-R3", refuses=True)
async def test_nothing_is_retried_while_another_campaign_runs(
    sam: Visitor, tmp_path: Path, clock: FixedClock, desk: CampaignFolders
) -> None:
    await imported(sam)
    await run_to_the_end(tmp_path / "campaigns" / "1", clock.time)
    await sam.upload("/srp/import", "portfolio", "p.csv", PORTFOLIO, name="Second")
    await sam.post("/srp/campaigns/2/start", {"pace": "5"})
    assert (await sam.post("/srp/campaigns/1/retry", {"cause": "no_wan"})).status == 422
    assert desk.store(1).control.orders() == ()


async def test_the_evidence_for_any_one_meter(
    sam: Visitor, tmp_path: Path, clock: FixedClock
) -> None:
    await imported(sam)
    base = "/srp/campaigns/1/meters"
    assert "No attempt was made yet" in await text(sam, f"{base}/{DEVICES[0].device_id}")
    await run_to_the_end(tmp_path / "campaigns" / "1", clock.time)
    for wanted in (str(DEVICES[0].device_id), DEVICES[0].mpxn):
        assert f"{base}/{DEVICES[0].device_id}" in await text(sam, f"{base}?find={wanted}")
    assert "No meter of this campaign" in await text(sam, f"{base}?find=0000000000099")
    assert "neither a device identifier" in await text(sam, f"{base}?find=%3Cb%3E", 422)
    shown = await text(sam, f"{base}/{DEVICES[0].device_id}")
    assert "DF09" in shown
    assert "&lt;Request/&gt;" in shown
    # Nobody vouches for these octets, and the page says so.
    assert 'class="said ill"' in shown
    assert "signing key is not known" in shown
    assert 'class="said ill"' in await text(sam, f"{base}/{DEVICES[1].device_id}")
    assert "No answer is kept" in await text(sam, f"{base}/{DEVICES[2].device_id}")
    await text(sam, f"{base}/{DEVICES[0].device_id}?attempt=2", 404)
    await text(sam, f"{base}/02-5A-5C-09-00-00-00-09", 404)
    await text(sam, f"{base}/nonsense", 404)


@pytest.mark.requirement("PIA-R3", "decision-18")
async def test_the_papers(sam: Visitor, tmp_path: Path, clock: FixedClock) -> None:
    await imported(sam)
    await run_to_the_end(tmp_path / "campaigns" / "1", clock.time)
    base = "/srp/campaigns/1"
    assert "The first STOP" in await text(sam, f"{base}/papers")
    results = await sam.get(f"{base}/results.csv")
    assert 'filename="campaign-1-results.csv"' in results.headers["content-disposition"]
    lines = results.body.decode().splitlines()
    assert len(lines) == 5
    assert "DF09" in lines[1]
    assert "'=said so" in lines[1]
    people = (await sam.get(f"{base}/people.csv")).body.decode().splitlines()
    assert len(people) == 4
    pack = zipfile.ZipFile(io.BytesIO((await sam.get(f"{base}/field-pack.zip")).body))
    assert pack.testzip() is None
    command = f"{DEVICES[1].device_id.hex}.gbcs"
    assert sorted(pack.namelist()) == sorted([command, "manifest.csv", "people.csv"])
    assert pack.read(command) == b"command"
    assert pack.read("people.csv").decode().splitlines() == people
    report = json.loads((await sam.get(f"{base}/close-out/json")).body)
    assert (report["devices"], report["remaining"]) == (4, 3)
    assert b"# Close-out" in (await sam.get(f"{base}/close-out/md")).body
    await text(sam, f"{base}/close-out/pdf", 404)


@pytest.mark.requirement("CSC DP108", refuses=True)
async def test_a_viewer_looks_and_does_not_act(
    sam: Visitor, accounts: Accounts, clock: FixedClock, desk: CampaignFolders
) -> None:
    await imported(sam)
    sam.cookies.clear()
    await sign_in(sam, accounts, clock, "cora")
    for path in ("", "/dry-run", "/failures", "/meters", "/papers"):
        shown = await text(sam, f"/srp/campaigns/1{path}")
        assert shown.count("<form") == 1 + (path == "/meters")  # signing out, and the search
    assert "looks and does not import" in await text(sam, "/srp/import")
    for path in ("start", "stop", "pause", "resume", "pace", "retry"):
        reply = await sam.post(f"/srp/campaigns/1/{path}", {"pace": "5", "cause": "no_wan"})
        assert reply.status == 403, path
    refused = await sam.upload("/srp/import", "portfolio", "p.csv", PORTFOLIO, name="Mine")
    assert refused.status == 403
    assert (desk.running(), len(desk.campaigns())) == (None, 1)


async def test_campaigns_that_are_not_there(sam: Visitor) -> None:
    for path in ("", "/dry-run", "/failures", "/meters", "/papers", "/results.csv", "/events"):
        await text(sam, f"/srp/campaigns/7{path}", 404)
        await text(sam, f"/srp/campaigns/99999999999999999999{path}", 404)
    assert (await sam.post("/srp/campaigns/7/start", {"pace": "5"})).status == 404


async def test_a_cause_that_the_policy_does_not_name_any_more_is_shown(
    sam: Visitor, tmp_path: Path, clock: FixedClock
) -> None:
    await imported(sam)
    steps = ended(DEVICES[0], EndState.REFUSED, clock.time, cause="gone", code="E99")
    last = replace(steps[-1], words="<b>")
    await asyncio.to_thread(save, tmp_path / "campaigns" / "1", [*steps[:-1], last], None)
    assert "does not name any more" in await text(sam, "/srp/campaigns/1/failures")
