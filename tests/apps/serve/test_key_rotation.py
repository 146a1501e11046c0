"""Every key that signs XML is replaced while a campaign runs: nothing is lost, files and HSM."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from tests.apps.serve.serving import json_of, open_contingency, run_command, served_world
from tests.support.secrets_of_world import secrets_of, told
from tests.support.softhsm import PIN, token_options
from tests.support.variants import where_keys_lie

from stayon import safexml, xmlsig
from stayon.apps.world.cast import DSP, S1SPS, SRP
from stayon.apps.world.key_rotation import KEYS, RotationPlan
from stayon.parties.srp.gateway import Service
from stayon.smki_profile import parse_organisation
from stayon.smki_profile.pem import from_pem

_SIGNERS = {DSP: "89", SRP: "87"} | dict.fromkeys(S1SPS.values(), "8A")
"""Whose keys sign XML, with their roles."""


@pytest.fixture(params=where_keys_lie(usual="files"))
def options(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, ...]:
    """Where the keys lie, as options of ``stayon serve``."""
    if request.param == "files":
        return ()
    names = ("90b3d51f30000002-89-*", "025a5c000000002*", "025a5c0000000010-*")
    return token_options(tmp_path / "hsm", monkeypatch, names)


def _stayon(*arguments: str, world: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "stayon", *arguments]
    return subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "STAYON_WORLD": str(world)},
    )


def _said(*arguments: str, world: Path) -> str:
    """A command in a process of its own, since SoftHSM reads its configuration once."""
    running = _stayon(*arguments, world=world)
    out, error = running.communicate(timeout=60)
    assert running.returncode == 0, out + error
    return out + error


def _signers(campaign: Path) -> set[int]:
    """The serials of the certificates that the campaign's requests name, at first none."""
    with closing(sqlite3.connect(campaign / "campaign.sqlite")) as database:
        found = database.execute("SELECT request FROM signed_request")
        requests = [request for (request,) in found]
    return {xmlsig.read_signature(safexml.parse(request)).serial for request in requests}


def _has_begun(campaign: Path) -> bool:
    """Whether a request is signed; its file comes first, then its tables."""
    if not (campaign / "campaign.sqlite").exists():
        return False
    with suppress(sqlite3.OperationalError):
        return bool(_signers(campaign))
    return False


def _answered(campaign: Path) -> list[bytes]:
    """The signed requests that the DSP has acknowledged, as they were sent."""
    query = (
        "SELECT request FROM signed_request JOIN progress USING (device_id)"
        " WHERE number = attempt AND stage IN ('acknowledged', 'ended')"
    )
    with closing(sqlite3.connect(campaign / "campaign.sqlite")) as database:
        return [request for (request,) in database.execute(query)]


def _answer(world: Path, request: bytes) -> bytes:
    """What the DSP answers on the connection."""
    services = json.loads((world / "world.json").read_bytes())["services"]
    asked = Request(  # noqa: S310 - of the world that runs here
        services["dsp"] + Service.SEND_COMMAND.value, request, {"Content-Type": "application/xml"}
    )
    with urlopen(asked, timeout=30) as answer:  # noqa: S310 - of the world that runs here
        content: bytes = answer.read()
    return content


def _believed_signer(world: Path, document: bytes) -> int:
    """The serial of the certificate that verifies it."""
    root = safexml.parse(document)
    claim = xmlsig.read_signature(root)
    (pem,) = (
        one["pem"]
        for one in json_of("smki", "show", DSP, "--json", "--world", world)
        if int(one["serial"]) == claim.serial
    )
    certificate = parse_organisation(from_pem("CERTIFICATE", pem))
    xmlsig.verify(root, claim, certificate.public_key)
    return claim.serial


def _serials(owner: object, role: str) -> set[int]:
    listed = json_of("smki", "show", owner, "--json")
    return {int(one["serial"]) for one in listed if (one["role"] or "").startswith(role)}


