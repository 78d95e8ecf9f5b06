"""Projects: a name, labels, settings, and how far the work on their images is."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, cast, func, select, update

from db.chain import log
from db.errors import RecordConflictError, RecordNotFoundError
from db.rows import Values, add_rows, batches, values_of
from db.tables import ImageStateRow, LabelRow, ProjectRow

from ..domain import SUGGESTIONS_FIRST, Label, LabelSet, Project, ProjectCounts, Protocol
from ..domain.rights import Rights
from ..errors import NotFoundError, StorageError
from .sessions import Part

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

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
        if not name.strip() or not len(label_set):
            raise StorageError("A project needs a name and at least one label; give both.")
        project = Project(name, label_set, model_name, contrast, suggestion_geometry, protocol)
        self._sessions.write(lambda session: _add(session, project, actor))
        return project

    def projects(self) -> list[Project]:
        """Return all projects by name."""
        return self._sessions.read(
            lambda session: _projects(
                session, session.scalars(select(ProjectRow).order_by(ProjectRow.name)).all()
            )
        )

    def project(self, name_or_id: str | uuid.UUID) -> Project:
        """Return a project by its name or its id.

        Raises
        ------
        NotFoundError
            If there is none; the message names those that exist.
        """
        return self._sessions.read(
            lambda session: _projects(session, [_find(session, name_or_id)])[0]
        )

    def project_id(self, name: str) -> uuid.UUID:
        """Return the id of the project of a name, or of an id written out; quick.

        Raises
        ------
        NotFoundError
        """
        return self._sessions.read(lambda session: _find(session, name).id)

    def protocol(self, project_id: uuid.UUID) -> Protocol:
        """Return how a project is read; quick, for nothing is counted.

        Raises
        ------
        NotFoundError
            If there is no such project.
        """
        return self._sessions.read(lambda session: protocol_from(project(session, project_id)))

    def rename_project(self, project_id: uuid.UUID, name: str, *, actor: str, reason: str) -> None:
        """Give a project another name; what it was stays in its chain.

        Raises
        ------
        NotFoundError
            If there is no such project.
        StorageError
            If the name is blank or another project's, or the project is archived.
        """

        def write(session: Session) -> None:
            check_open(lock_project(session, project_id))
            other = project_named(session, name)
            if not name.strip() or (other is not None and other.id != project_id):
                raise StorageError(
                    f"A project named {name!r} exists already; choose another name."
                    if name.strip()
                    else "A project needs a name; give one."
                )
            kind = "project renamed"
            changes = {"name": name}
            change_project(session, project_id, changes, actor=actor, kind=kind, reason=reason)

        self._sessions.write(write)

    def archive_project(
        self, project_id: uuid.UUID, archived: bool, *, actor: str, reason: str
    ) -> None:
        """Archive a project, which can then be read only, or bring it back.

        Raises
        ------
        NotFoundError
            If there is no such project.
        """
        changes = {"archived_at": datetime.now(UTC) if archived else None}
        kind = "project archived" if archived else "project restored"

        def write(session: Session) -> None:
            if (lock_project(session, project_id).archived_at is not None) != archived:
                change_project(session, project_id, changes, actor=actor, kind=kind, reason=reason)

        self._sessions.write(write)


def check_open(row: ProjectRow) -> None:
    """Refuse to change what is archived.

    Raises
    ------
    StorageError
    """
    if row.archived_at is not None:
        raise StorageError(ARCHIVED.format(row.name))


def _add(session: Session, new: Project, actor: str) -> None:
    if project_named(session, new.name) is not None:
        raise RecordConflictError(
            f"A project named {new.name!r} exists already; choose another name."
        )
    settings = {name: getattr(new, name) for name in _SETTINGS}
    row = {
        "id": new.id,
        "name": new.name,
        "created_at": new.created_at,
        **protocol_values(settings, new.protocol),
    }
    add_rows(session, ProjectRow, [row])
    labels = [
        {"project_id": new.id, "position": position}
        | {"scheme": label.scheme, "code": label.code, "meaning": label.meaning}
        for position, label in enumerate(new.label_set)
    ]
    add_rows(session, LabelRow, labels)
    log.note(
        session,
        log.Event(
            chain=new.id,
            actor=actor,
            kind="project created",
            row_id=new.id,
            table=ProjectRow,
            values=row,
            parts={LabelRow: labels},
            after={"name": row["name"], "settings": row["settings"]},
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
    before = values_of(lock_project(session, project_id))
    session.execute(update(ProjectRow).where(ProjectRow.id == project_id).values(**changes))
    log.note(
        session,
        log.Event(
            chain=project_id,
            actor=actor,
            kind=kind,
            row_id=project_id,
            table=ProjectRow,
            values=before | changes,
            before={name: _plain(before[name]) for name in changes},
            after={name: _plain(value) for name, value in changes.items()},
            reason=reason,
        ),
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def lock_project(session: Session, project_id: uuid.UUID) -> ProjectRow:
    """Return a project, and keep others who lock it waiting until the commit.

    Raises
    ------
    RecordNotFoundError
        If there is none of that id.
    """
    query = select(ProjectRow).where(ProjectRow.id == project_id).with_for_update(key_share=True)
    return _existing(session.scalar(query), project_id)


def project(session: Session, project_id: uuid.UUID) -> ProjectRow:
    """Return a project.

    Raises
    ------
    RecordNotFoundError
        If there is none of that id.
    """
    return _existing(session.get(ProjectRow, project_id), project_id)


def _existing(row: ProjectRow | None, project_id: uuid.UUID) -> ProjectRow:
    if row is None:
        raise RecordNotFoundError(f"There is no project with the id {project_id}.")
    return row


def project_named(session: Session, name: str) -> ProjectRow | None:
    """Return the project of a name, if there is one."""
    return session.scalar(select(ProjectRow).where(ProjectRow.name == name))


def _find(session: Session, name_or_id: str | uuid.UUID) -> ProjectRow:
    if isinstance(name_or_id, uuid.UUID):
        return project(session, name_or_id)
    row = project_named(session, name_or_id)
    if row is not None:
        return row
    with contextlib.suppress(ValueError, RecordNotFoundError):
        return project(session, uuid.UUID(name_or_id))
    names = ", ".join(session.scalars(select(ProjectRow.name).order_by(ProjectRow.name)))
    raise NotFoundError(
        f"There is no project {name_or_id!r}; " + (f"there are {names}." if names else "create it.")
    )


def labels(session: Session, project_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[LabelRow]]:
    """Return the labels of each project, in order."""
    found: dict[uuid.UUID, list[LabelRow]] = {}
    for ids in batches(project_ids):
        query = select(LabelRow).where(LabelRow.project_id.in_(ids)).order_by(LabelRow.position)
        for row in session.scalars(query):
            found.setdefault(row.project_id, []).append(row)
    return found


def _counts(session: Session, project_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ProjectCounts]:
    state = ImageStateRow
    query = select(
        state.project_id,
        func.count(),
        func.count(state.run),
        func.sum(cast(state.suggested > 0, Integer)),
        func.sum(cast(state.acts > 0, Integer)),
        func.sum(cast(state.decided, Integer)),
    )
    found: dict[uuid.UUID, ProjectCounts] = {}
    for ids in batches(project_ids):
        of_these = query.where(state.project_id.in_(ids), state.removed.is_(False)).group_by(
            state.project_id
        )
        found |= {key: ProjectCounts(*counts) for key, *counts in session.execute(of_these)}
    return found


def _projects(session: Session, rows: Sequence[ProjectRow]) -> list[Project]:
    """Return the projects of rows; in three statements, however many they are."""
    ids = [row.id for row in rows]
    of_projects, counts = labels(session, ids), _counts(session, ids)
    return [
        Project(
            name=row.name,
            label_set=LabelSet(
                tuple(
                    Label(one.scheme, one.code, one.meaning, bool(one.retired))
                    for one in of_projects[row.id]
                )
            ),
            counts=counts.get(row.id, ProjectCounts()),
            archived_at=row.archived_at,
            id=row.id,
            created_at=row.created_at,
            protocol=protocol_from(row),
            **{name: row.settings[name] for name in _SETTINGS if name in row.settings},
        )
        for row in rows
    ]


def protocol_values(settings: Mapping[str, Any], protocol: Protocol) -> Values:
    """Return the columns of a project that a protocol changes."""
    return {
        "settings": {**settings, "protocol": protocol.to_json()},
        "signatures_needed": protocol.signatures_needed,
    }


def protocol_from(row: ProjectRow) -> Protocol:
    """Return the protocol of a project's row."""
    return Protocol.from_json(row.settings.get("protocol"))


def rights_from(row: ProjectRow) -> Rights:
    """Return the rights of a project's row."""
    return Rights.from_json(row.settings.get("rights"))
