"""Queries and appends on rows, each in the caller's session.

Appends take rows as mappings of column names to values. What identifies a row (its UUID) is
made by the caller; what orders rows (position, sequence) is made here or by the database.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Executable, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from .errors import RecordConflictError, RecordNotFoundError
from .progress import refresh
from .tables import (
    AnnotationRow,
    ImageRow,
    ImageStateRow,
    LabelRow,
    MapRow,
    ProjectRow,
    RaterRow,
    RunRow,
    SuggestionRow,
)

Values = dict[str, Any]
_Item = TypeVar("_Item")
_BATCH = 500  # values in one IN (...): far below SQLite's 32,766 and PostgreSQL's 65,535


def batches(items: Iterable[_Item], size: int = _BATCH) -> Iterator[list[_Item]]:
    """Yield the items in lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _pairs(session: Session, query: Executable) -> dict[Any, Any]:
    """Return the two columns of a query as a mapping."""
    return {row[0]: row[1] for row in session.execute(query)}


def add_project(session: Session, project: Values, labels: Sequence[Values]) -> None:
    """Append a project with its labels in order.

    Raises
    ------
    RecordConflictError
        If a project of that name exists.
    """
    if project_named(session, project["name"]) is not None:
        raise RecordConflictError(
            f"A project named {project['name']!r} exists already; choose another name."
        )
    session.execute(insert(ProjectRow), [project])
    owned = {"project_id": project["id"]}
    rows = [label | owned | {"position": position} for position, label in enumerate(labels)]
    session.execute(insert(LabelRow), rows)


def projects(session: Session) -> Sequence[ProjectRow]:
    """Return all projects by name."""
    return session.scalars(select(ProjectRow).order_by(ProjectRow.name)).all()


def project_named(session: Session, name: str) -> ProjectRow | None:
    """Return the project of a name, if there is one."""
    return session.scalar(select(ProjectRow).where(ProjectRow.name == name))


def project(session: Session, project_id: uuid.UUID) -> ProjectRow:
    """Return a project.

    Raises
    ------
    RecordNotFoundError
        If there is none of that id.
    """
    row = session.get(ProjectRow, project_id)
    if row is None:
        raise RecordNotFoundError(f"There is no project with the id {project_id}.")
    return row


def labels(session: Session, project_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[LabelRow]]:
    """Return the labels of each project, in order."""
    found: dict[uuid.UUID, list[LabelRow]] = {}
    for ids in batches(project_ids):
        query = select(LabelRow).where(LabelRow.project_id.in_(ids)).order_by(LabelRow.position)
        for row in session.scalars(query):
            found.setdefault(row.project_id, []).append(row)
    return found


def add_images(
    session: Session, project_id: uuid.UUID, images: Sequence[Values]
) -> dict[int, uuid.UUID]:
    """Append images at the end of a project's queue, leaving out what it holds already.

    Parameters
    ----------
    session : Session
    project_id : uuid.UUID
    images : sequence of dict
        Columns of `ImageRow` except project and position.

    Returns
    -------
    dict of int to uuid.UUID
        For each image left out, by its place in `images`: the image of the same pixels.

    Raises
    ------
    RecordNotFoundError
        If there is no such project.
    """
    # One import at a time a project, so that the positions have neither gaps nor doubles.
    session.execute(select(ProjectRow.id).where(ProjectRow.id == project_id).with_for_update())
    project(session, project_id)
    position = image_count(session, project_id)
    held: dict[int, uuid.UUID] = {}
    for batch in batches(enumerate(images)):
        hashes = [image["pixels_sha256"] for _, image in batch]
        query = select(ImageRow.pixels_sha256, ImageRow.id).where(
            ImageRow.project_id == project_id, ImageRow.pixels_sha256.in_(hashes)
        )
        known = _pairs(session, query)
        rows = []
        for place, image in batch:
            if image["pixels_sha256"] in known:
                held[place] = known[image["pixels_sha256"]]
                continue
            known[image["pixels_sha256"]] = image["id"]
            rows.append(image | {"project_id": project_id, "position": position})
            position += 1
        if rows:
            session.execute(insert(ImageRow), rows)
            session.execute(insert(ImageStateRow), [_new_state(row) for row in rows])
    return held


