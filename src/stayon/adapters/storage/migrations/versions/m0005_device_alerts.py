"""Device Alerts: in their order for each device, and no more of them than pass in a storm."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OF_A_DEVICE = sa.text("position IS NOT NULL")


def upgrade() -> None:
    """Add the counts of alert storm protection, and what the outbox says of an alert."""
    op.create_table(
        "alert_throttle",
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("window", sa.BigInteger(), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("unreported", sa.BigInteger(), nullable=False),
        sa.Column("reports", sa.BigInteger(), nullable=False),
        sa.Column("held_back", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", "code", name="pk_alert_throttle"),
    )
    op.add_column("outbox", sa.Column("position", sa.BigInteger()))
    op.add_column("outbox", sa.Column("held_back_reports", sa.BigInteger()))
    op.add_column("outbox", sa.Column("held_back_count", sa.BigInteger()))
    op.create_index(
        "ix_outbox_device_position",
        "outbox",
        ["device", "position"],
        sqlite_where=_OF_A_DEVICE,
        postgresql_where=_OF_A_DEVICE,
    )


def downgrade() -> None:
    """Forget the counts; alerts that wait lose their order."""
    op.drop_index("ix_outbox_device_position", "outbox")
    for column in ("held_back_count", "held_back_reports", "position"):
        op.drop_column("outbox", column)
    op.drop_table("alert_throttle")
