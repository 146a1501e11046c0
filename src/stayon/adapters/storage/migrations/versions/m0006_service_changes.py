"""Service requests that a change has given to a role, and since when they may be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "service_change",
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("srv", sa.String(length=8), nullable=False),
        sa.Column("change", sa.String(length=64), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("active_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("role", "srv", "change", name="pk_service_change"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("service_change")
