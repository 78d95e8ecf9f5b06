"""How far the images of a project are, from the acts themselves: nothing is counted twice."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session

from .tables import AnnotationRow, ImageRow, RunRow, SuggestionRow


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of images of a project: all, and those of each state (they overlap)."""

    images: int
    suggested: int
    with_suggestions: int
    touched: int
    decided: int


def counts(session: Session, project_id: uuid.UUID) -> Counts:
    """Count the images of a project by their state."""
    state = _states(project_id)
    query = select(
        func.count(),
        func.count(state.c.run),
        func.count(state.c.suggested),
        func.count(state.c.acts),
        func.count(case((_decided(state), 1))),
    ).select_from(state)
    return Counts(*session.execute(query).one())


def first_undecided(session: Session, project_id: uuid.UUID) -> uuid.UUID | None:
    """Return the first image of the queue that still waits for a decision, if one does."""
    state = _states(project_id)
    waits = func.coalesce(~_decided(state), True)
    query = select(state.c.id).where(waits).order_by(state.c.position).limit(1)
    return session.scalar(query)


def images_without_run(
    session: Session, project_id: uuid.UUID, model: dict[str, str]
) -> Sequence[uuid.UUID]:
    """Return the images whose current run is missing or of another model, in queue order.

    Parameters
    ----------
    session : Session
    project_id : uuid.UUID
    model : dict of str to str
        Columns of `RunRow` that name the model, and their values.
    """
    current = _current_runs(project_id)
    same = and_(*(getattr(RunRow, column) == value for column, value in model.items()))
    by_it = select(RunRow.image_id).join(current, current.c.sequence == RunRow.sequence).where(same)
    query = select(ImageRow.id).where(ImageRow.project_id == project_id, ImageRow.id.not_in(by_it))
    return session.scalars(query.order_by(ImageRow.position)).all()


def _decided(state: Subquery) -> ColumnElement[bool]:
    """Say whether every current suggestion was decided on or, without any, something was done."""
    return or_(
        state.c.settled == state.c.suggested,
        and_(state.c.suggested.is_(None), state.c.acts.is_not(None)),
    )


def _current_runs(project_id: uuid.UUID) -> Subquery:
    """Return (image_id, sequence) of the current run of each image that has one."""
    query = select(RunRow.image_id, func.max(RunRow.sequence).label("sequence")).join(ImageRow)
    return query.where(ImageRow.project_id == project_id).group_by(RunRow.image_id).subquery()


def _settled_regions(project_id: uuid.UUID) -> Subquery:
    """Return (image_id, region_id) of the regions whose latest act decides something."""
    latest = (
        select(func.max(AnnotationRow.sequence).label("sequence"))
        .join(ImageRow)
        .where(ImageRow.project_id == project_id)
        .group_by(AnnotationRow.image_id, AnnotationRow.region_id)
        .subquery()
    )
    query = select(AnnotationRow.image_id, AnnotationRow.region_id)
    query = query.join(latest, latest.c.sequence == AnnotationRow.sequence)
    return query.where(AnnotationRow.decision != "undecided").subquery()


def _states(project_id: uuid.UUID) -> Subquery:
    """Return (id, position, run, suggested, settled, acts) of each image; null where none."""
    current, settled = _current_runs(project_id), _settled_regions(project_id)
    suggestions = (
        select(
            RunRow.image_id,
            func.count().label("suggested"),
            func.count(settled.c.region_id).label("settled"),
        )
        .join(current, current.c.sequence == RunRow.sequence)
        .join(SuggestionRow, SuggestionRow.run_id == RunRow.id)
        .outerjoin(
            settled,
            and_(settled.c.image_id == RunRow.image_id, settled.c.region_id == SuggestionRow.id),
        )
        .group_by(RunRow.image_id)
        .subquery()
    )
    acts = (
        select(AnnotationRow.image_id, func.count().label("acts"))
        .join(ImageRow)
        .where(ImageRow.project_id == project_id)
        .group_by(AnnotationRow.image_id)
        .subquery()
    )
    query = select(
        ImageRow.id,
        ImageRow.position,
        current.c.sequence.label("run"),
        suggestions.c.suggested,
        suggestions.c.settled,
        acts.c.acts,
    )
    query = query.outerjoin(current, current.c.image_id == ImageRow.id)
    query = query.outerjoin(suggestions, suggestions.c.image_id == ImageRow.id)
    query = query.outerjoin(acts, acts.c.image_id == ImageRow.id)
    return query.where(ImageRow.project_id == project_id).subquery()
