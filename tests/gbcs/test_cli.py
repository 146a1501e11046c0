"""``stayon gbcs decode`` and ``encode`` on files as people have them."""

import base64
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.gbcs.test_frame import COMMAND
from tests.reference import needs_shared, rtds_files

from stayon.apps.cli.main import main
from stayon.gbcs.frame import encode_frame

FIRST = encode_frame(COMMAND)
SECOND = encode_frame(replace(COMMAND, counter=2**63, content=b"\x05\x00" * 60))


class Run:
    """What one call of the command gave."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        with pytest.raises(SystemExit) as caught:
            main(["gbcs", *arguments])
        self.status = caught.value.code
        self.out, self.err = capsys.readouterr()

    @property
    def counters(self) -> list[int]:
        return [json.loads(line)["originator_counter"] for line in self.out.splitlines()]


def _wrapped(text: str) -> str:
    return "\n".join(text[at : at + 64] for at in range(0, len(text), 64)) + "\n"


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


@pytest.mark.parametrize(
    ("content", "counters"),
    [
        (FIRST, [7]),
        (FIRST.hex().encode(), [7]),
        (FIRST.hex(" ").upper().encode() + b"\r\n", [7]),
        (_base64(FIRST).encode(), [7]),
        (_wrapped(SECOND.hex()).encode(), [2**63]),
        (_wrapped(_base64(SECOND)).encode(), [2**63]),
        (f"{FIRST.hex()}\n\n{_base64(SECOND)}\n{FIRST.hex()}".encode(), [7, 2**63, 7]),
    ],
    ids=["binary", "hex", "spaced", "base64", "wrapped hex", "wrapped base64", "lines"],
)
def test_decode_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, counters: list[int]
) -> None:
    file = tmp_path / "messages"
    file.write_bytes(content)
    run = Run(capsys, "decode", str(file))
    assert (run.status, run.err, run.counters) == (0, "", counters)


def test_decode_keeps_the_order_of_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = []
    for name, octets in (("a", SECOND), ("b", FIRST)):
        (tmp_path / name).write_bytes(octets)
        names.append(str(tmp_path / name))
    assert Run(capsys, "decode", *names).counters == [2**63, 7]


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(buffer))
    return buffer


def test_standard_input_and_back(stdin: io.BytesIO, capsys: pytest.CaptureFixture[str]) -> None:
    stdin.write(FIRST.hex().encode() + b"\n" + SECOND.hex().encode())
    stdin.seek(0)
    decoded = Run(capsys, "decode", "-").out
    stdin.seek(0)
    stdin.truncate()
    stdin.write(decoded.encode() + b"\n")
    stdin.seek(0)
    run = Run(capsys, "encode", "-")
    assert run.out == f"{FIRST.hex().upper()}\n{SECOND.hex().upper()}\n"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "holds no message"),
        (b"\n \n", "holds no message"),
        (b"\xff\xfe", "is neither a binary message"),
        (b"DF0\n", "line 1: is neither hex nor base64"),
        (FIRST.hex().encode() + b"\nDF09\n", "line 2: grouping header at offset 2: ends early"),
        (b"\xdf\x09", "messages: grouping header at offset 2: ends early"),
    ],
)
def test_decode_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, error: str
) -> None:
    file = tmp_path / "messages"
    file.write_bytes(content)
    run = Run(capsys, "decode", str(file))
    assert run.status == 2
    assert run.err.startswith(f"stayon: {tmp_path}")
    assert error in run.err
    assert run.err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\xff", "messages: is not UTF-8 text"),
        (b"\n{}\n", "messages, line 2: $.payload: is missing"),
    ],
)
def test_encode_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, error: str
) -> None:
    file = tmp_path / "messages"
    file.write_bytes(content)
    run = Run(capsys, "encode", str(file))
    assert run.status == 2
    assert error in run.err
    assert run.err.count("\n") == 1


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "decode", "no-such-file")
    assert run.status == 2
    assert "no-such-file" in run.err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "--help")
    assert run.status == 0
    for command in ("decode", "encode", "verify"):
        assert command in run.out
    assert "metavar" not in Run(capsys, "decode", "--help").out


@needs_shared
def test_all_reference_messages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decoded = Run(capsys, "decode", *map(str, rtds_files()))
    file = tmp_path / "decoded.json"
    file.write_text(decoded.out, encoding="utf-8")
    run = Run(capsys, "encode", str(file))
    assert run.status == 0
    assert run.out.splitlines() == [path.read_text() for path in rtds_files()]
