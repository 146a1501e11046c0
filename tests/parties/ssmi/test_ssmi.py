"""The SSMI from the outside: over HTTP, and as commands against a running one."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError
from tests.parties.dsp.responsible_officers import JO, Register, sign_file
from tests.parties.dsp.world import (
    ESME,
    FAILED_SUPPLIERS,
    NOW,
    SRP,
    SUPPLIER,
    DspWorld,
    command,
    dsp_world,
    fail_the_supplier,
    rule,
)
from tests.support.asgi import AsgiReply, call

from stayon.adapters.http.server import HttpServer
from stayon.apps.cli.main import main, stayon
from stayon.domain.errors import StayonError
from stayon.parties.dsp.data_management.adt_submission import AdtFiles
from stayon.parties.ssmi import Operators, ssmi_app
from stayon.parties.ssmi.operators import OperatorsError

TOKENS = {"pat": "a token of sixteen and more", "kim": "another token for somebody"}
API = "/api/v1"
INSTRUCTION = {
    "reference": "OFG-1",
    "supplier_id": str(SUPPLIER),
    "srp_id": str(SRP),
    "document_sha256": "ab" * 32,
    "effective_from": "2026-08-01T00:00:00Z",
}
THRESHOLD = {
    "user_id": str(SRP),
    "supplier_id": str(SUPPLIER),
    "period_seconds": 3600,
    "warning": 5,
    "quarantine": 10,
}


def adt_document() -> dict[str, str]:
    """The User's own thresholds, signed by its ARO: 10 in an hour."""
    content = (
        "user_id,role,supplier_id,srv,period_seconds,warning,quarantine\n"
        f"{SRP},SolrContingency,{SUPPLIER},2.1,3600,5,10\n"
    ).encode()
    pair = {"file": content, "signature": sign_file(content, JO.person)}
    return {name: base64.b64encode(octets).decode() for name, octets in pair.items()}


@dataclass
class Ssmi:
    world: DspWorld
    app: Any

    async def ask(
        self, method: str, path: str, document: Any = None, *, by: str | None = "pat"
    ) -> AsgiReply:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        headers = {
            "content-type": "text/csv" if isinstance(document, bytes) else "application/json"
        }
        if by is not None:
            headers["authorization"] = f"Bearer {TOKENS.get(by, by)}"
        return await call(
            self.app, method, API + path, b"" if document is None else body, headers, chunk=1000
        )

    async def get(self, path: str) -> Any:
        reply = await self.ask("GET", path)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    async def post(self, path: str, document: Any, *, by: str = "pat") -> Any:
        reply = await self.ask("POST", path, document, by=by)
        assert reply.status in (200, 201), reply.body
        return json.loads(reply.body)


@pytest.fixture
async def ssmi(tmp_path: Path) -> AsyncIterator[Ssmi]:
    async with dsp_world(tmp_path) as world:
        operators = Operators(TOKENS)
        dsp = world.dsp
        files = AdtFiles(world.store, dsp.view, Register(), dsp.reception._policy, world.clock)
        app = ssmi_app(
            dsp.administration,
            dsp.amendments,
            dsp.exit_quarantine,
            files,
            dsp.dead_letters,
            store=world.store,
            operators=operators,
            clock=world.clock,
        )
        yield Ssmi(world, app)


@pytest.mark.requirement("D1", "D2", "R6", "T2")
async def test_from_nothing_to_an_open_contingency(ssmi: Ssmi) -> None:
    assert await ssmi.get("/failed-suppliers") is None
    await ssmi.post("/authority-instructions", INSTRUCTION)
    uploaded = await ssmi.post("/failed-suppliers/files", FAILED_SUPPLIERS)
    assert (uploaded["state"], uploaded["uploaded_by"]) == ("uploaded", "pat")
    assert [each["kind"] for each in uploaded["warnings"]] == ["suspended", "certificates"]
    assert {each["row"] for each in uploaded["warnings"]} == {2}
    path = f"/failed-suppliers/files/{uploaded['file_id']}"
    assert await ssmi.get(path) == uploaded
    applied = await ssmi.post(f"{path}/apply", {"reasons": ["a", "b"]}, by="kim")
    assert (applied["state"], applied["applied_by"]) == ("applied", "kim")
    assert [each["ignored_because"] for each in applied["warnings"]] == ["a", "b"]
    assert await ssmi.get("/failed-suppliers") == applied
    (confirmed,) = await ssmi.post("/authority-instructions/OFG-1/confirmation", {}, by="kim")
    assert confirmed["confirmed_by"] == "kim"
    assert await ssmi.get("/authority-instructions") == [confirmed]
    refused = await ssmi.ask("POST", "/thresholds", THRESHOLD)
    assert (refused.status, "only an ADT file" in refused.body.decode()) == (422, True)
    await ssmi.post("/adt-files", adt_document())
    lowered = {**THRESHOLD, "warning": 2, "quarantine": 9}
    assert (await ssmi.post("/thresholds", lowered))["quarantine"] == 9
    raised = {**THRESHOLD, "quarantine": 10}
    assert (await ssmi.ask("POST", "/thresholds", raised)).status == 422
    faster = {**lowered, "period_seconds": 60}
    assert (await ssmi.ask("POST", "/thresholds", faster)).status == 422
    (threshold,) = await ssmi.get("/thresholds")
    assert threshold["quarantine"] == 9
    withdrawal = {"supplier_id": str(SUPPLIER), "srp_id": str(SRP), "reason": "over"}
    withdrawn = await ssmi.post("/failed-suppliers/withdrawals", withdrawal, by="kim")
    assert withdrawn["entries"][0]["withdrawn_because"] == "over"
    assert await ssmi.get("/failed-suppliers/files") == [withdrawn]


