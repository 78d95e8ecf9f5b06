"""Licence and consent of projects, as people stated them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from ..domain.rights import Rights
from .projects import change_project, check_open, lock_project, project, rights_from
from .sessions import Part

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class StatedRights(Part):
    """What may be handed on of each project."""

    def of(self, project_id: uuid.UUID) -> Rights:
        """Return the rights of a project.

        Raises
        ------
        NotFoundError
            If there is no such project.
        """
        return self._sessions.read(lambda session: rights_from(project(session, project_id)))

    def state(self, project_id: uuid.UUID, rights: Rights, *, actor: str, reason: str) -> None:
        """Replace the rights of a project; what they were stays in its chain.

        Raises
        ------
        NotFoundError
            If there is no such project.
        StorageError
            If the project is archived.
        """

        def write(session: Session) -> None:
            row = lock_project(session, project_id)
            check_open(row)
            settings = {**row.settings, "rights": rights.to_json()}
            changes = {"settings": settings}
            kind = "rights stated"
            change_project(session, project_id, changes, actor=actor, kind=kind, reason=reason)

        self._sessions.write(write)
