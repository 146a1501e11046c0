"""A rare code is found among ten million audit rows without looking at each."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_audit_code_row_id", "audit", ["code", "row_id"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_audit_code_row_id", "audit")