@pytest.mark.requirement("D14")
async def test_the_people_of_the_dcc_release_and_delete(ssmi: Ssmi) -> None:
    await fail_the_supplier(ssmi.world, quarantine=0)
    for counter in (1, 2):
        await ssmi.world.send(command(counter))
    await ssmi.world.dsp.administration.set_threshold(rule(1), "pat")
    first, _ = await ssmi.get(f"/quarantine?sender={SRP}&supplier={SUPPLIER}&limit=5")
    assert (first["state"], first["held_by"]) == ("held", "sec/volume_threshold")
    assert await ssmi.get("/quarantine/1") == first
    released = await ssmi.post("/quarantine/1/release", {"reason": "seen"}, by="kim")
    assert (released["state"], released["code"], released["decided_by"]) == (
        "released", "I99", "kim",
    )  # fmt: skip
    deleted = await ssmi.post("/quarantine/2/deletion", {"reason": "a mistake"})
    assert (deleted["state"], deleted["decided_because"]) == ("deleted", "a mistake")
    assert await ssmi.get("/quarantine") == []
    assert await ssmi.get("/quarantine?state=deleted") == [deleted]
    no_reason = await ssmi.ask("POST", "/quarantine/2/deletion", {"reason": ""})
    assert no_reason.status == 400
    too_late = await ssmi.ask("POST", "/quarantine/2/release", {"reason": "do it"})
    assert (too_late.status, "was deleted by pat" in json.loads(too_late.body)["detail"]) == (
        422, True,
    )  # fmt: skip
    assert (await ssmi.ask("GET", "/quarantine/9")).status == 422
    assert (await ssmi.ask("GET", "/quarantine", by="a stranger altogether")).status == 401


@pytest.mark.requirement("D14")
async def test_the_dcc_sets_its_own_thresholds(ssmi: Ssmi, tmp_path: Path) -> None:
    wanted = {"period_seconds": 3600, "warning": 5, "quarantine": 10}
    full = {"role": "SolrContingency", "srv": "2.1", **wanted}
    assert await ssmi.post("/overall-thresholds", wanted) == full
    assert await ssmi.get("/overall-thresholds") == [full]
    wrong = {**full, "role": "Emperor"}
    assert (await ssmi.ask("POST", "/overall-thresholds", wrong)).status == 422
    async with served(ssmi, tmp_path) as shell:
        found = await shell.run("threshold", "overall", "--quarantine", "9", "--warning", "3")
        assert found == {**full, "warning": 3, "quarantine": 9, "period_seconds": 86_400}
        assert "all Users  SolrContingency  2.1: 9" in await shell.words("threshold", "list")
        assert await shell.run("threshold", "list") == [found]


@pytest.mark.requirement("R4", "D4", "T3", "decision 9")
async def test_the_dcc_hands_in_what_an_aro_has_signed(ssmi: Ssmi, tmp_path: Path) -> None:
    await fail_the_supplier(ssmi.world)
    content = (
        "user_id,role,supplier_id,srv,period_seconds,warning,quarantine\n"
        f"{SRP},SolrContingency,{SUPPLIER},2.1,3600,4,5\n"
    ).encode()
    seen = await ssmi.post("/adt-files/preview", content)
    assert (seen["user_id"], seen["signed_by"]) == (str(SRP), None)
    file = tmp_path / "adt.csv"
    file.write_bytes(content)
    (tmp_path / "adt.csv.p7s").write_bytes(sign_file(content, JO.person))
    async with served(ssmi, tmp_path) as shell:
        assert await shell.run("threshold", "submit", str(file)) == {
            **seen, "signed_by": JO.person,
        }  # fmt: skip
    (threshold,) = await ssmi.get("/thresholds")
    assert threshold["quarantine"] == 5
    forged = sign_file(content, "A Stranger")
    document = {
        "file": base64.b64encode(content).decode(), "signature": base64.b64encode(forged).decode(),
    }  # fmt: skip
    reply = await ssmi.ask("POST", "/adt-files", document)
    assert (reply.status, "of no ARO" in reply.body.decode()) == (422, True)