def _new_state(image: Values) -> Values:
    copied = {"image_id": image["id"], **{k: image[k] for k in ("project_id", "position")}}
    return copied | {"run": None, "suggested": 0, "settled": 0, "acts": 0, "decided": False}


def image_count(session: Session, project_id: uuid.UUID) -> int:
    """Return the number of images in a project's queue; their positions count from 0."""
    query = select(func.count()).where(ImageRow.project_id == project_id)
    return session.scalar(query) or 0


def images(
    session: Session, project_id: uuid.UUID, first: int = 0, limit: int | None = None
) -> Sequence[ImageRow]:
    """Return images in queue order, from position `first` on, at most `limit` of them."""
    query = select(ImageRow).where(ImageRow.project_id == project_id, ImageRow.position >= first)
    return session.scalars(query.order_by(ImageRow.position).limit(limit)).all()


def image(session: Session, image_id: uuid.UUID) -> ImageRow:
    """Return an image.

    Raises
    ------
    RecordNotFoundError
        If there is none of that id.
    """
    row = session.get(ImageRow, image_id)
    if row is None:
        raise RecordNotFoundError(f"There is no image with the id {image_id}.")
    return row


def image_ids(session: Session, project_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the ids of all images of a project in queue order."""
    query = select(ImageRow.id).where(ImageRow.project_id == project_id)
    return session.scalars(query.order_by(ImageRow.position)).all()


def lock_images(session: Session, image_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ImageRow]:
    """Return images by id, and keep other writers of them waiting until the commit.

    The order of sequences then is the order of commits, image by image. Locking in the order
    of ids keeps two writers from waiting for each other.
    """
    found: dict[uuid.UUID, ImageRow] = {}
    for ids in batches(sorted(set(image_ids))):
        query = select(ImageRow).where(ImageRow.id.in_(ids)).order_by(ImageRow.id)
        for row in session.scalars(query.with_for_update(key_share=True)):
            found[row.id] = row
    return found


def add_run(
    session: Session, run: Values, suggestions: Sequence[Values], maps: Sequence[Values]
) -> None:
    """Append a run with its suggestions and maps, in order; it becomes its image's current one."""
    session.execute(insert(RunRow), [run])
    for table, rows in ((SuggestionRow, suggestions), (MapRow, maps)):
        if rows:
            owned = {"run_id": run["id"]}
            session.execute(
                insert(table), [row | owned | {"position": n} for n, row in enumerate(rows)]
            )
    refresh(session, [run["image_id"]])


def current_run(session: Session, image_id: uuid.UUID) -> RunRow | None:
    """Return the latest run on an image, if there is one."""
    query = select(RunRow).where(RunRow.image_id == image_id).order_by(RunRow.sequence.desc())
    return session.scalar(query.limit(1))


def runs(
    session: Session, image_ids: Sequence[uuid.UUID]
) -> Iterator[tuple[RunRow, list[SuggestionRow]]]:
    """Yield all runs on some images, oldest first, each with its suggestions in order."""
    query = select(RunRow).where(RunRow.image_id.in_(image_ids)).order_by(RunRow.sequence)
    for batch in batches(session.scalars(query).all()):
        suggested = suggestions(session, [run.id for run in batch])
        yield from ((run, suggested.get(run.id, [])) for run in batch)


def suggestions(
    session: Session, run_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[SuggestionRow]]:
    """Return the suggestions of runs, in order."""
    query = select(SuggestionRow).where(SuggestionRow.run_id.in_(run_ids))
    found: dict[uuid.UUID, list[SuggestionRow]] = {}
    for row in session.scalars(query.order_by(SuggestionRow.position)):
        found.setdefault(row.run_id, []).append(row)
    return found


def suggestions_by_id(
    session: Session, suggestion_ids: Iterable[uuid.UUID]
) -> Iterator[SuggestionRow]:
    """Yield the suggestions of these ids, of whichever run; unknown ids are left out."""
    for ids in batches(set(suggestion_ids)):
        yield from session.scalars(select(SuggestionRow).where(SuggestionRow.id.in_(ids)))


def maps(session: Session, run_id: uuid.UUID) -> Sequence[MapRow]:
    """Return the maps of a run, in order."""
    query = select(MapRow).where(MapRow.run_id == run_id).order_by(MapRow.position)
    return session.scalars(query).all()


def images_of_suggestions(
    session: Session, suggestion_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Return the image that each suggestion was made for; unknown ids are left out."""
    found: dict[uuid.UUID, uuid.UUID] = {}
    for ids in batches(set(suggestion_ids)):
        query = select(SuggestionRow.id, RunRow.image_id).join(RunRow)
        found.update(_pairs(session, query.where(SuggestionRow.id.in_(ids))))
    return found


def rater_ids(session: Session, names: Iterable[str], now: datetime) -> dict[str, uuid.UUID]:
    """Return the id of each rater, adding those that are new."""
    wanted = sorted(set(names))
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    adding = sqlite.insert(RaterRow) if is_sqlite else postgresql.insert(RaterRow)
    found: dict[str, uuid.UUID] = {}
    for batch in batches(wanted):
        query = select(RaterRow.name, RaterRow.id).where(RaterRow.name.in_(batch))
        found.update(_pairs(session, query))
        new = [
            {"id": uuid.uuid4(), "name": name, "created_at": now}
            for name in batch
            if name not in found
        ]
        if new:
            session.execute(adding.on_conflict_do_nothing(index_elements=["name"]), new)
            found.update(_pairs(session, query))
    return found


def append_annotations(session: Session, acts: Sequence[Values]) -> int:
    """Append acts in order; one that is recorded already is left as it is.

    Parameters
    ----------
    session : Session
    acts : sequence of dict
        Columns of `AnnotationRow` except the sequence.

    Returns
    -------
    int
        How many of them were new.

    Raises
    ------
    RecordConflictError
        If an id is recorded with another content; the time of recording does not count.
    """
    recorded: dict[uuid.UUID, Values] = {}
    for ids in batches(act["id"] for act in acts):
        for row in session.scalars(select(AnnotationRow).where(AnnotationRow.id.in_(ids))):
            recorded[row.id] = {name: getattr(row, name) for name in acts[0]}
    new = []
    for act in acts:
        same = recorded.setdefault(act["id"], act)
        if same is act:
            new.append(act)
        elif same | {"created_at": None} != act | {"created_at": None}:
            raise RecordConflictError(
                f"The act {act['id']} is recorded already, and says something else; nothing was "
                "written. Load the image again and make the change anew."
            )
    if new:
        session.execute(insert(AnnotationRow), new)
        for changed in batches({act["image_id"] for act in new}):
            refresh(session, changed)
    return len(new)


def regions_of_annotations(
    session: Session, ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, tuple[uuid.UUID, uuid.UUID]]:
    """Return the image and the region of each act; unknown ids are left out."""
    found: dict[uuid.UUID, tuple[uuid.UUID, uuid.UUID]] = {}
    for batch in batches(set(ids)):
        query = select(AnnotationRow.id, AnnotationRow.image_id, AnnotationRow.region_id)
        for act_id, image_id, region_id in session.execute(
            query.where(AnnotationRow.id.in_(batch))
        ):
            found[act_id] = (image_id, region_id)
    return found


def history(
    session: Session, image_ids: Sequence[uuid.UUID], *, latest: bool
) -> list[tuple[AnnotationRow, str]]:
    """Return acts on some images with the rater's name, in the order they were recorded.

    Parameters
    ----------
    session : Session
    image_ids : sequence of uuid.UUID
        At most some hundreds.
    latest : bool
        Of each region only the act that counts.
    """
    query = select(AnnotationRow, RaterRow.name).join(RaterRow)
    query = query.where(AnnotationRow.image_id.in_(image_ids)).order_by(AnnotationRow.sequence)
    if latest:
        counting = (
            select(func.max(AnnotationRow.sequence))
            .where(AnnotationRow.image_id.in_(image_ids))
            .group_by(AnnotationRow.image_id, AnnotationRow.region_id)
        )
        query = query.where(AnnotationRow.sequence.in_(counting))
    return [(row, name) for row, name in session.execute(query)]
