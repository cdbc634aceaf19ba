"""What single-user servers use"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "server_uses",
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("server", sa.String(length=255), nullable=False),
        sa.Column("seen", sa.DateTime(), nullable=False),
        sa.Column("active", sa.DateTime(), nullable=False),
        sa.Column("memory", sa.BigInteger(), nullable=True),
        sa.Column("memory_limit", sa.BigInteger(), nullable=True),
        sa.Column("cpu", sa.Integer(), nullable=True),
        sa.Column("cpu_limit", sa.Integer(), nullable=True),
        sa.Column("processes", sa.Integer(), nullable=True),
        sa.Column("disk", sa.BigInteger(), nullable=True),
        sa.Column("disk_limit", sa.BigInteger(), nullable=True),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("kernels", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("user", "server"),
    )
    op.create_index("ix_server_uses_seen", "server_uses", ["seen"])
    op.create_table(
        "server_samples",
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("server", sa.String(length=255), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("busy", sa.Integer(), nullable=False),
        sa.Column("memory", sa.BigInteger(), nullable=True),
        sa.Column("cpu", sa.BigInteger(), nullable=True),
        sa.Column("disk", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user", "server", "span", "start"),
    )
    op.create_index("server_samples_by_time", "server_samples", ["span", "start"])
