"""What the pages need: signed-in browsers, releases, and an index of which version changed what"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def _project(index: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey("projects.id", ondelete="CASCADE")
    return sa.Column("project_id", sa.String(32), key, primary_key=True, index=index or None)


def upgrade() -> None:
    op.create_table(
        "browser_sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("user", sa.String(255), nullable=False),
        sa.Column("token", sa.String(4096), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False, index=True),
    )
    op.create_table(
        "releases",
        _project(),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("creator", sa.String(255), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
    )
    op.create_table("indexed", _project(), sa.Column("version", sa.Integer(), nullable=False))
    op.create_table(
        "touches",
        _project(),
        sa.Column("folder", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
    )
    op.create_table(
        "file_names",
        # Compared letter by letter, so that the index finds all that begins with something.
        sa.Column("word", sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql"), primary_key=True),
        _project(index=True),
        sa.Column("key", sa.String(32), primary_key=True),
        sa.Column("path", sa.Text(), nullable=False),
    )
