"""The images that somebody goes through, by their positions: in an order, and narrowed.

A queue is read as a whole, as numbers alone, from an index in its order: that of 100,000 images
takes some 20 ms, wherever in it somebody is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Select, String, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from db import tables as t

from ..domain import Assignment, Decision, Protocol, Round, sights
from ..domain.queues import Only, Order, QueueChoice
from .raters import known_rater

_STATES = tuple(decision.value for decision in Decision if decision.states_region)
_PRIME = 2**31 - 1

Positions = npt.NDArray[np.int64]
"""Places in the order of import, from 0."""


@dataclass(frozen=True, slots=True)
class IsolatedReader:
    """Somebody who sees the images they read, and nothing of the others' work.

    Attributes
    ----------
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


class Stage(IntEnum):
    """How far an image is, in the order in which images are gone through."""

    OPEN = 0
    FREE = 1
    """Not the reader's yet, and theirs to take."""
    SKIPPED = 2
    DONE = 3
    DONE_SKIPPED = 4
    WITHDRAWN = 5


_STAGES = len(Stage)
_THROUGH: dict[Only | None, tuple[Stage, ...]] = {
    Only.OPEN: (Stage.OPEN, Stage.FREE, Stage.SKIPPED),
    Only.REVIEWED: (Stage.DONE, Stage.DONE_SKIPPED),
    Only.SKIPPED: (Stage.SKIPPED,),
}
_COLUMNS: dict[Order, ColumnElement[Any]] = {
    Order.UNCERTAINTY: t.ImageStateRow.uncertainty.desc(),
    Order.DISAGREEMENT: t.ImageStateRow.disagreement.desc(),
}


@dataclass(frozen=True, slots=True)
class Pool:
    """The images that somebody goes through, in the chosen order.

    Attributes
    ----------
    stages : (N,) array of int
        The `Stage` of each.
    chosen : (N,) array of bool
        Whether the choice lets it through.
    """

    positions: Positions
    stages: npt.NDArray[np.int64]
    chosen: npt.NDArray[np.bool_]


def in_project(project_id: UUID) -> ColumnElement[bool]:
    """Return the condition that the indices of the orders rest on."""
    return and_(t.ImageStateRow.project_id == project_id, t.ImageStateRow.removed.is_(False))


def pool_of(
    session: Session, project_id: UUID, reader: IsolatedReader | None, choice: QueueChoice
) -> Pool:
    """Return the images of a project, or those that a reader has and may take.

    A reader's order is one that a protocol may have, or what is undecided first.
    """
    numbers = (
        _own(session, project_id, reader) if reader else _all(session, project_id, choice.order)
    )
    positions, stages = np.divmod(numbers, _STAGES)
    if choice.order in (Order.UNDECIDED, Order.RANDOM):
        in_turn = choice.order is Order.UNDECIDED
        by = np.argsort(stages if in_turn else _chance(positions, choice.seed), kind="stable")
        positions, stages = positions[by], stages[by]
    chosen = np.isin(stages, _THROUGH.get(choice.only, tuple(Stage)))
    for query in _filters(session, project_id, reader, choice):
        chosen &= np.isin(positions, _numbers(session, query))
    return Pool(positions, stages, chosen)


def waiting(session: Session, project_id: UUID, reader: IsolatedReader | None) -> Select[int]:
    """Return the query of the positions that wait, without what was put aside or may be taken."""
    state, row = t.ImageStateRow, t.AssignmentRow
    if reader is None:
        open_ = (state.decided.is_(False), state.skipped.is_(False))
        return select(state.position).where(in_project(project_id), *open_).order_by(state.position)
    there = exists().where(in_project(project_id), state.position == row.position)
    own = _assigned(session, project_id, reader)
    query = select(row.position).where(*own, row.state == "open", there)
    return query.order_by(row.position)


def _all(session: Session, project_id: UUID, order: Order) -> Positions:
    """Return position and stage of a project's images as one number each, in an order."""
    state = t.ImageStateRow
    stage = case(
        (and_(state.decided, state.skipped), Stage.DONE_SKIPPED),
        (state.decided, Stage.DONE),
        (state.skipped, Stage.SKIPPED),
        else_=Stage.OPEN,
    )
    query = select(state.position * _STAGES + stage).where(in_project(project_id))
    column = [_COLUMNS[order]] if order in _COLUMNS else []
    return _numbers(session, query.order_by(*column, state.position))


