"""``stayon duis validate`` and ``stayon duis transform``."""

import json
from pathlib import Path

import pytest
from lxml import etree
from tests.duis.samples import request
from tests.reference import SHARED, needs_shared, rtds
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.apps.cli.main import main
from stayon.domain.metering import Fuel
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.duis.request import (
    CommandVariant,
    UpdatePrepayConfiguration,
    build_request,
)

NOW = "2015-01-01T00:00:00Z"
SAFE: dict[Fuel, PrepaymentConfiguration] = {Fuel.ELECTRICITY: SAFE_ELECTRICITY, Fuel.GAS: SAFE_GAS}


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["duis", *map(str, arguments)])
    captured = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, captured.out, captured.err


@pytest.fixture
def safe(tmp_path: Path) -> dict[Fuel, Path]:
    """The safe set of each fuel as an unsigned request."""
    files = {}
    for fuel, configuration in SAFE.items():
        body = UpdatePrepayConfiguration(None, configuration)
        asked = request(body, reference="2.1", variant=CommandVariant.TRANSFORM)
        files[fuel] = tmp_path / f"{fuel.value}.xml"
        files[fuel].write_bytes(etree.tostring(build_request(asked)))
    return files


@pytest.fixture
def invalid(tmp_path: Path) -> Path:
    path = tmp_path / "invalid.xml"
    path.write_bytes(etree.tostring(build_request(request())).replace(b"4.13", b"4.99"))
    return path


def test_validate(
    capsys: pytest.CaptureFixture[str], safe: dict[Fuel, Path], invalid: Path, tmp_path: Path
) -> None:
    good = safe[Fuel.GAS]
    assert run(capsys, "validate", good) == (0, f"{good}: valid\n", "")
    unsafe = tmp_path / "unsafe.xml"
    unsafe.write_bytes(b"<!DOCTYPE a><a/>")
    status, out, err = run(capsys, "validate", good, invalid, unsafe)
    assert (status, err) == (1, "")
    first, second, third = out.splitlines()
    assert first == f"{good}: valid"
    assert second.startswith(f"{invalid}: /sr:Request/sr:Header/sr:ServiceReference (line 1): ")
    assert third.startswith(f"{unsafe}: XML: DOCTYPE")


def test_validate_for_a_machine(
    capsys: pytest.CaptureFixture[str], safe: dict[Fuel, Path], invalid: Path
) -> None:
    status, out, _ = run(capsys, "validate", "--json", safe[Fuel.GAS], invalid)
    first, second = map(json.loads, out.splitlines())
    assert status == 1
    assert first == {"file": str(safe[Fuel.GAS]), "valid": True, "reason": None}
    assert second["valid"] is False
    assert "4.99" in second["reason"]


@needs_shared
@pytest.mark.parametrize("by", ["option", "variable"])
def test_validate_with_the_official_schemas(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    folder = SHARED / "duis/schema"
    examples = sorted((SHARED / "duis/requests").iterdir())
    options: list[object] = []
    if by == "option":
        options = ["--schema-dir", folder]
    else:
        monkeypatch.setenv("STAYON_DUIS_SCHEMA_DIR", str(folder))
    status, out, err = run(capsys, "validate", *options, *examples)
    assert (status, err) == (0, "")
    assert out.splitlines() == [f"{path}: valid" for path in examples]


def test_a_folder_without_the_schemas(
    capsys: pytest.CaptureFixture[str], safe: dict[Fuel, Path], tmp_path: Path
) -> None:
    status, out, err = run(capsys, "validate", "--schema-dir", tmp_path, safe[Fuel.GAS])
    assert (status, out) == (2, "")
    assert f"{tmp_path}: DUIS Schema V5.4.xsd: No such file" in err


def test_no_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for arguments in (("validate",), ("validate", tmp_path / "none.xml"), ("transform",)):
        status, _, err = run(capsys, *arguments)
        assert status == 2
        assert err.count("\n") == 1


@needs_shared
@pytest.mark.parametrize("name", ["ECS08a_2.1_FUTURE_DATED_SUCCESS", "GCS05_2.1_IMMEDIATE_SUCCESS"])
def test_transform_gives_the_published_pre_command(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = SHARED / f"duis/requests/{name}_REQUEST_DUIS.XML"
    status, out, err = run(capsys, "transform", "--now", NOW, file)
    assert (status, err) == (0, "")
    assert out == rtds(f"{name}_PRECOMMAND").hex().upper() + "\n"


def test_transform(capsys: pytest.CaptureFixture[str], safe: dict[Fuel, Path]) -> None:
    files = (safe[Fuel.ELECTRICITY], safe[Fuel.GAS])
    status, out, _ = run(capsys, "transform", *files, "--use-case", "ecs08", "--now", NOW)
    electricity, gas = out.splitlines()
    assert status == 0
    assert electricity.isupper()
    assert "0002001F" in electricity
    assert "0002006F" in gas
    assert "804A371C" in gas
    status, out, _ = run(capsys, "transform", *files)
    assert "000200DE" in out
    assert "804A371C" not in out


def test_what_cannot_be_transformed(
    capsys: pytest.CaptureFixture[str], safe: dict[Fuel, Path], invalid: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.xml"
    other.write_bytes(etree.tostring(build_request(request())))
    for file, words in ((invalid, "4.99"), (other, "4.13 is not 2.1")):
        status, out, err = run(capsys, "transform", file)
        assert (status, out) == (2, "")
        assert err.startswith(f"stayon: {file}: ")
        assert words in err
        assert err.count("\n") == 1
    status, _, err = run(capsys, "transform", "--now", "yesterday", safe[Fuel.GAS])
    assert (status, err) == (2, "stayon: --now: 'yesterday' is not an ISO 8601 date-time\n")
