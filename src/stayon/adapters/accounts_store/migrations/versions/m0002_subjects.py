"""Accounts of people who sign in at an OpenID provider."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add who somebody is at the provider; nobody is there twice."""
    op.add_column("account", sa.Column("subject", sa.String(length=64), nullable=True))
    op.create_index("ix_account_subject", "account", ["subject"], unique=True)
