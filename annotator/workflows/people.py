"""Manage people: who has an account, and who is what in a project."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from ..domain import PROJECT_ROLES, Account, Permission, Role
from ..domain.look_alikes import skeleton
from ..domain.sign_in import checked_name, name_key
from ..errors import NotAllowedError, NotFoundError
from .authority import needs
from .workspace import Workspace


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time code for somebody, to be handed to them and to nobody else.

    Attributes
    ----------
    name : str
    code : str
        Secret; it is told once and kept nowhere.
    """

    name: str
    code: str


@needs(Permission.PEOPLE)
def list_accounts(workspace: Workspace) -> list[Account]:
    """Return all accounts by name."""
    return workspace.record.people.accounts()


@needs(Permission.PEOPLE)
def look_alikes(workspace: Workspace) -> list[tuple[str, ...]]:
    """Return names that look alike, of accounts older than the rule against it."""
    alike: dict[str, list[str]] = {}
    for account in sorted(workspace.record.people.accounts(), key=lambda one: one.created_at):
        alike.setdefault(skeleton(account.name), []).append(account.name)
    return [tuple(names) for names in alike.values() if len(names) > 1]


@needs(Permission.PEOPLE)
def account_named(workspace: Workspace, name: str) -> Account:
    """Return the account of a name.

    Raises
    ------
    NotFoundError
    """
    for account in workspace.record.people.accounts():
        if name_key(account.name) == name_key(name):
            return account
    raise NotFoundError(f"There is no account {name!r}; list them, or invite somebody.")


@needs(Permission.PEOPLE)
def invite(workspace: Workspace, name: str, *, admin: bool = False) -> Invitation:
    """Create an account, and the one-time link by which its person joins.

    Raises
    ------
    SignInError
        If the name cannot be taken.
    StorageError
        If somebody has it already.
    """
    roles = (Role.ADMIN,) if admin else ()
    account = workspace.record.people.create(
        checked_name(name), roles, actor=workspace.person.name, now=_now()
    )
    return new_link(workspace, account.id)


@needs(Permission.PEOPLE)
def new_link(workspace: Workspace, account_id: uuid.UUID) -> Invitation:
    """Make a one-time link for who lost the first one, or the password.

    Until it is used they sign in as before; when it is used, that and their sessions end.

    Raises
    ------
    NotFoundError
        If there is no such account.
    """
    record, now = workspace.record, _now()
    code = record.signing_in.issue_link(account_id, actor=workspace.person.name, now=now)
    return Invitation(record.signing_in.name_of_link(code, now=now) or "", code)


@needs(Permission.PEOPLE)
def set_active(workspace: Workspace, account_id: uuid.UUID, active: bool) -> None:
    """Let somebody sign in, or no longer: what they did stays, their sessions end at once.

    Raises
    ------
    NotFoundError
        If there is no such account.
    StorageError
        If nobody would be left to manage the accounts.
    """
    workspace.record.people.set_active(account_id, active, actor=workspace.person.name)


@needs(Permission.PEOPLE)
def set_admin(
    workspace: Workspace, account_id: uuid.UUID, admin: bool, *, reason: str = ""
) -> None:
    """Make somebody an admin, or no longer.

    Raises
    ------
    NotFoundError
        If there is no such account.
    StorageError
        If nobody would be left to manage the accounts.
    """
    _change(workspace, account_id, (None, Role.ADMIN), admin, reason)


@needs(Permission.MEMBERS)
def members(workspace: Workspace, project_id: uuid.UUID) -> list[Account]:
    """Return all accounts by name, each with its roles in a project and no others."""
    return [
        Account(
            account.id,
            account.name,
            account.active,
            account.joined,
            {project_id: account.roles.get(project_id, frozenset())},
            account.created_at,
        )
        for account in workspace.record.people.accounts()
    ]


@needs(Permission.MEMBERS)
def set_role(
    workspace: Workspace,
    project_id: uuid.UUID,
    account_id: uuid.UUID,
    role: Role,
    granted: bool,
    *,
    reason: str = "",
) -> None:
    """Give somebody a role in a project, or take it; who loses one has to sign in again.

    Raises
    ------
    NotFoundError
        If there is no such account.
    NotAllowedError
        If it is no role of a project.
    """
    if role not in PROJECT_ROLES:
        raise NotAllowedError("An admin is one everywhere; that is said where accounts are.")
    _change(workspace, account_id, (project_id, role), granted, reason)


def _change(
    workspace: Workspace,
    account_id: uuid.UUID,
    place: tuple[uuid.UUID | None, Role],
    granted: bool,
    reason: str,
) -> None:
    by = (workspace.person.name, reason)
    workspace.record.people.change_role(account_id, place, granted, by=by, now=_now())


def _now() -> datetime:
    return datetime.now(UTC)
