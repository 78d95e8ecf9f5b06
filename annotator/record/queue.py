"""Queues: the images that somebody goes through, in an order and narrowed as they chose.

Every order is an ``ORDER BY`` over columns that are kept in the transaction which changes them.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Select,
    and_,
    case,
    func,
    not_,
    select,
)

from db.errors import RecordNotFoundError
from db.tables import (
    AssignmentRow,
    ImageRow,
    ImageStateRow,
)

from ..domain import (
    ImageAsset,
    QueuePage,
    QueuePlace,
    QueueRow,
    Review,
)
from ..domain.queues import FIRST_OPEN, Only, Order, QueueChoice
from ..errors import NotFoundError
from .images import image
from .pools import (
    NOBODY,
    IsolatedReader,
    Pool,
    beside,
    chance,
    in_project,
    near,
    plain,
    pool_of,
    reverse,
)
from .raters import known_raters
from .sessions import Part

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_IMPORTED = QueueChoice(Order.IMPORTED)


class Queue(Part):
    """Pages, places and next images; of a whole project, or of an isolated reader's own."""

    def page(
        self,
        project_id: uuid.UUID,
        choice: QueueChoice,
        offset: int,
        limit: int,
        reader: IsolatedReader | None = None,
    ) -> QueuePage:
        """Return rows of the chosen queue from a place on, counted from 0.

        Parameters
        ----------
        project_id : uuid.UUID
        choice : QueueChoice
        offset, limit : int
        reader : IsolatedReader, optional
            Whose own queue; the whole project's where not given.
        """

        def read(session: Session) -> QueuePage:
            pool = pool_of(session, project_id, reader, choice)
            chosen = and_(*pool.narrowed(project_id, choice))
            total = session.scalar(pool.select(func.count()).where(chosen)) or 0
            query = pool.select(pool.image_id, pool.done, pool.skipped).where(chosen)
            start = offset
            if choice.order is Order.RANDOM:
                low, passed = near(session, pool, choice.seed, chosen, offset, total)
                query, start = (
                    query.where(chance(pool.position, choice.seed) >= low),
                    start - passed,
                )
            ordered = query.order_by(*pool.order(choice)).offset(start).limit(limit)
            shown = [(row[0], row[1], row[2]) for row in session.execute(ordered)]
            return QueuePage(tuple(_rows(session, pool, shown, reader)), total)

        return self._sessions.read(read)

    def first(
        self,
        project_id: uuid.UUID,
        choice: QueueChoice = FIRST_OPEN,
        reader: IsolatedReader | None = None,
    ) -> uuid.UUID | None:
        """Return the first image of the chosen queue; None if it is empty."""

        def read(session: Session) -> uuid.UUID | None:
            pool = pool_of(session, project_id, reader, choice)
            query = pool.select(pool.image_id).where(*pool.narrowed(project_id, choice))
            found: uuid.UUID | None = session.scalar(query.order_by(*pool.order(choice)).limit(1))
            return found

        return self._sessions.read(read)

    def place(
        self,
        project_id: uuid.UUID,
        image_id: uuid.UUID,
        choice: QueueChoice = _IMPORTED,
        reader: IsolatedReader | None = None,
    ) -> QueuePlace:
        """Return where an image stands in the chosen queue, and its neighbours there.

        An image that the choice leaves out (it was just reviewed, say) has the neighbours it
        would have; one goes back to what is reviewed also where only open images are asked for.

        Raises
        ------
        NotFoundError
            If the project has no such image.
        """

        def read(session: Session) -> QueuePlace:
            if image(session, image_id).project_id != project_id:
                raise NotFoundError(f"The image {image_id} is in another project.")
            pool = pool_of(session, project_id, reader, choice)
            # While one goes on, what is decided changes: it must not carry the image away.
            steady = replace(choice, order=Order.IMPORTED)
            by = pool.order(steady if choice.order is Order.UNDECIDED else choice)
            keys = [plain(key) for key in by]
            here = session.execute(pool.select(*keys).where(pool.image_id == image_id)).first()
            if here is None:
                return QueuePlace(1, 1, None, None)
            chosen = pool.narrowed(project_id, choice)
            before, after = beside(by, tuple(here), -1), beside(by, tuple(here), 1)
            counts = pool.select(func.count(), func.count(case((not_(after), 1))))
            total, position = session.execute(counts.where(*chosen)).one()
            back = pool.select(pool.image_id).where(before)
            if choice.only is not Only.OPEN:
                back = back.where(*chosen)
            ahead = pool.select(pool.image_id).where(pool.image_id != image_id, *chosen)
            if choice.order is Order.UNDECIDED:
                # On to what waits after the image, then before it; then what was put aside. What
                # is done and stands before it is left out, so that the queue has an end.
                behind = pool.position < here[-1]
                ahead = ahead.where(not_(and_(pool.done, behind)))
                ahead = ahead.order_by(*pool.waiting, behind, pool.position)
            else:
                ahead = ahead.where(after).order_by(*by)
            return QueuePlace(
                position=max(1, position),
                total=max(1, position, total),
                previous_id=session.scalar(back.order_by(*map(reverse, by)).limit(1)),
                next_id=session.scalar(ahead.limit(1)),
            )

        return self._sessions.read(read)

    def frames(
        self, project_id: uuid.UUID, asset: ImageAsset, rater: str | None = None
    ) -> QueuePlace | None:
        """Return where a frame stands among those of its file, and its neighbours.

        Parameters
        ----------
        project_id : uuid.UUID
        asset : ImageAsset
        rater : str, optional
            Only those assigned to this reader are counted; all of the project if not given.

        Returns
        -------
        QueuePlace or None
            None for an image that is no frame.
        """
        if asset.frame is None:
            return None
        frame = asset.frame

        def read(session: Session) -> QueuePlace:
            query = _frames(session, project_id, asset, rater)
            before, after = query.where(ImageRow.frame < frame), query.where(ImageRow.frame > frame)
            return QueuePlace(
                1 + _count(session, before),
                _count(session, query),
                session.scalar(before.order_by(ImageRow.frame.desc()).limit(1)),
                session.scalar(after.order_by(ImageRow.frame).limit(1)),
            )

        return self._sessions.read(read)

    def frame_at(
        self, project_id: uuid.UUID, asset: ImageAsset, place: int, rater: str | None = None
    ) -> uuid.UUID | None:
        """Return the frame at a place, from 1, among those that `frames` counts; None without."""

        def read(session: Session) -> uuid.UUID | None:
            query = _frames(session, project_id, asset, rater).order_by(ImageRow.frame)
            found: uuid.UUID | None = session.scalar(query.offset(place - 1).limit(1))
            return found

        return self._sessions.read(read)

    def review(self, image_id: uuid.UUID) -> Review:
        """Return how far people are with an image, as the record keeps count of it.

        Raises
        ------
        NotFoundError
        """

        def read(session: Session) -> Review:
            row = session.get(ImageStateRow, image_id)
            if row is None:
                raise RecordNotFoundError(f"There is no image with the id {image_id}.")
            return _review(row)

        return self._sessions.read(read)

    def to_adjudicate(
        self, project_id: uuid.UUID, readers: int, after: int, limit: int
    ) -> list[tuple[int, uuid.UUID]]:
        """Return position and id of images that all readers signed and nobody adjudicated."""
        state = ImageStateRow
        query = select(state.position, state.image_id).where(
            in_project(project_id),
            state.decided.is_(True),
            state.signed >= readers,
            state.adjudicated.is_(False),
            state.position >= after,
        )
        found = query.order_by(state.position).limit(limit)
        return self._sessions.read(lambda s: [(row[0], row[1]) for row in s.execute(found)])


