"""A sound installation is well; each thing that is broken is named, with what to do."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import URL

from stayon.adapters.keys.files import create_private_key
from stayon.adapters.storage.database import Access, migrate, open_engine
from stayon.adapters.storage.examination import StoreContent
from stayon.apps.cli.main import stayon
from stayon.apps.doctor import content
from stayon.apps.serve.folder import WorldFolder
from stayon.ports.operations import GivenUp

NOW = datetime.now(UTC)


def _certificate(days: int) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Z1")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    builder = builder.not_valid_before(NOW - timedelta(days=400))
    made = builder.not_valid_after(NOW + timedelta(days=days)).sign(key, SHA256())
    return made.public_bytes(Encoding.PEM)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "world"
    WorldFolder(folder).found(3, 1, NOW - timedelta(days=1))
    keys = folder / "keys" / "srp"
    keys.mkdir(parents=True)
    create_private_key(keys / "xml-sign.pem")
    (keys / "xml-sign.crt").write_bytes(_certificate(300))
    engine = open_engine(f"sqlite:///{folder / 'dsp.sqlite'}", Access.WRITE)
    migrate(engine)
    engine.dispose()
    return folder


def _doctor(folder: Path, *more: object) -> tuple[int, str]:
    result = CliRunner().invoke(stayon, ["doctor", "--world", str(folder), *map(str, more)])
    return result.exit_code, result.output


def test_a_sound_installation_is_well(folder: Path) -> None:
    status, words = _doctor(folder)
    assert status == 0, words
    assert "ILL" not in words
    for subject in ("modes", "clock", "keys", "certificates", "disk", "database", "policy"):
        assert f"well     {subject}:" in words or f"warning  {subject}:" in words


def _open_key(folder: Path) -> None:
    (folder / "keys" / "srp" / "xml-sign.pem").chmod(0o644)


def _open_secrets(folder: Path) -> None:
    (folder / "founding.json").chmod(0o644)


def _expired(folder: Path) -> None:
    (folder / "keys" / "srp" / "xml-sign.crt").write_bytes(_certificate(-1))


def _newer(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "dsp.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def _broken(folder: Path) -> None:
    (folder / "dsp.sqlite").write_bytes(b"no database" * 1000)


def _no_keys(folder: Path) -> None:
    (folder / "keys" / "srp" / "xml-sign.pem").unlink()


def _from_the_future(folder: Path) -> None:
    (folder / "founding.json").unlink()
    WorldFolder(folder).found(3, 1, NOW + timedelta(days=2))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_open_key, "ILL      keys:"),
        (_open_secrets, "chmod go-rwx"),
        (_expired, "expired on"),
        (_newer, "newer version"),
        (_broken, "does not answer, or is broken"),
        (_no_keys, "no private key"),
        (_from_the_future, "set the clock"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, harm: Callable[[Path], None], said: str) -> None:
    harm(folder)
    status, words = _doctor(folder)
    assert status == 1
    assert said in words


def test_a_certificate_that_expires_soon_is_a_warning(folder: Path) -> None:
    (folder / "keys" / "srp" / "xml-sign.crt").write_bytes(_certificate(10))
    status, words = _doctor(folder)
    assert status == 0
    assert "expires on" in words


def test_no_folder_a_wrong_policy_no_scanner_no_server(folder: Path, tmp_path: Path) -> None:
    assert "is not there" in _doctor(tmp_path / "nowhere")[1]
    policy = tmp_path / "policy"
    policy.mkdir()
    (policy / "safe_prepayment.toml").write_text("version = 'x'\n")
    assert "ILL      policy" in _doctor(folder, "--policy-dir", policy)[1]
    assert "no Failed Suppliers file" in _doctor(folder, "--clamd", tmp_path / "none")[1]
    away = f"postgresql://user:hidden@/stayon?host={tmp_path}"
    status, words = _doctor(folder, "--database-url", away)
    assert status == 1
    assert "ILL      database" in words
    assert "hidden" not in words


def test_a_row_from_the_future_is_a_clock_that_was_set_back(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "dsp.sqlite")) as connection:
        later = int((NOW + timedelta(hours=1)).timestamp() * 1e6)
        values = "'dsp', 1, ?, 'admission', 'I99', '', '', '2.1', x''"
        columns = "writer, sequence, at, step, code, detail, request_id, srv, hash"
        connection.execute(f"INSERT INTO audit ({columns}) VALUES ({values})", (later,))  # noqa: S608
        connection.commit()
    status, words = _doctor(folder)
    assert status == 1
    assert "the clock was set back" in words


def test_a_certificate_in_the_repository_that_ends_soon(folder: Path) -> None:
    der = x509.load_pem_x509_certificate(_certificate(10)).public_bytes(Encoding.DER)
    with closing(sqlite3.connect(folder / "dsp.sqlite")) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(certificate)")]
        given = {"issuer": "CN=Z1", "serial": "1", "der": der, "chain_verified": 1}
        row = [given.get(name, 0 if name == "key_compromise" else None) for name in columns]
        places = ", ".join("?" * len(columns))
        connection.execute(f"INSERT INTO certificate VALUES ({places})", row)  # noqa: S608
        connection.commit()
    status, words = _doctor(folder)
    assert status == 0, words
    assert "warning  certificates: in the SMKI's repository: serial 1 expires on" in words


def test_work_that_was_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "well     dead letters: none" in _doctor(folder)[1]
    letters = (
        GivenUp("carry", "csp-north", 40, NOW),
        GivenUp("deliver", "00db", 2, NOW - timedelta(days=2)),
    )

    def asked(_url: URL) -> StoreContent:
        return StoreContent(None, None, (), dead_letters=letters)

    monkeypatch.setattr(content, "examine_content", asked)
    status, words = _doctor(folder)
    assert status == 0, words
    since = f"{NOW - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
    said = f"warning  dead letters: 42 since {since}, most of them carry for csp-north"
    assert said in words


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "well     traces: off"),
        ({"STAYON_LOG_LEVEL": "debug"}, "warning  log:"),
        ({"STAYON_LOG_LEVEL": "loud"}, "ILL      log: STAYON_LOG_LEVEL is 'loud'"),
        ({"STAYON_LOG_FORMAT": "xml"}, "ILL      log: STAYON_LOG_FORMAT is 'xml'"),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "ILL      traces: OTEL_TRACES_EXPORTER"),
        (
            {
                "OTEL_TRACES_EXPORTER": "otlp",
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
            },
            "warning  traces: 0.02 of all requests to http://127.0.0.1:9/v1/traces, where nobody",
        ),
    ],
)
def test_log_and_traces(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert said in _doctor(folder)[1]


@pytest.mark.parametrize(("seconds", "verdict"), [(0.5, "well"), (5, "warning"), (90, "ILL")])
def test_the_clock_beside_that_of_the_databases_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, verdict: str
) -> None:
    def asked(_url: URL) -> StoreContent:
        return StoreContent(None, datetime.now(UTC) + timedelta(seconds=seconds), ())

    monkeypatch.setattr(content, "examine_content", asked)
    words = _doctor(folder)[1]
    assert any(line.startswith(verdict) and "apart" in line for line in words.splitlines())
