"""Accounts and their roles, as the use cases see them."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from db.errors import RecordNotFoundError

from ..domain import Account, Role
from . import accounts as of_accounts
from . import projects
from .rows import people as rows
from .sessions import Sessions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class People:
    """Who may sign in, and as what.

    Parameters
    ----------
    sessions : Sessions
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def accounts(self) -> list[Account]:
        """Return all accounts by name."""
        return self._sessions.read(
            lambda session: of_accounts.accounts(session, rows.accounts(session))
        )

    def has_admin(self) -> bool:
        """Tell whether somebody can sign in as an admin."""
        return self._sessions.read(lambda session: bool(of_accounts.admins(session)))

    def create(self, name: str, roles: Iterable[Role], *, actor: str, now: datetime) -> Account:
        """Create an account that waits for its one-time link, with roles that hold everywhere.

        Raises
        ------
        StorageError
            If the name is taken.
        """

        def write(session: Session) -> Account:
            account_id = of_accounts.create(session, name, actor, now)
            for role in roles:
                of_accounts.grant(session, account_id, (None, role), True, (actor, ""), now)
            return of_accounts.account(session, account_id)

        return self._sessions.write(write)

    def change_role(
        self,
        account_id: uuid.UUID,
        place: tuple[uuid.UUID | None, Role],
        granted: bool,
        *,
        by: tuple[str, str],
        now: datetime,
    ) -> None:
        """Give or take a role; who loses one is signed out, so that nothing outlives it.

        Parameters
        ----------
        account_id : uuid.UUID
        place : (uuid.UUID or None, Role)
            Project, or None for everywhere, and role.
        granted : bool
        by : (str, str)
            Name of who does it, and why.
        now : datetime

        Raises
        ------
        StorageError
            If it would leave nobody to manage the accounts.
        """

        def write(session: Session) -> None:
            held = rows.roles(session, [account_id]).get(account_id, set())
            if (place in held) == granted:
                return
            before = of_accounts.admins(session)
            of_accounts.grant(session, account_id, place, granted, by, now)
            if not granted:
                rows.end_sessions(session, account_id=account_id)
                of_accounts.keep_an_admin(session, before)

        self._sessions.write(write)

    def set_active(self, account_id: uuid.UUID, active: bool, *, actor: str) -> None:
        """Let somebody sign in, or no longer; their acts stay, their sessions end at once.

        Raises
        ------
        StorageError
            If it would leave nobody to manage the accounts.
        """
        kind = "account activated" if active else "account deactivated"

        def write(session: Session) -> None:
            before = of_accounts.admins(session)
            rows.change_account(session, account_id, {"active": active}, actor=actor, kind=kind)
            rows.end_sessions(session, account_id=account_id)
            rows.forget_links(session, account_id)
            of_accounts.keep_an_admin(session, before)

        self._sessions.write(write)

    def projects_of(self, image_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
        """Return the project of each image; unknown images are left out."""
        return self._sessions.read(lambda session: rows.projects_of(session, image_ids))

    def project_named(self, name: str) -> uuid.UUID | None:
        """Return the project of a name or an id written out, if there is one."""

        def read(session: Session) -> uuid.UUID | None:
            row = projects.project_named(session, name)
            if row is None:
                with contextlib.suppress(ValueError, RecordNotFoundError):
                    row = projects.project(session, uuid.UUID(name))
            return None if row is None else row.id

        return self._sessions.read(read)
