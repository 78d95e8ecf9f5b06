"""Appends to the chains of events, in the transaction of what they speak of.

Whoever writes a row notes its event; `db.engine` appends what was noted just before it commits,
so that no row is written without its event and the chains are held as shortly as can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from ..rows import Values, add_rows, unless_there
from ..tables import Base, EventRow, IdentityRow
from . import digests as chain

_NOTED = "noted events"


@dataclass(frozen=True, slots=True)
class Event:
    """What is to be appended to a chain: that of a project, or `chain.RECORD_CHAIN`.

    Attributes
    ----------
    kind : str
        What was done, for example ``annotation``.
    table, row_id, values
        The row it speaks of, all columns, as it is after the event.
    parts : mapping of type to sequence of mapping
        Rows that belong to it, in the order of their positions.
    before, after : mapping or None
        JSON-ready. Of a row that never changes they are left out: the row says it itself.
    reason : str
        Why, where the person was asked.
    """

    chain: UUID
    actor: str
    kind: str
    row_id: UUID | None = None
    table: type[Base] | None = None
    values: Mapping[str, Any] | None = None
    parts: Mapping[Any, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str = ""


def row_digest(table: type[Base], values: Mapping[str, Any]) -> str:
    """Return the digest of a row of a table; see `db.chain`."""
    return chain.digest(table.__table__.columns, values)


def note(session: Session, event: Event) -> None:
    """Have an event appended when the session's transaction is about to commit."""
    session.info.setdefault(_NOTED, []).append(event)


def record(session: Session, table: type[Base], rows: Sequence[Values], by: Event) -> list[Values]:
    """Insert rows in order, each with an event like the given one; return them whole."""
    added = add_rows(session, table, rows)
    for row in added:
        note(session, replace(by, row_id=row["id"], table=table, values=row))
    return added


def append_noted(session: Session) -> dict[UUID, tuple[int, str]]:
    """Append what was noted, and return the new ends of the chains.

    The order of numbers is the order of commits: from here to the commit other writers of the
    same chains wait.
    """
    of_chain: dict[UUID, list[Event]] = {}
    for event in session.info.pop(_NOTED, []):
        of_chain.setdefault(event.chain, []).append(event)
    # In the order of ids, so that two writers never wait for each other.
    return {
        chain_id: _append(session, chain_id, of_chain[chain_id]) for chain_id in sorted(of_chain)
    }


def _append(session: Session, chain_id: UUID, events: Sequence[Event]) -> tuple[int, str]:
    _lock(session, chain_id)
    last, previous = head(session, chain_id)
    now = datetime.now(UTC)
    rows = []
    for number, event in enumerate(events, start=last + 1):
        row = _row(event, number, previous, now)
        previous = row["hash"] = chain.event_hash(row)
        rows.append(row)
    session.execute(insert(EventRow), rows)
    return rows[-1]["number"], previous


def head(session: Session, chain_id: UUID) -> tuple[int, str]:
    """Return number and hash of a chain's last event; 0 and `chain.FIRST` of an empty one."""
    query = select(EventRow.number, EventRow.hash).where(EventRow.chain == chain_id)
    row = session.execute(query.order_by(EventRow.number.desc()).limit(1)).one_or_none()
    return (0, chain.FIRST) if row is None else (row[0], row[1])


def events(session: Session, chain_id: UUID, size: int = 500) -> Iterator[Sequence[EventRow]]:
    """Yield a chain's events in order, some hundred at a time; the session then forgets them."""
    query, last = select(EventRow).where(EventRow.chain == chain_id), 0
    query = query.order_by(EventRow.number).limit(size)
    while some := session.scalars(query.where(EventRow.number > last)).all():
        last = some[-1].number
        yield some
        session.expunge_all()


def identity(session: Session) -> UUID:
    """Return the identity of the record, given to it at its first event."""
    known = known_identity(session)
    if known is None:
        row = {"number": 1, "id": uuid4(), "created_at": datetime.now(UTC)}
        session.execute(unless_there(session, IdentityRow, "number"), [row])
        known = session.scalars(select(IdentityRow.id)).one()
    return known


def known_identity(session: Session) -> UUID | None:
    """Return the identity of the record; None of one without an event."""
    return session.scalar(select(IdentityRow.id))


def chains(session: Session) -> list[UUID]:
    """Return all chains that hold an event."""
    return sorted(session.scalars(select(EventRow.chain).where(EventRow.number == 1)).all())


def _lock(session: Session, chain_id: UUID) -> None:
    """Let writers of one chain wait for each other; in SQLite they do already."""
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(chain_id.bytes[:8], signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _row(event: Event, number: int, previous: str, now: datetime) -> dict[str, Any]:
    table, values = event.table, event.values
    parts = {
        part.__tablename__: [row_digest(part, row) for row in rows]
        for part, rows in event.parts.items()
        if rows
    }
    return {
        "chain": event.chain,
        "number": number,
        "at": now,
        "actor": event.actor,
        "kind": event.kind,
        "row_table": None if table is None else table.__tablename__,
        "row_id": event.row_id,
        "digest": None if table is None or values is None else row_digest(table, values),
        "parts": parts or None,
        "before": None if event.before is None else dict(event.before),
        "after": None if event.after is None else dict(event.after),
        "reason": event.reason,
        "previous_hash": previous,
    }
