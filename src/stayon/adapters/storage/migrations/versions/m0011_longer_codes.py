"""The code of a dispatch is the name of its route, and one of them is longer than 16 characters.

PostgreSQL refused the row, and with it the word that the command had been handed over. SQLite
keeps text of any length.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room."""
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("audit", "code", type_=sa.String(32))


def downgrade() -> None:
    """Back; fails where a longer code has been written."""
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("audit", "code", type_=sa.String(16))
