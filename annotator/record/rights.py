"""Licence and consent of projects, as people stated them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from ..domain.rights import Rights
from .rows import projects
from .sessions import Sessions
from .translation import rights_from, rights_values

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class StatedRights:
    """What may be handed on of each project.

    Parameters
    ----------
    sessions : Sessions
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def of(self, project_id: uuid.UUID) -> Rights:
        """Return the rights of a project.

        Raises
        ------
        NotFoundError
            If there is no such project.
        """
        return self._sessions.read(
            lambda session: rights_from(projects.project(session, project_id))
        )

    def state(self, project_id: uuid.UUID, rights: Rights, *, actor: str, reason: str) -> None:
        """Replace the rights of a project; what they were stays in its chain.

        Raises
        ------
        NotFoundError
            If there is no such project.
        """

        def write(session: Session) -> None:
            values = rights_values(projects.project(session, project_id).settings, rights)
            projects.change_project(
                session, project_id, values, actor=actor, kind="rights stated", reason=reason
            )

        self._sessions.write(write)
