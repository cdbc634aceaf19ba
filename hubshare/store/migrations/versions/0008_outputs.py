"""Whether a project shares the outputs of its notebooks"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("projects", sa.Column("outputs", sa.String(10), nullable=False, server_default="share"))
