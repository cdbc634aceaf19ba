"""Webhooks of people, which are told what their inboxes are told"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.add_column("webhooks", sa.Column("person", sa.String(length=255), nullable=True))
    op.add_column("webhooks", sa.Column("silent", sa.JSON(), server_default="[]", nullable=False))
    op.create_index("ix_webhooks_person", "webhooks", ["person"])
    op.add_column("webhook_deliveries", sa.Column("notification", sa.BigInteger(), nullable=True))
    op.add_column("notifications", sa.Column("posted", sa.DateTime(), nullable=True))
    unposted = sa.text("read IS NULL AND done IS NULL AND posted IS NULL")
    op.create_index(
        "notifications_unposted", "notifications", ["user"], sqlite_where=unposted, postgresql_where=unposted
    )
