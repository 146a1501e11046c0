"""The first schema: requests and their work, the audit trail, reference data."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_AUTO_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    _create_requests()
    _create_audit()
    _create_users()
    _create_inventory()
    _create_lists()
    op.bulk_insert(
        sa.table("version", sa.column("kind"), sa.column("value")),
        [{"kind": "reference", "value": 0}, {"kind": "inventory", "value": 0}],
    )


def _create_requests() -> None:
    op.create_table(
        "request",
        sa.Column("request_id", sa.String(length=72), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sender", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("schema_version", sa.String(length=8), nullable=False),
        sa.Column("service_reference", sa.String(length=8), nullable=False),
        sa.Column("srv", sa.String(length=8), nullable=False),
        sa.Column("command_variant", sa.SmallInteger(), nullable=False),
        sa.Column("message_code", sa.Integer()),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        sa.Column("concluded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_request"),
    )
    op.create_table(
        "quarantine",
        sa.Column("event", _AUTO_ID, nullable=False),
        sa.Column("request_id", sa.String(length=72), nullable=False),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.String(length=8)),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decided_by", sa.String(length=64)),
        sa.CheckConstraint("decision IN ('released', 'deleted')", name="ck_quarantine_decision"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.request_id"], name="fk_quarantine_request_id"
        ),
        sa.PrimaryKeyConstraint("event", name="pk_quarantine"),
        sa.UniqueConstraint("request_id", name="uq_quarantine_request_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "volume_count",
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("supplier", sa.String(length=16), nullable=False),
        sa.Column("srv", sa.String(length=8), nullable=False),
        sa.Column("period_seconds", sa.Integer(), nullable=False),
        sa.Column("window", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used >= 0", name="ck_volume_count_used"),
        sa.PrimaryKeyConstraint(
            "user_id", "role", "supplier", "srv", "period_seconds", "window", name="pk_volume_count"
        ),
    )
    op.create_table(
        "outbox",
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
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_outbox"),
    )
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"], unique=False)
    op.create_table(
        "incoming",
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("request_id", sa.String(length=72)),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_incoming"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("row_id", _AUTO_ID, nullable=False),
        sa.Column("writer", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(length=72), nullable=False),
        sa.Column("sender", sa.String(length=16)),
        sa.Column("role", sa.String(length=32)),
        sa.Column("originator", sa.String(length=16)),
        sa.Column("device", sa.String(length=16)),
        sa.Column("srv", sa.String(length=8), nullable=False),
        sa.Column("command_variant", sa.SmallInteger()),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name="pk_audit"),
        sa.UniqueConstraint("writer", "sequence", name="uq_audit_writer_sequence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_request_id", "audit", ["request_id"], unique=False)
    op.create_index("ix_audit_sender_at", "audit", ["sender", "at"], unique=False)


def _create_users() -> None:
    op.create_table(
        "version",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_version"),
    )
    op.create_table(
        "service_user",
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("party_suspended", sa.Boolean(), nullable=False),
        sa.Column("receive_url", sa.Text(), nullable=False),
        sa.Column("participant_ids", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("duis_version", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_service_user"),
    )
    op.create_table(
        "certificate",
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("serial", sa.String(length=50), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("chain_verified", sa.Boolean(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("key_compromise", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "serial", name="pk_certificate"),
    )
    op.create_table(
        "srp_registration",
        sa.Column("supplier", sa.String(length=16), nullable=False),
        sa.Column("srp", sa.String(length=16), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("effective_to", sa.BigInteger()),
        sa.PrimaryKeyConstraint("supplier", "srp", "effective_from", name="pk_srp_registration"),
    )
    op.create_table(
        "threshold",
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("supplier", sa.String(length=16), nullable=False),
        sa.Column("srv", sa.String(length=8), nullable=False),
        sa.Column("period_seconds", sa.Integer(), nullable=False),
        sa.Column("warning", sa.BigInteger(), nullable=False),
        sa.Column("quarantine", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "role", "supplier", "srv", name="pk_threshold"),
    )


def _create_inventory() -> None:
    op.create_table(
        "device",
        sa.Column("device_id", sa.String(length=16), nullable=False),
        sa.Column("device_type", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("mpxn", sa.String(length=16), nullable=False),
        sa.Column("gbcs_version", sa.String(length=8), nullable=False),
        sa.Column("takes_ecs08a", sa.Boolean(), nullable=False),
        sa.Column("notified_critical_supplier", sa.String(length=16)),
        sa.Column("supplier_certificate", sa.String(length=50)),
        sa.Column("key_agreement_key", sa.LargeBinary(length=65)),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name="pk_device"),
    )
    op.create_index("ix_device_mpxn", "device", ["mpxn"], unique=False)
    op.create_index("ix_device_version", "device", ["version"], unique=False)
    op.create_table(
        "registration",
        sa.Column("mpxn", sa.String(length=16), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=False),
        sa.Column("supplier", sa.String(length=16), nullable=False),
        sa.Column("effective_to", sa.BigInteger()),
        sa.PrimaryKeyConstraint("mpxn", "effective_from", name="pk_registration"),
    )


def _create_lists() -> None:
    op.create_table(
        "failed_suppliers_file",
        sa.Column("file_id", _AUTO_ID, nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("uploaded_by", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_by", sa.String(length=64), nullable=False),
        sa.Column("applied_at", sa.BigInteger()),
        sa.Column("apply_order", sa.BigInteger()),
        sa.PrimaryKeyConstraint("file_id", name="pk_failed_suppliers_file"),
        sa.UniqueConstraint("apply_order", name="uq_failed_suppliers_file_apply_order"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "failed_supplier",
        sa.Column("file_id", _AUTO_ID, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("supplier", sa.String(length=16), nullable=False),
        sa.Column("supplier_name", sa.Text(), nullable=False),
        sa.Column("participant_ids", sa.Text(), nullable=False),
        sa.Column("srp", sa.String(length=16), nullable=False),
        sa.Column("instruction_ref", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=False),
        sa.Column("effective_to", sa.BigInteger()),
        sa.Column("withdrawn_by", sa.String(length=64)),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.Column("withdrawn_because", sa.Text()),
        sa.ForeignKeyConstraint(
            ["file_id"], ["failed_suppliers_file.file_id"], name="fk_failed_supplier_file_id"
        ),
        sa.PrimaryKeyConstraint("file_id", "row", name="pk_failed_supplier"),
    )
    op.create_table(
        "upload_warning",
        sa.Column("file_id", _AUTO_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ignored_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["failed_suppliers_file.file_id"], name="fk_upload_warning_file_id"
        ),
        sa.PrimaryKeyConstraint("file_id", "number", name="pk_upload_warning"),
    )
    op.create_table(
        "authority_instruction",
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("supplier", sa.String(length=16), nullable=False),
        sa.Column("srp", sa.String(length=16), nullable=False),
        sa.Column("document_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=False),
        sa.Column("effective_to", sa.BigInteger()),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("reference", "supplier", "srp", name="pk_authority_instruction"),
    )


def downgrade() -> None:
    """Drop every table, those that refer to others first."""
    for name in (
        "authority_instruction",
        "upload_warning",
        "failed_supplier",
        "failed_suppliers_file",
        "registration",
        "device",
        "threshold",
        "srp_registration",
        "certificate",
        "service_user",
        "version",
        "audit",
        "incoming",
        "outbox",
        "volume_count",
        "quarantine",
        "request",
    ):
        op.drop_table(name)
