"""The labels of projects: added, renamed, retired; what was stated with them stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.chain import log
from db.rows import Values, add_rows, values_of
from db.tables import EventRow, LabelRow, ProjectRow

from ..domain import Label
from ..errors import NotFoundError, StorageError
from .projects import check_open, label_values, labels, lock_project, project
from .sessions import Part, reads, writes

_OFFERS = {"label added": True, "label retired": False, "label offered again": True}
"""Kinds of events after which a label is offered, or is not."""


class Labels(Part):
    """Changes of a project's label set."""

    @writes
    def add_label(
        self, session: Session, project_id: UUID, label: Label, *, actor: str, reason: str
    ) -> None:
        """Add a label at the end of a project's label set.

        Raises
        ------
        StorageError
            If the code is blank or there already, or the project is archived.
        """
        rows = _open_labels(session, project_id)
        if not label.code.strip():
            raise StorageError("A label needs a code; give one.")
        if label.code in rows:
            raise StorageError(f"There is a label {label.code!r} already; choose another code.")
        about = label_values(label) | {"position": len(rows)}
        add_rows(session, LabelRow, [about | {"project_id": project_id}])
        _note_labels(session, project_id, "label added", about, (actor, reason))

    @writes
    def change_label(
        self,
        session: Session,
        project_id: UUID,
        code: str,
        *,
        meaning: str | None = None,
        retired: bool | None = None,
        actor: str,
        reason: str,
    ) -> None:
        """Change what a label is called in words, or whether it is offered any more.

        Its code stays: annotations name it.

        Raises
        ------
        NotFoundError
            If there is no such project, or it has no such label.
        StorageError
            If nothing would be left to annotate with, or the project is archived.
        """
        given = {"meaning": meaning, "retired": retired}
        changes = {name: value for name, value in given.items() if value is not None}
        rows = _open_labels(session, project_id)
        if code not in rows:
            raise NotFoundError(
                f"There is no label {code!r} here; the labels are {', '.join(rows)}."
            )
        if retired and all(row.retired or row.code == code for row in rows.values()):
            raise StorageError(
                f"{code!r} is the only label left; add another one before it is retired."
            )
        of_label = (LabelRow.project_id == project_id, LabelRow.code == code)
        session.execute(update(LabelRow).where(*of_label).values(**changes))
        kind = "label renamed" if retired is None else "label retired"
        kind = "label offered again" if retired is False else kind
        _note_labels(session, project_id, kind, {"code": code} | changes, (actor, reason))

    @reads
    def offers(self, session: Session, project_id: UUID) -> dict[str, list[tuple[datetime, bool]]]:
        """Return when labels were added, retired and offered again, by code, oldest first."""
        event, changes = EventRow, dict[str, list[tuple[datetime, bool]]]()
        query = select(event.at, event.kind, event.after).where(
            event.chain == project_id, event.kind.in_(_OFFERS)
        )
        for at, kind, after in session.execute(query.order_by(event.number)):
            if after:  # an erasure may have taken it
                changes.setdefault(after["code"], []).append((at, _OFFERS[kind]))
        return changes


def _open_labels(session: Session, project_id: UUID) -> dict[str, LabelRow]:
    check_open(lock_project(session, project_id))
    return {row.code: row for row in labels(session, [project_id]).get(project_id, [])}


def _note_labels(
    session: Session, project_id: UUID, kind: str, after: Values, by: tuple[str, str]
) -> None:
    """Note a change of labels; the event vouches for all of them."""
    session.flush()
    session.expire_all()
    values = values_of(project(session, project_id))
    parts = {LabelRow: [values_of(row) for row in labels(session, [project_id])[project_id]]}
    event = log.Event(project_id, by[0], kind, project_id, ProjectRow, values, parts)
    log.note(session, replace(event, after=after, reason=by[1]))
