"""What the machine said: runs, their suggestions and their maps."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from db.chain import log
from db.errors import DatabaseUnavailableError
from db.faults import translated
from db.rows import Values, add_rows, batches, lookup
from db.tables import Base, ImageStateRow, MapRow, RunRow, SuggestionRow

from ..domain import (
    BoundingBox,
    ChosenFace,
    FaceChoice,
    FacePoints,
    FaceToRead,
    FoundFace,
    MapRecord,
    Provenance,
    Suggestion,
    SuggestionCheck,
    SuggestionRun,
    region_from_json,
)
from ..errors import AnnotatorError, NotFoundError, StorageError
from .checking import KnownOfImage, lock_known
from .progress import refresh
from .projects import UNSTATED
from .sessions import Part, in_sentences, reads, writes

_FLOAT32 = np.dtype("<f4")
_OF_MODEL = (
    *("model_name", "model_version", "model_sha256"),
    *("method", "parameters", "code_version"),
)
"""What provenance and run's row call by the same name."""
_OF_SUGGESTION = ("id", "label", "against")
_SHARES = ("score", "strength", "explained_mass")
_UNSCORED = "without_score"
"""Among a run's parameters: the places of suggestions without a score, whose column says 1."""
_CHECKS = "checks"
"""Among a row's parameters, not a run's: what came of testing its suggestions, in their order."""
_OF_MAP = ("label", "against", "layer")


class Runs(Part):
    """Runs of classifiers on images."""

    @reads
    def images_without_run(
        self,
        session: Session,
        project_id: UUID,
        model_name: str,
        model_sha256: str,
        *,
        since: datetime | None = None,
    ) -> list[UUID]:
        """Return the images whose current run is missing, not of this model or older than `since`.

        They come in queue order.
        """
        query = _without_run(model_name, model_sha256, since)
        query = query.where(
            ImageStateRow.project_id == project_id, ImageStateRow.removed.is_(False)
        )
        return list(session.scalars(query.order_by(ImageStateRow.position)))

    def record_run(self, run: SuggestionRun, *, actor: str = UNSTATED) -> None:
        """Append a run; it becomes its image's current one.

        Raises
        ------
        StorageError
            Also if a suggestion has a label that the project lacks, leaves the image, or has a
            share outside [0, 1]; or if the run is recorded already.
        """
        for refusal in self.record_runs([run], actor=actor).values():
            raise refusal

    @writes
    def record_runs(
        self,
        session: Session,
        runs: Sequence[SuggestionRun],
        *,
        actor: str = UNSTATED,
        first_only: bool = False,
    ) -> dict[UUID, AnnotatorError]:
        """Append runs in order, in one transaction; one that is refused keeps back no other.

        Parameters
        ----------
        runs : sequence of SuggestionRun
            Some hundred at most: other writers wait meanwhile.
        actor : str
        first_only : bool
            Leave out runs on images whose current run is of the same model already, which
            somebody else may have recorded meanwhile.

        Returns
        -------
        dict of uuid.UUID to AnnotatorError
            By the run's id, why it is not recorded. Those left out are not among them.
        """
        known = lock_known(session, {run.image_id for run in runs})
        waiting = _waiting(session, runs) if first_only else None
        refused: dict[UUID, AnnotatorError] = {}
        whole = []
        for run in runs:
            if waiting is not None and run.image_id not in waiting:
                continue
            try:
                whole.append(_checked(run, known))
            except AnnotatorError as error:
                refused[run.id] = error
            if waiting is not None:
                waiting.remove(run.image_id)
        return refused | self._append(session, whole, known, actor)

    def _append(
        self,
        session: Session,
        runs: Sequence[SuggestionRun],
        known: Mapping[UUID, KnownOfImage],
        actor: str,
    ) -> dict[UUID, AnnotatorError]:
        """Append runs, together or, where the database refuses one, each by itself."""
        try:
            with in_sentences(), translated(self._database.name), session.begin_nested():
                events = _add(session, runs, known, actor)
        except StorageError as error:
            if isinstance(error.__cause__, DatabaseUnavailableError):
                raise error.__cause__ from None
            if len(runs) == 1:
                return {runs[0].id: error}
            refused = [self._append(session, [run], known, actor) for run in runs]
            return {run: why for one in refused for run, why in one.items()}
        for event in events:
            log.note(session, event)
        refresh(session, [run.image_id for run in runs])
        return {}

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
    def faces_found(
        self, session: Session, image_ids: Sequence[UUID], detector_sha256: str
    ) -> dict[UUID, tuple[FoundFace, ...]]:
        """Return the faces that a detector found last on images; without those not looked at."""
        return {
            image_id: tuple(map(_face_from, face["found"]))
            for image_id, face, made in _faces(session, image_ids)
            if "found" in face and made.get("face_detector_sha256") == detector_sha256
        }

    @reads
    def faces_settled(
        self, session: Session, image_ids: Sequence[UUID], detector_sha256: str
    ) -> dict[UUID, FaceToRead]:
        """Return the face that a person chose last on images, else those that were found."""
        settled: dict[UUID, FaceToRead] = {}
        for image_id, face, made in _faces(session, image_ids):
            if "type" in face and made.get("face_choice") == FaceChoice.RATER:
                settled[image_id] = ChosenFace(_box(face), FaceChoice.RATER)
            elif isinstance(settled.get(image_id), ChosenFace):
                continue
            elif "found" in face and made.get("face_detector_sha256") == detector_sha256:
                settled[image_id] = tuple(map(_face_from, face["found"]))
        return settled

    @reads
    def suggestions(self, session: Session, suggestion_ids: Sequence[UUID]) -> list[Suggestion]:
        """Return suggestions of any runs by their ids; unknown ids are left out."""
        query = select(SuggestionRow, RunRow.parameters).join(RunRow)
        rows = lookup(session, query, SuggestionRow.id, set(suggestion_ids))
        return [_suggestion_from(row, parameters) for row, parameters in rows]