@pytest.mark.requirement("WG-keys", "decision 2")
def test_every_signing_key_is_replaced_during_a_campaign(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, campaign = tmp_path / "world", tmp_path / "campaign"
    # What the process logs lies in a file that is searched for secrets as all others are.
    with served_world(world, *options, log=tmp_path / "serve.log"):
        monkeypatch.setenv("STAYON_WORLD", str(world))
        open_contingency(world, tmp_path)
        portfolio = world / "portfolio.csv"
        running = _stayon(
            *("srp", "run", str(portfolio), "--campaign", str(campaign), "--pace", "0.1/s"),
            *("--retry", "none", "--answer-within", "20s", "--json"),
            world=world,
        )
        _wait(lambda: _has_begun(campaign))
        run_command("srp", "pause", "--campaign", campaign, "--by", "jo")
        _wait(lambda: _answered(campaign))
        early = _answered(campaign)
        answered_with = [_answer(world, one) for one in early]
        first = {owner: _serials(owner, role) for owner, role in _SIGNERS.items()}
        for key in KEYS:
            assert "key 2 of" in run_command("smki", "rotate", key, "--overlap", "5")
        before = (world / "keys" / "srp" / "xml-sign.crt").read_text()
        _wait(lambda: (world / "keys" / "srp" / "xml-sign.crt").read_text() != before)
        processes = _processes(tmp_path)
        assert len(processes) == 4
        run_command("srp", "pace", "2/s", "--campaign", campaign, "--by", "jo")
        run_command("srp", "resume", "--campaign", campaign, "--by", "jo")
        said, error = running.communicate(timeout=150)
        assert running.returncode == 0, error
        summary = json.loads(said.splitlines()[-1])
        assert summary["complete"]
        assert summary["refused"] == 0
        assert summary["safe"] >= 3
        for owner, role in _SIGNERS.items():
            assert len(first[owner]) == 1
            assert len(_serials(owner, role) - first[owner]) == 1, owner
        # What was answered before the switch is answered so again, by the key of that time, which
        # the SRP believes as before; what is answered now has the new key's signature.
        assert [_answer(world, one) for one in early] == answered_with
        assert {_believed_signer(world, one) for one in answered_with} == first[DSP]
        late = next(one for one in _answered(campaign) if one not in early)
        assert _believed_signer(world, _answer(world, late)) in _serials(DSP, "89") - first[DSP]
        # Requests of both keys were sent, and none of them was refused for its signature.
        assert _signers(campaign) == _serials(SRP, "87")
        secrets = secrets_of(world) | ({"hsm.pin": PIN.encode()} if options else {})
        assert any("xml-sign.2.pem" in name for name in secrets) is (not options)
        run_command("backup", world, tmp_path / "backup")
        heard = {**processes, "the campaign": (said + error).encode()}
        assert told(secrets, tmp_path, said=heard) == []
        _retire(world)
    with served_world(world, *options):  # goes on with the keys that are in use
        assert len(_serials(DSP, "89")) == len(_serials(SRP, "87")) == 2


def _processes(folder: Path) -> dict[str, bytes]:
    """What anybody may see of the two processes that run: their arguments and environment."""
    me, seen = os.getpid(), {}
    for child in Path(f"/proc/{me}/task/{me}/children").read_text().split():
        with suppress(OSError):  # what another test has started may end meanwhile
            told_of = {
                f"{name} of {child}": Path(f"/proc/{child}/{name}").read_bytes()
                for name in ("cmdline", "environ")
            }
            if str(folder).encode() in told_of[f"cmdline of {child}"]:
                seen.update(told_of)
    return seen


def _wait(until: Callable[[], object]) -> None:
    for _ in range(600):
        if until():
            return
        time.sleep(0.1)
    raise AssertionError("it never came")


def _retire(world: Path) -> None:
    """The old keys go, not before their time unless somebody says so; the broker's stays."""
    plan = RotationPlan(world)
    latest = max(one.use_from for one in plan.read().values()).timestamp()
    time.sleep(max(0.0, latest - time.time()))
    assert "it is kept until" in run_command("smki", "retire", "srp", refused=True)
    assert "deleted" in _said("smki", "retire", "srp", "--now", world=world)
    assert "not retired" in run_command("smki", "rotate", "dsp", refused=True)
    for key in ("broker", "supplier"):
        assert "trust anchor cell" in run_command("smki", "rotate", key, refused=True)
    assert plan.read()["srp"].retired
