"""``stayon smki rotate`` where it cannot be carried out."""

from pathlib import Path

import pytest

from stayon.apps.cli.main import main


def rotate(folder: Path, key: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["smki", "rotate", key, "--world", str(folder)])
    return int(ended.value.code or 0)


@pytest.mark.parametrize("key", ["broker", "supplier"])
def test_keys_that_devices_hold_are_not_replaced(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "world.json").write_text("{}")
    assert rotate(tmp_path, key) == 2
    assert "trust anchor cell" in capsys.readouterr().err


def test_a_folder_that_is_no_world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rotate(tmp_path, "srp") == 2
    assert "is this a world's folder?" in capsys.readouterr().err


def test_the_replacement_is_planned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "world.json").write_text("{}")
    assert rotate(tmp_path, "srp") == 0
    assert "key 2 of srp is in use from" in capsys.readouterr().out
