"""A disk that tests can fill: a file system of its own in memory, which takes root to mount."""

import errno
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

_BALLAST = "ballast"
_PIECE = 1 << 20


class NoSmallDisk(Exception):
    """Why there can be none."""


class SmallDisk:
    """``folder`` on a file system of ``megabytes``; raises ``NoSmallDisk``."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        mount = shutil.which("mount")
        if os.geteuid() != 0 or mount is None:
            raise NoSmallDisk("only root mounts")
        self.folder = folder
        folder.mkdir(parents=True)
        command = [mount, "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)]
        done = subprocess.run(  # noqa: S603 - mount(8)
            command, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NoSmallDisk(done.stderr.strip()[-200:])

    def fill(self) -> None:
        """Leave nothing."""
        descriptor = os.open(self.folder / _BALLAST, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            for piece in (_PIECE, 4096):
                _write_until_full(descriptor, bytes(piece))
        finally:
            os.close(descriptor)

    def free(self) -> None:
        """Give back what ``fill`` took."""
        with suppress(FileNotFoundError):
            (self.folder / _BALLAST).unlink()

    def remove(self) -> None:
        """Unmount it, at once for new users and for old ones when they are gone."""
        umount = shutil.which("umount")
        assert umount is not None
        subprocess.run([umount, "--lazy", str(self.folder)], check=True)  # noqa: S603


def _write_until_full(descriptor: int, piece: bytes) -> None:
    try:
        while os.write(descriptor, piece) == len(piece):
            pass
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
