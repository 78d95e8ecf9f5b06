"""What the machine said: runs, suggestions, maps; written once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .columns import AppendedRow, Base


class RunRow(AppendedRow):
    """One run of a classifier on one image; the run of highest sequence is the current one."""

    __tablename__ = "suggestion_runs"
    __table_args__ = (Index(None, "image_id", "sequence"), {"sqlite_autoincrement": True})

    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"))
    model_name: Mapped[str]
    model_version: Mapped[str]
    model_sha256: Mapped[str]
    method: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    code_version: Mapped[str]
    scores: Mapped[dict[str, Any]]
    notices: Mapped[list[str]]
    face: Mapped[dict[str, Any] | None]


class SuggestionRow(Base):
    """A region that a run proposes for a label."""

    __tablename__ = "suggestions"
    __table_args__ = (
        UniqueConstraint("run_id", "position"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score"),
        CheckConstraint("strength BETWEEN 0 AND 1", name="strength"),
        CheckConstraint("explained_mass BETWEEN 0 AND 1", name="explained_mass"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("suggestion_runs.id"))
    position: Mapped[int]
    label: Mapped[str]
    region: Mapped[dict[str, Any]]
    score: Mapped[float]
    strength: Mapped[float]
    against: Mapped[str]
    explained_mass: Mapped[float]


class MapRow(Base):
    """An excitation map of a run: little-endian float32, row by row."""

    __tablename__ = "maps"
    __table_args__ = (
        CheckConstraint("length(grid) = 4 * grid_height * grid_width", name="grid"),
        CheckConstraint("explained_mass BETWEEN 0 AND 1", name="explained_mass"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("suggestion_runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[str]
    against: Mapped[str]
    layer: Mapped[str]
    explained_mass: Mapped[float]
    grid_height: Mapped[int]
    grid_width: Mapped[int]
    grid: Mapped[bytes]
    extent: Mapped[dict[str, Any]]
