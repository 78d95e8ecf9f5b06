"""Projects: a queue of images, a label set, a protocol, and how far the work on them is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from .annotations import Annotation, LabelValue, Remark
from .images import ImageAsset
from .labels import LabelSet
from .readings import SUGGESTIONS_FIRST, Protocol, ReadingRecord, Review
from .suggestions import SuggestionRun

SUGGESTION_GEOMETRIES = ("box", "polygon", "mask")
"""What a project's suggestions may be drawn as."""


@dataclass(frozen=True, slots=True)
class ProjectCounts:
    """How far a project is, in images.

    Attributes
    ----------
    images : int
        In the queue.
    suggested : int
        Those that the model has run on, even if it found nothing to suggest.
    with_suggestions : int
        Those whose current run suggests at least one region.
    touched : int
        Those with at least one act of a rater.
    decided : int
        Those that are reviewed, as `ImageRecord.review` has it.
    """

    images: int = 0
    suggested: int = 0
    with_suggestions: int = 0
    touched: int = 0
    decided: int = 0


@dataclass(frozen=True, slots=True)
class Recalibration:
    """Operating points of a project's own, for one classifier.

    Attributes
    ----------
    model_sha256 : str
        Of its weights; of another classifier, or another version, they say nothing.
    points : tuple of (str, float)
        Label code and the score in [0, 1] from which it is suggested; the card's for the others.
    images : int
        Confirmed images that they were chosen by.
    """

    model_sha256: str
    points: tuple[tuple[str, float], ...]
    images: int

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {**asdict(self), "points": dict(self.points)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Self | None:
        """Read what `to_json` wrote; None where nothing was."""
        if value is None:
            return None
        points = tuple((code, float(point)) for code, point in value["points"].items())
        return cls(str(value["model_sha256"]), points, int(value["images"]))


@dataclass(frozen=True, slots=True)
class Project:
    """A queue of images, its label set, and how the machine's suggestions are made.

    Attributes
    ----------
    name : str
        Unique in the record.
    label_set : LabelSet
    model_name : str or None
        Name of the model card that suggests; None where people draw everything.
    contrast : str or None
        Rival of the contrast: ``dual``, ``none`` or a label code; None for the card's own.
    suggestion_geometry : str
        One of `SUGGESTION_GEOMETRIES`.
    protocol : Protocol
        How it is read.
    recalibration : Recalibration or None
        Its own operating points; None where the card's stand.
    archived_at : datetime or None
        When it was archived: it is not listed and nothing may be recorded in it.
    counts : ProjectCounts
        How far it was when it was read.
    id : uuid.UUID
    created_at : datetime
        In UTC.
    """

    name: str
    label_set: LabelSet
    model_name: str | None = None
    contrast: str | None = None
    suggestion_geometry: str = "box"
    protocol: Protocol = SUGGESTIONS_FIRST
    counts: ProjectCounts = ProjectCounts()
    archived_at: datetime | None = None
    recalibration: Recalibration | None = None
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class AddedImages:
    """What became of images that were to join a project.

    Attributes
    ----------
    added : tuple of ImageAsset
        Now at the end of the queue, in the order given.
    duplicates : tuple of (ImageAsset, uuid.UUID)
        Left out, each with the image of the same pixels that the project holds.
    put_back : tuple of uuid.UUID
        Those of the latter that had been removed from the project, and are in it again.
    """

    added: tuple[ImageAsset, ...]
    duplicates: tuple[tuple[ImageAsset, uuid.UUID], ...]
    put_back: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where an image stands in its project's queue.

    Attributes
    ----------
    position, total : int
        "Image `position` of `total`", from 1.
    previous_id, next_id : uuid.UUID or None
        Its neighbours; None at the ends.
    """

    position: int
    total: int
    previous_id: uuid.UUID | None
    next_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """An image as a list of the queue shows it.

    Attributes
    ----------
    image_id : uuid.UUID
    position : int
        From 1.
    file_name : str
    review : Review
        For a reader of an isolated project, of that reader's own work.
    suggestions : int
        Of the current run; 0 where the reader may not know.
    flagged, skipped : bool
    """

    image_id: uuid.UUID
    position: int
    file_name: str
    review: Review
    suggestions: int
    flagged: bool
    skipped: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some rows of a queue, and how many there are in all."""

    rows: tuple[QueueRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ReaderProgress:
    """How far a reader is: images assigned to them, and those they signed."""

    rater: str
    assigned: int
    signed: int


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """All that is recorded of one image: what an export reads.

    Attributes
    ----------
    image : ImageAsset
    annotations : tuple of Annotation
        The act that counts of each region, rejected and withdrawn ones included. Where readers
        are isolated: those of the signed adjudication or, without one, of each reader's last
        round.
    runs : tuple of SuggestionRun
        Oldest first, the current one last; an annotation's ``derived_from`` is a suggestion
        of one of them. Without their maps.
    readings : tuple of ReadingRecord
        Every reading by itself, in the order they were opened.
    label_values : tuple of LabelValue
        The act that counts of each label, of the same readings as `annotations`.
    remarks : tuple of Remark
        In the order they were made.
    protocol : Protocol
        Of its project.
    """

    image: ImageAsset
    annotations: tuple[Annotation, ...]
    runs: tuple[SuggestionRun, ...]
    readings: tuple[ReadingRecord, ...] = ()
    label_values: tuple[LabelValue, ...] = ()
    remarks: tuple[Remark, ...] = ()
    protocol: Protocol = SUGGESTIONS_FIRST

    @property
    def raters(self) -> set[str]:
        """Names of all who state something of the image, or opened it."""
        acts = {act.rater for act in self.annotations} | {act.rater for act in self.label_values}
        return acts | {read.reading.rater for read in self.readings}

    @property
    def review(self) -> Review:
        """How far people are with the image; the one definition, which the counts follow."""
        signed = sum(read.reading.is_signed_off for read in self.readings)
        if signed >= self.protocol.signatures_needed:
            return Review.REVIEWED
        touched = (
            signed
            or self.annotations
            or self.label_values
            or any(read.annotations or read.label_values for read in self.readings)
        )
        return Review.IN_PROGRESS if touched else Review.NOT_REVIEWED
