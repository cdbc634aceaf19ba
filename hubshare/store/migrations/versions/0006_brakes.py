"""How many deletions at once a project lets pass without a confirmation"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("projects", sa.Column("brake", sa.Integer(), nullable=True))
