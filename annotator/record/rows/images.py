"""Images in the queues of projects, and the subjects they show."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.chain import log
from db.errors import RecordNotFoundError
from db.rows import Values, add_rows, batches, pairs
from db.tables import ImageRow, ImageStateRow, ProjectRow, SubjectRow

from .progress import new_state
from .projects import project


def add_images(
    session: Session, project_id: uuid.UUID, images: Sequence[Values], actor: str
) -> dict[int, uuid.UUID]:
    """Append images at the end of a project's queue, leaving out what it holds already.

    Parameters
    ----------
    session : Session
    project_id : uuid.UUID
    images : sequence of dict
        Columns of `ImageRow` except project and position.
    actor : str
        Who adds them.

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
    locking = select(ProjectRow.id).where(ProjectRow.id == project_id)
    session.execute(locking.with_for_update(key_share=True))
    project(session, project_id)
    position = image_count(session, project_id)
    held: dict[int, uuid.UUID] = {}
    for batch in batches(enumerate(images)):
        hashes = [image["pixels_sha256"] for _, image in batch]
        query = select(ImageRow.pixels_sha256, ImageRow.id).where(
            ImageRow.project_id == project_id, ImageRow.pixels_sha256.in_(hashes)
        )
        known = pairs(session, query)
        rows = []
        for place, image in batch:
            if image["pixels_sha256"] in known:
                held[place] = known[image["pixels_sha256"]]
                continue
            known[image["pixels_sha256"]] = image["id"]
            rows.append(image | {"project_id": project_id, "position": position})
            position += 1
        add_rows(session, ImageRow, rows)
        add_rows(session, ImageStateRow, [new_state(row) for row in rows])
        for row in rows:
            _note(session, ImageRow, row, actor, "image added")
    return held


def subject_ids(
    session: Session, project_id: uuid.UUID, pseudonyms: Iterable[str], now: datetime, actor: str
) -> dict[str, uuid.UUID]:
    """Return the id of each subject of a project, adding those that are new."""
    found: dict[str, uuid.UUID] = {}
    for batch in batches(sorted(set(pseudonyms))):
        query = select(SubjectRow.pseudonym, SubjectRow.id).where(
            SubjectRow.project_id == project_id, SubjectRow.pseudonym.in_(batch)
        )
        found.update(pairs(session, query))
        rows = [
            {"id": uuid.uuid4(), "project_id": project_id, "pseudonym": name, "created_at": now}
            for name in batch
            if name not in found
        ]
        for row in add_rows(session, SubjectRow, rows):
            found[row["pseudonym"]] = row["id"]
            _note(session, SubjectRow, row, actor, "subject added")
    return found


def _note(
    session: Session, table: type[ImageRow | SubjectRow], row: Values, actor: str, kind: str
) -> None:
    chain = row["project_id"]
    log.note(session, log.Event(chain, actor, kind, row_id=row["id"], table=table, values=row))


def pseudonyms(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the pseudonyms of subjects."""
    found: dict[uuid.UUID, str] = {}
    for batch in batches(set(ids)):
        query = select(SubjectRow.id, SubjectRow.pseudonym).where(SubjectRow.id.in_(batch))
        found.update(pairs(session, query))
    return found


def image_count(session: Session, project_id: uuid.UUID) -> int:
    """Return the number of images in a project's queue; their positions count from 0."""
    last = select(func.max(ImageRow.position)).where(ImageRow.project_id == project_id)
    position = session.scalar(last)
    return 0 if position is None else position + 1


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
