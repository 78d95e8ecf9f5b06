"""The images that somebody goes through, as columns: their order, and what narrows them."""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    SQLColumnExpression,
    and_,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

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
    Protocol,
    Round,
    sights,
)
from ..domain.queues import Only, Order, QueueChoice
from .raters import known_raters

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_STATES = ("accepted", "edited", "added")
_PRIME = 2**31 - 1
NOBODY = uuid.UUID(int=0)


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


@dataclass(frozen=True, slots=True)
class Pool:
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
            query = query.select_from(self.own)
        return query.where(self.where)

    def order(self, choice: QueueChoice) -> tuple[SQLColumnExpression[Any], ...]:
        """Return what the chosen order sorts by; the position comes last."""
        state = ImageStateRow
        keys: dict[Order, tuple[SQLColumnExpression[Any], ...]] = {
            Order.UNDECIDED: self.waiting,
            Order.IMPORTED: (),
            Order.UNCERTAINTY: (state.uncertainty.desc(),),
            Order.DISAGREEMENT: (state.disagreement.desc(),),
            Order.RANDOM: (chance(self.position, choice.seed),),
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


def in_project(project_id: uuid.UUID) -> ColumnElement[bool]:
    """Return the condition that the indices of the orders rest on."""
    return and_(ImageStateRow.project_id == project_id, ImageStateRow.removed.is_(False))


def pool_of(
    session: Session, project_id: uuid.UUID, reader: IsolatedReader | None, choice: QueueChoice
) -> Pool:
    """Return the images of a project, or those that a reader has and may take."""
    state, row = ImageStateRow, AssignmentRow
    if reader is None:
        return Pool(
            state.image_id,
            state.position,
            state.decided,
            state.skipped,
            state.flagged.is_(True),
            (state.decided, state.skipped),
            in_project(project_id),
        )
    rater_id = known_raters(session, [reader.name]).get(reader.name, NOBODY)
    own = select(
        row.image_id,
        row.position,
        (row.state == "done").label("done"),
        (row.state == "skipped").label("skipped"),
        false().label("free"),
    ).where(
        row.project_id == project_id,
        row.rater_id == rater_id,
        row.state != "withdrawn",
        row.image_id.not_in(
            select(state.image_id).where(state.project_id == project_id, state.removed.is_(True))
        ),
    )
    if reader.may_take_below:
        assigned = exists().where(row.image_id == state.image_id, row.rater_id == rater_id)
        free = select(state.image_id, state.position, false(), false(), true()).where(
            in_project(project_id), state.assigned < reader.may_take_below, ~assigned
        )
        images = union_all(own, free).subquery()
    else:
        images = own.subquery()
    of = images.c
    by_state = choice.order in (Order.UNCERTAINTY, Order.DISAGREEMENT)
    return Pool(
        of.image_id,
        of.position,
        of.done,
        of.skipped,
        of.image_id.in_(_flagged_by(rater_id)),
        (of.done, of.skipped, of.free),
        true(),
        # Their states are many to look up, and few orders ask for them.
        images if not by_state else images.join(state, state.image_id == of.image_id),
    )


def chance(position: SQLColumnExpression[int], seed: str) -> ColumnElement[int]:
    """Return a number for each position that follows from the seed, in [0, 2^31 - 1).

    A quadratic in whole numbers below 2^63, which both databases reckon alike.
    """
    digest = hashlib.sha256(seed.encode()).digest()
    a, b, c = (1 + int.from_bytes(digest[n : n + 8], "little") % (_PRIME - 1) for n in (0, 8, 16))
    line = (cast(position, BigInteger) * a + b) % _PRIME
    return (line * (line + c)) % _PRIME


def near(
    session: Session,
    pool: Pool,
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
    before = pool.select(func.count()).where(chosen, chance(pool.position, seed) < guess)
    passed = session.scalar(before) or 0
    return (guess, passed) if passed <= offset else (0, 0)


def _is_descending(key: Any) -> bool:
    return getattr(getattr(key, "modifier", None), "__name__", "") == "desc_op"


def plain(key: Any) -> Any:
    """Return the column of a key to sort by."""
    return key.element if _is_descending(key) else key


def reverse(key: Any) -> Any:
    """Return the key that sorts the other way."""
    return key.element if _is_descending(key) else key.desc()


def beside(keys: Sequence[Any], here: tuple[Any, ...], way: int) -> ColumnElement[bool]:
    """Return the condition that an image comes after (1) or before (-1) one of these keys."""
    conditions = []
    for n, key in enumerate(keys):
        column, down = plain(key), _is_descending(key)
        further = column > here[n] if (way > 0) != down else column < here[n]
        equal = [plain(other) == value for other, value in zip(keys[:n], here, strict=False)]
        conditions.append(and_(*equal, further))
    return or_(*conditions)


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
