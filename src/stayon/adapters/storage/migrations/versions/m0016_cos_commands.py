"""Which request a future-dated command of the CoS Party was made for."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; no such command was sent before."""
    op.create_table(
        "cos_command",
        sa.Column("device", sa.String(length=16), primary_key=True),
        sa.Column("counter", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column(
            "request_id",
            sa.String(length=72),
            sa.ForeignKey("request.request_id", name="fk_cos_command_request_id_request"),
            nullable=False,
        ),
    )


def downgrade() -> None:
    """Remove it: what devices have not executed yet answers no request any more."""
    op.drop_table("cos_command")
