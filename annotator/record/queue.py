"""Queues: the images that somebody goes through, in an order and narrowed as they chose.

Every order is an ``ORDER BY`` over columns that are kept in the transaction which changes them.
"""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    SQLColumnExpression,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from db.errors import RecordNotFoundError
from db.tables import (
    AnnotationRow,
    AssignmentRow,
    ImageRow,
    ImageStateRow,
    RemarkRow,
    RunRow,
    SuggestionRow,
)

from ..domain import (
    Assignment,
    ImageAsset,
    Protocol,
    QueuePage,
    QueuePlace,
    QueueRow,
    Review,
    Round,
    sights,
)
from ..domain.queues import FIRST_OPEN, Only, Order, QueueChoice
from ..errors import NotFoundError
from .images import image
from .raters import known_raters
from .sessions import Part

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_STATES = ("accepted", "edited", "added")
_PRIME = 2**31 - 1
_IMPORTED = QueueChoice(Order.IMPORTED)
_NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class IsolatedReader:
    """Somebody who sees the images they read, and nothing of the others' work.

    Attributes
    ----------
    name : str
    may_take_below : int
        They may take images with fewer readers than this; 0 for none.
    sees_suggestions : bool
        Whether they may know how many suggestions an image has.
    """

    name: str
    may_take_below: int = 0
    sees_suggestions: bool = False

    @classmethod
    def of(cls, protocol: Protocol, name: str) -> Self | None:
        """Return a reader of a project; None where people go on from each other's work."""
        if not protocol.isolated:
            return None
        takes = protocol.readers if protocol.assignment is Assignment.OPEN else 0
        modes = protocol.arms or (protocol.mode,)
        return cls(name, takes, all(sights(mode, Round.FIRST).regions for mode in modes))


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
            pool = _pool(session, project_id, reader)
            chosen = and_(*pool.narrowed(project_id, choice))
            total = session.scalar(pool.select(func.count()).where(chosen)) or 0
            query = pool.select(pool.image_id, pool.done, pool.skipped).where(chosen)
            start = offset
            if choice.order is Order.RANDOM:
                low, passed = _near(session, pool, choice.seed, chosen, offset, total)
                query, start = (
                    query.where(_chance(pool.position, choice.seed) >= low),
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
            pool = _pool(session, project_id, reader)
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
            pool = _pool(session, project_id, reader)
            # While one goes on, what is decided changes: it must not carry the image away.
            steady = replace(choice, order=Order.IMPORTED)
            by = pool.order(steady if choice.order is Order.UNDECIDED else choice)
            keys = [_plain(key) for key in by]
            here = session.execute(pool.select(*keys).where(pool.image_id == image_id)).first()
            if here is None:
                return QueuePlace(1, 1, None, None)
            chosen = pool.narrowed(project_id, choice)
            before, after = _beside(by, tuple(here), -1), _beside(by, tuple(here), 1)
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
                previous_id=session.scalar(back.order_by(*map(_reversed, by)).limit(1)),
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
            _in_project(project_id),
            state.decided.is_(True),
            state.signed >= readers,
            state.adjudicated.is_(False),
            state.position >= after,
        )
        found = query.order_by(state.position).limit(limit)
        return self._sessions.read(lambda s: [(row[0], row[1]) for row in s.execute(found)])


@dataclass(frozen=True, slots=True)
class _Pool:
    """The images that somebody goes through, as columns.

    `waiting` is the order of what is to be done: what waits, what was put aside, what is done.
    """

    image_id: SQLColumnExpression[uuid.UUID]
    position: SQLColumnExpression[int]
    done: SQLColumnExpression[bool]
    skipped: SQLColumnExpression[bool]
    flagged: ColumnElement[bool]
    waiting: tuple[SQLColumnExpression[Any], ...]
    where: ColumnElement[bool]
    own: FromClause | None = None

    def select(self, *columns: Any) -> Select[Any]:
        """Return a query of columns of these images."""
        query = select(*columns)
        if self.own is not None:
            same = ImageStateRow.image_id == self.image_id
            query = query.select_from(self.own).join(ImageStateRow, same)
        return query.where(self.where)

    def order(self, choice: QueueChoice) -> tuple[SQLColumnExpression[Any], ...]:
        """Return what the chosen order sorts by; the position comes last."""
        state = ImageStateRow
        keys: dict[Order, tuple[SQLColumnExpression[Any], ...]] = {
            Order.UNDECIDED: self.waiting,
            Order.IMPORTED: (),
            Order.UNCERTAINTY: (state.uncertainty.desc(),),
            Order.DISAGREEMENT: (state.disagreement.desc(),),
            Order.RANDOM: (_chance(self.position, choice.seed),),
        }
        return (*keys[choice.order], self.position)

    def narrowed(self, project_id: uuid.UUID, choice: QueueChoice) -> list[ColumnElement[bool]]:
        """Return the conditions that a choice puts on images."""
        only: dict[Only | None, ColumnElement[bool]] = {
            None: true(),
            Only.OPEN: self.done.is_(False),
            Only.REVIEWED: self.done.is_(True),
            Only.SKIPPED: and_(self.done.is_(False), self.skipped.is_(True)),
            Only.FLAGGED: self.flagged,
        }
        conditions: list[ColumnElement[bool]] = [only[choice.only]]
        if choice.label is not None and choice.scores is not None:
            score = RunRow.scores[choice.label].as_float()
            of_runs = select(RunRow.sequence).where(score.between(*choice.scores))
            conditions.append(ImageStateRow.run.in_(of_runs))
        elif choice.label is not None:
            conditions.append(
                or_(*(self.image_id.in_(query) for query in _with_label(project_id, choice.label)))
            )
        return conditions


