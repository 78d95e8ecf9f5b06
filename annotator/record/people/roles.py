"""Roles: who holds which, given and taken; and that somebody stays who manages the accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.chain import RECORD_CHAIN, log
from db.rows import Values, lookup
from db.tables import AccountRow, RoleGrantRow

from ...domain import Account, Role
from ...errors import StorageError
from ..sessions import Part, reads, writes
from .accounts import (
    account_row,
    all_accounts,
    change_account,
    create_account,
    end_sessions,
    forget_links,
)


class People(Part):
    """Who may sign in, and as what."""

    @reads
    def accounts(self, session: Session) -> list[Account]:
        """Return all accounts by name."""
        return accounts(session, all_accounts(session))

    @reads
    def has_admin(self, session: Session) -> bool:
        """Tell whether somebody can sign in as an admin."""
        return bool(admins(session))

    @writes
    def create(
        self, session: Session, name: str, roles: Iterable[Role], *, actor: str, now: datetime
    ) -> Account:
        """Create an account that waits for its one-time link, with roles that hold everywhere.

        Raises
        ------
        StorageError
            If the name is taken, or looks like one that is.
        """
        account_id = create_account(session, name, actor, now)
        for role in roles:
            grant(session, account_id, (None, role), True, (actor, ""), now)
        return account(session, account_id)

    @writes
    def change_role(
        self,
        session: Session,
        account_id: UUID,
        place: tuple[UUID | None, Role],
        granted: bool,
        *,
        by: tuple[str, str],
        now: datetime,
    ) -> None:
        """Give or take a role; who loses one is signed out, so that nothing outlives it.

        The place is a project, or None for everywhere, and the role; `by` are a name and why.

        Raises
        ------
        StorageError
            If it would leave nobody to manage the accounts.
        """
        project_id, role = place
        if (role in _roles(session, [account_id])[account_id].get(project_id, ())) == granted:
            return
        before = admins(session)
        grant(session, account_id, place, granted, by, now)
        if not granted:
            end_sessions(session, account_id)
            _keep_an_admin(session, before)

    @writes
    def set_active(self, session: Session, account_id: UUID, active: bool, *, actor: str) -> None:
        """Let somebody sign in, or no longer; their acts stay, their sessions end at once.

        Raises
        ------
        StorageError
            If it would leave nobody to manage the accounts.
        """
        kind = "account activated" if active else "account deactivated"
        before = admins(session)
        change_account(session, account_id, {"active": active}, actor=actor, kind=kind)
        end_sessions(session, account_id)
        forget_links(session, account_id)
        _keep_an_admin(session, before)


def grant(
    session: Session,
    account_id: UUID,
    place: tuple[UUID | None, Role],
    granted: bool,
    by: tuple[str, str],
    now: datetime,
) -> None:
    """Append a role given or taken, at a place (project or everywhere, role), by (name, reason)."""
    values: Values = {"id": uuid4(), "account_id": account_id, "project_id": place[0]}
    values |= {"role": place[1].value, "granted": granted, "created_at": now}
    after = {"name": account_row(session, account_id).name, "role": place[1].value}
    kind = "role given" if granted else "role taken"
    event = log.Event(place[0] or RECORD_CHAIN, by[0], kind, after=after, reason=by[1])
    log.record(session, RoleGrantRow, [values], event)


def account(session: Session, account_id: UUID) -> Account:
    """Return an account as a value."""
    return accounts(session, [account_row(session, account_id)])[0]


def accounts(session: Session, rows: Sequence[AccountRow]) -> list[Account]:
    """Return accounts as values, with their roles."""
    roles = _roles(session, [row.id for row in rows])
    copied = ("id", "name", "active", "created_at")
    return [
        Account(
            **{name: getattr(row, name) for name in copied},
            joined=row.password is not None or row.subject is not None,
            roles={place: held for place, held in roles[row.id].items() if held},
        )
        for row in rows
    ]


def admins(session: Session) -> list[Account]:
    """Return who can sign in as an admin."""
    return [
        one
        for one in accounts(session, all_accounts(session))
        if one.active and one.joined and Role.ADMIN in one.roles.get(None, ())
    ]


def _keep_an_admin(session: Session, before: Sequence[Account]) -> None:
    """Refuse what the transaction did if it leaves nobody to manage the accounts who could."""
    session.expire_all()
    if before and not admins(session):
        raise StorageError(
            "Nobody would be left to manage the accounts; make somebody else an admin first. "
            "Nothing was changed."
        )


def _roles(
    session: Session, account_ids: Iterable[UUID]
) -> dict[UUID, dict[UUID | None, frozenset[Role]]]:
    """Return for each account the roles it holds, by project."""
    query = select(RoleGrantRow).order_by(RoleGrantRow.sequence)
    roles: dict[UUID, dict[UUID | None, frozenset[Role]]] = defaultdict(dict)
    for (row,) in lookup(session, query, RoleGrantRow.account_id, account_ids):
        before, role = roles[row.account_id].get(row.project_id, frozenset()), {Role(row.role)}
        roles[row.account_id][row.project_id] = before | role if row.granted else before - role
    return roles
