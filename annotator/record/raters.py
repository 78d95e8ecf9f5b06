"""People who annotate, by name."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.chain import RECORD_CHAIN, log
from db.rows import Values, batches, pairs
from db.tables import RaterRow


def rater_ids(session: Session, names: Iterable[str], now: datetime) -> dict[str, uuid.UUID]:
    """Return the id of each rater, adding those that are new."""
    found: dict[str, uuid.UUID] = {}
    for batch in batches(sorted(set(names))):
        found.update(known_raters(session, batch))
        new: list[dict[str, Any]] = [
            {"id": uuid.uuid4(), "name": name, "created_at": now}
            for name in batch
            if name not in found
        ]
        if new:
            added = _add_raters(session, new)
            found.update(known_raters(session, batch))
            for row in new:
                if row["id"] in added:
                    _note_rater(session, row)
    return found


def known_raters(session: Session, names: Iterable[str]) -> dict[str, uuid.UUID]:
    """Return the ids of at most some hundred raters; unknown names are left out."""
    wanted = set(names)
    found: dict[str, uuid.UUID] = session.info.setdefault("raters", {})
    if missing := wanted - found.keys():
        query = select(RaterRow.name, RaterRow.id).where(RaterRow.name.in_(missing))
        found.update(pairs(session, query))
    return {name: found[name] for name in wanted & found.keys()}


def rater_names(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names of raters."""
    found: dict[uuid.UUID, str] = {}
    for batch in batches(set(ids)):
        query = select(RaterRow.id, RaterRow.name).where(RaterRow.id.in_(batch))
        found.update(pairs(session, query))
    return found


def _add_raters(session: Session, rows: list[Values]) -> set[uuid.UUID]:
    """Insert those raters whom nobody else adds meanwhile; return their ids."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    adding = sqlite.insert(RaterRow) if is_sqlite else postgresql.insert(RaterRow)
    unless_there = adding.on_conflict_do_nothing(index_elements=["name"]).returning(RaterRow.id)
    return set(session.scalars(unless_there, rows).all())


def _note_rater(session: Session, row: Values) -> None:
    event = log.Event(
        chain=RECORD_CHAIN,
        actor=row["name"],
        kind="rater added",
        row_id=row["id"],
        table=RaterRow,
        values=row,
    )
    log.note(session, event)
