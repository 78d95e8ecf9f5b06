"""What the machine said: runs, their suggestions and their maps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from db.chain import log
from db.rows import Values, add_rows, batches, lookup
from db.tables import Base, ImageStateRow, MapRow, RunRow, SuggestionRow

from ..domain import BoundingBox, MapRecord, Provenance, Suggestion, SuggestionRun, region_from_json
from .checking import KnownOfImage, lock_image
from .progress import refresh
from .projects import UNSTATED
from .sessions import Part, reads, writes

_FLOAT32 = np.dtype("<f4")
_OF_MODEL = (
    *("model_name", "model_version", "model_sha256"),
    *("method", "parameters", "code_version"),
)
"""What provenance and run's row call by the same name."""
_OF_SUGGESTION = ("id", "label", "against")
_SHARES = ("score", "strength", "explained_mass")
_OF_MAP = ("label", "against", "layer")


class Runs(Part):
    """Runs of classifiers on images."""

    @reads
    def images_without_run(
        self, session: Session, project_id: UUID, model_name: str, model_sha256: str
    ) -> list[UUID]:
        """Return the images whose current run is missing or not of this model, in queue order."""
        by_it = and_(
            RunRow.sequence == ImageStateRow.run,
            RunRow.model_name == model_name,
            RunRow.model_sha256 == model_sha256,
        )
        query = select(ImageStateRow.image_id).outerjoin(RunRow, by_it)
        query = query.where(
            ImageStateRow.project_id == project_id,
            ImageStateRow.removed.is_(False),
            RunRow.sequence.is_(None),
        )
        return list(session.scalars(query.order_by(ImageStateRow.position)))

    @writes
    def record_run(self, session: Session, run: SuggestionRun, *, actor: str = UNSTATED) -> None:
        """Append a run; it becomes its image's current one.

        Raises
        ------
        StorageError
            Also if a suggestion has a label that the project lacks, leaves the image, or has a
            share outside [0, 1]; or if the run is recorded already.
        """
        known = lock_image(session, run.image_id)
        for suggestion in run.suggestions:
            known.check(suggestion.label, suggestion.region)
        _add(session, run.checked(), known, actor)

    @reads
    def latest_run(
        self, session: Session, image_id: UUID, *, maps: bool = True
    ) -> SuggestionRun | None:
        """Return the current run on an image with its suggestions and maps; None without one."""
        of_image = select(RunRow).where(RunRow.image_id == image_id)
        row = session.scalar(of_image.order_by(RunRow.sequence.desc()).limit(1))
        if row is None:
            return None
        grids = select(MapRow).where(MapRow.run_id == row.id).order_by(MapRow.position)
        suggestions = _suggestions(session, [row.id]).get(row.id, [])
        return _run_from(row, suggestions, session.scalars(grids).all() if maps else ())

    @reads
    def suggestions(self, session: Session, suggestion_ids: Sequence[UUID]) -> list[Suggestion]:
        """Return suggestions of any runs by their ids; unknown ids are left out."""
        query = select(SuggestionRow)
        rows = lookup(session, query, SuggestionRow.id, set(suggestion_ids))
        return [_suggestion_from(row) for (row,) in rows]


def _add(session: Session, run: SuggestionRun, known: KnownOfImage, actor: str) -> None:
    made = run.provenance
    values = {name: getattr(made, name) for name in _OF_MODEL} | {
        "id": run.id,
        "image_id": run.image_id,
        "parameters": dict(made.parameters),
        "scores": {code: float(score) for code, score in run.scores.items()},
        "notices": list(run.notices),
        "face": None if run.face is None else run.face.to_json(),
        "created_at": run.created_at,
    }
    (row,) = add_rows(session, RunRow, [values])
    tables: tuple[tuple[type[Base], list[Values]], ...] = (
        (SuggestionRow, [_suggestion_values(one) for one in run.suggestions]),
        (MapRow, [_map_values(one) for one in run.maps]),
    )
    parts = {
        table: add_rows(
            session, table, [part | {"run_id": run.id, "position": n} for n, part in enumerate(of)]
        )
        for table, of in tables
    }
    refresh(session, [run.image_id])
    kind = "suggestions recorded"
    log.note(session, log.Event(known.project_id, actor, kind, run.id, RunRow, row, parts))


def runs(session: Session, image_ids: Sequence[UUID]) -> Iterator[tuple[UUID, SuggestionRun]]:
    """Yield all runs on some images with the image, oldest first; without their maps."""
    query = select(RunRow).where(RunRow.image_id.in_(image_ids)).order_by(RunRow.sequence)
    for batch in batches(session.scalars(query).all()):
        suggested = _suggestions(session, [run.id for run in batch])
        yield from ((run.image_id, _run_from(run, suggested.get(run.id, []))) for run in batch)


def images_of_suggestions(session: Session, suggestion_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the image that each suggestion was made for; unknown ids are left out."""
    query = select(SuggestionRow.id, RunRow.image_id).join(RunRow)
    return dict(lookup(session, query, SuggestionRow.id, set(suggestion_ids)))


def _suggestions(session: Session, run_ids: Sequence[UUID]) -> dict[UUID, list[SuggestionRow]]:
    query = select(SuggestionRow).where(SuggestionRow.run_id.in_(run_ids))
    found: dict[UUID, list[SuggestionRow]] = {}
    for row in session.scalars(query.order_by(SuggestionRow.position)):
        found.setdefault(row.run_id, []).append(row)
    return found


def _suggestion_values(suggestion: Suggestion) -> Values:
    values = {name: getattr(suggestion, name) for name in _OF_SUGGESTION}
    values |= {name: float(getattr(suggestion, name)) for name in _SHARES}
    return values | {"region": suggestion.region.to_json()}


def _map_values(record: MapRecord) -> Values:
    return {name: getattr(record, name) for name in _OF_MAP} | {
        "explained_mass": float(record.explained_mass),
        "grid_height": record.grid.shape[0],
        "grid_width": record.grid.shape[1],
        "grid": np.ascontiguousarray(record.grid, dtype=_FLOAT32).tobytes(),
        "extent": record.extent.to_json(),
    }


def _run_from(
    row: RunRow, suggestions: Sequence[SuggestionRow], maps: Sequence[MapRow] = ()
) -> SuggestionRun:
    return SuggestionRun(
        image_id=row.image_id,
        provenance=Provenance(**{name: getattr(row, name) for name in _OF_MODEL}),
        scores=row.scores,
        suggestions=tuple(map(_suggestion_from, suggestions)),
        maps=tuple(map(_map_from, maps)),
        notices=tuple(row.notices),
        face=None if row.face is None else _box(row.face),
        id=row.id,
        created_at=row.created_at,
    )


def _suggestion_from(row: SuggestionRow) -> Suggestion:
    copied = {name: getattr(row, name) for name in (*_OF_SUGGESTION, *_SHARES)}
    return Suggestion(region=region_from_json(row.region), **copied)


def _map_from(row: MapRow) -> MapRecord:
    grid = np.frombuffer(row.grid, dtype=_FLOAT32).reshape(row.grid_height, row.grid_width)
    return MapRecord(
        **{name: getattr(row, name) for name in (*_OF_MAP, "explained_mass")},
        grid=grid.astype(np.float32),
        extent=_box(row.extent),
    )


def _box(value: dict[str, Any]) -> BoundingBox:
    return region_from_json(value).bounds
