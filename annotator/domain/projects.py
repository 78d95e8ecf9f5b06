"""Projects: a queue of images, a label set, and how far the work on them is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .annotations import Annotation
from .images import ImageAsset
from .labels import LabelSet
from .suggestions import SuggestionRun


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
        Those of which every current suggestion was decided on or, where there is none,
        something was stated.
    """

    images: int = 0
    suggested: int = 0
    with_suggestions: int = 0
    touched: int = 0
    decided: int = 0


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
        ``box`` or ``polygon``.
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
    counts: ProjectCounts = ProjectCounts()
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
    """

    added: tuple[ImageAsset, ...]
    duplicates: tuple[tuple[ImageAsset, uuid.UUID], ...]


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
class ImageRecord:
    """All that is recorded of one image: what an export reads.

    Attributes
    ----------
    image : ImageAsset
    annotations : tuple of Annotation
        The act that counts of each region, rejected and withdrawn ones included.
    runs : tuple of SuggestionRun
        Oldest first, the current one last; an annotation's ``derived_from`` is a suggestion
        of one of them. Without their maps.
    """

    image: ImageAsset
    annotations: tuple[Annotation, ...]
    runs: tuple[SuggestionRun, ...]