def _own(session: Session, project_id: UUID, reader: IsolatedReader) -> Positions:
    """Return position and stage of a reader's images as one number each, as imported."""
    state, row = t.ImageStateRow, t.AssignmentRow
    stages = {
        "open": Stage.OPEN,
        "skipped": Stage.SKIPPED,
        "done": Stage.DONE,
        "withdrawn": Stage.WITHDRAWN,
    }
    stage = case(stages, value=row.state)
    query = select(row.position * _STAGES + stage)
    own = _numbers(session, query.where(*_assigned(session, project_id, reader)))
    removed = select(state.position).where(state.project_id == project_id, state.removed.is_(True))
    numbers = own[
        (own % _STAGES != Stage.WITHDRAWN) & ~np.isin(own // _STAGES, _numbers(session, removed))
    ]
    if reader.may_take_below:
        few = in_project(project_id), state.assigned < reader.may_take_below
        free = _numbers(session, select(state.position).where(*few))
        free = free[~np.isin(free, own // _STAGES)]
        numbers = np.concatenate((numbers, free * _STAGES + Stage.FREE))
    return np.sort(numbers)


def _assigned(
    session: Session, project_id: UUID, reader: IsolatedReader
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    row = t.AssignmentRow
    return row.project_id == project_id, row.rater_id == known_rater(session, reader.name)


def _numbers(session: Session, query: Select[int]) -> Positions:
    """Return whole numbers that a query gives, in its order; as one text, to be quick."""
    column = query.subquery().c[0]
    text = session.scalar(select(func.aggregate_strings(cast(column, String), ",")))
    return np.fromstring(text, np.int64, sep=",") if text else np.empty(0, np.int64)


def _chance(positions: Positions, seed: str) -> npt.NDArray[np.int64]:
    """Return a number for each position that follows from the seed, in [0, 2^31 - 1).

    A quadratic in whole numbers below 2^63. Readers of a study have their orders by it.
    """
    digest = hashlib.sha256(seed.encode()).digest()
    a, b, c = (1 + int.from_bytes(digest[n : n + 8], "little") % (_PRIME - 1) for n in (0, 8, 16))
    line = (positions * a + b) % _PRIME
    return (line * (line + c)) % _PRIME


def _filters(
    session: Session, project_id: UUID, reader: IsolatedReader | None, choice: QueueChoice
) -> list[Select[int]]:
    """Return the queries of positions that a choice leaves, besides how far images are."""
    state = t.ImageStateRow
    query, queries = select(state.position).where(in_project(project_id)), []
    if choice.only is Only.FLAGGED:
        own = state.image_id.in_(flagged_by(known_rater(session, reader.name))) if reader else None
        queries.append(query.where(state.flagged.is_(True) if own is None else own))
    if choice.label is not None and choice.scores is not None:
        score = t.RunRow.scores[choice.label].as_float()
        of_runs = select(t.RunRow.sequence).where(score.between(*choice.scores))
        queries.append(query.where(state.run.in_(of_runs)))
    elif choice.label is not None:
        queries.append(query.where(_with_label(project_id, choice.label)))
    return queries


def flagged_by(rater_id: UUID) -> Select[Any]:
    """Return the query of the images that a rater flagged, and has not unflagged since."""
    later = aliased(t.RemarkRow)
    since = exists().where(
        later.image_id == t.RemarkRow.image_id,
        later.rater_id == rater_id,
        later.kind.in_(("flag", "unflag")),
        later.sequence > t.RemarkRow.sequence,
    )
    query = select(t.RemarkRow.image_id)
    return query.where(t.RemarkRow.rater_id == rater_id, t.RemarkRow.kind == "flag", ~since)


def _with_label(project_id: UUID, label: str) -> ColumnElement[bool]:
    """Return the condition that a label is suggested on an image now, or stated by somebody."""
    state, act, later = t.ImageStateRow, t.AnnotationRow, aliased(t.AnnotationRow)
    suggested = exists().where(
        t.RunRow.sequence == state.run,
        t.SuggestionRow.run_id == t.RunRow.id,
        t.SuggestionRow.label == label,
    )
    since = exists().where(
        later.image_id == act.image_id,
        later.region_id == act.region_id,
        later.sequence > act.sequence,
    )
    stated = (
        select(act.image_id)
        .join(t.ImageRow, t.ImageRow.id == act.image_id)
        .where(t.ImageRow.project_id == project_id, act.label == label)
        .where(act.decision.in_(_STATES), ~since)
    )
    return or_(suggested, state.image_id.in_(stated))
