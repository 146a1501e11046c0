"""Requests are kept as they came, and what came back for them is found."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the index; requests accepted before have no document."""
    op.add_column("request", sa.Column("document", sa.LargeBinary(), nullable=True))
    op.create_index("ix_incoming_request_id", "incoming", ["request_id"])


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_incoming_request_id", "incoming")
    op.drop_column("request", "document")
