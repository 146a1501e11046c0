"""Debian's clamd with a signature database made here, which knows the EICAR test string."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.servers import without_server

EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@contextlib.contextmanager
def running_clamd() -> Iterator[Path]:
    """The daemon's socket, until the block ends."""
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
                if _answers(path / "socket") or running.poll() is not None:
                    break
                time.sleep(0.05)
            if not _answers(path / "socket"):
                without_server("clamd does not start")
            yield path / "socket"
        finally:
            running.terminate()
            running.wait(30)


def _answers(path: Path) -> bool:
    """Whether somebody listens; the socket has its name a little sooner."""
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(str(path)) == 0
