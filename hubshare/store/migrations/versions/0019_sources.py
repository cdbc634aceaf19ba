"""Sources outside the Hub that projects come from"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    for name in ("address", "label"):
        op.add_column("origins", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("origins", sa.Column("head", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("origins", sa.Column("newest", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("origins", sa.Column("history", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "imports",
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("follow", sa.String(length=10), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("opens", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("urlpath", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("run", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("fetched", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("log", sa.JSON(), nullable=False),
        sa.Column("due", sa.DateTime(), nullable=True),
        sa.Column("started", sa.DateTime(), nullable=True),
        sa.Column("ended", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id"),
    )
    op.create_index("ix_imports_due", "imports", ["due"])
    op.create_index("ix_imports_user", "imports", ["user"])
