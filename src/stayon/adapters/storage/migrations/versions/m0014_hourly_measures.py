"""Performance measures are kept by the hour: counts of answers, and each outcome's latency.

What there is already is taken from the audit trail, once; over millions of rows it takes minutes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_HOUR = 3_600_000_000
_ACCEPTED = """
UPDATE request SET accepted_at = COALESCE(
    (SELECT MAX(audit.at) FROM audit WHERE audit.request_id = request.request_id
     AND audit.step = 'admission' AND audit.code = 'I99'), received_at)
"""
_COUNTS = f"""
INSERT INTO admission_count (hour, writer, srv, code, route, count)
SELECT audit.at / {_HOUR}, audit.writer, audit.srv, audit.code, COALESCE(device.route, ''), COUNT(*)
FROM audit LEFT JOIN device ON device.device_id = audit.device
WHERE audit.step = 'admission'
GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 - a number of this module
_OUTCOMES = f"""
INSERT INTO request_outcome (hour, srv, code, route, latency)
SELECT request.accepted_at / {_HOUR}, request.srv, outcome.code, COALESCE(device.route, ''),
       outcome.at - request.accepted_at
FROM (SELECT request_id, MIN(row_id) AS row_id FROM audit
      WHERE step IN ('response', 'alert') AND request_id <> '' GROUP BY request_id) AS first
JOIN audit AS outcome ON outcome.row_id = first.row_id
JOIN request ON request.request_id = first.request_id AND request.concluded
LEFT JOIN device ON device.device_id = outcome.device
ORDER BY outcome.row_id
"""  # noqa: S608 - a number of this module


def upgrade() -> None:
    """Make the tables and fill them."""
    op.create_table(
        "admission_count",
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("writer", sa.String(length=32), nullable=False),
        sa.Column("srv", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "hour", "writer", "srv", "code", "route", name="pk_admission_count"
        ),
    )
    op.create_table(
        "request_outcome",
        sa.Column(
            "outcome_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("srv", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("latency", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outcome_id", name="pk_request_outcome"),
    )
    op.add_column("request", sa.Column("accepted_at", sa.BigInteger()))
    op.execute(_ACCEPTED)
    op.execute(_COUNTS)
    op.execute(_OUTCOMES)
    op.create_index(
        "ix_request_outcome_hour_srv_code_route_latency",
        "request_outcome",
        ["hour", "srv", "code", "route", "latency"],
    )


def downgrade() -> None:
    """Forget them; the audit trail has it all."""
    op.drop_column("request", "accepted_at")
    op.drop_table("request_outcome")
    op.drop_table("admission_count")
