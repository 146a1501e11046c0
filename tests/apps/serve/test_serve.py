"""``stayon serve`` as its users have it: a process, and commands against it."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from tests.apps.serve.serving import campaign_after_failure, json_of, run_command, served_world

from stayon.apps.world.cast import CAST, SRP


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with served_world(tmp_path_factory.mktemp("served") / "world") as folder:
        yield folder


@pytest.mark.requirement("R2", "R4", "D1", "D2", "R6", "T1", "T2")
def test_from_the_failure_to_a_campaign(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAYON_WORLD", str(world))
    assert "safe" in campaign_after_failure(world, tmp_path)


@pytest.mark.requirement("decision 8")
def test_the_srp_register(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYON_WORLD", str(world))
    before = json_of("ssmi", "register", "list", "--as", "alice", "--json")
    run_command(
        "ssmi", "register", "put", "02-5A-5C-00-00-00-00-02", SRP, "--reference", "PMA-9",
        "--from", "2026-01-01T00:00:00Z", "--as", "alice",
    )  # fmt: skip
    after = run_command("ssmi", "register", "list", "--as", "bob")
    assert "PMA-9: 2026-01-01T00:00:00Z until further notice" in after
    assert len(after.splitlines()) == len(before) + 1


@pytest.mark.requirement("R2", "R4", "D3", "T1")
def test_certificates_through_registration(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAYON_WORLD", str(world))
    csr = tmp_path / "srp.csr"
    common = ("--key", tmp_path / "srp.pem", "--out", csr)
    run_command("smki", "request", SRP, "--role", "87", *common)
    by_jo = ("--aro", "jo", "--aro-key", world / "keys" / "srp" / "file-signing.pem")
    assert "is no ARO" in run_command("smki", "issue", "--csr", csr, refused=True)
    assert "has not signed" in run_command(
        "smki", "issue", "--csr", csr, "--aro", "jo", refused=True
    )
    assert "BEGIN CERTIFICATE" in run_command("smki", "issue", "--csr", csr, *by_jo)
    run_command("smki", "request", SRP, "--role", "02", *common)
    refused = run_command("smki", "issue", "--csr", csr, *by_jo, refused=True)
    assert "may subscribe for 87 XML_SIGN digitalSignature only" in refused
    kim = ("smki", "nominate", SRP, "Kim Reed", "--job-role", "ARO", "--by", "sam")
    assert "BS 7858" in run_command(*kim, refused=True)
    screened = ("--screening", "BS7858/9", "--screened-on", "2026-01-02")
    number = json_of(*kim, *screened)["number"]
    plain = tmp_path / "plain.csr"
    plain.write_bytes(_plain_request())
    assert "BEGIN CERTIFICATE" in run_command("smki", "certify", SRP, "Kim Reed", "--csr", plain)
    run_command("smki", "end-nomination", number, "--by", "sam", "--reason", "left")
    assert "neither SRO nor ARO" in run_command(
        "smki", "certify", SRP, "Kim Reed", "--csr", plain, refused=True
    )
    assert [one["ended_because"] for one in json_of("smki", "nominations")][-1] == "left"
    connection = run_command("smki", "connect", CAST[SRP].party, "--csr", plain)
    assert "O=Commonwell Services Ltd" in (
        x509.load_pem_x509_certificate(connection.encode()).subject.rfc4514_string()
    )
    assert "is not registered" in run_command(
        "smki", "connect", "Nobody", "--csr", plain, refused=True
    )


@pytest.mark.requirement("R6.B", "R6.C")
def test_the_pma_delays_and_lifts(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYON_WORLD", str(world))
    words = ("--reference", "PMA-1", "--reason", "homes")
    other = "02-5A-5C-00-00-00-00-02"
    run_command("smki", "pma", "delay", other, "--until", "2099-01-01T00:00:00Z", *words)
    standing = {one["status"]["status"] for one in json_of("smki", "show", other, "--json")}
    assert standing == {"valid"}
    run_command("smki", "pma", "lift", other, *words)
    standing = {one["status"]["status"] for one in json_of("smki", "show", other, "--json")}
    assert standing == {"revoked"}
    assert [one["decision"] for one in json_of("smki", "pma", "list")] == ["delay", "lift"]


def _plain_request() -> bytes:
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    key = ec.generate_private_key(ec.SECP256R1())
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("path", ["live", "ready", "metrics"])
def test_it_can_be_watched(world: Path, path: str) -> None:
    address = json.loads((world / "world.json").read_bytes())["services"]["monitoring"]
    with urllib.request.urlopen(f"{address}/{path}") as reply:  # noqa: S310 - ours
        assert reply.status == 200
        assert path != "metrics" or b"stayon_store_up 1.0" in reply.read()


def test_the_doctor_finds_nothing_ill_in_it(world: Path) -> None:
    words = run_command("doctor", "--world", world)
    assert "well     services: every port answers" in words
