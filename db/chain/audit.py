"""A chain written out for people who audit: each event with the row that it speaks of."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..rows import values_of
from ..tables import AnnotationRow, EventRow, LabelValueRow
from .verify import ROW_TABLES

_BATCH = 500
_REPLACING: tuple[Any, ...] = (AnnotationRow, LabelValueRow)


def lines(session: Session, chain_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    """Yield the events of a chain in order, JSON-ready.

    ``after`` is the row as recorded and ``before`` the one it replaces, where the event speaks
    of a row that never changes; else they are as the event holds them. Digests and hashes let
    the log be checked without the database.
    """
    last = 0
    query = select(EventRow).where(EventRow.chain == chain_id).order_by(EventRow.number)
    while events := session.scalars(query.where(EventRow.number > last).limit(_BATCH)).all():
        rows = _rows(session, events)
        before = _replaced(session, rows)
        for event in events:
            line = {name: _plain(value) for name, value in values_of(event).items()}
            row = rows.get(event.row_id) if event.row_id else None
            if event.after is None and row is not None:
                line["after"] = row
                line["before"] = before.get(row.get("supersedes"))
            yield line
        last = events[-1].number
        session.expunge_all()


def _rows(session: Session, events: Sequence[EventRow]) -> dict[uuid.UUID, dict[str, Any]]:
    wanted: dict[str, list[uuid.UUID]] = defaultdict(list)
    for event in events:
        if event.row_table and event.row_table in ROW_TABLES and event.row_id:
            wanted[event.row_table].append(event.row_id)
    return {
        row.id: {name: _plain(value) for name, value in values_of(row).items()}
        for name, ids in wanted.items()
        for row in _named(session, ROW_TABLES[name], ids)
    }


def _replaced(session: Session, rows: dict[uuid.UUID, dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    ids = [uuid.UUID(row["supersedes"]) for row in rows.values() if row.get("supersedes")]
    return {
        str(row.id): {name: _plain(value) for name, value in values_of(row).items()}
        for table in _REPLACING
        for row in _named(session, table, ids)
    }


def _named(session: Session, table: Any, ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    return session.scalars(select(table).where(table.id.in_(ids))).all()


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
