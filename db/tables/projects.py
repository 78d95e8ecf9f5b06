"""Projects, their labels and images, and the people who read them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .columns import Base


class ProjectRow(Base):
    """A project: a queue of images, a label set, how suggestions are made, how it is read.

    `signatures_needed` is how many signed readings make an image read; 0 where acts decide.
    """

    __tablename__ = "projects"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    settings: Mapped[dict[str, Any]]
    signatures_needed: Mapped[int]
    created_at: Mapped[datetime]


class LabelRow(Base):
    """A label of a project's label set."""

    __tablename__ = "project_labels"
    __table_args__ = (UniqueConstraint("project_id", "position"),)

    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    scheme: Mapped[str]
    meaning: Mapped[str]


class RaterRow(Base):
    """A person who annotates."""

    __tablename__ = "raters"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class SubjectRow(Base):
    """A person shown, by pseudonym only."""

    __tablename__ = "subjects"
    __table_args__ = (UniqueConstraint("project_id", "pseudonym"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id"))
    pseudonym: Mapped[str]
    created_at: Mapped[datetime]


class ImageRow(Base):
    """An image in the queue of a project."""

    __tablename__ = "images"
    __table_args__ = (
        UniqueConstraint("project_id", "position"),
        UniqueConstraint("project_id", "pixels_sha256"),
        Index(None, "project_id", "source_sha256", "frame"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id"))
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
    subject_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("subjects.id"))
    frame: Mapped[int | None]
    display: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class ImageStateRow(Base):
    """How far an image is; follows from its runs, acts and readings, see `db.progress`."""

    __tablename__ = "image_states"
    __table_args__ = (
        Index(None, "project_id", "decided", "skipped", "position"),
        Index(None, "project_id", "assigned", "position"),
        Index(None, "project_id", "position"),
    )

    image_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("images.id"), primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id"))
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
