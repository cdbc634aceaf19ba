"""What became of each job, and how many there were"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_INDEXES = {
    "jobs_by_state": ["state", "number"],
    "jobs_by_project": ["project_id", "number"],
    "jobs_by_project_and_state": ["project_id", "state", "number"],
    "jobs_by_user": ["user", "number"],
    "jobs_by_kind": ["kind", "number"],
    "ix_jobs_trace": ["trace"],
    "ix_jobs_queued": ["queued"],
}


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "jobs",
        sa.Column("number", number, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("trace", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("project_id", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("token", sa.String(length=255), nullable=False),
        sa.Column("door", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=255), nullable=False),
        sa.Column("queued", sa.DateTime(), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=True),
        sa.Column("ended", sa.DateTime(), nullable=True),
        sa.Column("due", sa.DateTime(), nullable=True),
        sa.Column("moved", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=255), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("traceback", sa.Text(), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("timeline", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    for name, columns in _INDEXES.items():
        op.create_index(name, "jobs", columns)
    op.create_table(
        "job_rollups",
        sa.Column("span", sa.String(length=6), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("waits", sa.JSON(), nullable=False),
        sa.Column("runs", sa.JSON(), nullable=False),
        sa.Column("paths", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("span", "start", "kind", "state"),
    )
    op.create_table(
        "journal_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.String(length=50), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
