"""The schema. ``migrations`` makes it in a database; a test holds the two together.

Instants are microseconds since 1970-01-01T00:00:00Z. Names begin with ``account`` and the
schema's version has a table of its own, so that a database server may hold other tables beside.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

VERSION_TABLE = "account_schema_version"

metadata = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"}
)

account = Table(
    "account",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("person", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("code_secret", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("user_id", String(16)),
    Column("disabled", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", BigInteger),
    Column("last_code", BigInteger, nullable=False),
    Column("subject", String(64), index=True, unique=True),
)

session = Table(
    "account_session",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("account", String(64), nullable=False, index=True),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

event = Table(
    "account_event",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("account", String(64), nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""``number`` is the order in which things happened."""
