"""Projects: a name, labels, settings, and how far the work on their images is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, cast, func, select, update
from sqlalchemy.orm import Session

from db.chain import log
from db.rows import Values, add_rows, lookup, values_of
from db.tables import ImageStateRow, LabelRow, ProjectRow

from ..domain import (
    SUGGESTIONS_FIRST,
    Label,
    LabelSet,
    Project,
    ProjectCounts,
    Protocol,
    Recalibration,
)
from ..domain.rights import Rights
from ..errors import NotFoundError, StorageError
from .sessions import Part, reads, writes

UNSTATED = "unstated"
"""The actor of an event where nobody said who acts."""

ARCHIVED = "The project {!r} is archived and can be read only; restore it first."

_SETTINGS = ("model_name", "contrast", "suggestion_geometry")
"""Settings that are values of `Project` as they stand; what a later version adds is left alone."""


class Projects(Part):
    """Projects of the record."""

    def create_project(
        self,
        name: str,
        label_set: LabelSet,
        *,
        model_name: str | None = None,
        contrast: str | None = None,
        suggestion_geometry: str = "box",
        protocol: Protocol = SUGGESTIONS_FIRST,
        actor: str = UNSTATED,
    ) -> Project:
        """Create a project; see `Project` for the parameters.

        Raises
        ------
        StorageError
            If the name is blank or taken, or there is no label.
        """
        if not len(label_set):
            raise StorageError("A project needs at least one label; give one.")
        project = Project(name, label_set, model_name, contrast, suggestion_geometry, protocol)
        self._sessions.write(lambda session: _add(session, project, actor))
        return project

    @reads
    def projects(self, session: Session) -> list[Project]:
        """Return all projects by name."""
        rows = session.scalars(select(ProjectRow).order_by(ProjectRow.name))
        return _projects(session, rows.all())

    @reads
    def project(self, session: Session, name_or_id: str | UUID) -> Project:
        """Return a project by its name or its id.

        Raises
        ------
        NotFoundError
            If there is none; the message names those that exist.
        """
        return _projects(session, [_find(session, name_or_id)])[0]

    @reads
    def project_id(self, session: Session, name: str) -> UUID:
        """Return the id of the project of a name, or of an id written out; quick."""
        return _find(session, name).id

    @reads
    def protocol(self, session: Session, project_id: UUID) -> Protocol:
        """Return how a project is read; quick, for nothing is counted."""
        return protocol_from(project(session, project_id))

    @writes
    def rename_project(
        self, session: Session, project_id: UUID, name: str, *, actor: str, reason: str
    ) -> None:
        """Give a project another name; what it was stays in its chain.

        Raises
        ------
        StorageError
            If the name is blank or another project's, or the project is archived.
        """
        check_open(lock_project(session, project_id))
        _check_name(session, name, project_id)
        by = {"actor": actor, "reason": reason}
        change_project(session, project_id, {"name": name}, kind="project renamed", **by)

    @writes
    def archive_project(
        self, session: Session, project_id: UUID, archived: bool, *, actor: str, reason: str
    ) -> None:
        """Archive a project, which can then be read only, or bring it back."""
        changes = {"archived_at": datetime.now(UTC) if archived else None}
        kind = "project archived" if archived else "project restored"
        if (lock_project(session, project_id).archived_at is not None) != archived:
            change_project(session, project_id, changes, actor=actor, kind=kind, reason=reason)

    @writes
    def recalibrate(
        self,
        session: Session,
        project_id: UUID,
        recalibration: Recalibration | None,
        *,
        actor: str,
        reason: str,
    ) -> None:
        """Give a project operating points of its own, or the card's again.

        Raises
        ------
        StorageError
            If the project is archived, or has no classifier.
        """
        row = lock_project(session, project_id)
        check_open(row)
        if row.settings.get("model_name") is None:
            raise StorageError(f"The project {row.name!r} has no classifier to recalibrate.")
        stated = recalibration and recalibration.to_json()
        settings = {**row.settings, "recalibration": stated}
        by = {"actor": actor, "reason": reason}
        change_project(session, project_id, {"settings": settings}, kind="recalibrated", **by)


class StatedRights(Part):
    """What may be handed on of each project."""

    @reads
    def of(self, session: Session, project_id: UUID) -> Rights:
        """Return the rights of a project."""
        return rights_from(project(session, project_id))

    @writes
    def state(
        self, session: Session, project_id: UUID, rights: Rights, *, actor: str, reason: str
    ) -> None:
        """Replace the rights of a project; what they were stays in its chain.

        Raises
        ------
        StorageError
            If the project is archived.
        """
        row = lock_project(session, project_id)
        check_open(row)
        settings = {**row.settings, "rights": rights.to_json()}
        by = {"actor": actor, "reason": reason}
        change_project(session, project_id, {"settings": settings}, kind="rights stated", **by)


def check_open(row: ProjectRow) -> None:
    """Refuse to change what is archived."""
    if row.archived_at is not None:
        raise StorageError(ARCHIVED.format(row.name))


def _check_name(session: Session, name: str, project_id: UUID) -> None:
    """Refuse a name that no project can have, or another one has."""
    if not name.strip():
        raise StorageError("A project needs a name; give one.")
    other = project_named(session, name)
    if other is not None and other.id != project_id:
        raise StorageError(f"A project named {name!r} exists already; choose another name.")


def _add(session: Session, new: Project, actor: str) -> None:
    _check_name(session, new.name, new.id)
    settings = {name: getattr(new, name) for name in _SETTINGS}
    row = {"id": new.id, "name": new.name, "created_at": new.created_at}
    row |= protocol_values(settings, new.protocol)
    add_rows(session, ProjectRow, [row])
    labels = [
        {"project_id": new.id, "position": position, **label_values(label)}
        for position, label in enumerate(new.label_set)
    ]
    add_rows(session, LabelRow, labels)
    event = log.Event(new.id, actor, "project created", new.id, ProjectRow, row)
    about = {"name": row["name"], "settings": row["settings"]}
    log.note(session, replace(event, parts={LabelRow: labels}, after=about))


def change_project(
    session: Session, project_id: UUID, changes: Values, *, actor: str, kind: str, reason: str
) -> None:
    """Change columns of a project; what they were stays in its chain."""
    values = values_of(lock_project(session, project_id))
    before = {name: _plain(values[name]) for name in changes}
    after = {name: _plain(value) for name, value in changes.items()}
    session.execute(update(ProjectRow).where(ProjectRow.id == project_id).values(**changes))
    event = log.Event(project_id, actor, kind, project_id, ProjectRow, values | changes)
    log.note(session, replace(event, before=before, after=after, reason=reason))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def lock_project(session: Session, project_id: UUID) -> ProjectRow:
    """Return a project, and keep others who lock it waiting until the commit."""
    query = select(ProjectRow).where(ProjectRow.id == project_id).with_for_update(key_share=True)
    return _existing(session.scalar(query), project_id)


def project(session: Session, project_id: UUID) -> ProjectRow:
    """Return a project."""
    return _existing(session.get(ProjectRow, project_id), project_id)


def _existing(row: ProjectRow | None, project_id: UUID) -> ProjectRow:
    if row is None:
        raise NotFoundError(f"There is no project with the id {project_id}.")
    return row


def project_named(session: Session, name: str) -> ProjectRow | None:
    """Return the project of a name, if there is one."""
    return session.scalar(select(ProjectRow).where(ProjectRow.name == name))


def _find(session: Session, name_or_id: str | UUID) -> ProjectRow:
    if isinstance(name_or_id, UUID):
        return project(session, name_or_id)
    row = project_named(session, name_or_id)
    if row is not None:
        return row
    with contextlib.suppress(ValueError, NotFoundError):
        return project(session, UUID(name_or_id))
    names = ", ".join(session.scalars(select(ProjectRow.name).order_by(ProjectRow.name)))
    raise NotFoundError(
        f"There is no project {name_or_id!r}; " + (f"there are {names}." if names else "create it.")
    )


def label_values(label: Label) -> Values:
    """Return the columns of a label that say what it is."""
    return {"scheme": label.scheme, "code": label.code, "meaning": label.meaning}


def labels(session: Session, project_ids: Iterable[UUID]) -> dict[UUID, list[LabelRow]]:
    """Return the labels of each project, in order."""
    query = select(LabelRow).order_by(LabelRow.position)
    found: dict[UUID, list[LabelRow]] = {}
    for (row,) in lookup(session, query, LabelRow.project_id, project_ids):
        found.setdefault(row.project_id, []).append(row)
    return found


def _counts(session: Session, project_ids: Sequence[UUID]) -> dict[UUID, ProjectCounts]:
    state = ImageStateRow
    query = select(
        state.project_id,
        func.count(),
        func.count(state.run),
        func.sum(cast(state.suggested > 0, Integer)),
        func.sum(cast(state.acts > 0, Integer)),
        func.sum(cast(state.decided, Integer)),
    )
    query = query.where(state.removed.is_(False)).group_by(state.project_id)
    rows = lookup(session, query, state.project_id, project_ids)
    return {project_id: ProjectCounts(*counts) for project_id, *counts in rows}


def _projects(session: Session, rows: Sequence[ProjectRow]) -> list[Project]:
    """Return the projects of rows; in three statements, however many they are."""
    ids = [row.id for row in rows]
    of_projects, counts = labels(session, ids), _counts(session, ids)
    return [
        Project(
            name=row.name,
            label_set=LabelSet(tuple(map(_label_from, of_projects[row.id]))),
            counts=counts.get(row.id, ProjectCounts()),
            archived_at=row.archived_at,
            id=row.id,
            created_at=row.created_at,
            protocol=protocol_from(row),
            recalibration=Recalibration.from_json(row.settings.get("recalibration")),
            **{name: row.settings[name] for name in _SETTINGS if name in row.settings},
        )
        for row in rows
    ]


def _label_from(row: LabelRow) -> Label:
    return Label(row.scheme, row.code, row.meaning, bool(row.retired))


def protocol_values(settings: Mapping[str, Any], protocol: Protocol) -> Values:
    """Return the columns of a project that a protocol changes."""
    settings = {**settings, "protocol": protocol.to_json()}
    return {"settings": settings, "signatures_needed": protocol.signatures_needed}


def protocol_from(row: ProjectRow) -> Protocol:
    """Return the protocol of a project's row."""
    return Protocol.from_json(row.settings.get("protocol"))


def rights_from(row: ProjectRow) -> Rights:
    """Return the rights of a project's row."""
    return Rights.from_json(row.settings.get("rights"))
