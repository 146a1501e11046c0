"""``stayon serve`` as its users have it: a process, and commands against it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from stayon.apps.cli.main import stayon
from stayon.apps.world.cast import CAST, FAILED_SUPPLIER, SRP
from stayon.parties.dsp.data_management.failed_suppliers import COLUMNS

_PORTS = 7


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("served") / "world"
    command = [sys.executable, "-m", "stayon", "serve", "--world", str(folder), "--homes", "3"]
    running = subprocess.Popen(  # noqa: S603
        [*command, "--port", str(_free_ports())],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert running.stdout is not None
    said = []
    for line in running.stdout:
        said.append(line)
        if line.startswith("Ready"):
            break
    else:
        pytest.fail("".join(said))
    yield folder
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    running.stdout.close()


def _free_ports() -> int:
    for first in range(20_000 + os.getpid() % 1000 * 10, 60_000, 10):
        with ExitStack() as stack:
            try:
                for port in range(first, first + _PORTS):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no ports")


def _run(*arguments: object, refused: bool = False) -> str:
    result = CliRunner().invoke(stayon, [str(one) for one in arguments])
    assert bool(result.exit_code) == refused, (result.output, result.exception)
    return result.output + str(result.exception or "") if refused else result.stdout


def _json(*arguments: object) -> Any:
    return json.loads(_run(*arguments))


@pytest.mark.requirement("R2", "R4", "D1", "D2", "R6", "T1", "T2")
def test_from_the_failure_to_a_campaign(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAYON_WORLD", str(world))
    few = open_contingency(world, tmp_path)
    campaign = tmp_path / "campaign"
    _run(
        "srp",
        "run",
        few,
        "--campaign",
        campaign,
        "--pace",
        "20/s",
        "--retry",
        "none",
        "--answer-within",
        "3s",
    )
    assert "safe" in _run("srp", "status", "--campaign", campaign)


def open_contingency(world: Path, tmp_path: Path) -> Path:
    """Let the supplier fail and the SRP act for it; a portfolio of the first home's meters.

    STAYON_WORLD must be ``world``.
    """
    failed = tmp_path / "failed.csv"
    begins = json.loads((world / "founding.json").read_bytes())["founded"][:10] + "T00:00:00Z"
    ids = ";".join(CAST[FAILED_SUPPLIER].participant_ids)
    row = f"{FAILED_SUPPLIER},Brightside Energy,{ids},{SRP},OFGEM-1,{begins},"
    failed.write_text(",".join(COLUMNS) + f"\n{row}\n")
    for one in _json("smki", "list", "--role", "02", "--json"):
        if one["eui64"] == str(FAILED_SUPPLIER):
            _run("smki", "revoke", one["serial"], "--reason", "cessation-of-operation")
    _run(
        "ssmi", "instruction", "enter", "OFGEM-1", "--supplier", FAILED_SUPPLIER, "--srp", SRP,
        "--document", failed, "--from", begins, "--as", "alice",
    )  # fmt: skip
    uploaded = _json("ssmi", "suppliers", "upload", failed, "--as", "alice", "--json")
    reasons = [part for _ in uploaded["warnings"] for part in ("--reason", "reviewed")]
    apply = ("ssmi", "suppliers", "apply", uploaded["file_id"], *reasons)
    assert "another person" in _run(*apply, "--as", "alice", refused=True)
    assert "applied by bob" in _run(*apply, "--as", "bob")
    _run("ssmi", "instruction", "confirm", "OFGEM-1", "--as", "bob")
    adt = tmp_path / "adt.csv"
    header = "user_id,role,supplier_id,srv,period_seconds,warning,quarantine"
    adt.write_text(f"{header}\n{SRP},SolrContingency,{FAILED_SUPPLIER},2.1,86400,90,100\n")
    signing = world / "keys" / "srp" / "file-signing"
    by_jo = ("--key", f"{signing}.pem", "--certificate", f"{signing}.crt")
    _run("ssi", "sign", adt, *by_jo)
    _run("ssi", "adt", "submit", adt, "--as", "jo")
    portfolio = (world / "portfolio.csv").read_text().splitlines()
    few = tmp_path / "few.csv"
    few.write_text("\n".join(portfolio[:3]) + "\n")
    return few


@pytest.mark.requirement("decision 8")
def test_the_srp_register(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYON_WORLD", str(world))
    before = _json("ssmi", "register", "list", "--as", "alice", "--json")
    _run(
        "ssmi", "register", "put", "02-5A-5C-00-00-00-00-02", SRP, "--reference", "PMA-9",
        "--from", "2026-01-01T00:00:00Z", "--as", "alice",
    )  # fmt: skip
    after = _run("ssmi", "register", "list", "--as", "bob")
    assert "PMA-9: 2026-01-01T00:00:00Z until further notice" in after
    assert len(after.splitlines()) == len(before) + 1


@pytest.mark.requirement("R2", "R4", "D3", "T1")
def test_certificates_through_registration(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAYON_WORLD", str(world))
    csr = tmp_path / "srp.csr"
    common = ("--key", tmp_path / "srp.pem", "--out", csr)
    _run("smki", "request", SRP, "--role", "87", *common)
    by_jo = ("--aro", "jo", "--aro-key", world / "keys" / "srp" / "file-signing.pem")
    assert "is no ARO" in _run("smki", "issue", "--csr", csr, refused=True)
    assert "has not signed" in _run("smki", "issue", "--csr", csr, "--aro", "jo", refused=True)
    assert "BEGIN CERTIFICATE" in _run("smki", "issue", "--csr", csr, *by_jo)
    _run("smki", "request", SRP, "--role", "02", *common)
    refused = _run("smki", "issue", "--csr", csr, *by_jo, refused=True)
    assert "may subscribe for 87 XML_SIGN digitalSignature only" in refused
    kim = ("smki", "nominate", SRP, "Kim Reed", "--job-role", "ARO", "--by", "sam")
    assert "BS 7858" in _run(*kim, refused=True)
    screened = ("--screening", "BS7858/9", "--screened-on", "2026-01-02")
    number = _json(*kim, *screened)["number"]
    plain = tmp_path / "plain.csr"
    plain.write_bytes(_plain_request())
    assert "BEGIN CERTIFICATE" in _run("smki", "certify", SRP, "Kim Reed", "--csr", plain)
    _run("smki", "end-nomination", number, "--by", "sam", "--reason", "left")
    assert "neither SRO nor ARO" in _run(
        "smki", "certify", SRP, "Kim Reed", "--csr", plain, refused=True
    )
    assert [one["ended_because"] for one in _json("smki", "nominations")][-1] == "left"
    connection = _run("smki", "connect", CAST[SRP].party, "--csr", plain)
    assert "O=Commonwell Services Ltd" in (
        x509.load_pem_x509_certificate(connection.encode()).subject.rfc4514_string()
    )
    assert "is not registered" in _run("smki", "connect", "Nobody", "--csr", plain, refused=True)


@pytest.mark.requirement("R6.B", "R6.C")
def test_the_pma_delays_and_lifts(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYON_WORLD", str(world))
    words = ("--reference", "PMA-1", "--reason", "homes")
    other = "02-5A-5C-00-00-00-00-02"
    _run("smki", "pma", "delay", other, "--until", "2099-01-01T00:00:00Z", *words)
    standing = {one["status"]["status"] for one in _json("smki", "show", other, "--json")}
    assert standing == {"valid"}
    _run("smki", "pma", "lift", other, *words)
    standing = {one["status"]["status"] for one in _json("smki", "show", other, "--json")}
    assert standing == {"revoked"}
    assert [one["decision"] for one in _json("smki", "pma", "list")] == ["delay", "lift"]


def _plain_request() -> bytes:
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    key = ec.generate_private_key(ec.SECP256R1())
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)
