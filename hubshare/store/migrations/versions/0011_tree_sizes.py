"""How large a project is on a disk"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    # Of what there is already, sizes are found out with the next push.
    op.add_column("projects", sa.Column("measured", sa.String(40), nullable=False, server_default=""))
    op.add_column("projects", sa.Column("files", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("projects", sa.Column("unpacked", sa.BigInteger(), nullable=False, server_default="0"))