def _without_run(model_name: str, model_sha256: str, since: datetime | None = None) -> Select[UUID]:
    """Select the images whose current run is missing, not of this model or older."""
    by_it = and_(
        RunRow.sequence == ImageStateRow.run,
        RunRow.model_name == model_name,
        RunRow.model_sha256 == model_sha256,
        *(() if since is None else (RunRow.created_at >= since,)),
    )
    query = select(ImageStateRow.image_id).outerjoin(RunRow, by_it)
    return query.where(RunRow.sequence.is_(None))


def _waiting(session: Session, runs: Sequence[SuggestionRun]) -> set[UUID]:
    """Return the images of runs of one model that have none of it yet."""
    made = runs[0].provenance
    query = _without_run(made.model_name, made.model_sha256)
    found = lookup(session, query, ImageStateRow.image_id, {run.image_id for run in runs})
    return {image_id for (image_id,) in found}


def _checked(run: SuggestionRun, known: Mapping[UUID, KnownOfImage]) -> SuggestionRun:
    """Return a run as it can be recorded, or raise why it cannot be."""
    image = known.get(run.image_id)
    if image is None:
        raise NotFoundError(f"There is no image with the id {run.image_id}.")
    image.check_open()
    for suggestion in run.suggestions:
        image.check(suggestion.label, suggestion.region)
    return run.checked()


def _add(
    session: Session,
    runs: Sequence[SuggestionRun],
    known: Mapping[UUID, KnownOfImage],
    actor: str,
) -> list[log.Event]:
    """Insert runs with their parts, and return the events that say so."""
    rows = add_rows(session, RunRow, [_run_values(run) for run in runs])
    tables: tuple[tuple[type[Base], list[list[Values]]], ...] = (
        (SuggestionRow, [list(map(_suggestion_values, run.suggestions)) for run in runs]),
        (MapRow, [list(map(_map_values, run.maps)) for run in runs]),
    )
    parts: dict[UUID, dict[type[Base], list[Values]]] = defaultdict(dict)
    for table, of_runs in tables:
        for run, of_run in zip(runs, of_runs, strict=True):
            parts[run.id][table] = [
                part | {"run_id": run.id, "position": n} for n, part in enumerate(of_run)
            ]
        add_rows(session, table, [part for run in runs for part in parts[run.id][table]])
    kind = "suggestions recorded"
    return [
        log.Event(known[run.image_id].project_id, actor, kind, run.id, RunRow, row, parts[run.id])
        for run, row in zip(runs, rows, strict=True)
    ]


