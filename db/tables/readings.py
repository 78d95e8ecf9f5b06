"""Who reads which image, in which round, and what they signed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .columns import AppendedRow, Base


class ReadingRow(Base):
    """One rater's look at one image, in one round; `imported` ones come from a file."""

    __tablename__ = "readings"
    __table_args__ = (
        UniqueConstraint("image_id", "rater_id", "round"),
        CheckConstraint("round IN ('first', 'revealed', 'adjudication', 'imported')", name="round"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"))
    rater_id: Mapped[UUID] = mapped_column(ForeignKey("raters.id"))
    round: Mapped[str]
    arm: Mapped[str]
    opened_at: Mapped[datetime]


class SignatureRow(AppendedRow):
    """A reading signed, or opened again; of a reading, the row of highest sequence counts."""

    __tablename__ = "signatures"
    __table_args__ = (
        Index(None, "reading_id", "sequence"),
        CheckConstraint("act IN ('signed', 'reopened')", name="act"),
        {"sqlite_autoincrement": True},
    )

    reading_id: Mapped[UUID] = mapped_column(ForeignKey("readings.id"))
    act: Mapped[str]
    reason: Mapped[str]


class AssignmentRow(Base):
    """An image that a rater is to read.

    `state` follows from readings, signatures and remarks, except that ``withdrawn`` is set.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        UniqueConstraint("image_id", "rater_id"),
        Index(None, "project_id", "rater_id", "state", "position"),
        CheckConstraint("state IN ('open', 'skipped', 'done', 'withdrawn')", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"))
    rater_id: Mapped[UUID] = mapped_column(ForeignKey("raters.id"))
    position: Mapped[int]
    state: Mapped[str]
    created_at: Mapped[datetime]
