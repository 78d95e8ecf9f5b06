"""People who annotate, by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.chain import RECORD_CHAIN, log
from db.rows import batches, lookup, unless_there
from db.tables import RaterRow

NOBODY = UUID(int=0)


def rater_ids(session: Session, names: Iterable[str], now: datetime) -> dict[str, UUID]:
    """Return the id of each rater, adding those that are new."""
    found: dict[str, UUID] = {}
    for batch in batches(sorted(set(names))):
        found.update(known_raters(session, batch))
        new: list[dict[str, Any]] = [
            {"id": uuid4(), "name": name, "created_at": now} for name in batch if name not in found
        ]
        if new:
            adding = unless_there(session, RaterRow, "name").returning(RaterRow.id)
            added = set(session.scalars(adding, new))
            found.update(known_raters(session, batch))
            for row in new:
                if row["id"] in added:
                    event = log.Event(
                        RECORD_CHAIN, row["name"], "rater added", row["id"], RaterRow, row
                    )
                    log.note(session, event)
    return found


def known_raters(session: Session, names: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of raters; unknown names are left out."""
    wanted = set(names)
    found: dict[str, UUID] = session.info.setdefault("raters", {})
    if missing := wanted - found.keys():
        query = select(RaterRow.name, RaterRow.id)
        found.update(lookup(session, query, RaterRow.name, missing))
    return {name: found[name] for name in wanted & found.keys()}


def known_rater(session: Session, name: str) -> UUID:
    """Return the id of a rater; of an unknown one that of `NOBODY`, who has done nothing."""
    return known_raters(session, [name]).get(name, NOBODY)


def rater_names(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of raters."""
    return dict(lookup(session, select(RaterRow.id, RaterRow.name), RaterRow.id, set(ids)))
