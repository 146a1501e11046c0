"""A store that was filled under the first schema goes on under the newest."""

from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, MetaData, Table, create_engine, insert, select, types
from tests.support.postgresql import drop_database, new_database

from stayon.adapters.storage.database import Access, migrate, open_engine

_LEFT_EMPTY = {"decision"}
"""Columns with a CHECK on their words."""


def _first_schema(url: URL) -> None:
    engine = open_engine(url, Access.WRITE)
    configuration = Config()
    configuration.set_main_option("script_location", "stayon.adapters.storage:migrations")
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0001")
    engine.dispose()


def _value(kind: types.TypeEngine[Any]) -> Any:
    if isinstance(kind, types.Boolean):
        return True
    if isinstance(kind, types.LargeBinary):
        return b"octets"
    return "7" if isinstance(kind, types.String) else 7


def _fill(engine: Engine) -> dict[str, list[Any]]:
    """One row in every table; what stands there then."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name not in ("version", "alembic_version"):
                row = {c.name: _value(c.type) for c in table.columns if c.name not in _LEFT_EMPTY}
                connection.execute(insert(table).values(row))
    return {table.name: _rows(engine, table) for table in tables.sorted_tables}


def _rows(engine: Engine, table: Table) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*table.columns))]


def _shown_again(engine: Engine, before: MetaData) -> dict[str, list[Any]]:
    return {table.name: _rows(engine, table) for table in before.sorted_tables}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_filled_store_keeps_everything(kind: str, tmp_path: Any) -> None:
    if kind == "sqlite":
        url = URL.create("sqlite", database=str(tmp_path / "dsp.db"))
        _first_schema(url)
    else:
        url = new_database(_first_schema)
    engine = create_engine(url)
    before = _fill(engine)
    columns = MetaData()
    columns.reflect(engine)
    writing = open_engine(url, Access.WRITE)
    migrate(writing)
    after = _shown_again(engine, columns)
    assert before.pop("alembic_version") != after.pop("alembic_version")
    assert len(before) > 10
    assert after == before
    migrate(writing)
    assert _shown_again(engine, columns) | before == _shown_again(engine, columns)
    writing.dispose()
    engine.dispose()
    if kind == "postgresql":
        drop_database(url)
