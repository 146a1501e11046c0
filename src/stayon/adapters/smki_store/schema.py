"""The schema. ``migrations`` makes it in a database; a test holds the two together.

Names begin with ``smki_`` and the schema's version has a table of its own, so that a database
server may hold the DSP's tables beside these.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION_TABLE = "smki_schema_version"

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

_AutoId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up INTEGER PRIMARY KEY only."""

subscriber = Table(
    "smki_subscriber",
    metadata,
    Column("eui64", String(16), primary_key=True),
    Column("party", Text, nullable=False),
    Column("capacity", String(40), nullable=False),
)

certificate = Table(
    "smki_certificate",
    metadata,
    Column("number", _AutoId, primary_key=True),
    Column("hierarchy", String(16), nullable=False, index=True),
    Column("owner", String(16), nullable=False, index=True),
    Column("issuer", String(200), nullable=False),
    Column("serial", String(50), nullable=False),
    Column("der", LargeBinary, nullable=False),
    # Serial number first: look-ups by it alone use this index too.
    UniqueConstraint("serial", "issuer"),
    sqlite_autoincrement=True,
)
"""``number`` is the order of adding; the columns before ``der`` repeat what it says, to find it."""

revocation = Table(
    "smki_revocation",
    metadata,
    Column("number", _AutoId, primary_key=True),
    Column("issuer", String(200), nullable=False),
    Column("serial", String(50), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", SmallInteger, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    UniqueConstraint("issuer", "serial"),
    sqlite_autoincrement=True,
)
"""``number`` is the order of recording."""

list_number = Table(
    "smki_list_number",
    metadata,
    Column("hierarchy", String(16), primary_key=True),
    Column("last", BigInteger, nullable=False),
)
"""The last number given out; one row for each hierarchy from the beginning."""
