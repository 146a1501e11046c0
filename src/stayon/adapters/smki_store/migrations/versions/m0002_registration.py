"""People, decisions of the PMA, DCCKI and IKI certificates."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_AUTO_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "smki_nomination",
        sa.Column("number", _AUTO_ID, nullable=False),
        sa.Column("eui64", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("job_role", sa.String(length=3), nullable=False),
        sa.Column("screening_reference", sa.Text(), nullable=False),
        sa.Column("screened_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger()),
        sa.Column("nominated_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("ended_because", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("number", name="pk_smki_nomination"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "smki_pma_decision",
        sa.Column("number", _AUTO_ID, nullable=False),
        sa.Column("decision", sa.String(length=8), nullable=False),
        sa.Column("eui64", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number", name="pk_smki_pma_decision"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "smki_other_certificate",
        sa.Column("number", _AUTO_ID, nullable=False),
        sa.Column("infrastructure", sa.String(length=8), nullable=False),
        sa.Column("serial", sa.String(length=50), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("revoked_because", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("number", name="pk_smki_other_certificate"),
        sqlite_autoincrement=True,
    )
