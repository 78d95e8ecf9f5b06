"""Roles: who holds which, given and taken; and that somebody stays who manages the accounts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from db.chain import RECORD_CHAIN, log
from db.rows import add_rows, batches
from db.tables import AccountRow, RoleGrantRow

from ...domain import Account, Role
from ...errors import StorageError
from ..sessions import Part
from .accounts import (
    account_row,
    all_accounts,
    change_account,
    create_account,
    end_sessions,
    forget_links,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class People(Part):
    """Who may sign in, and as what."""

    def accounts(self) -> list[Account]:
        """Return all accounts by name."""
        return self._sessions.read(lambda session: accounts(session, all_accounts(session)))

    def has_admin(self) -> bool:
        """Tell whether somebody can sign in as an admin."""
        return self._sessions.read(lambda session: bool(admins(session)))

    def create(self, name: str, roles: Iterable[Role], *, actor: str, now: datetime) -> Account:
        """Create an account that waits for its one-time link, with roles that hold everywhere.

        Raises
        ------
        StorageError
            If the name is taken, or looks like one that is.
        """

        def write(session: Session) -> Account:
            account_id = create_account(session, name, actor, now)
            for role in roles:
                grant(session, account_id, (None, role), True, (actor, ""), now)
            return account(session, account_id)

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
            if (place in _roles(session, [account_id]).get(account_id, ())) == granted:
                return
            before = admins(session)
            grant(session, account_id, place, granted, by, now)
            if not granted:
                end_sessions(session, account_id)
                _keep_an_admin(session, before)

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
            before = admins(session)
            change_account(session, account_id, {"active": active}, actor=actor, kind=kind)
            end_sessions(session, account_id)
            forget_links(session, account_id)
            _keep_an_admin(session, before)

        self._sessions.write(write)


def grant(
    session: Session,
    account_id: uuid.UUID,
    place: tuple[uuid.UUID | None, Role],
    granted: bool,
    by: tuple[str, str],
    now: datetime,
) -> None:
    """Append a role given or taken, at a place (project or everywhere, role), by (name, reason)."""
    values = {
        "id": uuid.uuid4(),
        "account_id": account_id,
        "project_id": place[0],
        "role": place[1].value,
        "granted": granted,
        "created_at": now,
    }
    name = account_row(session, account_id).name
    (row,) = add_rows(session, RoleGrantRow, [values])
    event = log.Event(
        chain=row["project_id"] or RECORD_CHAIN,
        actor=by[0],
        kind="role given" if granted else "role taken",
        row_id=row["id"],
        table=RoleGrantRow,
        values=row,
        after={"name": name, "role": row["role"]},
        reason=by[1],
    )
    log.note(session, event)


def account(session: Session, account_id: uuid.UUID) -> Account:
    """Return an account as a value."""
    return accounts(session, [account_row(session, account_id)])[0]


def accounts(session: Session, rows: Sequence[AccountRow]) -> list[Account]:
    """Return accounts as values, with their roles."""
    roles = _roles(session, [row.id for row in rows])
    return [
        Account(
            id=row.id,
            name=row.name,
            active=row.active,
            joined=row.password is not None or row.subject is not None,
            roles=_by_project(roles.get(row.id, ())),
            created_at=row.created_at,
        )
        for row in rows
    ]


def admins(session: Session) -> list[Account]:
    """Return who can sign in as an admin."""
    everywhere = (
        one for one in accounts(session, all_accounts(session)) if one.active and one.joined
    )
    return [one for one in everywhere if Role.ADMIN in one.roles.get(None, ())]


def _keep_an_admin(session: Session, before: Sequence[Account]) -> None:
    """Refuse what the transaction did if it leaves nobody to manage the accounts who could."""
    session.expire_all()
    if before and not admins(session):
        raise StorageError(
            "Nobody would be left to manage the accounts; make somebody else an admin first. "
            "Nothing was changed."
        )


def _roles(
    session: Session, account_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, set[tuple[uuid.UUID | None, Role]]]:
    """Return for each account the roles it holds, with their projects."""
    roles: dict[uuid.UUID, set[tuple[uuid.UUID | None, Role]]] = {}
    for ids in batches(account_ids):
        query = select(RoleGrantRow).where(RoleGrantRow.account_id.in_(ids))
        for row in session.scalars(query.order_by(RoleGrantRow.sequence)):
            own = roles.setdefault(row.account_id, set())
            (own.add if row.granted else own.discard)((row.project_id, Role(row.role)))
    return roles


def _by_project(
    roles: Iterable[tuple[uuid.UUID | None, Role]],
) -> dict[uuid.UUID | None, frozenset[Role]]:
    by_project: dict[uuid.UUID | None, frozenset[Role]] = {}
    for project_id, role in roles:
        by_project[project_id] = by_project.get(project_id, frozenset()) | {role}
    return by_project
