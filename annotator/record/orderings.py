"""Queues in an order that a person chose, and narrowed as they chose.

What never changes (the scores of a run) and what changes image by image (where people contradict
the machine) is kept per process and brought up to date by what was appended since. How far the
images are is read anew each time.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..domain import QueuePage, QueuePlace, QueueRow, Review
from ..domain.queues import Only, Order, QueueChoice
from ..errors import NotFoundError
from . import images
from . import ordering_rows as orderings
from .progress import entropy_bits
from .raters import known_raters
from .sessions import Sessions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.tables import ImageRow

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_NO_RUN = -1.0
_REVIEWS = {
    orderings.OPEN: Review.NOT_REVIEWED,
    orderings.SKIPPED: Review.NOT_REVIEWED,
    orderings.DONE: Review.REVIEWED,
}


@dataclass(frozen=True, slots=True)
class IsolatedReader:
    """Somebody who sees the images they read, and nothing of the others' work.

    Attributes
    ----------
    name : str
    may_take_below : int
        They may take images with fewer readers than this; 0 for none.
    told : bool
        Whether they may know how many suggestions an image has.
    """

    name: str
    may_take_below: int
    told: bool


@dataclass(slots=True)
class _Known:
    """What is known of a project's images, by position."""

    runs_until: int = 0
    acts_until: int = 0
    scores: dict[int, dict[str, float]] = field(default_factory=dict)
    entropy: Floats = field(default_factory=lambda: np.empty(0))
    contradictions: Floats = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class _Universe:
    """The images that somebody goes through: position, and how far each is."""

    position: Ints
    far: Ints


