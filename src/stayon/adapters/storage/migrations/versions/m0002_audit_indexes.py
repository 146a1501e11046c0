"""Find audit rows by originator, device and time too, and in the order in which they are shown."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEYS = ("request_id", "sender", "originator", "device")


def upgrade() -> None:
    """Put an index behind each filter of the Service Audit Trail."""
    op.drop_index("ix_audit_request_id", "audit")
    op.drop_index("ix_audit_sender_at", "audit")
    for column in _KEYS:
        op.create_index(f"ix_audit_{column}_row_id", "audit", [column, "row_id"])
    op.create_index("ix_audit_at", "audit", ["at"])


def downgrade() -> None:
    """Back to the two indexes of before."""
    op.drop_index("ix_audit_at", "audit")
    for column in _KEYS:
        op.drop_index(f"ix_audit_{column}_row_id", "audit")
    op.create_index("ix_audit_sender_at", "audit", ["sender", "at"])
    op.create_index("ix_audit_request_id", "audit", ["request_id"])
