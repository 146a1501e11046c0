"""How often in a row work was claimed and nothing was heard of it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column; what is under a lease now counts from here on."""
    op.add_column("outbox", sa.Column("unheard", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("outbox", "unheard")
