"""How far each image is: derived from runs and acts, kept beside them, and checked against them.

The states are written in the transaction that changes what they follow from, while the image
is locked. They make the queue of a large project as quick to count as that of a small one, and
they can always be derived again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Integer, and_, cast, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from .tables import AnnotationRow, ImageRow, ImageStateRow, RunRow, SuggestionRow

_BATCH = 500  # images looked at at once


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of images of a project: all, and those of each state (they overlap)."""

    images: int
    suggested: int
    with_suggestions: int
    touched: int
    decided: int


@dataclass(frozen=True, slots=True)
class State:
    """How far an image is.

    Attributes
    ----------
    run : int or None
        Sequence of its current run.
    suggested, settled : int
        Suggestions of that run, and those of them whose latest act decides something.
    acts : int
        Of all raters.
    """

    run: int | None
    suggested: int
    settled: int
    acts: int

    @property
    def decided(self) -> bool:
        """Whether every suggestion is settled or, without any, something was stated."""
        return self.settled == self.suggested if self.suggested else self.acts > 0


def counts(session: Session, project_id: uuid.UUID) -> Counts:
    """Count the images of a project by their state."""
    state = ImageStateRow
    query = select(
        func.count(),
        func.count(state.run),
        func.coalesce(func.sum(cast(state.suggested > 0, Integer)), 0),
        func.coalesce(func.sum(cast(state.acts > 0, Integer)), 0),
        func.coalesce(func.sum(cast(state.decided, Integer)), 0),
    )
    return Counts(*session.execute(query.where(state.project_id == project_id)).one())


def first_undecided(session: Session, project_id: uuid.UUID) -> uuid.UUID | None:
    """Return the first image of the queue that still waits for a decision, if one does."""
    query = select(ImageStateRow.image_id).where(
        ImageStateRow.project_id == project_id, ImageStateRow.decided.is_(False)
    )
    return session.scalar(query.order_by(ImageStateRow.position).limit(1))


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
    by_it = and_(
        RunRow.sequence == ImageStateRow.run,
        *(getattr(RunRow, column) == value for column, value in model.items()),
    )
    query = select(ImageStateRow.image_id).outerjoin(RunRow, by_it)
    query = query.where(ImageStateRow.project_id == project_id, RunRow.sequence.is_(None))
    return session.scalars(query.order_by(ImageStateRow.position)).all()


def refresh(session: Session, image_ids: Sequence[uuid.UUID]) -> None:
    """Derive the states of some images anew; the caller has locked them."""
    for image_id, state in _derived(session, image_ids):
        session.execute(
            update(ImageStateRow)
            .where(ImageStateRow.image_id == image_id)
            .values(**asdict(state), decided=state.decided)
        )


def wrong_states(session: Session) -> Iterator[uuid.UUID]:
    """Yield the images whose state is missing or does not follow from their runs and acts."""
    query = select(ImageRow.id).order_by(ImageRow.id)
    last: uuid.UUID | None = None
    while ids := session.scalars(
        (query if last is None else query.where(ImageRow.id > last)).limit(_BATCH)
    ).all():
        kept = {
            row.image_id: (State(row.run, row.suggested, row.settled, row.acts), row.decided)
            for row in session.scalars(select(ImageStateRow).where(ImageStateRow.image_id.in_(ids)))
        }
        for image_id, state in _derived(session, ids):
            if kept.get(image_id) != (state, state.decided):
                yield image_id
        last = ids[-1]


def _derived(session: Session, image_ids: Sequence[uuid.UUID]) -> Iterator[tuple[uuid.UUID, State]]:
    """Yield the states of at most some hundred images, from their runs and acts alone."""
    runs = _grouped(session, func.max(RunRow.sequence), RunRow.image_id, image_ids)
    acts = _grouped(session, func.count(), AnnotationRow.image_id, image_ids)
    settled = _settled(session, image_ids)
    suggestions: dict[uuid.UUID, list[bool]] = {}
    query = select(RunRow.image_id, SuggestionRow.id).join(RunRow)
    for image_id, region_id in session.execute(
        query.where(RunRow.sequence.in_(list(runs.values())))
    ):
        suggestions.setdefault(image_id, []).append((image_id, region_id) in settled)
    for image_id in image_ids:
        of_image = suggestions.get(image_id, [])
        yield (
            image_id,
            State(runs.get(image_id), len(of_image), sum(of_image), acts.get(image_id, 0)),
        )


def _grouped(
    session: Session,
    value: ColumnElement[int],
    by: InstrumentedAttribute[uuid.UUID],
    image_ids: Sequence[uuid.UUID],
) -> dict[uuid.UUID, int]:
    rows = session.execute(select(by, value).where(by.in_(image_ids)).group_by(by))
    return {row[0]: row[1] for row in rows}


def _settled(session: Session, image_ids: Sequence[uuid.UUID]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Return (image, region) of the regions whose latest act decides something."""
    act = AnnotationRow
    latest = (
        select(func.max(act.sequence))
        .where(act.image_id.in_(image_ids))
        .group_by(act.image_id, act.region_id)
    )
    query = select(act.image_id, act.region_id).where(
        act.sequence.in_(latest), act.decision != "undecided"
    )
    return {(row[0], row[1]) for row in session.execute(query)}
