"""Work that was given up, and how often what is still tried has failed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_WAITS = sa.text("decision IS NULL")


def upgrade() -> None:
    """Make the table, and the columns; work that is tried has not failed as far as is known."""
    op.add_column("outbox", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("failing_since", sa.BigInteger()))
    op.create_table(
        "dead_letter",
        sa.Column("letter", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("request_id", sa.String(length=72)),
        sa.Column("device", sa.String(length=16)),
        sa.Column("sender", sa.String(length=16)),
        sa.Column("role", sa.String(length=32)),
        sa.Column("supplier", sa.String(length=16)),
        sa.Column("event", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger()),
        sa.Column("held_back_reports", sa.BigInteger()),
        sa.Column("held_back_count", sa.BigInteger()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("died_at", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(length=16)),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decided_by", sa.String(length=64)),
        sa.Column("decided_because", sa.Text()),
        sa.CheckConstraint(
            "decision IN ('sent-again', 'discarded')", name="ck_dead_letter_decision"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dead_letter_decision_letter", "dead_letter", ["decision", "letter"])
    for columns, unique in ((["key"], True), (["device", "position"], False)):
        op.create_index(
            f"ix_dead_letter_{'_'.join(columns)}",
            "dead_letter",
            columns,
            unique=unique,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        )


def downgrade() -> None:
    """Remove them, and with them what nobody has decided about."""
    op.drop_table("dead_letter")
    op.drop_column("outbox", "failing_since")
    op.drop_column("outbox", "failures")