@pytest.mark.requirement("R6", "decision 9")
async def test_commands_that_extend_and_end_an_instruction(ssmi: Ssmi, tmp_path: Path) -> None:
    await fail_the_supplier(ssmi.world)
    (instruction,) = (await ssmi.world.store.reference()).instructions
    ends = NOW + timedelta(days=1)
    await ssmi.world.store.put_instruction(replace(instruction, effective_to=ends))
    letter = tmp_path / "letter.txt"
    letter.write_text("until Christmas")
    async with served(ssmi, tmp_path) as shell:
        until = "2026-12-24T00:00:00Z"
        extending = "instruction", "extend", "OFG-1", "--to", until, "--document", str(letter)
        assert "OFG-1 to 2026-12-24" in await shell.words(*extending)
        (found,) = await shell.run("instruction", "confirm-extension", "OFG-1", by="kim")
        assert found["effective_to"] == until
        (found,) = await shell.run("instruction", "end", "OFG-1", "--reason", "all are safe")
        assert found["effective_to"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.requirement("D14")
async def test_commands_for_quarantine(ssmi: Ssmi, tmp_path: Path) -> None:
    await fail_the_supplier(ssmi.world, quarantine=1)
    for counter in (1, 2, 3):
        await ssmi.world.send(command(counter))
    async with served(ssmi, tmp_path) as shell:
        found = await shell.run("quarantine", "list", "--sender", str(SRP))
        assert [each["event"] for each in found] == [1, 2]
        words = await shell.words("quarantine", "release", "1", "--reason", "expected")
        assert "released (I99) by pat" in words
        words = await shell.words("quarantine", "delete", "2", "--reason", "a mistake", by="kim")
        assert "deleted by kim" in words
        assert "event 1  released" in await shell.words("quarantine", "list", "--state", "released")


async def test_the_audit_trail_is_shown(ssmi: Ssmi) -> None:
    await ssmi.world.send(command())
    (row,) = await ssmi.get(f"/sat?device={ESME}")
    assert (row["code"], row["sender"], row["originator"]) == ("E65", str(SRP), str(SUPPLIER))
    since = "since=2030-01-01T00:00:00Z"
    assert await ssmi.get(f"/sat?sender={SRP}&{since}") == []
    assert len(await ssmi.get("/sat?until=2030-01-01T00:00:00Z&limit=1")) == 1


@pytest.mark.parametrize("by", [None, "nobody at all here", ""])
async def test_strangers_see_nothing(ssmi: Ssmi, by: str | None) -> None:
    for method, path in [("GET", "/sat"), ("POST", "/thresholds"), ("GET", "/thresholds")]:
        reply = await ssmi.ask(method, path, {} if method == "POST" else None, by=by)
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.requirement("D1", refuses=True)
async def test_refusals_say_why(ssmi: Ssmi) -> None:
    reply = await ssmi.ask("POST", "/failed-suppliers/files", b"nonsense")
    assert (reply.status, reply.headers["content-type"]) == (422, "application/problem+json")
    assert json.loads(reply.body)["problems"]
    large = await ssmi.ask("POST", "/failed-suppliers/files", b"x" * (1024 * 1024 + 1))
    assert large.status == 413
    await ssmi.post("/authority-instructions", INSTRUCTION)
    uploaded = await ssmi.post("/failed-suppliers/files", FAILED_SUPPLIERS)
    path = f"/failed-suppliers/files/{uploaded['file_id']}/apply"
    same = await ssmi.ask("POST", path, {"reasons": ["a", "b"]})
    assert same.status == 422
    assert "another person" in json.loads(same.body)["detail"]
    assert (await ssmi.ask("POST", path, {"reason": "a"}, by="kim")).status == 400
    wrong_role = {**THRESHOLD, "role": "Emperor"}
    assert (await ssmi.ask("POST", "/thresholds", wrong_role)).status == 422
    bad_id = {**THRESHOLD, "user_id": "x"}
    assert (await ssmi.ask("POST", "/thresholds", bad_id)).status == 422
    ending = {**INSTRUCTION, "effective_to": "2026-07-01T00:00:00+01:00"}
    assert (await ssmi.ask("POST", "/authority-instructions", ending)).status == 422


async def test_a_store_that_fails_is_not_a_refusal(
    ssmi: Ssmi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssmi.world.store, "_reading_connection", _fails)
    assert (await ssmi.ask("GET", "/sat")).status == 503


def _fails() -> None:
    raise OperationalError("SELECT", {}, Exception("gone"))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"pat": 5}', b'{"pat": "short"}', b'{" ": "a token of sixteen and more"}'],
)
def test_operators_that_cannot_be_used(content: bytes) -> None:
    with pytest.raises(OperatorsError):
        Operators.from_json(content)


