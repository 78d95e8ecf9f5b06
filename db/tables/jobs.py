"""Long work that waits, runs or ended: it passes, and is no part of the record's chains."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from .columns import Base

JOB_STATES = ("waiting", "running", "paused", "cancelled", "done", "failed")


class JobRow(Base):
    """A job; `lane` is what it has to itself while it runs, `lost` how often its worker ended.

    What waits in a lane waits until the lane is free, whoever looks: two of one lane cannot be.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index(None, "state", "created_at"),
        Index(None, "project_id"),
        CheckConstraint(f"state IN ({', '.join(map(repr, JOB_STATES))})", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id"))
    kind: Mapped[str]
    options: Mapped[dict[str, Any]]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    started_by: Mapped[str]
    state: Mapped[str]
    asked: Mapped[str | None]
    done: Mapped[int]
    total: Mapped[int]
    sentence: Mapped[str]
    log: Mapped[list[str]]
    lane: Mapped[str | None] = mapped_column(unique=True)
    owner: Mapped[str | None]
    lost: Mapped[int]
    created_at: Mapped[datetime]
    beat_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
