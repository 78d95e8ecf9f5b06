"""The tables. Suggestions and annotations are written once: see `APPEND_ONLY`."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from .errors import RecordValueError

APPEND_ONLY = ("annotations", "maps", "suggestion_runs", "suggestions")
"""Tables whose rows the database itself refuses to change or delete (triggers of 0001)."""

DECISIONS = ("accepted", "edited", "rejected", "added", "undecided", "withdrawn")


class UtcTime(TypeDecorator[datetime]):
    """A moment with a time zone; UTC in the database, and UTC back from both kinds of it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone, whose moment nobody could tell."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise RecordValueError("A time without a time zone cannot be recorded; give UTC.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; SQLite keeps no zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text that both databases can hold."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Refuse what PostgreSQL cannot hold, so that a SQLite record can always move there."""
        if value is not None and ("\0" in value or not _encodes(value)):
            raise RecordValueError(
                "A text with a zero character or a broken Unicode character cannot be recorded; "
                "take that character out."
            )
        return value


class PlainJson(TypeDecorator[Any]):
    """JSON as the standard has it."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> Any:
        """Refuse NaN, infinities and what is no JSON at all; SQLite would take the first two."""
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            raise RecordValueError(
                "A value that is not JSON, or not a finite number, cannot be recorded; give "
                "finite numbers, texts, lists and mappings."
            ) from None
        return value


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Base(DeclarativeBase):
    """Base of all rows."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own name and form
        str: PlainText,
        float: Double,
        datetime: UtcTime,
        uuid.UUID: Uuid,
        bytes: LargeBinary,
        dict[str, Any]: PlainJson,
        list[str]: PlainJson,
    }


_Counter = BigInteger().with_variant(Integer, "sqlite")
"""Counted by the database, never used twice: IDENTITY in PostgreSQL, AUTOINCREMENT in SQLite."""


class ProjectRow(Base):
    """A project: a queue of images, a label set, and how suggestions are made."""

    __tablename__ = "projects"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    settings: Mapped[dict[str, Any]]
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


class ImageRow(Base):
    """An image in the queue of a project."""

    __tablename__ = "images"
    __table_args__ = (
        UniqueConstraint("project_id", "position"),
        UniqueConstraint("project_id", "pixels_sha256"),
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
    created_at: Mapped[datetime]


class ImageStateRow(Base):
    """How far an image is; follows from its runs and acts, see `db.progress`."""

    __tablename__ = "image_states"
    __table_args__ = (Index(None, "project_id", "decided", "position"),)

    image_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("images.id"), primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("projects.id"))
    position: Mapped[int]
    run: Mapped[int | None] = mapped_column(ForeignKey("suggestion_runs.sequence"))
    suggested: Mapped[int]
    settled: Mapped[int]
    acts: Mapped[int]
    decided: Mapped[bool]


class RunRow(Base):
    """One run of a classifier on one image; the run of highest sequence is the current one."""

    __tablename__ = "suggestion_runs"
    __table_args__ = (Index(None, "image_id", "sequence"), {"sqlite_autoincrement": True})

    sequence: Mapped[int] = mapped_column(_Counter, Identity(always=True), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True)
    image_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("images.id"))
    model_name: Mapped[str]
    model_version: Mapped[str]
    model_sha256: Mapped[str]
    method: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    code_version: Mapped[str]
    scores: Mapped[dict[str, Any]]
    notices: Mapped[list[str]]
    face: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class SuggestionRow(Base):
    """A region that a run proposes for a label."""

    __tablename__ = "suggestions"
    __table_args__ = (
        UniqueConstraint("run_id", "position"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score"),
        CheckConstraint("strength BETWEEN 0 AND 1", name="strength"),
        CheckConstraint("explained_mass BETWEEN 0 AND 1", name="explained_mass"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("suggestion_runs.id"))
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

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("suggestion_runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[str]
    against: Mapped[str]
    layer: Mapped[str]
    explained_mass: Mapped[float]
    grid_height: Mapped[int]
    grid_width: Mapped[int]
    grid: Mapped[bytes]
    extent: Mapped[dict[str, Any]]


class AnnotationRow(Base):
    """One act of one rater on one region; of a region, the act of highest sequence counts."""

    __tablename__ = "annotations"
    __table_args__ = (
        Index(None, "image_id", "region_id", "sequence"),
        CheckConstraint(f"decision IN ({', '.join(map(repr, DECISIONS))})", name="decision"),
        {"sqlite_autoincrement": True},
    )

    sequence: Mapped[int] = mapped_column(_Counter, Identity(always=True), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True)
    image_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("images.id"))
    region_id: Mapped[uuid.UUID]
    rater_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("raters.id"))
    decision: Mapped[str]
    label: Mapped[str]
    region: Mapped[dict[str, Any]]
    derived_from: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("suggestions.id"))
    supersedes: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("annotations.id"))
    created_at: Mapped[datetime]
