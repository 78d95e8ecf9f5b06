"""What people state: acts that are appended, and counted by the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from .columns import AppendedRow

DECISIONS = ("accepted", "edited", "rejected", "added", "undecided", "withdrawn")
PRESENCES = ("present", "absent", "uncertain", "not_assessed", "not_assessable")
REMARKS = ("note", "flag", "unflag", "skip", "unskip", "issue", "reply", "resolved")


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(map(repr, values))})", name=column)


class AnnotationRow(AppendedRow):
    """One act of one rater on one region; of a region, the act of highest sequence counts."""

    __tablename__ = "annotations"
    __table_args__ = (
        Index(None, "image_id", "region_id", "sequence"),
        _one_of("decision", DECISIONS),
        {"sqlite_autoincrement": True},
    )

    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"))
    region_id: Mapped[UUID]
    rater_id: Mapped[UUID] = mapped_column(ForeignKey("raters.id"))
    decision: Mapped[str]
    label: Mapped[str]
    region: Mapped[dict[str, Any]]
    derived_from: Mapped[UUID | None] = mapped_column(ForeignKey("suggestions.id"))
    supersedes: Mapped[UUID | None] = mapped_column(ForeignKey("annotations.id"))
    reading_id: Mapped[UUID | None] = mapped_column(ForeignKey("readings.id"))


class LabelValueRow(AppendedRow):
    """One act of one rater on a label of the image; of a label, that of highest sequence counts."""

    __tablename__ = "label_values"
    __table_args__ = (
        Index(None, "image_id", "label", "sequence"),
        _one_of("value", PRESENCES),
        {"sqlite_autoincrement": True},
    )

    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"))
    rater_id: Mapped[UUID] = mapped_column(ForeignKey("raters.id"))
    label: Mapped[str]
    value: Mapped[str]
    intensity: Mapped[str | None]
    side: Mapped[str | None]
    supersedes: Mapped[UUID | None] = mapped_column(ForeignKey("label_values.id"))
    reading_id: Mapped[UUID | None] = mapped_column(ForeignKey("readings.id"))


class RemarkRow(AppendedRow):
    """A note, flag, skip or issue on an image or a region."""

    __tablename__ = "remarks"
    __table_args__ = (
        Index(None, "image_id", "sequence"),
        Index(None, "addressee_id"),
        Index(None, "answers"),
        _one_of("kind", REMARKS),
        {"sqlite_autoincrement": True},
    )

    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"))
    rater_id: Mapped[UUID] = mapped_column(ForeignKey("raters.id"))
    kind: Mapped[str]
    text: Mapped[str]
    region_id: Mapped[UUID | None]
    answers: Mapped[UUID | None] = mapped_column(ForeignKey("remarks.id"))
    addressee_id: Mapped[UUID | None] = mapped_column(ForeignKey("raters.id"))
    reading_id: Mapped[UUID | None] = mapped_column(ForeignKey("readings.id"))
