"""A folder of schemas that Stayon does not bring, such as the official ones of DUIS 5.4."""

from collections.abc import Callable
from pathlib import Path

from stayon.domain.errors import FieldError


def reader(folder: Path) -> Callable[[str], bytes]:
    """A function that reads a file of ``folder`` by its name.

    It raises ``FieldError`` naming the folder and the file that is missing or cannot be read.
    """

    def read(name: str) -> bytes:
        try:
            return (folder / name).read_bytes()
        except OSError as error:
            reason = error.strerror or "cannot be read"
            raise FieldError("schema folder", f"{folder}: {name}: {reason}") from None

    return read
