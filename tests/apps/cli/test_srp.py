"""``stayon srp`` as an SRP's operator types it."""

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.apps.cli.srp_world import (
    NO_WAN,
    REACHED,
    REFUSED,
    SrpWorld,
    change_world,
)

from stayon.apps.cli.main import main
from stayon.apps.world.cast import SRP
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.outcomes import decode_outcome
from stayon.parties.srp.portfolio import COLUMNS

GOOD = (
    ",".join(COLUMNS) + "\n"
    "025A5C1000000001,025A5C0000000001,electricity,SMETS2,1234567890123,csp-north,4.1,0,EH1 1YZ\n"
    "025A5C1000000002,025A5C0000000001,gas,SMETS2,1234567890,csp-north,,,\n"
)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SrpWorld]:
    world = SrpWorld(tmp_path)
    world.start()
    monkeypatch.setenv("STAYON_WORLD", str(tmp_path))
    yield world
    world.stop()


def srp(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["srp", *(str(one) for one in arguments)])
    shown = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, shown.out, shown.err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    code, out, _ = srp(capsys, *arguments, "--json")
    assert code == 0
    return json.loads(out)


def test_a_good_portfolio(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "portfolio.csv"
    path.write_text(GOOD)
    code, out, err = srp(capsys, "check", path)
    assert (code, err) == (0, "")
    assert out == (
        "2 devices (1 SMETS2 electricity, 1 SMETS2 gas) of 02-5A-5C-00-00-00-00-01:"
        " nothing is wrong.\n"
    )
    answer = as_json(capsys, "check", path)
    assert (answer["valid"], answer["devices"]) == (True, 2)


@pytest.mark.requirement("decision-5", refuses=True)
def test_every_bad_row_is_named_by_line_and_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "portfolio.csv"
    path.write_text(GOOD.replace("electricity", "oil").replace("1234567890,", "12,"))
    code, out, err = srp(capsys, "check", path)
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert f"{path}: line 2, column fuel: " in first
    assert f"{path}: line 3, column mpxn: " in second
    code, out, _ = srp(capsys, "check", path, "--json")
    assert code == 2
    problems = json.loads(out)["problems"]
    assert [(one["line"], one["column"]) for one in problems] == [(2, "fuel"), (3, "mpxn")]
    assert srp(capsys, "run", path, "--world", tmp_path, "--campaign", tmp_path / "c")[0] == 2
    assert not (tmp_path / "c").exists()


@pytest.mark.requirement("decision-15", "PIA-R3")
def test_a_campaign_from_the_first_request_to_the_field_pack(
    world: SrpWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = tmp_path / "campaign"
    portfolio = world.portfolio(REACHED, NO_WAN, REFUSED)
    options = ("--campaign", campaign, "--pace", "50/s", "--retry", "none")
    code, out, err = srp(capsys, "run", portfolio, *options)
    assert code == 0
    assert str(campaign / "results.csv") in out.replace("\n", "")
    assert "3 of 3 devices have ended: safe 1, refused 1, needs local delivery 1" in err

    summary = as_json(capsys, "status", "--campaign", campaign)
    counts = ("devices", "safe", "already_safe", "refused", "unreachable", "needs_local_delivery")
    assert [summary[name] for name in counts] == [3, 1, 0, 1, 0, 1]
    assert summary["complete"] is True
    assert {(one["state"], one["code"]) for one in summary["reasons"]} == {
        ("refused", "E4"),
        ("needs_local_delivery", ""),
    }
    assert "refused E4" in srp(capsys, "status", "--campaign", campaign)[1]

    with (campaign / "results.csv").open() as file:
        rows = {row["device_id"]: row for row in csv.DictReader(file)}
    proof = parse_frame(bytes.fromhex(rows[str(REACHED)]["evidence"]))
    assert decode_outcome(proof).succeeded
    assert (rows[str(REFUSED)]["state"], rows[str(REFUSED)]["code"]) == ("refused", "E4")
    code, out, _ = srp(capsys, "results", "--campaign", campaign)
    assert out == (campaign / "results.csv").read_text()
    code, _, err = srp(capsys, "results", "--campaign", campaign, "--out", tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_text() == out
    assert err.startswith("3 devices: ")

    pack = tmp_path / "pack"
    code, out, _ = srp(capsys, "field-pack", "--campaign", campaign, "--out", pack)
    assert out.startswith("1 Commands for local delivery, 2 devices on people.csv")
    with (pack / "manifest.csv").open() as file:
        (row,) = csv.DictReader(file)
    command = (pack / row["file"]).read_bytes()
    assert row["sha256"] == hashlib.sha256(command).hexdigest()
    frame = parse_frame(command)
    assert (frame.recipient, frame.mac is not None) == (NO_WAN, True)
    with (pack / "people.csv").open() as file:
        assert {row["device_id"] for row in csv.DictReader(file)} == {str(NO_WAN), str(REFUSED)}
    people = {one["device_id"]: one for one in json.loads((pack / "people.json").read_text())}
    assert "no WAN" in people[str(NO_WAN)]["cause"]
    assert "Compare the registration" in people[str(REFUSED)]["what_to_do"]
    code, _, err = srp(capsys, "field-pack", "--campaign", campaign, "--out", pack)
    assert (code, "is not empty" in err) == (2, True)

    brought = tmp_path / "brought"
    brought.mkdir()
    (brought / "x.gbcs").write_bytes(command)
    code, _, err = srp(capsys, "field-pack", "import", brought, "--campaign", campaign)
    assert (code, "x.gbcs: " in err, "nothing was imported" in err) == (2, True, True)

    closed = tmp_path / "closed"
    code, out, _ = srp(capsys, "close-out", "--campaign", campaign, "--out", closed)
    assert (code, out.startswith("3 devices, 2 need somebody")) == (0, True)
    report = json.loads((closed / "close-out.json").read_text())
    assert report["end_states"]["safe"] == 1
    assert "first STOP" in (closed / "close-out.md").read_text()

    code, out, _ = srp(capsys, "forecast", portfolio, "--history", campaign, "--pace", "1/s")
    told = json.loads(out)
    assert (code, told["devices"], told["safe"]) == (0, 3, 1)
    assert told["requests"] == sum(int(row["attempts"]) for row in rows.values())


@pytest.mark.requirement("PIA-R3", "A6")
def test_a_cause_that_was_mended_is_retried(
    world: SrpWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = tmp_path / "campaign"
    portfolio = world.portfolio(REFUSED)
    options = ("--campaign", campaign, "--retry", "none")
    assert srp(capsys, "run", portfolio, *options)[0] == 0
    order = ("--campaign", campaign, "--by", "R. Adeyemi")
    code, out, _ = srp(capsys, "retry", "--cause", "other_supplier", *order)
    assert (code, "1 devices were given up for other_supplier" in out) == (0, True)
    assert srp(capsys, "retry", "--cause", "bad luck", *order)[0] == 2
    assert srp(capsys, "pause", *order)[0] == 0
    assert srp(capsys, "pace", "30/s", *order)[0] == 0
    assert srp(capsys, "resume", *order)[0] == 0
    assert srp(capsys, "run", portfolio, *options)[0] == 0
    (row,) = csv.DictReader((campaign / "results.csv").read_text().splitlines())
    assert (row["state"], row["attempts"]) == ("refused", "2")


@pytest.mark.requirement("decision-15")
def test_what_is_done_is_not_done_again(
    world: SrpWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    portfolio = world.portfolio(REACHED)
    first, second = tmp_path / "first", tmp_path / "second"
    summary = as_json(capsys, "run", portfolio, "--campaign", first, "--pace", 50)
    assert summary["safe"] == 1
    sent = len(world.requests)
    assert sent == 2
    assert as_json(capsys, "run", portfolio, "--campaign", first)["safe"] == 1
    summary = as_json(capsys, "run", portfolio, "--campaign", second, "--earlier", first)
    assert (summary["already_safe"], summary["safe"]) == (1, 0)
    assert len(world.requests) == sent
    third = tmp_path / "third"
    summary = as_json(capsys, "run", portfolio, "--campaign", third, "--earlier", second)
    assert summary["already_safe"] == 1


def refused(
    world: SrpWorld, capsys: pytest.CaptureFixture[str], *more: object, portfolio: str | None = None
) -> str:
    """The words with which a run is refused; nothing is sent."""
    path = world.portfolio(REACHED)
    if portfolio is not None:
        path.write_text(portfolio)
    code, _, err = srp(capsys, "run", path, "--campaign", world.folder / "c", *more)
    assert (code, world.requests) == (2, [])
    assert err.count("\n") == 1
    return err


def _at(url: object) -> Any:
    def change(document: Any) -> None:
        document["services"]["srp_receive"] = url

    return change


def test_worlds_in_which_no_campaign_can_run(
    world: SrpWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    other = GOOD.replace("025A5C0000000001", "025A5C0000000099")
    assert "no digital signing key is held" in refused(world, capsys, portfolio=other)
    change_world(world.folder, _at("https://srp.example:1/receive"))
    assert "cannot receive at" in refused(world, capsys)
    change_world(world.folder, _at("http://127.0.0.1:1/elsewhere"))
    assert "receives at /receive" in refused(world, capsys)
    change_world(world.folder, _at(7))
    assert "services.srp_receive" in refused(world, capsys)
    (world.folder / "world.json").write_text("[]")
    assert "world.json: the file" in refused(world, capsys)
    (world.folder / "world.json").unlink()
    assert "is a world running in" in refused(world, capsys)


def test_keys_and_certificates_that_do_not_belong_together(
    world: SrpWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = world.folder
    certificate = folder / "keys" / "srp" / "xml-sign.crt"
    genuine = certificate.read_text()
    supplier = next((folder / "keys" / "suppliers").iterdir()) / "digital-signature.crt"
    certificate.write_text(supplier.read_text())
    assert "is not the certificate of a key beside it" in refused(world, capsys)
    certificate.write_text("nothing")
    assert "PEM" in refused(world, capsys)
    certificate.unlink()
    assert "cannot be read" in refused(world, capsys)
    certificate.write_text(genuine)

    def somebody_else(document: Any) -> None:
        document["srp"]["user_id"] = "02-5A-5C-00-00-00-00-77"

    change_world(folder, somebody_else)
    assert "is not an XML signing certificate of" in refused(world, capsys)
    change_world(folder, lambda document: document.update(srp={"user_id": str(SRP), "keys": "no"}))
    assert "No such file" in refused(world, capsys)


def test_authorities_that_cannot_be_trusted(
    world: SrpWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    organisations = world.folder / "smki" / "organisations.crt"
    genuine = organisations.read_text()
    organisations.write_text("")
    assert "0 certificates instead of one or two" in refused(world, capsys)
    blocks = genuine.split("-----BEGIN")
    organisations.write_text("-----BEGIN".join((blocks[0], blocks[2], blocks[1])))
    assert "organisations.crt: " in refused(world, capsys)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--pace", "0", "not a number of requests"),
        ("--pace", "fast", "not a number of requests"),
        ("--retry", "soon", "write durations as"),
        ("--answer-within", "1h,2h", "is one duration"),
        ("--answer-within", "0s", "is one duration"),
    ],
)
def test_options_that_make_no_sense(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, words: str
) -> None:
    path = tmp_path / "portfolio.csv"
    path.write_text(GOOD)
    arguments = ("--world", tmp_path, "--campaign", tmp_path / "c", option, value)
    code, _, err = srp(capsys, "run", path, *arguments)
    assert (code, words in err) == (2, True)


@pytest.mark.parametrize("command", ["status", "results", "field-pack"])
def test_where_no_campaign_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    more = ("--out", tmp_path / "pack") if command == "field-pack" else ()
    code, _, err = srp(capsys, command, "--campaign", tmp_path, *more)
    assert (code, "no campaign was begun there" in err) == (2, True)


def test_the_safe_set_is_the_operators_where_there_is_one(
    world: SrpWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    own = world.folder / "policy"
    own.mkdir()
    (own / "safe_prepayment.toml").write_text("version = 3\n")
    assert "safe_prepayment.toml" in refused(world, capsys)
