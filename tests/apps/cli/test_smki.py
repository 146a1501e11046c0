import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from cryptography import x509
from fastapi import FastAPI
from tests.parties.smki.world import METER, SRP, SUPPLIER, SetClock, issue, key, new_smki

from stayon.adapters.http.server import HttpServer
from stayon.apps.cli.main import main
from stayon.parties.smki import Smki
from stayon.parties.smki.api import smki_router
from stayon.smki_profile import KeyUsage, parse_certificate
from stayon.smki_profile.pem import from_pem


class World:
    """A served SMKI and a folder with its world.json."""

    def __init__(self, smki: Smki, folder: Path) -> None:
        self.smki = smki
        self.folder = folder


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    clock = SetClock()
    smki = new_smki(clock)
    ready, stop = Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    app = FastAPI()
    app.include_router(smki_router(smki, clock), prefix="/smki")

    async def serve() -> None:
        server = HttpServer(app)
        await server.start()
        services = {"services": {"smki": f"{server.url}/smki"}}
        (tmp_path / "world.json").write_text(json.dumps(services))
        ready.set()
        await stop.wait()
        await server.stop()

    thread = Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(20)
    monkeypatch.setenv("STAYON_WORLD", str(tmp_path))
    yield World(smki, tmp_path)
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


def _run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["smki", *(str(one) for one in arguments)])
    shown = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, shown.out, shown.err


def _json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    code, out, err = _run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_certificates_are_listed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    signing, xml = issue(world.smki), issue(world.smki, "87")
    listed = _json(capsys, "list")
    assert [one["serial"] for one in listed] == [str(xml.serial), str(signing.serial)]
    assert _json(capsys, "list", "--role", "02", "--usage", "keyAgreement") == []
    assert _json(capsys, "list", "--status", "revoked") == []
    code, out, _ = _run(capsys, "list", "--role", "87")
    assert code == 0
    assert out.split() == [
        str(SUPPLIER),
        "87",
        "XML_SIGN",
        "digitalSignature",
        "valid",
        str(xml.serial),
    ]


