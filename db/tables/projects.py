"""Projects, their labels and images, and the people who read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .columns import AppendedRow, Base


class ProjectRow(Base):
    """A project: a queue of images, a label set, how suggestions are made, how it is read.

    `signatures_needed` is how many signed readings make an image read; 0 where acts decide.
    """

    __tablename__ = "projects"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    settings: Mapped[dict[str, Any]]
    signatures_needed: Mapped[int]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class LabelRow(Base):
    """A label of a project's label set; a retired one is not offered any more.

    The project's event that speaks of labels carries the digests of all of them.
    """

    __tablename__ = "project_labels"
    __table_args__ = (UniqueConstraint("project_id", "position"),)

    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    scheme: Mapped[str]
    meaning: Mapped[str]
    retired: Mapped[bool | None]


class RaterRow(Base):
    """A person who annotates."""

    __tablename__ = "raters"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class SubjectRow(Base):
    """A person shown, by pseudonym only."""

    __tablename__ = "subjects"
    __table_args__ = (UniqueConstraint("project_id", "pseudonym"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    pseudonym: Mapped[str]
    created_at: Mapped[datetime]


class ImageRow(Base):
    """An image in the queue of a project."""

    __tablename__ = "images"
    __table_args__ = (
        UniqueConstraint("project_id", "position"),
        UniqueConstraint("project_id", "pixels_sha256", "source_sha256", "frame"),
        Index(None, "project_id", "source_sha256", "frame"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    position: Mapped[int]
    file_name: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    pixels_sha256: Mapped[str]
    source_sha256: Mapped[str]
    modality: Mapped[str]
    bits: Mapped[int]
    channels: Mapped[int]
    window_black: Mapped[float | None]
    window_white: Mapped[float | None]
    subject_id: Mapped[UUID | None] = mapped_column(ForeignKey("subjects.id"))
    frame: Mapped[int | None]
    display: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class ImageRemovalRow(AppendedRow):
    """An image taken out of its project, or put back; the row of highest sequence counts."""

    __tablename__ = "image_removals"
    __table_args__ = (Index(None, "image_id", "sequence"), {"sqlite_autoincrement": True})

    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"))
    removed: Mapped[bool]
    reason: Mapped[str]


class ImageStateRow(Base):
    """How far an image is; each column follows from other rows, and copies leave it out.

    `uncertainty` is the entropy of the current run's scores in bits, -1 without a run;
    `disagreement` the number of regions whose counting act contradicts the machine; `stack` what
    the pictures have in common that may lie in one sequence with it, and `place` where along its
    axis it lies.
    """

    __tablename__ = "image_states"
    __table_args__ = (
        Index(None, "project_id", "assigned", "position"),
        Index(None, "project_id", "stack", "position"),
    )

    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"), primary_key=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    position: Mapped[int]
    run: Mapped[int | None] = mapped_column(ForeignKey("suggestion_runs.sequence"))
    suggested: Mapped[int]
    settled: Mapped[int]
    claims: Mapped[int]
    undecided: Mapped[int]
    acts: Mapped[int]
    assigned: Mapped[int]
    signed: Mapped[int]
    adjudicated: Mapped[bool]
    flagged: Mapped[bool]
    skipped: Mapped[bool]
    decided: Mapped[bool]
    uncertainty: Mapped[float]
    disagreement: Mapped[int]
    removed: Mapped[bool]
    stack: Mapped[UUID | None]
    place: Mapped[float | None]


def _index_queue(name: str, *order: Any) -> None:
    """Keep a project's images in an order, with what a queue is narrowed by."""
    state = ImageStateRow
    narrowed = [column for column in (state.decided, state.skipped) if column not in order]
    Index(
        f"ix_image_states_by_{name}",
        state.project_id,
        *order,
        *narrowed,
        state.flagged,
        sqlite_where=state.removed.is_(False),
        postgresql_where=state.removed.is_(False),
    )


Index(
    "ix_image_states_removed",
    ImageStateRow.project_id,
    ImageStateRow.image_id,
    sqlite_where=ImageStateRow.removed.is_(True),
    postgresql_where=ImageStateRow.removed.is_(True),
)
_index_queue("state", ImageStateRow.decided, ImageStateRow.skipped, ImageStateRow.position)
_index_queue("position", ImageStateRow.position)
_index_queue("uncertainty", ImageStateRow.uncertainty.desc(), ImageStateRow.position)
_index_queue("disagreement", ImageStateRow.disagreement.desc(), ImageStateRow.position)