def _rows(
    session: Session,
    pool: Pool,
    shown: Sequence[tuple[uuid.UUID, bool, bool]],
    reader: IsolatedReader | None,
) -> list[QueueRow]:
    ids = [image_id for image_id, _, _ in shown]
    query = select(ImageStateRow, ImageRow.file_name).join(
        ImageRow, ImageRow.id == ImageStateRow.image_id
    )
    found = {
        state.image_id: (state, name)
        for state, name in session.execute(query.where(ImageStateRow.image_id.in_(ids)))
    }
    flagged = set(
        session.scalars(pool.select(pool.image_id).where(pool.image_id.in_(ids), pool.flagged))
    )
    rows = []
    for image_id, done, skipped in shown:
        state, name = found[image_id]
        own = Review.REVIEWED if done else Review.NOT_REVIEWED
        rows.append(
            QueueRow(
                image_id=image_id,
                position=state.position + 1,
                file_name=name,
                review=own if reader else _review(state),
                suggestions=state.suggested if reader is None or reader.sees_suggestions else 0,
                flagged=image_id in flagged,
                skipped=skipped,
            )
        )
    return rows


def _review(state: ImageStateRow) -> Review:
    if state.decided:
        return Review.REVIEWED
    return Review.IN_PROGRESS if state.acts or state.signed else Review.NOT_REVIEWED


def _frames(
    session: Session, project_id: uuid.UUID, asset: ImageAsset, rater: str | None
) -> Select[Any]:
    query = select(ImageRow.id).join(ImageStateRow, ImageStateRow.image_id == ImageRow.id)
    query = query.where(
        ImageRow.project_id == project_id,
        ImageRow.source_sha256 == asset.source_sha256,
        ImageRow.frame.is_not(None),
        ImageStateRow.removed.is_(False),
    )
    if rater is None:
        return query
    # Who is not on record yet has no frames, which is not the same as having all.
    rater_id = known_raters(session, [rater]).get(rater, NOBODY)
    row = AssignmentRow
    return query.join(row, row.image_id == ImageRow.id).where(
        row.rater_id == rater_id, row.state != "withdrawn"
    )


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0
