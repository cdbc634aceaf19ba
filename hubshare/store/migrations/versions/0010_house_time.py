"""The time by which ages are told"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    table = op.create_table(
        "house_time",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("time", sa.DateTime(), nullable=False),
    )
    op.bulk_insert(table, [{"id": 1, "time": datetime.now(UTC).replace(tzinfo=None)}])
