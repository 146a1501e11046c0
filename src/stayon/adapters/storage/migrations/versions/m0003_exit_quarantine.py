"""What becomes of quarantined requests: who decided and why, and what held them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; which check held what is held already is not known."""
    for name, kind in (("held_by", sa.String(40)), ("lifted", sa.Text())):
        op.add_column("quarantine", sa.Column(name, kind, nullable=False, server_default=""))
    op.add_column("quarantine", sa.Column("decided_because", sa.Text()))
    op.add_column("quarantine", sa.Column("code", sa.String(8)))
    op.create_index("ix_quarantine_decision_event", "quarantine", ["decision", "event"])


def downgrade() -> None:
    """Forget who decided why."""
    op.drop_index("ix_quarantine_decision_event", "quarantine")
    for name in ("code", "decided_because", "lifted", "held_by"):
        op.drop_column("quarantine", name)
