"""What the record refuses, in sentences; rules that need the image or the label set."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from db import store

from ..domain import Annotation, Decision, Region, SuggestionRun
from ..errors import NotFoundError, StorageError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_EDGE_TOLERANCE_PX = 1e-6  # what float arithmetic on pixels of a large image may add
_UNIT_TOLERANCE = 1e-5  # what a sum of float32 shares may be over 1
_OF_SUGGESTION = (Decision.ACCEPTED, Decision.EDITED, Decision.REJECTED)
_OF_DRAWING = (Decision.ADDED, Decision.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class KnownOfImage:
    """What acts and suggestions on an image are held against."""

    width: int
    height: int
    codes: Collection[str]

    def check(self, label: str, region: Region) -> None:
        """Refuse a label that the project lacks, and a region that leaves the image.

        Raises
        ------
        StorageError
        """
        if label not in self.codes:
            raise StorageError(
                f"The project has no label {label!r}; its labels are {', '.join(self.codes)}."
            )
        xs, ys = zip(*region.outline, strict=True)
        over = max(-min(xs), -min(ys), max(xs) - self.width, max(ys) - self.height)
        if over > _EDGE_TOLERANCE_PX:
            raise StorageError(
                f"A region for {label!r} reaches {over:g} px beyond the edge of the image of "
                f"{self.width} x {self.height} px; keep it inside."
            )


def lock_known(session: Session, image_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, KnownOfImage]:
    """Keep other writers of these images waiting, and return what is known of each.

    Raises
    ------
    NotFoundError
        If one of them does not exist.
    """
    rows = store.lock_images(session, image_ids)
    for image_id in image_ids:
        if image_id not in rows:
            raise NotFoundError(f"There is no image with the id {image_id}.")
    labels = store.labels(session, {row.project_id for row in rows.values()})
    codes = {project_id: [label.code for label in found] for project_id, found in labels.items()}
    return {
        row.id: KnownOfImage(row.width, row.height, codes[row.project_id]) for row in rows.values()
    }


def check_act(
    act: Annotation,
    known: KnownOfImage,
    image_of_suggestion: Mapping[uuid.UUID, uuid.UUID],
    earlier: Mapping[uuid.UUID, tuple[uuid.UUID, uuid.UUID]],
) -> None:
    """Refuse an act that cannot be what it says.

    Parameters
    ----------
    act : Annotation
    known : KnownOfImage
    image_of_suggestion : mapping of uuid.UUID to uuid.UUID
        The image of each suggestion that is named.
    earlier : mapping of uuid.UUID to (uuid.UUID, uuid.UUID)
        Image and region of each act that is named as superseded.

    Raises
    ------
    NotFoundError
        If the suggestion or the act that it names is not recorded.
    StorageError
        If it contradicts them, the label set, or the image's edge.
    """
    known.check(act.label, act.region)
    if not act.rater.strip():
        raise StorageError("An act needs the name of its rater; state who annotates.")
    if act.decision in _OF_SUGGESTION and act.derived_from is None:
        raise StorageError(
            f"An act of {act.decision.value!r} must name the suggestion it is about; use "
            f"{Decision.ADDED.value!r} for a drawn region."
        )
    if act.decision in _OF_DRAWING and act.derived_from is not None:
        raise StorageError(
            f"An act of {act.decision.value!r} is about a drawn region and cannot name a "
            f"suggestion; use {Decision.REJECTED.value!r} or {Decision.EDITED.value!r}."
        )
    if act.derived_from is not None:
        if act.derived_from not in image_of_suggestion:
            raise NotFoundError(f"There is no suggestion with the id {act.derived_from}.")
        if image_of_suggestion[act.derived_from] != act.image_id:
            raise StorageError(f"The suggestion {act.derived_from} belongs to another image.")
    if act.supersedes is not None:
        if act.supersedes not in earlier:
            raise NotFoundError(f"There is no act with the id {act.supersedes} to supersede.")
        if earlier[act.supersedes] != (act.image_id, act.region_id):
            raise StorageError(f"The act {act.supersedes} is about another region.")


def checked_run(run: SuggestionRun, known: KnownOfImage) -> SuggestionRun:
    """Return a run as it is recorded: shares that rounding put outside [0, 1] put back.

    Raises
    ------
    StorageError
        If a suggestion has a label the project lacks, a region that leaves the image, or a
        share outside [0, 1]; or if a map's grid is not one.
    """
    for suggestion in run.suggestions:
        known.check(suggestion.label, suggestion.region)
    for record in run.maps:
        if record.grid.ndim != 2 or record.grid.size == 0:
            raise StorageError(
                f"The map of {record.label!r} has the shape {record.grid.shape}, not (h, w)."
            )
    suggestions = tuple(
        replace(
            suggestion,
            score=_share("score", suggestion.score),
            strength=_share("strength", suggestion.strength),
            explained_mass=_share("explained mass", suggestion.explained_mass),
        )
        for suggestion in run.suggestions
    )
    maps = tuple(
        replace(record, explained_mass=_share("explained mass", record.explained_mass))
        for record in run.maps
    )
    return replace(run, suggestions=suggestions, maps=maps)


def _share(name: str, value: float) -> float:
    nearest = min(1.0, max(0.0, float(value)))
    if not abs(value - nearest) <= _UNIT_TOLERANCE:  # also true for NaN
        raise StorageError(f"A suggestion's {name} is {value}, not a number in [0, 1].")
    return nearest
