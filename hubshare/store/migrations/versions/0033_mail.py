"""Where people have their notifications mailed to, and which were"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.add_column("notifications", sa.Column("mailed", sa.DateTime(), nullable=True))
    unmailed = sa.text("read IS NULL AND done IS NULL AND mailed IS NULL")
    op.create_index(
        "notifications_unmailed",
        "notifications",
        ["user", "created"],
        sqlite_where=unmailed,
        postgresql_where=unmailed,
    )
    op.create_table(
        "mail_settings",
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("silent", sa.JSON(), nullable=False),
        sa.Column("asked_address", sa.String(length=254), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("asked", sa.DateTime(), nullable=True),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("due", sa.DateTime(), nullable=True),
        sa.Column("begun_until", sa.DateTime(), nullable=True),
        sa.Column("letter", sa.String(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("user"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_mail_settings_due", "mail_settings", ["due"])
    op.create_table(
        "sent_mails",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("user", sa.String(length=255), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("asking", sa.Boolean(), nullable=False),
        sa.Column("time", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("sent_mails_by_user", "sent_mails", ["user", "time"])
    op.create_index("sent_mails_by_address", "sent_mails", ["address", "time"])
    op.create_index("ix_sent_mails_time", "sent_mails", ["time"])
