"""Who has a name at the Hub"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "hub_users",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("born", sa.DateTime(), nullable=False),
    )
