"""Rows erased on somebody's demand: what is left of them, and what vouches for that.

A tombstone holds the digest of a row, or that of an event without its content; the events
``data erased`` hold the digests of the tombstones. So a missing row or an emptied event is told
from one that somebody removed behind the program's back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from .. import guards
from ..rows import Values, add_rows, batches, values_of
from ..tables import APPEND_ONLY, Base, ErasureRow, EventRow
from . import log
from .digests import event_hash

KIND = "data erased"
_NEVER = ("erasures", "raters", "record_identity")
_EMPTY: Values = {"before": None, "after": None, "reason": ""}


class Erasure:
    """Deletes rows and empties events in a session's transaction; see `erasing`."""

    def __init__(self, session: Session, chain: UUID, actor: str, reason: str) -> None:
        self._session = session
        self._event = (chain, actor, reason)
        self._tombstones: list[Values] = []

    @property
    def ids(self) -> set[UUID]:
        """The rows that are gone."""
        return {row["row_id"] for row in self._tombstones}

    def rows(self, table: Any, where: Any, *, keyed: bool = True) -> int:
        """Delete the rows of a table; those with an event of their own leave a tombstone."""
        session = self._session
        query = select(table).where(where).order_by(*table.__table__.primary_key.columns)
        count = 0
        for row in session.scalars(query) if keyed else ():
            self._bury(table.__tablename__, row.id, log.row_digest(table, values_of(row)))
            count += 1
        session.expunge_all()
        session.execute(delete(table).where(where))
        return count

    def events(self, numbers: Iterable[tuple[UUID, int]]) -> None:
        """Take what events say, in `before`, `after` and `reason`, out of them."""
        session = self._session
        for chain, number in numbers:
            one = and_(EventRow.chain == chain, EventRow.number == number)
            event = values_of(session.scalars(select(EventRow).where(one)).one()) | _EMPTY
            self._bury(EventRow.__tablename__, chain, event_hash(event), number)
            session.execute(update(EventRow).where(one).values(**_EMPTY))
        session.expunge_all()

    def finish(self, about: Values) -> None:
        """Write the tombstones with their events."""
        chain, actor, reason = self._event
        now = datetime.now(UTC)
        for batch in batches(self._tombstones):
            erasure_id = uuid4()
            stamp = {"erasure_id": erasure_id, "created_at": now}
            rows = add_rows(self._session, ErasureRow, [row | stamp for row in batch])
            event = log.Event(chain, actor, KIND, erasure_id, ErasureRow, after=about)
            log.note(self._session, replace(event, parts={ErasureRow: rows}, reason=reason))

    def _bury(self, table: str, row_id: UUID, digest: str, position: int | None = None) -> None:
        self._tombstones.append(
            {"row_table": table, "row_id": row_id, "position": position, "digest": digest}
        )


@contextlib.contextmanager
def erasing(session: Session, chain: UUID, actor: str, reason: str) -> Iterator[Erasure]:
    """Lift the guards of the append-only tables while rows are erased."""
    closed = [Base.metadata.tables[name] for name in APPEND_ONLY if name not in _NEVER]
    with guards.lifted(session.connection(), closed):
        yield Erasure(session, chain, actor, reason)


def erased_rows(session: Session, table: str, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of some hundred rows of a table that have a tombstone."""
    query = select(ErasureRow.row_id).where(ErasureRow.row_table == table)
    return set(session.scalars(query.where(ErasureRow.row_id.in_(ids))))


def is_erased(session: Session, event: EventRow) -> bool:
    """Tell whether an event that does not have its hash is as an erasure left it."""
    query = select(ErasureRow.digest).where(
        ErasureRow.row_table == EventRow.__tablename__,
        ErasureRow.row_id == event.chain,
        ErasureRow.position == event.number,
    )
    # Emptied twice leaves two tombstones of the same digest.
    return event_hash(values_of(event)) in set(session.scalars(query))


def faults(session: Session) -> Iterator[str]:
    """Yield a sentence for each tombstone that no event vouches for."""
    erased = EventRow.row_table == ErasureRow.__tablename__
    ids = select(ErasureRow.erasure_id).distinct().union(select(EventRow.row_id).where(erased))
    for erasure_id in session.scalars(ids).all():
        rows = select(ErasureRow).where(ErasureRow.erasure_id == erasure_id)
        digests = [
            log.row_digest(ErasureRow, values_of(row))
            for row in session.scalars(rows.order_by(ErasureRow.sequence))
        ]
        event = session.scalar(select(EventRow).where(erased, EventRow.row_id == erasure_id))
        recorded = (event.parts or {}).get(ErasureRow.__tablename__) if event else None
        if recorded != digests:
            yield (
                f"What is kept of the erasure {erasure_id} is not what its event recorded: "
                "tombstones were changed, removed or added behind the application's back."
            )


def speaking_events(session: Session) -> Iterator[EventRow]:
    """Yield the events that hold more than digests, chain by chain."""
    speaks = or_(EventRow.before.is_not(None), EventRow.after.is_not(None), EventRow.reason != "")
    query = select(EventRow).where(speaks).order_by(EventRow.chain, EventRow.number)
    yield from session.scalars(query.execution_options(yield_per=500))
