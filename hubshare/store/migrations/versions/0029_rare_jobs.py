"""Jobs of a state, among the many of a person or of a kind, are found at once"""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_index("jobs_by_user_and_state", "jobs", ["user", "state", "number"])
    op.create_index("jobs_by_kind_and_state", "jobs", ["kind", "state", "number"])