class Orderings:
    """Pages and neighbours of queues that a person ordered.

    Parameters
    ----------
    sessions : Sessions
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._known: dict[uuid.UUID, _Known] = {}
        self._lock = threading.Lock()

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
            all_ = _universe(session, project_id, reader)
            chosen = self._mask(session, project_id, all_, choice, reader)
            order = self._order(session, project_id, all_, choice)
            ordered = order[chosen[order]]
            shown = ordered[offset : offset + limit]
            return QueuePage(_rows(session, project_id, all_, shown, reader), len(ordered))

        return self._sessions.read(read)

    def place(
        self,
        project_id: uuid.UUID,
        image_id: uuid.UUID,
        choice: QueueChoice,
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
            row = images.image(session, image_id)
            if row.project_id != project_id:
                raise NotFoundError(f"The image {image_id} is in another project.")
            all_ = _universe(session, project_id, reader)
            chosen = self._mask(session, project_id, all_, choice, reader)
            # While one goes on, what is decided changes: it must not carry the image away.
            steady = replace(choice, order=Order.IMPORTED)
            by = steady if choice.order is Order.UNDECIDED else choice
            order = self._order(session, project_id, all_, by)
            here = np.flatnonzero(all_.position[order] == row.position)
            if not here.size:
                return QueuePlace(1, 1, None, None)
            rank = int(here[0])
            ahead = order[rank + 1 :][chosen[order[rank + 1 :]]]
            if choice.order is Order.UNDECIDED:
                ahead = _waiting_first(all_, order[chosen[order] & (order != order[rank])], row)
            back = order[:rank]
            if choice.only is not Only.OPEN:
                back = back[chosen[back]]

            def image(index: int) -> uuid.UUID:
                return orderings.image_at(session, project_id, int(all_.position[index]))

            counted = max(1, int(chosen[order[: rank + 1]].sum()))
            return QueuePlace(
                position=counted,
                total=max(counted, int(chosen.sum())),
                previous_id=image(back[-1]) if back.size else None,
                next_id=image(ahead[0]) if ahead.size else None,
            )

        return self._sessions.read(read)

    def waiting_after(self, project_id: uuid.UUID, position: int) -> uuid.UUID | None:
        """Return what waits for a decision next, after a position counted from 0."""
        return self._sessions.read(
            lambda session: orderings.waiting_after(session, project_id, position)
        )

    def _mask(
        self,
        session: Session,
        project_id: uuid.UUID,
        all_: _Universe,
        choice: QueueChoice,
        reader: IsolatedReader | None,
    ) -> Flags:
        chosen = np.ones(all_.position.shape, bool)
        if choice.only is Only.REVIEWED:
            chosen &= all_.far == orderings.DONE
        elif choice.only is Only.SKIPPED:
            chosen &= all_.far == orderings.SKIPPED
        elif choice.only is Only.OPEN:
            chosen &= all_.far != orderings.DONE
        elif choice.only is Only.FLAGGED:
            chosen &= np.isin(all_.position, list(_flags(session, project_id, reader)))
        if choice.label is not None and choice.scores is None:
            found = orderings.with_label(session, project_id, choice.label)
            chosen &= np.isin(all_.position, list(found))
        elif choice.label is not None and choice.scores is not None:
            low, high = choice.scores
            known = self._scores(session, project_id)
            inside = [
                place
                for place, scores in known.scores.items()
                if low <= scores.get(choice.label, _NO_RUN) <= high
            ]
            chosen &= np.isin(all_.position, inside)
        return chosen

    def _order(
        self, session: Session, project_id: uuid.UUID, all_: _Universe, choice: QueueChoice
    ) -> Ints:
        key: npt.NDArray[np.generic]
        if choice.order is Order.UNDECIDED:
            key = all_.far
        elif choice.order is Order.UNCERTAINTY:
            key = -_looked_up(self._scores(session, project_id).entropy, all_.position, _NO_RUN)
        elif choice.order is Order.DISAGREEMENT:
            known = self._contradictions(session, project_id)
            key = -_looked_up(known.contradictions, all_.position, 0)
        elif choice.order is Order.RANDOM:
            key = _shuffled(all_.position, choice.seed)
        else:
            key = np.zeros_like(all_.position)
        return np.lexsort((all_.position, key))

    def _scores(self, session: Session, project_id: uuid.UUID) -> _Known:
        with self._lock:
            known = self._known.setdefault(project_id, _Known())
            runs = orderings.scores_since(session, project_id, known.runs_until)
            if runs:
                fresh = {place: scores for _, place, scores in runs}
                entropy = {place: entropy_bits(scores.values()) for place, scores in fresh.items()}
                known.scores.update(fresh)
                known.entropy = _written(known.entropy, entropy, _NO_RUN)
                known.runs_until = runs[-1][0]
        return known

    def _contradictions(self, session: Session, project_id: uuid.UUID) -> _Known:
        with self._lock:
            known = self._known.setdefault(project_id, _Known())
            is_first = known.acts_until == 0
            last, touched = orderings.acted_on_since(session, project_id, known.acts_until)
            if touched:
                counted = orderings.contradictions(
                    session, project_id, None if is_first else touched
                )
                if not is_first:
                    none = dict.fromkeys(orderings.positions(session, touched), 0)
                    counted = none | counted
                known.contradictions = _written(known.contradictions, counted, 0)
                known.acts_until = last
        return known


def _universe(session: Session, project_id: uuid.UUID, reader: IsolatedReader | None) -> _Universe:
    if reader is None:
        found = orderings.standings(session, project_id)
    else:
        rater_id = known_raters(session, [reader.name]).get(reader.name)
        found = orderings.own_standings(session, project_id, rater_id, reader.may_take_below)
    return _Universe(*np.divmod(np.array(found, np.int64), orderings.STANDINGS))


def _rows(
    session: Session,
    project_id: uuid.UUID,
    all_: _Universe,
    shown: Ints,
    reader: IsolatedReader | None,
) -> tuple[QueueRow, ...]:
    found = orderings.rows_at(session, project_id, all_.position[shown].tolist())
    own_flags = _flags(session, project_id, reader) if reader else None
    rows = []
    for index in shown.tolist():
        place, far = int(all_.position[index]), int(all_.far[index])
        state, name = found[place]
        review = _REVIEWS[far]
        if reader is None and far != orderings.DONE and (state.acts or state.signed):
            review = Review.IN_PROGRESS
        rows.append(
            QueueRow(
                image_id=state.image_id,
                position=place + 1,
                file_name=name,
                review=review,
                suggestions=state.suggested if reader is None or reader.told else 0,
                flagged=state.flagged if own_flags is None else place in own_flags,
                skipped=far == orderings.SKIPPED if reader else state.skipped,
            )
        )
    return tuple(rows)


def _waiting_first(all_: _Universe, others: Ints, here: ImageRow) -> Ints:
    """Return where to go on: what waits after an image, then before it; what is put aside; done.

    What is done and stands before it is left out, so that the end of the queue is an end.
    """
    behind = all_.position < here.position
    left = others[~(behind[others] & (all_.far[others] == orderings.DONE))]
    ahead: Ints = left[np.lexsort((all_.position[left], behind[left], all_.far[left]))]
    return ahead


def _flags(session: Session, project_id: uuid.UUID, reader: IsolatedReader | None) -> set[int]:
    if reader is None:
        return set(orderings.flagged(session, project_id))
    rater_id = known_raters(session, [reader.name]).get(reader.name)
    return set() if rater_id is None else orderings.flagged_by(session, project_id, rater_id)


def _written(values: Floats, fresh: Mapping[int, float], missing: float) -> Floats:
    """Return values by position, with some of them written anew and the gaps between filled."""
    if not fresh:
        return values
    places = np.fromiter(fresh, np.int64)
    more = np.full(max(0, int(places.max()) + 1 - len(values)), missing)
    values = np.concatenate([values, more])
    values[places] = np.fromiter(fresh.values(), float)
    return values


def _looked_up(values: Floats, places: Ints, missing: float) -> Floats:
    found = np.full(places.shape, missing, float)
    known = places < len(values)
    found[known] = values[places[known]]
    return found


def _shuffled(places: Ints, seed: str) -> npt.NDArray[np.uint64]:
    """Return a random number for each position: splitmix64 of position and seed."""
    start = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "little")
    with np.errstate(over="ignore"):
        z = places.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(start)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
