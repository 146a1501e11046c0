"""In what state the DSP's database is, without changing anything."""

from enum import Enum

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, inspect
from sqlalchemy.exc import SQLAlchemyError

from stayon.adapters.storage.database import Access, open_engine


class StoreState(Enum):
    """What ``examine_store`` finds."""

    UP_TO_DATE = "up to date"
    OLDER = "older than this version of Stayon"
    UNKNOWN = "of a schema that this version does not know"
    EMPTY = "without tables"
    AWAY = "not reached, or broken"


def examine_store(url: URL) -> StoreState:
    """Connect, ask for the schema's revision, and let go."""
    configuration = Config()
    configuration.set_main_option("script_location", "stayon.adapters.storage:migrations")
    scripts = ScriptDirectory.from_config(configuration)
    engine = open_engine(url, Access.LATEST)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            has_tables = bool(inspect(connection).get_table_names())
    except SQLAlchemyError:
        return StoreState.AWAY
    finally:
        engine.dispose()
    if current is None:
        return StoreState.UNKNOWN if has_tables else StoreState.EMPTY
    if current == scripts.get_current_head():
        return StoreState.UP_TO_DATE
    known = {script.revision for script in scripts.walk_revisions()}
    return StoreState.OLDER if current in known else StoreState.UNKNOWN
