"""What orders and narrows a queue: states, scores and contradictions of a project's images.

Images are named by their position in the project, from 0.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session, aliased

from db.rows import batches
from db.tables import (
    AnnotationRow,
    AssignmentRow,
    ImageRow,
    ImageStateRow,
    RemarkRow,
    RunRow,
    SuggestionRow,
)

OPEN, SKIPPED, DONE = 0, 1, 2
"""How far an image is."""

STANDINGS = 3
"""How many of these there are."""

_CONTRADICTS = ("rejected", "edited", "added")
_STATES = ("accepted", "edited", "added")


def standings(session: Session, project_id: uuid.UUID) -> list[int]:
    """Return ``position * STANDINGS`` plus `OPEN`, `SKIPPED` or `DONE` of each image of a project.

    In any order.
    """
    state = ImageStateRow
    far = case((state.decided, DONE), (state.skipped, SKIPPED), else_=OPEN)
    return _numbers(session, state.position, far, state.project_id == project_id)


def own_standings(
    session: Session, project_id: uuid.UUID, rater_id: uuid.UUID | None, free_below: int
) -> list[int]:
    """Return the same of the images a rater has, and of those that they may take.

    Parameters
    ----------
    session : Session
    project_id : uuid.UUID
    rater_id : uuid.UUID or None
        None for somebody who is new.
    free_below : int
        Images with fewer readers than this may be taken; 0 where nobody takes one.
    """
    row, state = AssignmentRow, ImageStateRow
    far = case((row.state == "done", DONE), (row.state == "skipped", SKIPPED), else_=OPEN)
    mine = and_(row.project_id == project_id, row.rater_id == rater_id, row.state != "withdrawn")
    found = _numbers(session, row.position, far, mine)
    if not free_below:
        return found
    held = exists().where(row.image_id == state.image_id, row.rater_id == rater_id)
    free = and_(state.project_id == project_id, state.assigned < free_below, ~held)
    return [*found, *_numbers(session, state.position, literal(OPEN), free)]


def flagged(session: Session, project_id: uuid.UUID) -> Sequence[int]:
    """Return the images that somebody flagged and nobody unflagged since."""
    state = ImageStateRow
    query = select(state.position).where(state.project_id == project_id, state.flagged)
    return session.scalars(query).all()


def flagged_by(session: Session, project_id: uuid.UUID, rater_id: uuid.UUID) -> set[int]:
    """Return the images that one rater flagged, and has not unflagged since."""
    query = select(ImageRow.position, RemarkRow.kind).join(ImageRow)
    query = query.where(
        ImageRow.project_id == project_id,
        RemarkRow.rater_id == rater_id,
        RemarkRow.kind.in_(("flag", "unflag")),
    )
    rows = session.execute(query.order_by(RemarkRow.sequence))
    latest = {place: kind for place, kind in rows}  # noqa: C416 - rows are no pairs to mypy
    return {position for position, kind in latest.items() if kind == "flag"}


def scores_since(
    session: Session, project_id: uuid.UUID, after: int
) -> list[tuple[int, int, dict[str, float]]]:
    """Return sequence, position and scores of the runs behind a sequence, oldest first."""
    if (session.scalar(select(func.max(RunRow.sequence))) or 0) <= after:
        return []  # The join would go through all images of the project to find that.
    query = select(RunRow.sequence, ImageStateRow.position, RunRow.scores).join(
        ImageStateRow, ImageStateRow.image_id == RunRow.image_id
    )
    query = query.where(ImageStateRow.project_id == project_id, RunRow.sequence > after)
    return [
        (n, place, dict(scores))
        for n, place, scores in session.execute(query.order_by(RunRow.sequence))
    ]


def acted_on_since(
    session: Session, project_id: uuid.UUID, after: int
) -> tuple[int, list[uuid.UUID]]:
    """Return the last act of a project on a region, and the images acted on behind one."""
    row = AnnotationRow
    query = select(row.image_id, func.max(row.sequence)).join(ImageRow)
    query = query.where(ImageRow.project_id == project_id, row.sequence > after)
    found = session.execute(query.group_by(row.image_id)).all()
    return max((last for _, last in found), default=after), [image_id for image_id, _ in found]


def contradictions(
    session: Session, project_id: uuid.UUID, image_ids: Sequence[uuid.UUID] | None
) -> dict[int, int]:
    """Count the regions of images in which a person contradicts the machine.

    Parameters
    ----------
    session : Session
    project_id : uuid.UUID
    image_ids : sequence of uuid.UUID or None
        None for all images of the project. Images without such a region are left out.
    """
    row = AnnotationRow
    query = (
        select(ImageStateRow.position, func.count())
        .select_from(row)
        .join(ImageStateRow, ImageStateRow.image_id == row.image_id)
    )
    query = query.where(
        ImageStateRow.project_id == project_id, row.decision.in_(_CONTRADICTS), _counts()
    ).group_by(ImageStateRow.position)
    if image_ids is None:
        return dict(_pairs(session, query))
    found: dict[int, int] = {}
    for batch in batches(image_ids):
        found.update(_pairs(session, query.where(row.image_id.in_(batch))))
    return found


def positions(session: Session, image_ids: Sequence[uuid.UUID]) -> list[int]:
    """Return where images stand."""
    found: list[int] = []
    for batch in batches(image_ids):
        found += session.scalars(select(ImageRow.position).where(ImageRow.id.in_(batch)))
    return found


def with_label(session: Session, project_id: uuid.UUID, label: str) -> set[int]:
    """Return the images on which a region of a label is suggested now or stated by somebody."""
    state = ImageStateRow
    suggested = (
        select(state.position)
        .join(RunRow, RunRow.sequence == state.run)
        .join(SuggestionRow, SuggestionRow.run_id == RunRow.id)
        .where(state.project_id == project_id, SuggestionRow.label == label)
    )
    row = AnnotationRow
    stated = (
        select(state.position)
        .join(row, row.image_id == state.image_id)
        .where(state.project_id == project_id, row.label == label)
        .where(row.decision.in_(_STATES), _counts())
    )
    return set(session.scalars(suggested)) | set(session.scalars(stated))


def rows_at(
    session: Session, project_id: uuid.UUID, places: Sequence[int]
) -> dict[int, tuple[ImageStateRow, str]]:
    """Return state and file name of the images at some positions, by position."""
    query = select(ImageStateRow, ImageRow.file_name).join(
        ImageRow, ImageRow.id == ImageStateRow.image_id
    )
    query = query.where(ImageStateRow.project_id == project_id, ImageStateRow.position.in_(places))
    return {state.position: (state, name) for state, name in session.execute(query)}


def image_at(session: Session, project_id: uuid.UUID, place: int) -> uuid.UUID:
    """Return the image at a position that the project has."""
    query = select(ImageRow.id).where(ImageRow.project_id == project_id, ImageRow.position == place)
    return session.scalars(query).one()


def waiting_after(session: Session, project_id: uuid.UUID, place: int) -> uuid.UUID | None:
    """Return the next image that waits for a decision: behind a position, else before it.

    Those that were put aside come after the others; None if nothing else waits.
    """
    state = ImageStateRow
    waits = select(state.image_id).where(state.project_id == project_id, state.decided.is_(False))
    for skipped in (False, True):
        for where in (state.position > place, state.position < place):
            one = waits.where(state.skipped.is_(skipped), where).order_by(state.position).limit(1)
            found = session.scalar(one)
            if found is not None:
                return found
    return None


def _counts() -> Any:
    """Return the condition that an act is the latest on its region."""
    later = aliased(AnnotationRow)
    row = AnnotationRow
    return ~exists().where(
        later.image_id == row.image_id,
        later.region_id == row.region_id,
        later.sequence > row.sequence,
    )


def _numbers(
    session: Session, position: Any, far: ColumnElement[int], where: ColumnElement[bool]
) -> list[int]:
    # As one text: row by row, a hundred thousand of them took five times as long.
    number = cast(position * STANDINGS + far, String)
    text = session.scalar(select(func.aggregate_strings(number, ",")).where(where))
    return [int(each) for each in text.split(",")] if text else []


def _pairs(session: Session, query: Select[Any, Any]) -> list[tuple[int, int]]:
    return [(first, second) for first, second in session.execute(query)]
