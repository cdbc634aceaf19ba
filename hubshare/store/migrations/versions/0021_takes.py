"""Whether the fetch that is under way takes what is new"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("imports", sa.Column("take", sa.Boolean(), nullable=False, server_default=sa.true()))
