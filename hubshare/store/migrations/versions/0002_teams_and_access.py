"""Teams, groups, invitations, audit; grants to more than users; projects that move, rest and go"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _project() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE")


#: The audit log is append-only for everybody who has no business with the database itself.
_APPEND_ONLY = {
    "sqlite": [
        "CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
    ],
}


def upgrade() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("creator", sa.String(255), nullable=False, index=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("team_id", sa.String(32), sa.ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("user", sa.String(255), primary_key=True, index=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "group_members",
        sa.Column("group", sa.String(255), primary_key=True),
        sa.Column("user", sa.String(255), primary_key=True, index=True),
    )
    with op.batch_alter_table("projects") as table:
        table.add_column(sa.Column("team_id", sa.String(32), nullable=True))
        table.add_column(sa.Column("description", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("bytes", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("archived", sa.DateTime(), nullable=True))
        table.add_column(sa.Column("deleted", sa.DateTime(), nullable=True))
        table.create_foreign_key("projects_team", "teams", ["team_id"], ["id"])
        table.create_index("ix_projects_team_id", ["team_id"])
        table.create_index("ix_projects_deleted", ["deleted"])
    with op.batch_alter_table("checkouts") as table:
        table.create_index("checkouts_by_user", ["user"])
    with op.batch_alter_table("agent_sessions") as table:
        table.add_column(sa.Column("token", sa.String(255), nullable=False, server_default=""))

    op.rename_table("grants", "user_grants")
    op.create_table(
        "grants",
        sa.Column("project_id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(5), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        _project(),
    )
    op.create_index("grants_by_subject", "grants", ["kind", "subject"])
    op.execute(
        "INSERT INTO grants (project_id, kind, subject, role, created) "
        "SELECT project_id, 'user', \"user\", role, created FROM user_grants"
    )
    op.drop_table("user_grants")

    op.create_table(
        "former_names",
        sa.Column("owner", sa.String(255), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("project_id", sa.String(32), nullable=False, index=True),
        _project(),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("project_id", sa.String(32), nullable=False, index=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("creator", sa.String(255), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        _project(),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("time", sa.DateTime(), nullable=False, index=True),
        sa.Column("user", sa.String(255), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("project_id", sa.String(32), nullable=True),
        sa.Column("team_id", sa.String(32), nullable=True),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("door", sa.String(10), nullable=False),
        sa.Column("token", sa.String(255), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
    )
    op.create_index("audit_by_project", "audit", ["project_id", "id"])
    op.create_index("audit_by_team", "audit", ["team_id", "id"])
    for statement in _APPEND_ONLY.get(op.get_bind().dialect.name, []):
        op.execute(statement)
    op.create_table(
        "answered",
        sa.Column("user", sa.String(255), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False, index=True),
    )
