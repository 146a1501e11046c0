"""Extensions of Authority instructions that wait for a second person."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "instruction_extension",
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("effective_to", sa.BigInteger(), nullable=False),
        sa.Column("document_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_instruction_extension"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("instruction_extension")
