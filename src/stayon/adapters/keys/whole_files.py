"""Files that are there whole or as they were: a full disk or a death leaves no half of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Write ``path``, whatever was there; raises ``OSError``, and then it is as before."""
    with _part(path, content, 0o666) as part:
        part.replace(path)


def create_private_file(path: Path, content: bytes) -> None:
    """Write a new file that its owner alone may use.

    Raises ``FileExistsError`` if there is one, and ``OSError``; then nothing has changed.
    """
    with _part(path, content, 0o600) as part:
        # Unlike a change of name, this does not take the place of a file.
        os.link(part, path)


@contextmanager
def _part(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """The content in a file beside ``path``, on disk, for the length of the block."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)  # of somebody who died here
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)
