"""Debian's clamd with a signature database made here, which knows the EICAR test string."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.servers import without_server

from stayon.adapters.malware.clamd import Clamd
from stayon.ports.scanning import ScannerUnavailable

EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    clamd = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if clamd is None:
        without_server("clamd is not installed (Debian: clamav-daemon)")
    with tempfile.TemporaryDirectory(prefix="clamd-") as folder:
        path = Path(folder)
        (path / "db").mkdir()
        (path / "db" / "stayon.ndb").write_text(f"Stayon.EICAR:0:*:{EICAR.encode().hex()}\n")
        settings = path / "clamd.conf"
        settings.write_text(
            f"LocalSocket {path}/socket\nDatabaseDirectory {path}/db\nForeground yes\n"
            f"LogFile {path}/log\nOfficialDatabaseOnly no\nStreamMaxLength 2M\n"
        )
        running = subprocess.Popen(  # noqa: S603
            [clamd, "--config-file", str(settings)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            for _ in range(600):
                if (path / "socket").exists() or running.poll() is not None:
                    break
                time.sleep(0.05)
            if not (path / "socket").exists():
                without_server("clamd does not start")
            yield path / "socket"
        finally:
            running.terminate()
            running.wait(30)


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
