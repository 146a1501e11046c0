"""New stores for who makes many of them: SQLite files that are migrated once and then copied."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from stayon.adapters.storage.database import Access, migrate, open_engine


def write_new_file(path: Path) -> None:
    """Write a file that has the DSP's tables and nothing in them.

    To migrate each would take nine times as long. Raises ``FileExistsError``.
    """
    with path.open("xb") as file:
        file.write(_migrated())


@cache
def _migrated() -> bytes:
    with TemporaryDirectory(prefix="stayon-store-") as folder:
        path = Path(folder, "dsp.sqlite")
        engine = open_engine(URL.create("sqlite", database=str(path)), Access.WRITE)
        try:
            migrate(engine)
        finally:
            # Closing the last connection brings the write-ahead log into the file.
            engine.dispose()
        return path.read_bytes()
