"""Accounts, roles, one-time links, sessions and wrong tries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.guards import close_tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UTC = sa.DateTime(timezone=True)
_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables; roles are only ever added."""
    _create_accounts()
    _create_grants()
    _create_passing()
    close_tables({"role_grants": ("NEW.sequence = sequence", "NEW.id = id")})


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("password", sa.String, nullable=True),
        sa.Column("subject", sa.String, nullable=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
        sa.UniqueConstraint("key", name="uq_accounts_key"),
        sa.UniqueConstraint("subject", name="uq_accounts_subject"),
    )


def _create_grants() -> None:
    op.create_table(
        "role_grants",
        sa.Column("sequence", _COUNTER, sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("granted", sa.Boolean, nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_role_grants"),
        sa.UniqueConstraint("id", name="uq_role_grants_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_role_grants_account_id"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_role_grants_project_id"),
        sa.CheckConstraint(
            "role IN ('rater', 'reviewer', 'adjudicator', 'manager', 'admin')",
            name="ck_role_grants_role",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_role_grants_account_id_sequence", "role_grants", ["account_id", "sequence"])


def _create_passing() -> None:
    op.create_table(
        "sign_in_links",
        sa.Column("token_sha256", sa.String, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=True),
        sa.Column("expires_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_sign_in_links"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_sign_in_links_account_id"
        ),
    )
    op.create_table(
        "sign_in_sessions",
        sa.Column("token_sha256", sa.String, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("seen_at", _UTC, nullable=False),
        sa.Column("ends_at", _UTC, nullable=False),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_sign_in_sessions"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_sign_in_sessions_account_id"
        ),
    )
    op.create_index("ix_sign_in_sessions_account_id", "sign_in_sessions", ["account_id"])
    op.create_table(
        "sign_in_tries",
        sa.Column("key_sha256", sa.String, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("barred_until", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("key_sha256", name="pk_sign_in_tries"),
    )
