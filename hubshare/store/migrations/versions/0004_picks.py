"""Picks of theirs that were made at the centre and wait for the agent"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("conflicts", sa.Column("picked", sa.JSON(none_as_null=True), nullable=True))
