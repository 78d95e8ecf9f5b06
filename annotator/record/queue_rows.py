"""The queue of a project: counts, pages, and what to look at next."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import Session

from db.errors import RecordNotFoundError
from db.tables import AssignmentRow, ImageRow, ImageStateRow

FILTERS = ("open", "reviewed", "flagged", "skipped")
"""What a page of the queue may be limited to."""


def state(session: Session, image_id: uuid.UUID) -> ImageStateRow:
    """Return how far an image is.

    Raises
    ------
    RecordNotFoundError
        If there is no such image.
    """
    row = session.get(ImageStateRow, image_id)
    if row is None:
        raise RecordNotFoundError(f"There is no image with the id {image_id}.")
    return row


def first_undecided(session: Session, project_id: uuid.UUID) -> uuid.UUID | None:
    """Return the first image that waits for a decision, those put aside last; None if none."""
    state = ImageStateRow
    waiting = select(state.image_id).where(state.project_id == project_id, state.decided.is_(False))
    for skipped in (False, True):
        one = waiting.where(state.skipped.is_(skipped)).order_by(state.position).limit(1)
        found = session.scalar(one)
        if found is not None:
            return found
    return None


def first_assigned(
    session: Session, project_id: uuid.UUID, rater_id: uuid.UUID
) -> uuid.UUID | None:
    """Return the first image that a rater is to read, those they put aside last."""
    row = AssignmentRow
    mine = select(row.image_id).where(row.project_id == project_id, row.rater_id == rater_id)
    for state in ("open", "skipped"):
        found = session.scalar(mine.where(row.state == state).order_by(row.position).limit(1))
        if found is not None:
            return found
    return None


def first_free(
    session: Session, project_id: uuid.UUID, rater_id: uuid.UUID, readers: int
) -> uuid.UUID | None:
    """Return the first image that lacks a reader and that this rater does not have."""
    state = ImageStateRow
    mine = exists().where(
        AssignmentRow.image_id == state.image_id, AssignmentRow.rater_id == rater_id
    )
    found: list[tuple[int, uuid.UUID]] = []
    for assigned in range(readers):
        query = select(state.position, state.image_id).where(
            state.project_id == project_id, state.assigned == assigned, ~mine
        )
        row = session.execute(query.order_by(state.position).limit(1)).one_or_none()
        if row is not None:
            found.append((row[0], row[1]))
    return min(found)[1] if found else None


def neighbours(
    session: Session, project_id: uuid.UUID, rater_id: uuid.UUID, position: int
) -> tuple[int, int, uuid.UUID | None, uuid.UUID | None]:
    """Return where an image stands among a rater's own: place from 1, all, before, after."""
    row = AssignmentRow
    mine = and_(row.project_id == project_id, row.rater_id == rater_id, row.state != "withdrawn")
    before = select(row.image_id).where(mine, row.position < position)
    after = select(row.image_id).where(mine, row.position > position)
    return (
        1 + _count(session, before),
        _count(session, select(row.image_id).where(mine)),
        session.scalar(before.order_by(row.position.desc()).limit(1)),
        session.scalar(after.order_by(row.position).limit(1)),
    )


@dataclass(frozen=True, slots=True)
class FramesOf:
    """The frames of one file in a project.

    Attributes
    ----------
    project_id : uuid.UUID
    source_sha256 : str
        Of the file.
    rater_id : uuid.UUID or None
        Only those assigned to this rater; None for all.
    """

    project_id: uuid.UUID
    source_sha256: str
    rater_id: uuid.UUID | None = None

    def query(self) -> Select[uuid.UUID]:
        """Return the query of their ids."""
        of_file = and_(
            ImageRow.project_id == self.project_id,
            ImageRow.source_sha256 == self.source_sha256,
            ImageRow.frame.is_not(None),
        )
        query = select(ImageRow.id).where(of_file)
        if self.rater_id is None:
            return query
        row = AssignmentRow
        mine = and_(row.rater_id == self.rater_id, row.state != "withdrawn")
        return query.join(row, row.image_id == ImageRow.id).where(mine)


def frames(
    session: Session, of: FramesOf, frame: int
) -> tuple[int, int, uuid.UUID | None, uuid.UUID | None]:
    """Return where a frame stands among those of its file: place from 1, all, before, after."""
    before = of.query().where(ImageRow.frame < frame)
    after = of.query().where(ImageRow.frame > frame)
    return (
        1 + _count(session, before),
        _count(session, of.query()),
        session.scalar(before.order_by(ImageRow.frame.desc()).limit(1)),
        session.scalar(after.order_by(ImageRow.frame).limit(1)),
    )


def frame_at(session: Session, of: FramesOf, place: int) -> uuid.UUID | None:
    """Return the frame at a place, from 1, among those of its file; None if there is none."""
    return session.scalar(of.query().order_by(ImageRow.frame).offset(place - 1).limit(1))


def page(
    session: Session, project_id: uuid.UUID, after: int, limit: int, only: str | None
) -> tuple[list[tuple[ImageStateRow, str]], int]:
    """Return states of images behind a position with their file names, and how many there are.

    Parameters
    ----------
    session : Session
    project_id : uuid.UUID
    after : int
        Position (from 0) of the first image that may come.
    limit : int
    only : str or None
        One of `FILTERS`.
    """
    state = ImageStateRow
    query = select(state, ImageRow.file_name).join(ImageRow, ImageRow.id == state.image_id)
    conditions = [state.project_id == project_id]
    if only in ("open", "reviewed"):
        conditions.append(state.decided.is_(only == "reviewed"))
    elif only is not None:
        conditions.append((state.flagged if only == "flagged" else state.skipped).is_(True))
    rows = session.execute(
        query.where(*conditions, state.position >= after).order_by(state.position).limit(limit)
    )
    total = _count(session, select(state.image_id).where(*conditions))
    return [(row, name) for row, name in rows], total


def assigned_page(
    session: Session,
    project_id: uuid.UUID,
    rater_id: uuid.UUID,
    after: int,
    limit: int,
    states: Sequence[str],
) -> tuple[list[tuple[AssignmentRow, ImageStateRow, str]], int]:
    """Return a rater's own images behind a position, and how many there are."""
    row = AssignmentRow
    mine = and_(row.project_id == project_id, row.rater_id == rater_id, row.state.in_(states))
    query = select(row, ImageStateRow, ImageRow.file_name)
    query = query.join(ImageRow, ImageRow.id == row.image_id)
    query = query.join(ImageStateRow, ImageStateRow.image_id == row.image_id)
    rows = session.execute(
        query.where(mine, row.position >= after).order_by(row.position).limit(limit)
    )
    total = _count(session, select(row.image_id).where(mine))
    return [(assignment, state, name) for assignment, state, name in rows], total


def to_adjudicate(
    session: Session, project_id: uuid.UUID, readers: int, after: int, limit: int
) -> list[tuple[int, uuid.UUID]]:
    """Return position and id of images that all readers signed and nobody adjudicated."""
    state = ImageStateRow
    query = select(state.position, state.image_id).where(
        state.project_id == project_id,
        state.decided.is_(True),
        state.signed >= readers,
        state.adjudicated.is_(False),
        state.position >= after,
    )
    rows = session.execute(query.order_by(state.position).limit(limit))
    return [(row[0], row[1]) for row in rows]


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0
