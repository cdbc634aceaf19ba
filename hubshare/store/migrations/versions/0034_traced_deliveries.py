"""Of which trace a delivery to a webhook is"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column(
        "webhook_deliveries", sa.Column("traceparent", sa.String(length=55), server_default="", nullable=False)
    )
