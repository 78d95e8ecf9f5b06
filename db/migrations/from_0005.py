"""0005 to 0006: jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

_UTC = sa.DateTime(timezone=True)


def upgrade(op: Operations) -> None:
    """Add the table of jobs; nothing else changes."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("started_by", "state")),
        sa.Column("asked", sa.String, nullable=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("done", "total")),
        sa.Column("sentence", sa.String, nullable=False),
        sa.Column("log", sa.JSON, nullable=False),
        *(sa.Column(name, sa.String, nullable=True) for name in ("lane", "owner")),
        sa.Column("lost", sa.Integer, nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        *(sa.Column(name, _UTC, nullable=True) for name in ("beat_at", "ended_at")),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("lane", name="uq_jobs_lane"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_jobs_project_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_jobs_account_id"),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'paused', 'cancelled', 'done', 'failed')",
            name="ck_jobs_state",
        ),
    )
    op.create_index("ix_jobs_state_created_at", "jobs", ["state", "created_at"])
    op.create_index("ix_jobs_project_id", "jobs", ["project_id"])
