"""How much is held of the source of a project"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("origins", sa.Column("held", sa.BigInteger(), nullable=False, server_default="0"))