def _in_project(project_id: uuid.UUID) -> ColumnElement[bool]:
    """Return the condition that the indices of the orders rest on."""
    return and_(ImageStateRow.project_id == project_id, ImageStateRow.removed.is_(False))


def _pool(session: Session, project_id: uuid.UUID, reader: IsolatedReader | None) -> _Pool:
    state, row = ImageStateRow, AssignmentRow
    if reader is None:
        return _Pool(
            state.image_id,
            state.position,
            state.decided,
            state.skipped,
            state.flagged.is_(True),
            (state.decided, state.skipped),
            _in_project(project_id),
        )
    rater_id = known_raters(session, [reader.name]).get(reader.name, _NOBODY)
    own = select(
        row.image_id,
        row.position,
        (row.state == "done").label("done"),
        (row.state == "skipped").label("skipped"),
        false().label("free"),
    ).where(row.project_id == project_id, row.rater_id == rater_id, row.state != "withdrawn")
    if reader.may_take_below:
        assigned = exists().where(row.image_id == state.image_id, row.rater_id == rater_id)
        free = select(state.image_id, state.position, false(), false(), true()).where(
            _in_project(project_id), state.assigned < reader.may_take_below, ~assigned
        )
        images = union_all(own, free).subquery()
    else:
        images = own.subquery()
    of = images.c
    return _Pool(
        of.image_id,
        of.position,
        of.done,
        of.skipped,
        of.image_id.in_(_flagged_by(rater_id)),
        (of.done, of.skipped, of.free),
        state.removed.is_(False),
        images,
    )


def _chance(position: SQLColumnExpression[int], seed: str) -> ColumnElement[int]:
    """Return a number for each position that follows from the seed, in [0, 2^31 - 1).

    A quadratic in whole numbers below 2^63, which both databases reckon alike.
    """
    digest = hashlib.sha256(seed.encode()).digest()
    a, b, c = (1 + int.from_bytes(digest[n : n + 8], "little") % (_PRIME - 1) for n in (0, 8, 16))
    line = (cast(position, BigInteger) * a + b) % _PRIME
    return (line * (line + c)) % _PRIME


def _near(
    session: Session,
    pool: _Pool,
    seed: str,
    chosen: ColumnElement[bool],
    offset: int,
    total: int,
) -> tuple[int, int]:
    """Return a number of chance shortly before a place at random, and how many come before it.

    Counting those is quicker than sorting them.
    """
    guess = max(0, offset - 4 * math.isqrt(offset)) * _PRIME // max(1, total)
    if not guess:
        return 0, 0
    before = pool.select(func.count()).where(chosen, _chance(pool.position, seed) < guess)
    passed = session.scalar(before) or 0
    return (guess, passed) if passed <= offset else (0, 0)


def _is_descending(key: Any) -> bool:
    return getattr(getattr(key, "modifier", None), "__name__", "") == "desc_op"


def _plain(key: Any) -> Any:
    return key.element if _is_descending(key) else key


def _reversed(key: Any) -> Any:
    return key.element if _is_descending(key) else key.desc()


def _beside(keys: Sequence[Any], here: tuple[Any, ...], way: int) -> ColumnElement[bool]:
    """Return the condition that an image comes after (1) or before (-1) one of these keys."""
    conditions = []
    for n, key in enumerate(keys):
        column, down = _plain(key), _is_descending(key)
        further = column > here[n] if (way > 0) != down else column < here[n]
        equal = [_plain(other) == value for other, value in zip(keys[:n], here, strict=False)]
        conditions.append(and_(*equal, further))
    return or_(*conditions)


def _rows(
    session: Session,
    pool: _Pool,
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


def _flagged_by(rater_id: uuid.UUID) -> Select[Any]:
    """Return the query of the images that a rater flagged, and has not unflagged since."""
    later = aliased(RemarkRow)
    since = exists().where(
        later.image_id == RemarkRow.image_id,
        later.rater_id == rater_id,
        later.kind.in_(("flag", "unflag")),
        later.sequence > RemarkRow.sequence,
    )
    query = select(RemarkRow.image_id)
    return query.where(RemarkRow.rater_id == rater_id, RemarkRow.kind == "flag", ~since)


def _with_label(project_id: uuid.UUID, label: str) -> tuple[Select[Any], Select[Any]]:
    """Return queries of the images on which a label is suggested now, or stated by somebody."""
    state, act, later = ImageStateRow, AnnotationRow, aliased(AnnotationRow)
    current = aliased(state)
    suggested = (
        select(current.image_id)
        .join(RunRow, RunRow.sequence == current.run)
        .join(SuggestionRow, SuggestionRow.run_id == RunRow.id)
        .where(current.project_id == project_id, SuggestionRow.label == label)
    )
    since = exists().where(
        later.image_id == act.image_id,
        later.region_id == act.region_id,
        later.sequence > act.sequence,
    )
    stated = (
        select(act.image_id)
        .join(ImageRow, ImageRow.id == act.image_id)
        .where(ImageRow.project_id == project_id, act.label == label)
        .where(act.decision.in_(_STATES), ~since)
    )
    return suggested, stated


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
    rater_id = known_raters(session, [rater]).get(rater, _NOBODY)
    row = AssignmentRow
    return query.join(row, row.image_id == ImageRow.id).where(
        row.rater_id == rater_id, row.state != "withdrawn"
    )


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0
