"""Debian's clamd judges files, and what is no verdict is not taken for one."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.clamd import EICAR, running_clamd

from stayon.adapters.malware.clamd import Clamd
from stayon.ports.scanning import ScannerUnavailable


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    with running_clamd() as path:
        yield path


@pytest.mark.requirement("D1")
async def test_a_clean_file_passes(socket: Path) -> None:
    scanner = Clamd(socket)
    assert await scanner.scan(b"supplier_id,supplier_name\n") is None
    assert await scanner.scan(b"x," * 200_000) is None
    assert await scanner.scan(b"") is None
    assert "clamd" in scanner.description


@pytest.mark.requirement("D1", refuses=True)
async def test_a_virus_is_found(socket: Path) -> None:
    assert await Clamd(socket).scan(EICAR.encode()) == "Stayon.EICAR.UNOFFICIAL"


@pytest.mark.requirement("D1", refuses=True)
async def test_beyond_the_scanner_s_limit_there_is_no_verdict(socket: Path) -> None:
    with pytest.raises(ScannerUnavailable):
        await Clamd(socket).scan(bytes(3 * 1024 * 1024))


@pytest.mark.requirement("D1", refuses=True)
async def test_a_scanner_that_is_down(tmp_path: Path) -> None:
    with pytest.raises(ScannerUnavailable, match="does not answer"):
        await Clamd(tmp_path / "nowhere").scan(b"x")


@pytest.mark.requirement("D1", refuses=True)
@pytest.mark.parametrize("reply", [b"stream: broken ERROR\0", b"", b"nonsense"])
async def test_anything_but_a_verdict_is_no_verdict(tmp_path: Path, reply: bytes) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(answer, tmp_path / "socket")
    with pytest.raises(ScannerUnavailable):
        await Clamd(tmp_path / "socket").scan(b"x")
    server.close()
