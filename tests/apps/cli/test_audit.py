"""``stayon audit``: every way of tampering shows, and an honest trail passes."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.adapters.storage.values import NOW, entry

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.apps.cli.main import main
from stayon.ports.store_work import Note


async def _write(path: Path, codes: list[str], writer: str) -> None:
    store = SqlStore.in_file(path, SimulatedClock(NOW), writer=writer)
    for code in codes:
        await store.note(Note(entry(code)))
    await store.close()


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    path = tmp_path / "dsp.sqlite"
    asyncio.run(_write(path, ["I99", "E65", "I99", "I0"], "dsp"))
    asyncio.run(_write(path, ["I99", "I0"], "dsp-2"))
    return path


def tamper(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        for statement in statements:
            other.execute(statement)
        other.commit()


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(each) for each in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.requirement("D9")
def test_an_honest_trail_passes(trail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("audit", "verify", trail) == 0
    assert capsys.readouterr().out == (
        "dsp: 4 rows, each as it was written\ndsp-2: 2 rows, each as it was written\n"
    )
    assert run("audit", "verify", f"sqlite:///{trail}") == 0


@pytest.mark.requirement("D9")
@pytest.mark.parametrize(
    ("statements", "row"),
    [
        (["UPDATE audit SET code = 'I0' WHERE writer = 'dsp' AND sequence = 2"], 2),
        (["UPDATE audit SET at = at + 1 WHERE writer = 'dsp' AND sequence = 3"], 3),
        (["UPDATE audit SET originator = NULL WHERE writer = 'dsp' AND sequence = 4"], 4),
        (["DELETE FROM audit WHERE writer = 'dsp' AND sequence = 2"], 2),
        (["DELETE FROM audit WHERE writer = 'dsp' AND sequence = 1"], 1),
        (
            [
                "UPDATE audit SET sequence = 99 WHERE writer = 'dsp' AND sequence = 2",
                "UPDATE audit SET sequence = 2 WHERE writer = 'dsp' AND sequence = 3",
                "UPDATE audit SET sequence = 3 WHERE writer = 'dsp' AND sequence = 99",
            ],
            2,
        ),
    ],
    ids=["a code", "a time", "an originator", "a row gone", "the first gone", "two swapped"],
)
def test_tampering_is_named_by_its_first_row(
    trail: Path, statements: list[str], row: int, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(trail, *statements)
    assert run("audit", "verify", trail) == 1
    assert f"audit chain of dsp: broken at row {row}" in capsys.readouterr().err


@pytest.mark.requirement("D9")
def test_a_truncated_trail_shows_beside_its_anchors(
    trail: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anchors = tmp_path / "anchors.jsonl"
    assert run("audit", "anchor", trail, anchors) == 0
    assert run("audit", "verify", trail, "--anchors", anchors) == 0
    asyncio.run(_write(trail, ["I0"], "dsp"))
    assert run("audit", "anchor", trail, anchors) == 0
    assert len(anchors.read_text().splitlines()) == 4
    assert run("audit", "verify", trail, "--anchors", anchors) == 0
    tamper(trail, "DELETE FROM audit WHERE writer = 'dsp' AND sequence > 3")
    assert run("audit", "verify", trail) == 0
    capsys.readouterr()
    assert run("audit", "verify", trail, "--anchors", anchors) == 1
    assert "audit chain of dsp: rows 4 to 5" in capsys.readouterr().err
    assert run("audit", "anchor", trail, anchors) == 1
    assert len(anchors.read_text().splitlines()) == 4


@pytest.mark.requirement("D9")
def test_a_whole_chain_that_is_gone_or_made_anew_shows(
    trail: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anchors = tmp_path / "anchors.jsonl"
    assert run("audit", "anchor", trail, anchors) == 0
    tamper(trail, "DELETE FROM audit WHERE writer = 'dsp-2'")
    assert run("audit", "verify", trail, "--anchors", anchors) == 1
    assert "audit chain of dsp-2: rows 1 to 2" in capsys.readouterr().err
    asyncio.run(_write(trail, ["E65", "E65"], "dsp-2"))
    assert run("audit", "verify", trail) == 0
    assert run("audit", "verify", trail, "--anchors", anchors) == 1
    assert "row 2 is not the one that was there" in capsys.readouterr().err


def test_what_is_no_audit_trail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.sqlite"
    assert run("audit", "verify", missing) == 1
    assert "is not there" in capsys.readouterr().err
    assert not missing.exists()
    missing.write_bytes(b"")
    assert run("audit", "verify", missing) == 1
    assert "has no audit trail" in capsys.readouterr().err
    missing.write_bytes(b"some text that is no database" * 100)
    assert run("audit", "verify", missing) == 1


@pytest.mark.parametrize(
    "line", ["{", "{}", json.dumps({"writer": "dsp", "sequence": 1, "hash": "x", "at": "now"})]
)
def test_a_file_of_anchors_that_cannot_be_read(
    trail: Path, tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    anchors = tmp_path / "anchors.jsonl"
    anchors.write_text(line + "\n")
    assert run("audit", "verify", trail, "--anchors", anchors) == 2
    assert "line 1: is not an anchor" in capsys.readouterr().err
