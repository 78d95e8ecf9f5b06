"""Open an image with what the machine and the person said of it, and record what a person does."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..domain import (
    Annotation,
    ImageAsset,
    MapRecord,
    Project,
    QueuePlace,
    Suggestion,
    SuggestionRun,
)
from ..errors import SuggestError
from ..suggest.overlays import place_grid
from .pictures import shown_pixels
from .suggesting import shared_suggester
from .workspace import Workspace

_MAP_SIDE_PX = 768


@dataclass(frozen=True, slots=True)
class OpenImage:
    """Everything that is needed to show an image to a rater.

    Attributes
    ----------
    asset : ImageAsset
    run : SuggestionRun or None
        The latest run of the project's model; None if there was none.
    annotations : tuple of Annotation
        The latest act of each region.
    decided_suggestions : tuple of Suggestion
        The suggestions, of whichever run, that annotations began as.
    place : QueuePlace
        Where it stands in the project's queue, and its neighbours.
    next_asset : ImageAsset or None
        The image after it, whose pixels will be wanted soon.
    """

    asset: ImageAsset
    run: SuggestionRun | None
    annotations: tuple[Annotation, ...]
    decided_suggestions: tuple[Suggestion, ...]
    place: QueuePlace
    next_asset: ImageAsset | None


def open_image(workspace: Workspace, project_id: uuid.UUID, image_id: uuid.UUID) -> OpenImage:
    """Read an image, its suggestions and its annotations from the record; no network runs.

    Raises
    ------
    NotFoundError
        If the project has no such image.
    """
    record = workspace.record
    place = record.place(project_id, image_id)
    annotations = tuple(record.current_annotations(image_id))
    begun = [act.derived_from for act in annotations if act.derived_from]
    return OpenImage(
        asset=record.image(image_id),
        run=record.latest_run(image_id),
        annotations=annotations,
        decided_suggestions=tuple(record.suggestions(begun)),
        place=place,
        next_asset=record.image(place.next_id) if place.next_id else None,
    )


def first_open_image(workspace: Workspace, project_id: uuid.UUID) -> uuid.UUID | None:
    """Return the first image of the queue that still has something undecided, else the first."""
    return workspace.record.first_undecided(project_id)


def record_acts(workspace: Workspace, acts: Sequence[Annotation]) -> list[uuid.UUID]:
    """Append acts to the record, all of them or none; sending one twice records it once.

    Returns
    -------
    list of uuid.UUID
        The ids of the acts that are on record now.

    Raises
    ------
    StorageError
        If they cannot be recorded; the record is as it was.
    """
    return workspace.record.record_acts(acts)


def explain_why(
    workspace: Workspace, project: Project, image_id: uuid.UUID, label: str, against: str
) -> MapRecord:
    """Compute the map of one label against a rival; nothing is recorded.

    Raises
    ------
    SuggestError
        If the project has no model, no face was found on the picture, or the label or its
        rival is unknown to the model.
    """
    if project.model_name is None:
        raise SuggestError("This project has no model, so there is nothing to explain.")
    suggester = shared_suggester(project.model_name, workspace.settings)
    asset = workspace.record.image(image_id)
    run = workspace.record.latest_run(image_id)
    pixels = shown_pixels(workspace, asset)
    face = run.face if run else suggester.read([pixels])[0].face
    if face is None and suggester.card.input.crop == "face":
        raise SuggestError("No face was found on this picture, so there is nothing to explain.")
    return suggester.explain(pixels, [label], against, face)[0].record


def map_on_image(record: MapRecord, asset: ImageAsset) -> npt.NDArray[np.float32]:
    """Return a map over the whole image at no more than 768 px a side, in [0, 1] of its maximum.

    Enough for an overlay: the map's own resolution is that of the network's feature grid.
    """
    scale = min(1.0, _MAP_SIDE_PX / max(asset.width, asset.height))
    height, width = max(1, round(asset.height * scale)), max(1, round(asset.width * scale))
    extent = record.extent.scaled(width / asset.width, height / asset.height)
    return place_grid(record.grid, extent, height, width)
