"""The first schema: subscribers, certificates, revocations, numbers of revocation lists."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_AUTO_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "smki_subscriber",
        sa.Column("eui64", sa.String(length=16), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("capacity", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("eui64", name="pk_smki_subscriber"),
    )
    _create_certificates()
    op.create_table(
        "smki_revocation",
        sa.Column("number", _AUTO_ID, nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("serial", sa.String(length=50), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_smki_revocation"),
        sa.UniqueConstraint("issuer", "serial", name="uq_smki_revocation_issuer_serial"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "smki_list_number",
        sa.Column("hierarchy", sa.String(length=16), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hierarchy", name="pk_smki_list_number"),
    )
    op.bulk_insert(
        sa.table("smki_list_number", sa.column("hierarchy"), sa.column("last")),
        [{"hierarchy": "organisation", "last": 0}, {"hierarchy": "device", "last": 0}],
    )


def _create_certificates() -> None:
    op.create_table(
        "smki_certificate",
        sa.Column("number", _AUTO_ID, nullable=False),
        sa.Column("hierarchy", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=16), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("serial", sa.String(length=50), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_smki_certificate"),
        sa.UniqueConstraint("serial", "issuer", name="uq_smki_certificate_serial_issuer"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_smki_certificate_owner", "smki_certificate", ["owner"], unique=False)
    op.create_index(
        "ix_smki_certificate_hierarchy", "smki_certificate", ["hierarchy"], unique=False
    )
