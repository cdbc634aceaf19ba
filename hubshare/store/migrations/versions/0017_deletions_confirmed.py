"""Until which version deletions were confirmed, for those who come back later"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("projects", sa.Column("deletions_confirmed", sa.Integer(), nullable=False, server_default="0"))
