"""Which signing keys were replaced, for every process of a world to follow."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "key_rotation",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("use_from", sa.BigInteger(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_key_rotation"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("key_rotation")
