"""Queues: the images that somebody goes through, in an order and narrowed as they chose.

Every order is an ``ORDER BY`` over columns that are kept in the transaction which changes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.rows import lookup
from db.tables import AssignmentRow, ImageRow, ImageStateRow, RemarkRow

from ..domain import ImageAsset, QueuePage, QueuePlace, QueueRow, Review
from ..domain.queues import FIRST_OPEN, Only, Order, QueueChoice
from ..domain.sequences import repeats
from ..errors import NotFoundError
from .images import image
from .pools import IsolatedReader, Pool, Stage, flagged_by, in_project, pool_of, waiting
from .raters import known_rater
from .sessions import Part, reads

_IMPORTED = QueueChoice(Order.IMPORTED)


class Queue(Part):
    """Pages, places and next images; of a whole project, or of an isolated reader's own."""

    @reads
    def page(
        self,
        session: Session,
        project_id: UUID,
        choice: QueueChoice,
        offset: int,
        limit: int,
        reader: IsolatedReader | None = None,
    ) -> QueuePage:
        """Return rows of the chosen queue from a place on, counted from 0."""
        return _page(session, project_id, choice, slice(offset, offset + limit), reader)

    @reads
    def first(
        self,
        session: Session,
        project_id: UUID,
        choice: QueueChoice = FIRST_OPEN,
        reader: IsolatedReader | None = None,
    ) -> UUID | None:
        """Return the first image of the chosen queue; None if it is empty."""
        if choice.only in (None, Only.OPEN) and replace(choice, only=None) == FIRST_OPEN:
            # Asked for often, and seldom more than a look into an index.
            position = session.scalar(waiting(session, project_id, reader).limit(1))
            if position is not None:
                return _ids(session, project_id, [position])[position]
        rows = _page(session, project_id, choice, slice(1), reader).rows
        return rows[0].image_id if rows else None

    @reads
    def place(
        self,
        session: Session,
        project_id: UUID,
        image_id: UUID,
        choice: QueueChoice = _IMPORTED,
        reader: IsolatedReader | None = None,
    ) -> QueuePlace:
        """Return where an image stands in the chosen queue, and its neighbours there.

        An image that the choice leaves out (it was just reviewed, say) has the neighbours it
        would have; one goes back to what is reviewed also where only open images are asked for.
        """
        row = image(session, image_id)
        if row.project_id != project_id:
            raise NotFoundError(f"The image {image_id} is in another project.")
        # While one goes on, what is decided changes: it must not carry the image away.
        steady = replace(choice, order=Order.IMPORTED)
        in_turn = choice.order is Order.UNDECIDED
        pool = pool_of(session, project_id, reader, steady if in_turn else choice)
        here = np.flatnonzero(pool.positions == row.position)
        if not len(here):
            return QueuePlace(1, 1, None, None)
        place, beside = _place(pool, int(here[0]), choice)
        ids = _ids(session, project_id, [one for one in beside if one is not None])
        previous, following = (None if one is None else ids[one] for one in beside)
        return QueuePlace(*place, previous, following)

    @reads
    def frames(
        self, session: Session, project_id: UUID, asset: ImageAsset, rater: str | None = None
    ) -> QueuePlace | None:
        """Return where a frame stands in its sequence, and its neighbours there.

        If a reader is given, only frames of its own file are counted that are assigned to them.
        None for what stands by itself, or is not among them.
        """
        ids = _frames(session, project_id, asset, rater)
        if asset.id not in ids:
            return None
        here = ids.index(asset.id)
        beside = (ids[here - 1] if here else None, ids[here + 1] if ids[-1] != asset.id else None)
        return QueuePlace(1 + here, len(ids), *beside)

    @reads
    def frame_at(
        self,
        session: Session,
        project_id: UUID,
        asset: ImageAsset,
        place: int,
        rater: str | None = None,
    ) -> UUID | None:
        """Return the frame at a place, from 1, among those that `frames` counts; None without."""
        ids = _frames(session, project_id, asset, rater)
        return ids[place - 1] if 1 <= place <= len(ids) else None

    @reads
    def review(self, session: Session, image_id: UUID) -> Review:
        """Return how far people are with an image, as the record keeps count of it."""
        return _review(session.get_one(ImageStateRow, image(session, image_id).id))

    @reads
    def to_adjudicate(
        self, session: Session, project_id: UUID, after: int, limit: int
    ) -> list[tuple[int, UUID]]:
        """Return position and id of images that all readers signed and nobody adjudicated."""
        state = ImageStateRow
        query = select(state.position, state.image_id).where(
            in_project(project_id),
            state.decided.is_(True),
            state.adjudicated.is_(False),
            state.position >= after,
        )
        rows = session.execute(query.order_by(state.position).limit(limit))
        return [(row[0], row[1]) for row in rows]


