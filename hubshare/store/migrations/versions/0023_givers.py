"""Who gave the password or token for a source"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("imports", sa.Column("giver", sa.String(length=255), nullable=False, server_default=""))
    op.execute("UPDATE imports SET giver = \"user\" WHERE credential != ''")
    op.create_index("ix_imports_giver", "imports", ["giver"])