def _run_values(run: SuggestionRun) -> Values:
    made = run.provenance
    unscored = [place for place, one in enumerate(run.suggestions) if one.score is None]
    checks = [one.check and one.check.to_json() for one in run.suggestions]
    more: dict[str, Any] = {_UNSCORED: unscored} if unscored else {}
    more |= {_CHECKS: checks} if any(checks) else {}
    return {name: getattr(made, name) for name in _OF_MODEL} | {
        "id": run.id,
        "image_id": run.image_id,
        "parameters": {**made.parameters, **more},
        "scores": {code: float(score) for code, score in run.scores.items()},
        "notices": list(run.notices),
        "face": _face_values(run),
        "created_at": run.created_at,
    }


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
    shares = {name: getattr(suggestion, name) for name in _SHARES}
    values |= {name: 1.0 if share is None else float(share) for name, share in shares.items()}
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
    read = dict(row.face or {})
    found = read.pop("found", None)
    made = {name: getattr(row, name) for name in _OF_MODEL}
    made["parameters"] = {key: one for key, one in row.parameters.items() if key != _CHECKS}
    return SuggestionRun(
        image_id=row.image_id,
        provenance=Provenance(**made),
        scores=row.scores,
        suggestions=tuple(_suggestion_from(one, row.parameters) for one in suggestions),
        maps=tuple(map(_map_from, maps)),
        notices=tuple(row.notices),
        face=_box(read) if read else None,
        faces=None if found is None else tuple(map(_face_from, found)),
        id=row.id,
        created_at=row.created_at,
    )


def _suggestion_from(row: SuggestionRow, parameters: Mapping[str, Any]) -> Suggestion:
    copied = {name: getattr(row, name) for name in (*_OF_SUGGESTION, *_SHARES)}
    if row.position in parameters.get(_UNSCORED, ()):
        copied["score"] = None
    checks = parameters.get(_CHECKS, [None] * (row.position + 1))
    check = SuggestionCheck.from_json(checks[row.position])
    return Suggestion(region=region_from_json(row.region), check=check, **copied)


def _map_from(row: MapRow) -> MapRecord:
    grid = np.frombuffer(row.grid, dtype=_FLOAT32).reshape(row.grid_height, row.grid_width)
    return MapRecord(
        **{name: getattr(row, name) for name in (*_OF_MAP, "explained_mass")},
        grid=grid.astype(np.float32),
        extent=_box(row.extent),
    )


def _face_values(run: SuggestionRun) -> Values | None:
    """Return the face that was read, and all that were found; None where nobody looked."""
    read = {} if run.face is None else run.face.to_json()
    if run.faces is not None:
        read["found"] = [_found_values(one) for one in run.faces]
    return read or None


def _found_values(face: FoundFace) -> Values:
    values = face.box.to_json() | {"score": float(face.score)}
    if face.points is not None:
        located = b64encode(face.points.values).decode()
        values["points"] = {"float32": located, "network": face.points.network_sha256}
    return values


def _faces(session: Session, image_ids: Sequence[UUID]) -> Iterator[Any]:
    """Yield image, faces and parameters of runs that looked at faces, oldest first."""
    query = select(RunRow.image_id, RunRow.face, RunRow.parameters).order_by(RunRow.sequence)
    rows = lookup(session, query, RunRow.image_id, set(image_ids))
    return (row for row in rows if row[1])


def _face_from(value: dict[str, Any]) -> FoundFace:
    located = value.get("points")
    return FoundFace(
        _box(value),
        value["score"],
        located and FacePoints(b64decode(located["float32"]), located["network"]),
    )


def _box(value: dict[str, Any]) -> BoundingBox:
    return region_from_json(value).bounds
