"""What is kept for a person for good, in bytes"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    # Whose push brought what was kept before is known to nobody; the audit log is counted by the next housekeeping.
    op.create_table(
        "kept_bytes",
        sa.Column("project_id", sa.String(32), sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("user", sa.String(255), primary_key=True, index=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "audit_bytes",
        sa.Column("user", sa.String(255), primary_key=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
    )
