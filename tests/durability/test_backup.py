"""Backup of a world that goes on, and what is restored from it."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.parties.dsp.world import ESME, SUPPLIER, command, dsp_world, fail_the_supplier

from stayon.adapters.storage import SqlStore
from stayon.apps.cli.main import stayon
from stayon.domain.request_id import RequestId
from stayon.ports.audit import verify_chain


def _run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(stayon, [str(one) for one in arguments])
    return result.exit_code, result.output + str(result.exception or "")


def _world(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    (folder / "founding.json").write_text("{}")
    key = folder / "keys" / "srp.pem"
    key.parent.mkdir()
    key.write_text("a key")
    key.chmod(0o600)
    return folder


async def test_what_was_committed_is_in_the_backup_and_comes_back(tmp_path: Path) -> None:
    folder, backup, again = _world(tmp_path / "world"), tmp_path / "backup", tmp_path / "again"
    (folder / "dsp.sqlite").symlink_to("../dsp.db")
    async with dsp_world(tmp_path) as world:
        await fail_the_supplier(world)
        await world.send(command(1))
        # The DSP has it open, and what was just committed is in its write-ahead log.
        assert (tmp_path / "dsp.db-wal").stat().st_size > 0
        assert _run("backup", folder, backup) == (
            0,
            f"{backup}: 1 databases copied and checked\n",
        )
        await world.send(command(2))
    assert _run("restore", backup, again)[0] == 0
    assert (again / "keys" / "srp.pem").stat().st_mode & 0o777 == 0o600
    assert (backup.stat().st_mode & 0o777, again.stat().st_mode & 0o777) == (0o700, 0o700)
    store = SqlStore.in_file(again / "dsp.sqlite", world.clock)
    kept = [await store.request(RequestId(SUPPLIER, ESME, counter)) for counter in (1, 2)]
    assert kept[0] is not None
    assert kept[1] is None
    assert verify_chain(store.audit_chain("dsp")) > 0
    await store.close()


@pytest.mark.parametrize("command_name", ["backup", "restore"])
def test_nothing_is_written_over_and_no_other_folder_is_taken(
    tmp_path: Path, command_name: str
) -> None:
    folder = _world(tmp_path / "world")
    (tmp_path / "there").mkdir()
    status, words = _run(command_name, folder, tmp_path / "there")
    assert status
    assert "exists" in words
    (tmp_path / "unfinished.part").mkdir()
    status, words = _run(command_name, folder, tmp_path / "unfinished")
    assert status
    assert "broke off" in words
    (folder / "founding.json").unlink()
    status, words = _run(command_name, folder, tmp_path / "new")
    assert status
    assert "no world" in words


def test_a_database_that_is_broken_is_no_backup(tmp_path: Path) -> None:
    folder = _world(tmp_path / "world")
    (folder / "dsp.sqlite").write_bytes(b"no database" * 1000)
    for name in ("backup", "restore"):
        target = tmp_path / name
        status, words = _run(name, folder, target)
        assert status
        assert "not a database" in words
        assert not target.exists()
