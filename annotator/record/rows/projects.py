"""Projects with their labels, and the people who work on them.

Appends take rows as mappings of column names to values. What identifies a row (its UUID) is made
by the caller; what orders rows (position, sequence) is made here or by the database.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.chain import RECORD_CHAIN, log
from db.errors import RecordConflictError, RecordNotFoundError
from db.rows import Values, add_rows, batches, pairs, values_of
from db.tables import LabelRow, ProjectRow, RaterRow


def add_project(session: Session, project: Values, labels: Sequence[Values], actor: str) -> None:
    """Append a project with its labels in order.

    Raises
    ------
    RecordConflictError
        If a project of that name exists.
    """
    if project_named(session, project["name"]) is not None:
        raise RecordConflictError(
            f"A project named {project['name']!r} exists already; choose another name."
        )
    add_rows(session, ProjectRow, [project])
    owned = {"project_id": project["id"]}
    rows = [label | owned | {"position": position} for position, label in enumerate(labels)]
    add_rows(session, LabelRow, rows)
    log.note(
        session,
        log.Event(
            chain=project["id"],
            actor=actor,
            kind="project created",
            row_id=project["id"],
            table=ProjectRow,
            values=project,
            parts={LabelRow: rows},
            after={"name": project["name"], "settings": project["settings"]},
        ),
    )


def change_project(
    session: Session,
    project_id: uuid.UUID,
    changes: Values,
    *,
    actor: str,
    kind: str,
    reason: str,
) -> None:
    """Change columns of a project; what they were stays in its chain.

    Raises
    ------
    RecordNotFoundError
        If there is no such project.
    """
    query = select(ProjectRow).where(ProjectRow.id == project_id).with_for_update(key_share=True)
    row = session.scalar(query)
    if row is None:
        raise RecordNotFoundError(f"There is no project with the id {project_id}.")
    before = values_of(row)
    after = before | changes
    session.execute(update(ProjectRow).where(ProjectRow.id == project_id).values(**changes))
    log.note(
        session,
        log.Event(
            chain=project_id,
            actor=actor,
            kind=kind,
            row_id=project_id,
            table=ProjectRow,
            values=after,
            before={name: before[name] for name in changes},
            after=changes,
            reason=reason,
        ),
    )


def projects(session: Session) -> Sequence[ProjectRow]:
    """Return all projects by name."""
    return session.scalars(select(ProjectRow).order_by(ProjectRow.name)).all()


def project_named(session: Session, name: str) -> ProjectRow | None:
    """Return the project of a name, if there is one."""
    return session.scalar(select(ProjectRow).where(ProjectRow.name == name))


def project(session: Session, project_id: uuid.UUID) -> ProjectRow:
    """Return a project.

    Raises
    ------
    RecordNotFoundError
        If there is none of that id.
    """
    row = session.get(ProjectRow, project_id)
    if row is None:
        raise RecordNotFoundError(f"There is no project with the id {project_id}.")
    return row


def labels(session: Session, project_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[LabelRow]]:
    """Return the labels of each project, in order."""
    found: dict[uuid.UUID, list[LabelRow]] = {}
    for ids in batches(project_ids):
        query = select(LabelRow).where(LabelRow.project_id.in_(ids)).order_by(LabelRow.position)
        for row in session.scalars(query):
            found.setdefault(row.project_id, []).append(row)
    return found


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
    query = select(RaterRow.name, RaterRow.id).where(RaterRow.name.in_(list(names)))
    return pairs(session, query)


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
