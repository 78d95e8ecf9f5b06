"""A chain written out for people who audit: each event with the row that it speaks of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..rows import values_of
from ..tables import AnnotationRow, EventRow, LabelValueRow
from . import log
from .verify import ROW_TABLES


def lines(session: Session, chain_id: UUID) -> Iterator[dict[str, Any]]:
    """Yield the events of a chain in order, JSON-ready.

    ``after`` is the row as recorded and ``before`` the one it replaces, where the event speaks
    of a row that never changes; else they are as the event holds them. Digests and hashes let
    the log be checked without the database.
    """
    for events in log.events(session, chain_id):
        rows = _rows(session, events)
        before = _replaced(session, rows)
        for event in events:
            line = {name: _plain(value) for name, value in values_of(event).items()}
            row = rows.get(event.row_id)
            if event.after is None and row is not None:
                replaced = row.get("supersedes")
                line |= {"after": row, "before": before.get(UUID(replaced)) if replaced else None}
            yield line


def _rows(session: Session, events: Sequence[EventRow]) -> dict[Any, dict[str, Any]]:
    by_table: dict[str, list[UUID]] = defaultdict(list)
    for event in events:
        if event.row_table and event.row_table in ROW_TABLES and event.row_id:
            by_table[event.row_table].append(event.row_id)
    found: dict[Any, dict[str, Any]] = {}
    for name, ids in by_table.items():
        found |= _named(session, ROW_TABLES[name], ids)
    return found


def _replaced(session: Session, rows: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    ids = [UUID(row["supersedes"]) for row in rows.values() if row.get("supersedes")]
    return _named(session, AnnotationRow, ids) | _named(session, LabelValueRow, ids)


def _named(session: Session, table: Any, ids: Sequence[UUID]) -> dict[Any, dict[str, Any]]:
    return {
        row.id: {name: _plain(value) for name, value in values_of(row).items()}
        for row in session.scalars(select(table).where(table.id.in_(ids)))
    }


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
