"""Which token an agent's credentials were given for"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("agent_sessions", sa.Column("token_id", sa.String(length=64), nullable=False, server_default=""))
