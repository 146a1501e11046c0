"""The SSI from the outside: a User's officers, in their jobs, and nobody else's things."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.parties.dsp.responsible_officers import (
    JO,
    SENIOR,
    Register,
    file_signing_certificate,
    officer,
    sign_file,
)
from tests.parties.dsp.world import (
    ESME,
    SRP,
    SUPPLIER,
    SUPPLIER_XML,
    DspWorld,
    command,
    dsp_world,
    fail_the_supplier,
    rule,
)
from tests.support.asgi import AsgiReply, call
from tests.support.throwaway_keys import throwaway_key

from stayon.adapters.http.server import HttpServer
from stayon.adapters.keys.files import write_private_key
from stayon.apps.cli.main import stayon
from stayon.parties.dsp.data_management.adt_file import COLUMNS
from stayon.parties.dsp.data_management.adt_submission import AdtFiles
from stayon.parties.dsp.data_management.aro_signature import AroSignatures
from stayon.parties.dsp.request_management.exit_quarantine_file import ExitQuarantineFiles
from stayon.parties.ssi import People, Ssi, ssi_app
from stayon.parties.ssi.people import PeopleError

OTHER_ARO = officer("Kit Other", user=SUPPLIER)
TOKENS = {
    JO.person: (SRP, "a token of sixteen and more"),
    SENIOR.person: (SRP, "another token for somebody"),
    OTHER_ARO.person: (SUPPLIER, "a token of the other User"),
    "Not Nominated": (SRP, "a token that alone is nothing"),
}
PEOPLE = {name: {"user_id": str(user), "token": token} for name, (user, token) in TOKENS.items()}
ADT = f"{','.join(COLUMNS)}\n{SRP},SolrContingency,{SUPPLIER},2.1,3600,1,2\n".encode()
EXIT = "event,request_id,action,reason\n"


def signed(content: bytes, person: str = JO.person) -> dict[str, str]:
    pair = {"file": content, "signature": sign_file(content, person)}
    return {name: base64.b64encode(octets).decode() for name, octets in pair.items()}


@dataclass
class Served:
    world: DspWorld
    app: Any

    async def ask(
        self, method: str, path: str, document: Any = None, *, by: str | None = JO.person
    ) -> AsgiReply:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        kind = "text/csv" if isinstance(document, bytes) else "application/json"
        headers = {"content-type": kind}
        if by is not None:
            token = TOKENS[by][1] if by in TOKENS else by
            headers["authorization"] = f"Bearer {token}"
        return await call(
            self.app, method, f"/api/v1{path}", b"" if document is None else body, headers
        )

    async def get(self, path: str, *, by: str = JO.person) -> Any:
        reply = await self.ask("GET", path, by=by)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    async def post(self, path: str, document: Any, *, by: str = JO.person) -> Any:
        reply = await self.ask("POST", path, document, by=by)
        assert reply.status in (200, 201), reply.body
        return json.loads(reply.body)


@pytest.fixture
async def ssi(tmp_path: Path) -> AsyncIterator[Served]:
    async with dsp_world(tmp_path) as world:
        await fail_the_supplier(world)
        register = Register()
        register.known.append(OTHER_ARO)
        leave = world.dsp.exit_quarantine
        policy = world.dsp.reception._policy
        made = Ssi(
            people=People.from_json(json.dumps(PEOPLE).encode()),
            nominations=register,
            adt_files=AdtFiles(world.store, world.dsp.view, register, policy, world.clock),
            exit_quarantine=leave,
            exit_files=ExitQuarantineFiles(leave, AroSignatures(register), world.clock),
            view=world.dsp.view,
            store=world.store,
            clock=world.clock,
        )
        yield Served(world, ssi_app(made))


async def hold(ssi: Served, *counters: int) -> None:
    await ssi.world.dsp.administration.set_threshold(rule(1), "pat")
    await ssi.world.send(command(900))
    for counter in counters:
        await ssi.world.send(command(counter))
    ssi.world.carrier.taken.clear()


@pytest.mark.requirement("R4", "D4", "T2", "T3", "decision 9")
async def test_an_aro_submits_what_was_previewed(ssi: Served) -> None:
    assert await ssi.get("/me") == {"name": JO.person, "user_id": str(SRP), "jobs": ["ARO"]}
    seen = await ssi.post("/adt-files/preview", ADT)
    assert seen["lines"][0]["before"]["quarantine"] == 1000
    taken = await ssi.post("/adt-files", signed(ADT))
    assert taken == {**seen, "signed_by": JO.person}
    await ssi.world.send(command(1))
    (threshold,) = await ssi.get("/thresholds")
    assert (threshold["used"], threshold["quarantine"], threshold["in_effect"]) == (1, 2, True)
    assert (threshold["window_from"], threshold["window_to"]) == (
        "2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z",
    )  # fmt: skip


@pytest.mark.requirement("R4", refuses=True)
async def test_only_an_aro_submits_and_decides(ssi: Served) -> None:
    await hold(ssi, 1)
    for path, document in (
        ("/adt-files", signed(ADT)),
        ("/quarantine/1/release", {"reason": "mine"}),
        ("/quarantine/1/deletion", {"reason": "mine"}),
        ("/exit-quarantine-files", signed(EXIT.encode())),
    ):
        reply = await ssi.ask("POST", path, document, by=SENIOR.person)
        assert (reply.status, "only an ARO" in reply.body.decode()) == (403, True)
    assert len(await ssi.get("/quarantine", by=SENIOR.person)) == 1
    assert (await ssi.post("/adt-files/preview", ADT, by=SENIOR.person))["signed_by"] is None


@pytest.mark.requirement("R4", refuses=True)
@pytest.mark.parametrize("by", [None, "", "no token that anybody has"])
async def test_strangers_see_nothing(ssi: Served, by: str | None) -> None:
    for path in ("/me", "/thresholds", "/quarantine", "/sat", "/certificates"):
        reply = await ssi.ask("GET", path, by=by)
        assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.requirement("R4", refuses=True)
async def test_a_token_without_a_nomination_is_nothing(ssi: Served) -> None:
    reply = await ssi.ask("GET", "/me", by="Not Nominated")
    assert (reply.status, "nominated for nothing" in reply.body.decode()) == (403, True)


@pytest.mark.requirement("R4", "R6.A", "decision 9", refuses=True)
async def test_a_bad_file_is_refused_with_its_rows(ssi: Served) -> None:
    wrong = ADT.replace(str(SUPPLIER).encode(), str(ESME).encode())
    reply = await ssi.ask("POST", "/adt-files", signed(wrong))
    assert reply.status == 422
    (problem,) = json.loads(reply.body)["problems"]
    assert problem.startswith("row 2, supplier_id: ")
    stranger = await ssi.ask("POST", "/adt-files", signed(ADT, "A Stranger"))
    assert (stranger.status, "of no ARO" in stranger.body.decode()) == (422, True)
    other = await ssi.ask("POST", "/adt-files", signed(ADT, OTHER_ARO.person))
    assert other.status == 422
    no_base64 = await ssi.ask("POST", "/adt-files", {"file": "?", "signature": ""})
    assert (no_base64.status, "file: is not base64" in no_base64.body.decode()) == (422, True)
    large = await ssi.ask("POST", "/adt-files/preview", b"x" * (1024 * 1024 + 1))
    assert large.status == 413


@pytest.mark.requirement("D14")
async def test_a_user_releases_and_deletes_its_own(ssi: Served) -> None:
    await hold(ssi, 1, 2)
    first, _ = await ssi.get("/quarantine")
    assert await ssi.get("/quarantine/1") == first
    released = await ssi.post("/quarantine/1/release", {"reason": "expected"})
    assert (released["state"], released["decided_by"]) == ("released", JO.person)
    deleted = await ssi.post("/quarantine/2/deletion", {"reason": "a mistake"})
    assert deleted["state"] == "deleted"
    assert await ssi.get("/quarantine?state=deleted") == [deleted]
    await ssi.world.settle()
    assert len(ssi.world.carrier.taken) == 1


@pytest.mark.requirement("D14", "R4", refuses=True)
async def test_nobody_sees_the_things_of_another_user(ssi: Served) -> None:
    await hold(ssi, 1)
    by = OTHER_ARO.person
    assert await ssi.get("/quarantine", by=by) == []
    assert await ssi.get("/thresholds", by=by) == []
    assert await ssi.get("/sat", by=by) == []
    owners = {each["remote_party_role"] for each in await ssi.get("/certificates", by=by)}
    assert owners == {"02", "87"}
    assert (await ssi.ask("GET", "/quarantine/1", by=by)).status == 422
    for act in ("release", "deletion"):
        reply = await ssi.ask("POST", f"/quarantine/1/{act}", {"reason": "mine"}, by=by)
        assert (reply.status, "there is no quarantine event 1" in reply.body.decode()) == (
            422,
            True,
        )
    theirs = f"{EXIT}1,{SUPPLIER}:{ESME}:1,delete,mine\n".encode()
    reply = await ssi.ask("POST", "/exit-quarantine-files", signed(theirs, by), by=by)
    assert json.loads(reply.body)["problems"] == ["row 2, event: there is no quarantine event 1"]
    assert len(await ssi.get("/quarantine")) == 1


@pytest.mark.requirement("D14", "R4", "decision 9")
async def test_an_exit_quarantine_file_decides_line_by_line(ssi: Served) -> None:
    await hold(ssi, 1, 2, 3)
    await ssi.post("/quarantine/3/deletion", {"reason": "before"})
    content = (
        f"{EXIT}1,{SUPPLIER}:{ESME}:1,release,expected\n2,{SUPPLIER}:{ESME}:2,delete,a mistake\n"
        f"3,{SUPPLIER}:{ESME}:3,release,too late\n"
    ).encode()
    found = await ssi.post("/exit-quarantine-files", signed(content))
    assert [each["event"]["state"] for each in found] == ["released", "deleted", "deleted"]
    assert [each["problem"] is None for each in found] == [True, True, False]
    assert await ssi.post("/exit-quarantine-files", signed(content)) == found
    await ssi.world.settle()
    assert len(ssi.world.carrier.taken) == 1


@pytest.mark.requirement("D14", "decision 9", refuses=True)
@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("", "the file has no row"),
        (f"1,{SUPPLIER}:{ESME}:1,burn,x\n", "row 2, action: must be release or delete"),
        (f"0,{SUPPLIER}:{ESME}:1,delete,x\n", "row 2, event: must be a whole number"),
        (f"1,{SUPPLIER}:{ESME}:1,delete,\n", "row 2, reason: must have 1 to 400"),
        ("1,x,delete,y\n", "row 2, request_id: "),
        (f"1,{SUPPLIER}:{ESME}:7,delete,x\n", "row 2, request_id: is not that of event 1"),
        (f"9,{SUPPLIER}:{ESME}:7,delete,x\n", "row 2, event: there is no quarantine event 9"),
        (f"1,{SUPPLIER}:{ESME}:1,delete,x\n" * 2, "row 3, event: has a row before"),
    ],
)
async def test_an_exit_quarantine_file_that_is_wrong_does_nothing(
    ssi: Served, lines: str, problem: str
) -> None:
    await hold(ssi, 1)
    reply = await ssi.ask("POST", "/exit-quarantine-files", signed((EXIT + lines).encode()))
    assert reply.status == 422
    assert any(each.startswith(problem) for each in json.loads(reply.body)["problems"])
    assert len(await ssi.get("/quarantine")) == 1


@pytest.mark.requirement("D9", "D15")
async def test_a_user_sees_its_own_audit_trail(ssi: Served) -> None:
    await ssi.world.send(command(1))
    await ssi.world.send(command(2, by=SUPPLIER_XML))
    rows = await ssi.get("/sat?limit=50")
    assert {row["sender"] for row in rows} == {str(SRP)}
    assert len(await ssi.get(f"/sat?request_id={SUPPLIER}:{ESME}:1&code=I99")) == 1
    assert await ssi.get(f"/sat?request_id={SUPPLIER}:{ESME}:2") == []


@pytest.mark.requirement("R6", "decision 9", refuses=True)
async def test_without_an_instruction_thresholds_are_not_in_effect(ssi: Served) -> None:
    (instruction,) = (await ssi.world.store.reference()).instructions
    ended = replace(instruction, effective_to=instruction.effective_from)
    await ssi.world.store.put_instruction(ended)
    (threshold,) = await ssi.get("/thresholds")
    assert threshold["in_effect"] is False


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b'{"jo": 5}', b'{"jo": {"token": "a token of sixteen"}}',
        b'{"jo": {"user_id": "x", "token": "a token of sixteen"}}',
        json.dumps({"jo": {"user_id": str(SRP), "token": "short"}}).encode(),
        json.dumps({n: {"user_id": str(SRP), "token": "t" * 20} for n in ("a", "b")}).encode(),
    ],
)  # fmt: skip
def test_people_that_cannot_be_used(content: bytes) -> None:
    with pytest.raises(PeopleError):
        People.from_json(content)


@pytest.mark.requirement("R4", "D14")
async def test_commands(ssi: Served, tmp_path: Path) -> None:
    await hold(ssi, 1, 2, 3)
    server = HttpServer(ssi.app)
    await server.start()
    (tmp_path / "world.json").write_text(json.dumps({"services": {"ssi": server.url}}))
    (tmp_path / "ssi-people.json").write_text(json.dumps(PEOPLE))
    pem = x509.load_der_x509_certificate(file_signing_certificate(JO.person))
    (tmp_path / "jo.crt").write_bytes(pem.public_bytes(Encoding.PEM))
    write_private_key(tmp_path / "jo.pem", throwaway_key(f"file signing {JO.person}"))
    adt = tmp_path / "adt.csv"
    adt.write_bytes(ADT)
    leaving = tmp_path / "exit.csv"
    leaving.write_text(f"{EXIT}3,{SUPPLIER}:{ESME}:3,delete,a mistake\n")
    try:

        async def run(*arguments: str, by: str | None = JO.person) -> str:
            given = ["ssi", *arguments]
            if by is not None:
                given += ["--world", str(tmp_path), "--as", by]
            result = await asyncio.to_thread(CliRunner().invoke, stayon, given)
            assert result.exit_code == 0, (result.output, result.exception)
            return str(result.output)

        signing = "--key", str(tmp_path / "jo.pem"), "--certificate", str(tmp_path / "jo.crt")
        for file in (adt, leaving):
            assert "p7s written" in await run("sign", str(file), *signing, by=None)
        assert "preview" in await run("adt", "preview", str(adt))
        assert f"signed by {JO.person}" in await run("adt", "submit", str(adt))
        assert "1 of 2 used" in await run("thresholds")
        assert "released (I99)" in await run("quarantine", "release", "1", "--reason", "expected")
        assert "deleted" in await run("quarantine", "delete", "2", "--reason", "a mistake")
        assert "event 3  deleted" in await run("quarantine", "submit", str(leaving))
        assert "event 2" in await run("quarantine", "list", "--state", "deleted")
        assert "released" in await run("sat", "--limit", "500")
        assert "role 87" in await run("certificates")
    finally:
        await server.stop()
