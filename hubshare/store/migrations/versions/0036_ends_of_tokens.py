"""When tokens end that were used"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.add_column("token_seen", sa.Column("expires", sa.DateTime(), nullable=True))
    op.create_index("ix_token_seen_expires", "token_seen", ["expires"])
