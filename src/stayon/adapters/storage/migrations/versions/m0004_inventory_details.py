"""What Service Request 8.2 tells of a device beside what the checks want to know."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXTS = (
    ("manufacturer", 30),
    ("model", 30),
    ("firmware_version", 8),
    ("smets_version", 20),
    ("csp_region", 16),
    ("postcode", 8),
    ("address_identifier", 30),
)


def upgrade() -> None:
    """Add make, versions and place; what they are is not known for devices that are there."""
    with op.batch_alter_table("device") as table:
        for name, length in _TEXTS:
            table.add_column(sa.Column(name, sa.String(length), nullable=False, server_default=""))
        table.add_column(sa.Column("uprn", sa.BigInteger))
    op.create_index("ix_device_uprn", "device", ["uprn"])
    op.create_index(
        "ix_device_postcode_address_identifier", "device", ["postcode", "address_identifier"]
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_device_postcode_address_identifier", "device")
    op.drop_index("ix_device_uprn", "device")
    with op.batch_alter_table("device") as table:
        table.drop_column("uprn")
        for name, _ in _TEXTS:
            table.drop_column(name)
