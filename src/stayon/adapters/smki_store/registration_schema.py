"""Tables of the registration store; they share the SMKI's database and its migrations."""

from sqlalchemy import BigInteger, Column, Date, Integer, LargeBinary, String, Table, Text

from stayon.adapters.smki_store.schema import metadata

_AutoId = BigInteger().with_variant(Integer, "sqlite")

nomination_table = Table(
    "smki_nomination",
    metadata,
    Column("number", _AutoId, primary_key=True),
    Column("eui64", String(16), nullable=False),
    Column("person", Text, nullable=False),
    Column("job_role", String(3), nullable=False),
    Column("screening_reference", Text, nullable=False),
    Column("screened_on", Date, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger),
    Column("nominated_by", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("ended_by", Text, nullable=False, server_default=""),
    Column("ended_because", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

pma_decision = Table(
    "smki_pma_decision",
    metadata,
    Column("number", _AutoId, primary_key=True),
    Column("decision", String(8), nullable=False),
    Column("eui64", String(16), nullable=False),
    Column("reference", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("until", BigInteger),
    sqlite_autoincrement=True,
)

issued_certificate = Table(
    "smki_other_certificate",
    metadata,
    Column("number", _AutoId, primary_key=True),
    Column("infrastructure", String(8), nullable=False),
    Column("serial", String(50), nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("party", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("revoked_because", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
"""DCCKI and IKI certificates."""
