"""Values to rows and rows to values; nothing is decided here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from db.rows import Values
from db.tables import (
    ImageRow,
    LabelRow,
    MapRow,
    ProjectRow,
    RunRow,
    SuggestionRow,
)

from ..domain import (
    BoundingBox,
    ImageAsset,
    Label,
    LabelSet,
    MapRecord,
    Project,
    ProjectCounts,
    Protocol,
    Provenance,
    Suggestion,
    SuggestionRun,
    region_from_json,
)
from ..domain.rights import Rights
from .rows.queue import Counts

_FLOAT32 = np.dtype("<f4")
_OF_PARTS = ("protocol", "rights")
"""Settings of a project that are read by themselves."""


def project_values(project: Project) -> tuple[Values, list[Values]]:
    """Return a project's row and those of its labels."""
    settings = {
        "model_name": project.model_name,
        "contrast": project.contrast,
        "suggestion_geometry": project.suggestion_geometry,
    }
    row = {
        "id": project.id,
        "name": project.name,
        "created_at": project.created_at,
        **protocol_values(settings, project.protocol),
    }
    labels = [
        {"scheme": label.scheme, "code": label.code, "meaning": label.meaning}
        for label in project.label_set
    ]
    return row, labels


def protocol_values(settings: Mapping[str, Any], protocol: Protocol) -> Values:
    """Return the columns of a project that a protocol changes."""
    return {
        "settings": {**settings, "protocol": protocol.to_json()},
        "signatures_needed": protocol.signatures_needed,
    }


def protocol_from(row: ProjectRow) -> Protocol:
    """Return the protocol of a project's row."""
    return Protocol.from_json(row.settings.get("protocol"))


def rights_values(settings: Mapping[str, Any], rights: Rights) -> Values:
    """Return the column of a project that its rights change."""
    return {"settings": {**settings, "rights": rights.to_json()}}


def rights_from(row: ProjectRow) -> Rights:
    """Return the rights of a project's row."""
    return Rights.from_json(row.settings.get("rights"))


def project_from(row: ProjectRow, labels: Sequence[LabelRow], counts: Counts) -> Project:
    """Return the project of a row, of the rows of its labels, and of its counts."""
    return Project(
        name=row.name,
        label_set=LabelSet(tuple(Label(row.scheme, row.code, row.meaning) for row in labels)),
        counts=ProjectCounts(
            images=counts.images,
            suggested=counts.suggested,
            with_suggestions=counts.with_suggestions,
            touched=counts.touched,
            decided=counts.decided,
        ),
        id=row.id,
        created_at=row.created_at,
        protocol=protocol_from(row),
        **{name: value for name, value in row.settings.items() if name not in _OF_PARTS},
    )


def image_values(image: ImageAsset, subject_id: uuid.UUID | None) -> Values:
    """Return an image's row, without its place in a queue."""
    black, white = image.window or (None, None)
    return {
        "id": image.id,
        "file_name": image.file_name,
        "width": image.width,
        "height": image.height,
        "pixels_sha256": image.pixels_sha256,
        "source_sha256": image.source_sha256,
        "modality": image.modality,
        "bits": image.bits,
        "channels": image.channels,
        "window_black": black,
        "window_white": white,
        "subject_id": subject_id,
        "frame": image.frame,
        "display": None if image.display is None else dict(image.display),
    }


def image_from(row: ImageRow, subject: str | None) -> ImageAsset:
    """Return the image of a row, and of its subject's pseudonym."""
    black, white = row.window_black, row.window_white
    return ImageAsset(
        id=row.id,
        file_name=row.file_name,
        width=row.width,
        height=row.height,
        pixels_sha256=row.pixels_sha256,
        source_sha256=row.source_sha256,
        modality=row.modality,
        bits=row.bits,
        channels=row.channels,
        window=None if black is None or white is None else (black, white),
        subject=subject,
        frame=row.frame,
        display=row.display,
    )


def run_values(run: SuggestionRun) -> tuple[Values, list[Values], list[Values]]:
    """Return a run's row, and those of its suggestions and its maps."""
    made = run.provenance
    row = {
        "id": run.id,
        "image_id": run.image_id,
        "model_name": made.model_name,
        "model_version": made.model_version,
        "model_sha256": made.model_sha256,
        "method": made.method,
        "parameters": dict(made.parameters),
        "code_version": made.code_version,
        "scores": {code: float(score) for code, score in run.scores.items()},
        "notices": list(run.notices),
        "face": None if run.face is None else run.face.to_json(),
        "created_at": run.created_at,
    }
    suggestions = [
        {
            "id": suggestion.id,
            "label": suggestion.label,
            "region": suggestion.region.to_json(),
            "score": float(suggestion.score),
            "strength": float(suggestion.strength),
            "against": suggestion.against,
            "explained_mass": float(suggestion.explained_mass),
        }
        for suggestion in run.suggestions
    ]
    return row, suggestions, [_map_values(record) for record in run.maps]


def _map_values(record: MapRecord) -> Values:
    return {
        "label": record.label,
        "against": record.against,
        "layer": record.layer,
        "explained_mass": float(record.explained_mass),
        "grid_height": record.grid.shape[0],
        "grid_width": record.grid.shape[1],
        "grid": np.ascontiguousarray(record.grid, dtype=_FLOAT32).tobytes(),
        "extent": record.extent.to_json(),
    }


def run_from(
    row: RunRow, suggestions: Sequence[SuggestionRow], maps: Sequence[MapRow] = ()
) -> SuggestionRun:
    """Return the run of a row, of the rows of its suggestions, and of its maps."""
    return SuggestionRun(
        image_id=row.image_id,
        provenance=Provenance(
            model_name=row.model_name,
            model_version=row.model_version,
            model_sha256=row.model_sha256,
            method=row.method,
            parameters=row.parameters,
            code_version=row.code_version,
        ),
        scores=row.scores,
        suggestions=tuple(map(suggestion_from, suggestions)),
        maps=tuple(map(_map_from, maps)),
        notices=tuple(row.notices),
        face=None if row.face is None else _box(row.face),
        id=row.id,
        created_at=row.created_at,
    )


def suggestion_from(row: SuggestionRow) -> Suggestion:
    """Return a suggestion as the product knows it."""
    return Suggestion(
        label=row.label,
        region=region_from_json(row.region),
        score=row.score,
        strength=row.strength,
        against=row.against,
        explained_mass=row.explained_mass,
        id=row.id,
    )


def _map_from(row: MapRow) -> MapRecord:
    grid = np.frombuffer(row.grid, dtype=_FLOAT32).reshape(row.grid_height, row.grid_width)
    return MapRecord(
        label=row.label,
        against=row.against,
        layer=row.layer,
        explained_mass=row.explained_mass,
        grid=grid.astype(np.float32),
        extent=_box(row.extent),
    )


def _box(value: dict[str, Any]) -> BoundingBox:
    return region_from_json(value).bounds
