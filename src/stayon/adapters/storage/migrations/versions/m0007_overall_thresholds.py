"""The DCC's thresholds for all Users together, and which windows have been warned of."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column(
        "volume_count",
        sa.Column("warned", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "overall_threshold",
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("srv", sa.String(length=8), nullable=False),
        sa.Column("period_seconds", sa.Integer(), nullable=False),
        sa.Column("warning", sa.BigInteger(), nullable=False),
        sa.Column("quarantine", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("role", "srv", name="pk_overall_threshold"),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("overall_threshold")
    op.drop_column("volume_count", "warned")