def test_the_certificates_of_one_owner(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    certificate = issue(world.smki)
    world.smki.issue_device(METER, KeyUsage.KEY_AGREEMENT, key("meter").public_key())
    _, out, _ = _run(capsys, "show", SUPPLIER.hex)
    assert f"serial:       {certificate.serial}" in out
    assert "status:       valid" in out
    _, out, _ = _run(capsys, "show", METER, "--pem")
    read = parse_certificate(from_pem("CERTIFICATE", out))
    assert read == world.smki.repository.find(METER)[0]
    (later,) = _json(capsys, "show", METER, "--at", "2019-01-01T00:00:00Z")
    assert later["status"]["status"] == "not-yet-valid"
    code, _, err = _run(capsys, "show", "00-00-00-00-00-00-00-00")
    assert code == 2
    assert err == "stayon: EUI-64: 00-00-00-00-00-00-00-00 has no certificates\n"


@pytest.mark.requirement("R2", "T1")
def test_from_a_key_to_a_certificate(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    private_key, csr = world.folder / "srp.pem", world.folder / "srp.csr"
    common = ("--key", private_key, "--out", csr)
    assert _run(capsys, "request", SRP, "--role", "87", "--name", "SRP", *common)[0] == 0
    assert private_key.stat().st_mode & 0o777 == 0o600
    code, out, _ = _run(capsys, "issue", "--csr", csr, "--role", "87")
    assert code == 0
    certificate = parse_certificate(from_pem("CERTIFICATE", out))
    assert world.smki.repository.find(SRP) == (certificate,)
    der_csr = world.folder / "der.csr"
    der_csr.write_bytes(from_pem("CERTIFICATE REQUEST", csr.read_text()))
    assert _json(capsys, "issue", "--csr", der_csr)["eui64"] == str(SRP)
    _run(capsys, "request", SRP, "--role", "02", *common)
    code, out, err = _run(capsys, "issue", "--csr", csr)
    assert (code, out) == (2, "")
    assert "may subscribe for 87 XML_SIGN digitalSignature only" in err
    assert err.count("\n") == 1


def test_a_device_s_certificate(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    private_key, csr = world.folder / "meter.pem", world.folder / "meter.csr"
    usage = ("--usage", "keyAgreement")
    _, out, _ = _run(capsys, "request", METER, *usage, "--key", private_key)
    csr.write_text(out)
    issued = world.folder / "meter.crt"
    assert _run(capsys, "issue", "--csr", csr, "--out", issued)[:2] == (0, "")
    read = parse_certificate(from_pem("CERTIFICATE", issued.read_text()))
    assert world.smki.repository.find(METER, KeyUsage.KEY_AGREEMENT) == (read,)


def test_what_is_no_signing_request(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    path = world.folder / "csr"
    path.write_bytes(b"\xff\xfe nothing")
    code, _, err = _run(capsys, "issue", "--csr", path)
    assert (code, err) == (2, "stayon: PEM: is not one block of CERTIFICATE REQUEST\n")


def test_a_certificate_is_revoked(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    certificate = issue(world.smki)
    code, out, _ = _run(
        capsys,
        "revoke",
        certificate.serial,
        "--reason",
        "privilege-withdrawn",
        "--at",
        "2026-11-20T20:00:00+01:00",
    )
    assert code == 0
    assert out == (
        f"{certificate.serial} is revoked from 2026-11-20T19:00:00Z on (privilege-withdrawn)\n"
    )
    _, out, _ = _run(capsys, "show", SUPPLIER, "--at", "2026-11-20T19:00:00Z")
    assert "status:       revoked from 2026-11-20T19:00:00Z on (privilege-withdrawn)" in out
    (recorded,) = _json(capsys, "crl")
    assert recorded["serial"] == str(certificate.serial)
    later = ("--at", "2026-11-20T20:00:00Z")
    code, _, err = _run(capsys, "revoke", certificate.serial, "--reason", "superseded", *later)
    assert code == 2
    assert "is revoked already" in err
    other = issue(world.smki, "87")
    revoked = _json(capsys, "revoke", other.serial, "--reason", "superseded", "--by", "an ARO")
    assert revoked["by"] == "an ARO"


def test_the_revocation_list(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = _run(capsys, "crl", "--hierarchy", "device")
    assert x509.load_pem_x509_crl(out.encode()).issuer.rfc4514_string() == "CN=D1"


def test_a_party_is_enrolled(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    eui64 = "90-B3-D5-1F-30-01-00-99"
    arguments = ("enrol", eui64, "--party", "Another Ltd", "--capacity", "solr-contingency")
    code, out, _ = _run(capsys, *arguments)
    assert (code, out) == (0, f"{eui64} enrolled as solr-contingency (Another Ltd)\n")
    assert _json(capsys, *arguments)["eui64"] == eui64


def test_no_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("STAYON_WORLD", raising=False)
    code, _, err = _run(capsys, "list")
    assert code == 2
    assert "say which world: --world DIR" in err
    code, _, err = _run(capsys, "list", "--world", tmp_path)
    assert (code, "is a world running in" in err) == (2, True)
    for content in ("[]", "{", '{"services": {}}', '{"services": {"smki": 5}}'):
        (tmp_path / "world.json").write_text(content)
        code, _, err = _run(capsys, "list", "--world", tmp_path)
        assert (code, "does not say where the service 'smki' is" in err) == (2, True)
    code, _, err = _run(capsys, "list", "--url", "http://127.0.0.1:1/smki/")
    assert (code, "no answer from 127.0.0.1:1" in err) == (2, True)


@pytest.mark.parametrize("command", ["list", "show", "enrol", "request", "issue", "revoke", "crl"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, command, "--help")
    assert code == 0
    assert f"smki {command}" in out.splitlines()[0]
