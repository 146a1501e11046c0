"""In what state the DSP's database is, without changing anything."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, inspect, select, text
from sqlalchemy import func as sql
from sqlalchemy.exc import SQLAlchemyError

from stayon.adapters.storage.database import Access, open_engine
from stayon.adapters.storage.dead_letters import read_given_up
from stayon.adapters.storage.journal import versions_now
from stayon.adapters.storage.tables import audit, certificate
from stayon.ports.operations import GivenUp
from stayon.ports.store_work import StoreUnavailableError


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


@dataclass(frozen=True, slots=True)
class StoreContent:
    """What of a database's content tells how an installation is.

    ``newest`` is when the newest row of the audit trail was written, ``server`` what time it is
    at the database's server (None for a file), ``certificates`` the DER of those not revoked,
    ``policy`` the fingerprint of the policy in force, None if nobody has said which it is,
    ``dead_letters`` what was given up and waits for a person.
    """

    newest: datetime | None
    server: datetime | None
    certificates: tuple[bytes, ...]
    policy: int | None = None
    dead_letters: tuple[GivenUp, ...] = ()


def examine_content(url: URL) -> StoreContent | None:
    """Ask a database whose tables are of this version; None if it does not answer."""
    engine = open_engine(url, Access.SNAPSHOT)
    try:
        with engine.connect() as connection:
            newest = connection.execute(select(sql.max(audit.c.at))).scalar_one()
            server = None
            if connection.dialect.name == "postgresql":
                asked = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
                server = asked.astimezone(UTC)
            valid = select(certificate.c.der).where(certificate.c.revoked_at.is_(None))
            certificates = tuple(connection.execute(valid).scalars())
            policy = versions_now(connection).policy
            return StoreContent(newest, server, certificates, policy, read_given_up(connection))
    except (SQLAlchemyError, StoreUnavailableError):
        return None
    finally:
        engine.dispose()
