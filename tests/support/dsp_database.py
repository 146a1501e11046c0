"""A database with the DSP's tables, of each kind that it may have."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine
from tests.support.postgresql import drop_database, new_database

from stayon.adapters.storage.database import Access, migrate, open_engine
from stayon.adapters.storage.new_files import write_new_file

KINDS = ("sqlite", "postgresql")


def migrated(url: URL) -> None:
    """Make the tables. One function for all tests, so one PostgreSQL template serves them all."""
    engine = open_engine(url, Access.WRITE)
    migrate(engine)
    engine.dispose()


def sqlite_file(path: Path) -> URL:
    """Make an SQLite file with the tables."""
    write_new_file(path)
    return URL.create("sqlite", database=str(path))


@contextmanager
def dsp_database(kind: str, folder: Path) -> Iterator[URL]:
    """A database until the block ends; the SQLite file lies in ``folder`` and stays there."""
    if kind == "sqlite":
        yield sqlite_file(folder / "dsp.db")
        return
    url = new_database(migrated)
    yield url
    drop_database(url)


def number_in(database: URL, query: str) -> int:
    """The one number that ``query`` gives, over a connection of its own."""
    engine = create_engine(database)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(query).scalar_one()
    engine.dispose()
    return int(found)
