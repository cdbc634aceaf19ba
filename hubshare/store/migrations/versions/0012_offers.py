"""What waits for a person's yes, and since when a former address is one"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    # Who is in a team already stays in it.
    op.create_table(
        "offers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("user", sa.String(255), nullable=False, index=True),
        sa.Column("giver", sa.String(255), nullable=False, index=True),
        sa.Column("team_id", sa.String(32), sa.ForeignKey("teams.id", ondelete="CASCADE"), nullable=True),
        sa.Column("project_id", sa.String(32), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("ignored", sa.Boolean(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("team_id", "user"),
        sa.UniqueConstraint("project_id"),
    )
    op.create_table(
        "refused_givers",
        sa.Column("user", sa.String(255), primary_key=True),
        sa.Column("giver", sa.String(255), primary_key=True),
        sa.Column("created", sa.DateTime(), nullable=False),
    )
    # Addresses that were given up earlier count from today.
    today = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ")
    op.add_column("former_names", sa.Column("created", sa.DateTime(), nullable=False, server_default=today))
    op.add_column("former_names", sa.Column("left", sa.Boolean(), nullable=False, server_default=sa.false()))