def test_two_operators_with_one_token_are_one_person() -> None:
    with pytest.raises(StayonError, match="same token"):
        Operators({"pat": "a" * 20, "kim": "a" * 20})
    assert Operators.from_json(json.dumps(TOKENS).encode()).who(f"bearer {TOKENS['kim']}") == "kim"


@dataclass
class Shell:
    """``stayon ssmi`` against a served SSMI, with a world's folder."""

    folder: Path

    async def run(self, *arguments: str, by: str = "pat") -> Any:
        given = ["ssmi", *arguments, "--world", str(self.folder), "--as", by, "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, stayon, given)
        assert result.exit_code == 0, (result.output, result.exception)
        return json.loads(result.stdout)

    async def words(self, *arguments: str, by: str = "pat") -> str:
        given = ["ssmi", *arguments, "--world", str(self.folder), "--as", by]
        result = await asyncio.to_thread(CliRunner().invoke, stayon, given)
        assert result.exit_code == 0, (result.output, result.exception)
        return str(result.output)


@asynccontextmanager
async def served(ssmi: Ssmi, folder: Path) -> AsyncIterator[Shell]:
    server = HttpServer(ssmi.app)
    await server.start()
    (folder / "world.json").write_text(json.dumps({"services": {"ssmi": server.url}}))
    (folder / "operators.json").write_text(json.dumps(TOKENS))
    yield Shell(folder)
    await server.stop()


@pytest.mark.requirement("D1", "R6")
async def test_the_commands(ssmi: Ssmi, tmp_path: Path) -> None:
    listed = tmp_path / "failed.csv"
    listed.write_bytes(FAILED_SUPPLIERS)
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear DCC")
    async with served(ssmi, tmp_path) as shell:
        assert "nothing is possible" in await shell.words("suppliers", "list")
        await shell.run(
            "instruction", "enter", "OFG-1", "--supplier", str(SUPPLIER), "--srp", str(SRP),
            "--document", str(letter), "--from", "2026-08-01T00:00:00Z",
        )  # fmt: skip
        uploaded = await shell.run("suppliers", "upload", str(listed))
        number = str(uploaded["file_id"])
        assert "warning 1, row 2" in await shell.words("suppliers", "review", number)
        reasons = ["--reason", "known", "--reason", "revoked tonight"]
        applied = await shell.words("suppliers", "apply", number, *reasons, by="kim")
        assert "applied by kim" in applied
        assert "ignored: revoked tonight" in applied
        assert "not confirmed" in await shell.words("instruction", "list")
        assert "confirmed by kim" in await shell.words("instruction", "confirm", "OFG-1", by="kim")
        await shell.run("threshold", "set", str(SRP), str(SUPPLIER), "--quarantine", "0")
        assert "0 in 86400 s" in await shell.words("threshold", "list")
        withdrawn = await shell.words(
            "suppliers", "withdraw", str(SUPPLIER), str(SRP), "--reason", "over"
        )
        assert "withdrawn by pat: over" in withdrawn
        assert len(await shell.run("suppliers", "list", "--all")) == 1
        assert "1 found" in await shell.words("suppliers", "list", "--all")
        assert "threshold" in await shell.words("sat", "--limit", "50")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["suppliers", "list"], "say which world"),
        (["suppliers", "list", "--url", "http://127.0.0.1:1"], "say who you are"),
        (["suppliers", "list", "--url", "http://127.0.0.1:1", "--token", "x"], "no answer"),
    ],
)
def test_errors_are_one_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["ssmi", *arguments])
    assert stopped.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "words"), [(None, "which operators"), ("{}", "no operator"), ("x", "no operator")]
)
def test_an_operator_must_be_known(
    tmp_path: Path, content: str | None, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    services = {"services": {"ssmi": "http://127.0.0.1:1"}}
    (tmp_path / "world.json").write_text(json.dumps(services))
    if content is not None:
        (tmp_path / "operators.json").write_text(content)
    with pytest.raises(SystemExit):
        main(["ssmi", "sat", "--world", str(tmp_path), "--as", "pat"])
    assert words in capsys.readouterr().err


async def test_a_refusal_is_one_sentence(
    ssmi: Ssmi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n")
    async with served(ssmi, tmp_path):
        arguments = ["ssmi", "suppliers", "upload", str(bad)]
        with pytest.raises(SystemExit):
            await asyncio.to_thread(main, [*arguments, "--world", str(tmp_path), "--as", "pat"])
    assert "row 1: the header must be" in capsys.readouterr().err
