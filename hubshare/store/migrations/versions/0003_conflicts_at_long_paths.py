"""Conflicts at paths that are too long for an index of PostgreSQL: it takes about 2,700 bytes, and a path may have 3,500"""

from alembic import op

revision = "0003"
down_revision = "0002"

#: What the constraint is called where it was made without a name: by PostgreSQL itself, and for SQLite by this.
_NAMES = {"postgresql": "conflicts_checkout_id_path_key", "sqlite": "uq_conflicts_checkout_id"}


def upgrade() -> None:
    with op.batch_alter_table("conflicts", naming_convention={"uq": "uq_%(table_name)s_%(column_0_name)s"}) as table:
        table.drop_constraint(_NAMES[op.get_bind().dialect.name], type_="unique")
        table.create_index("ix_conflicts_checkout_id", ["checkout_id"])
