"""Compare the record with its chains: each row changed, removed, added or reordered is named.

Memory stays bounded; the time is that of reading everything once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import tables as t
from ..rows import values_of, walk
from ..tables import ErasureRow, EventRow, ProjectRow
from . import digests as chain
from . import erasures
from .heads import Heads
from .log import chains, events, head, row_digest

_BATCH = 200
ROW_TABLES: Mapping[str, Any] = {
    table.__tablename__: table
    for table in (
        *(t.RaterRow, t.AccountRow, t.ProjectRow, t.RoleGrantRow, t.SubjectRow, t.ImageRow),
        *(t.ImageRemovalRow, t.RunRow, t.AssignmentRow, t.ReadingRow, t.SignatureRow),
        *(t.AnnotationRow, t.LabelValueRow, t.RemarkRow),
    )
}
"""Tables whose rows have an event each, by name."""

_PARTS: dict[Any, tuple[tuple[Any, str], ...]] = {
    t.ProjectRow: ((t.LabelRow, "project_id"),),
    t.RunRow: ((t.SuggestionRow, "run_id"), (t.MapRow, "run_id")),
}
"""Tables whose rows are told by the event of the row they belong to."""


def faults(session: Session) -> Iterator[str]:
    """Yield a sentence for each row or event that is not as it was recorded."""
    for chain_id in chains(session):
        yield from _chain_faults(session, chain_id)
    yield from _headless(session)
    yield from erasures.faults(session)
    for table in ROW_TABLES.values():
        for ids in walk(session, table.id, _BATCH):
            yield from _row_faults(session, table, ids)


def shortened(session: Session, remembered: Heads) -> Iterator[str]:
    """Yield a sentence for each chain that is not the one that is remembered; quick."""
    for chain_id, (number, digest) in sorted(remembered.items()):
        found = session.scalar(
            select(EventRow.hash).where(EventRow.chain == chain_id, EventRow.number == number)
        )
        last, _ = head(session, chain_id)
        if found is None:
            yield (
                f"The record of {_name(session, chain_id)} ends at event {last}, and event "
                f"{number} was acknowledged: what came after event {last} was cut off, or an "
                "older copy was put in its place."
            )
        elif found != digest:
            yield (
                f"Event {number} of {_name(session, chain_id)} is not the one that was "
                "acknowledged: the record was replaced or rewritten."
            )


def _chain_faults(session: Session, chain_id: UUID) -> Iterator[str]:
    name, last, previous = _name(session, chain_id), 0, chain.FIRST
    for some in events(session, chain_id, _BATCH):
        for event in some:
            if event.number != last + 1:
                yield f"Of {name}, events {last + 1} to {event.number - 1} were removed."
            elif event.previous_hash != previous:
                yield f"Event {event.number} of {name} does not follow event {last}: reordered."
            changed = chain.event_hash(values_of(event)) != event.hash
            if changed and not erasures.is_erased(session, event):
                yield f"Event {event.number} of {name} was changed."
            last, previous = event.number, event.hash
        yield from _missing_rows(session, some, name)


def _missing_rows(session: Session, events: Sequence[EventRow], name: str) -> Iterator[str]:
    by_table: dict[str, list[UUID]] = defaultdict(list)
    for event in events:
        if event.row_table and event.row_id:
            by_table[event.row_table].append(event.row_id)
    there = {  # tombstones are looked at by themselves
        ErasureRow.__tablename__: set(by_table.pop(ErasureRow.__tablename__, ()))
    }
    for name_of_table, ids in by_table.items():
        there[name_of_table] = erasures.erased_rows(session, name_of_table, ids)
        if table := ROW_TABLES.get(name_of_table):
            there[name_of_table] |= set(session.scalars(select(table.id).where(table.id.in_(ids))))
    for event in events:
        if event.row_table and event.row_id and event.row_id not in there[event.row_table]:
            yield (
                f"The row {event.row_id} of {event.row_table} is gone; event {event.number} of "
                f"{name} recorded it."
            )


def _headless(session: Session) -> Iterator[str]:
    """Find chains without their first event."""
    begun = select(EventRow.chain).where(EventRow.number == 1)
    others = select(EventRow.chain).where(EventRow.chain.not_in(begun)).distinct()
    for chain_id in session.scalars(others):
        yield f"Of {_name(session, chain_id)}, the first event was removed."
    for project in session.scalars(select(ProjectRow).where(ProjectRow.id.not_in(begun))):
        yield f"The project {project.name!r} has no events: they were removed."


def _row_faults(session: Session, table: Any, ids: Sequence[UUID]) -> Iterator[str]:
    told, parts = _last_events(session, table, ids), _parts(session, table, ids)
    rows = _rows(session, table, ids)
    for row_id in ids:
        event, row = told.get(row_id), rows.get(row_id)
        what = f"The row {row_id} of {table.__tablename__}"
        if event is None:
            yield f"{what} is in no chain: it was added behind the application's back."
        elif row is None:
            yield f"{what} cannot be read as it was recorded by event {event.number}."
        elif row_digest(table, row) != event.digest:
            yield f"{what} was changed after event {event.number} recorded it."
        if event is not None:
            recorded = event.parts or {}
            for part, _ in _PARTS.get(table, ()):
                now = parts.get((part, row_id), {})
                then = recorded.get(part.__tablename__, [])
                yield from _part_faults(part.__tablename__, what, then, now)
    session.expunge_all()


def _part_faults(
    part: str, what: str, then: Sequence[str], now: Mapping[int, str]
) -> Iterator[str]:
    owner = what.replace("The row", "the row")
    for position, recorded in enumerate(then):
        if position not in now:
            yield f"Number {position} of the {part} of {owner} is gone."
        elif now[position] != recorded:
            yield f"Number {position} of the {part} of {owner} was changed or moved."
    for position in sorted(set(now) - set(range(len(then)))):
        yield f"Number {position} of the {part} of {owner} was added behind the application's back."


def _last_events(session: Session, table: Any, ids: Sequence[UUID]) -> Mapping[UUID, EventRow]:
    found: dict[UUID, EventRow] = {}
    query = select(EventRow).where(
        EventRow.row_id.in_(ids), EventRow.row_table == table.__tablename__
    )
    for event in session.scalars(query.order_by(EventRow.number)):
        # A project's later events tell its row, not its labels again.
        earlier = found.get(event.row_id) if event.row_id else None
        if earlier is not None and event.parts is None:
            session.expunge(event)
            event.parts = earlier.parts
        if event.row_id:
            found[event.row_id] = event
    return found


def _rows(session: Session, table: Any, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return rows by id; one whose content cannot be decoded is left out."""
    try:
        rows = session.scalars(select(table).where(table.id.in_(ids))).all()
        return {row.id: values_of(row) for row in rows}
    except (ValueError, TypeError, LookupError):
        if len(ids) == 1:
            return {}
        middle = len(ids) // 2
        return _rows(session, table, ids[:middle]) | _rows(session, table, ids[middle:])


def _parts(
    session: Session, table: Any, ids: Sequence[UUID]
) -> dict[tuple[Any, UUID], dict[int, str]]:
    found: dict[tuple[Any, UUID], dict[int, str]] = defaultdict(dict)
    for part, owner in _PARTS.get(table, ()):
        query = select(part).where(getattr(part, owner).in_(ids)).order_by(part.position)
        for row in session.scalars(query):
            digest = row_digest(part, values_of(row))
            found[part, getattr(row, owner)][row.position] = digest
    return found


def _name(session: Session, chain_id: UUID) -> str:
    if chain_id == chain.RECORD_CHAIN:
        return "the record itself"
    name = session.scalar(select(ProjectRow.name).where(ProjectRow.id == chain_id))
    return f"the project {chain_id}" if name is None else f"the project {name!r}"
