"""Queues and kinds of jobs that are paused"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("what", sa.String(length=100), nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("what"),
    )