def _page(
    session: Session,
    project_id: UUID,
    choice: QueueChoice,
    part: slice,
    reader: IsolatedReader | None,
) -> QueuePage:
    pool = pool_of(session, project_id, reader, choice)
    chosen = np.flatnonzero(pool.chosen)
    shown = chosen[part]
    positions, stages = pool.positions[shown].tolist(), pool.stages[shown].tolist()
    state = ImageStateRow
    query = select(state, ImageRow.file_name).join(ImageRow, ImageRow.id == state.image_id)
    query = query.where(in_project(project_id), state.position.in_(positions))
    found = {row.position: (row, name) for row, name in session.execute(query)}
    flagged = {row.image_id for row, _ in found.values() if row.flagged}
    if reader is not None:
        ids = [row.image_id for row, _ in found.values()]
        own = flagged_by(known_rater(session, reader.name))
        flagged = set(session.scalars(own.where(RemarkRow.image_id.in_(ids))))
    rows = []
    for position, stage in zip(positions, stages, strict=True):
        row, name = found[position]
        own_review = Review.REVIEWED if stage >= Stage.DONE else Review.NOT_REVIEWED
        rows.append(
            QueueRow(
                image_id=row.image_id,
                position=position + 1,
                file_name=name,
                review=own_review if reader else _review(row),
                suggestions=row.suggested if reader is None or reader.sees_suggestions else 0,
                flagged=row.image_id in flagged,
                skipped=stage in (Stage.SKIPPED, Stage.DONE_SKIPPED),
            )
        )
    return QueuePage(tuple(rows), len(chosen))


def _place(
    pool: Pool, here: int, choice: QueueChoice
) -> tuple[tuple[int, int], tuple[int | None, int | None]]:
    """Return place and total, and the positions before and after an image of a pool."""
    chosen = pool.chosen.copy()
    place, total = int(np.count_nonzero(chosen[: here + 1])), int(np.count_nonzero(chosen))
    before = np.arange(here) if choice.only is Only.OPEN else np.flatnonzero(chosen[:here])
    chosen[here] = False
    if choice.order is Order.UNDECIDED:
        # On to what waits after the image, then before it; then what was put aside. What is done
        # and stands before it is left out, so that the queue has an end.
        chosen[:here] &= pool.stages[:here] < Stage.DONE
        after = np.flatnonzero(chosen)
        after = after[np.lexsort((after < here, pool.stages[after]))]
    else:
        after = here + np.flatnonzero(chosen[here:])
    return (max(1, place), max(1, place, total)), (
        int(pool.positions[before[-1]]) if len(before) else None,
        int(pool.positions[after[0]]) if len(after) else None,
    )


def _ids(session: Session, project_id: UUID, positions: Sequence[int]) -> dict[int, UUID]:
    state = ImageStateRow
    query = select(state.position, state.image_id).where(in_project(project_id))
    return dict(lookup(session, query, state.position, positions))


def _review(state: ImageStateRow) -> Review:
    if state.decided:
        return Review.REVIEWED
    return Review.IN_PROGRESS if state.acts or state.signed else Review.NOT_REVIEWED


def _frames(session: Session, project_id: UUID, asset: ImageAsset, rater: str | None) -> list[UUID]:
    """Return the frames of an image's sequence that a reader has, along the axis."""
    state, row = ImageStateRow, AssignmentRow
    own = select(state.stack).where(state.image_id == asset.id).scalar_subquery()
    stack = select(state.image_id, state.place, state.removed)
    stack = stack.where(state.project_id == project_id, state.stack == own)
    frames = session.execute(stack.order_by(state.position)).all()
    repeat = dict(zip([f[0] for f in frames], repeats([f[1] for f in frames]), strict=True))
    left_out = {image_id for image_id, _, removed in frames if removed}
    if rater is not None:
        query = select(row.image_id).join(state, state.image_id == row.image_id)
        query = query.where(row.rater_id == known_rater(session, rater), row.state != "withdrawn")
        # Which files are of one series is not told to who reads each image by itself.
        query = query.join(ImageRow, ImageRow.id == row.image_id)
        query = query.where(ImageRow.source_sha256 == asset.source_sha256)
        assigned = session.scalars(query.where(state.project_id == project_id, state.stack == own))
        left_out |= repeat.keys() - set(assigned)
    along = sorted(frames, key=lambda frame: frame.place)
    return [
        image_id
        for image_id, _, _ in along
        if image_id not in left_out and repeat[image_id] == repeat[asset.id]
    ]
