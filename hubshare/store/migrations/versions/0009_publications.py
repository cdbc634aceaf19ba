"""The published commit is a row, and one table has the answers to all that was published"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_NEWEST = """
UPDATE projects SET
    version = COALESCE((SELECT MAX(number) FROM versions WHERE versions.project_id = projects.id), 0),
    head = COALESCE((SELECT versions."commit" FROM versions WHERE versions.project_id = projects.id
        ORDER BY number DESC LIMIT 1), '')
"""
_ANSWERS = """
INSERT INTO publications (id, project_id, "user", checkout_id, answer, created)
SELECT pushes.event, checkouts.project_id, checkouts."user", pushes.checkout_id, pushes.outcome, pushes.created
FROM pushes JOIN checkouts ON checkouts.id = pushes.checkout_id
"""


def upgrade() -> None:
    op.add_column("projects", sa.Column("head", sa.String(40), nullable=False, server_default=""))
    op.add_column("projects", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.execute(_NEWEST)
    op.create_table(
        "publications",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("project_id", sa.String(32), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user", sa.String(255), nullable=False),
        sa.Column("checkout_id", sa.String(32), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_publications_project_id", "publications", ["project_id"])
    op.create_index("ix_publications_created", "publications", ["created"])
    op.execute(_ANSWERS)
    op.drop_table("pushes")
