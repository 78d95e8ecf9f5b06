"""Accounts and their roles, as values and as rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from db.chain import RECORD_CHAIN, log

from ..domain import Account, Role
from ..domain.sign_in import name_key
from ..errors import StorageError
from .rows import people as rows

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.tables import AccountRow


def create(session: Session, name: str, actor: str, now: datetime) -> uuid.UUID:
    """Append an account that waits for its one-time link; return its id."""
    account_id = uuid.uuid4()
    values = {
        "id": account_id,
        "name": name,
        "key": name_key(name),
        "password": None,
        "subject": None,
        "active": True,
        "created_at": now,
    }
    rows.add_account(session, values, actor)
    return account_id


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
    name = rows.account(session, account_id).name
    rows.add_grant(session, values, name=name, actor=by[0], reason=by[1])


def note(session: Session, actor: str, kind: str, about: Mapping[str, Any]) -> None:
    """Have an event noted in the record's own chain; `about` holds no secret."""
    log.note(session, log.Event(RECORD_CHAIN, actor, kind, after=about))


def account(session: Session, account_id: uuid.UUID) -> Account:
    """Return an account as a value."""
    return accounts(session, [rows.account(session, account_id)])[0]


def accounts(session: Session, found: Iterable[AccountRow]) -> list[Account]:
    """Return accounts as values, with their roles."""
    of = list(found)
    held = rows.roles(session, [row.id for row in of])
    return [
        Account(
            id=row.id,
            name=row.name,
            active=row.active,
            joined=row.password is not None or row.subject is not None,
            roles=_by_project(held.get(row.id, set())),
            created_at=row.created_at,
        )
        for row in of
    ]


def _by_project(
    held: Iterable[tuple[uuid.UUID | None, str]],
) -> dict[uuid.UUID | None, frozenset[Role]]:
    found: dict[uuid.UUID | None, frozenset[Role]] = {}
    for project_id, role in held:
        found[project_id] = found.get(project_id, frozenset()) | {Role(role)}
    return found


def admins(session: Session) -> list[Account]:
    """Return who can sign in as an admin."""
    everywhere = (a for a in accounts(session, rows.accounts(session)) if a.active and a.joined)
    return [account for account in everywhere if Role.ADMIN in account.roles.get(None, ())]


def keep_an_admin(session: Session, before: Sequence[Account]) -> None:
    """Refuse what the transaction did if it leaves nobody to manage the accounts who could."""
    session.expire_all()
    if before and not admins(session):
        raise StorageError(
            "Nobody would be left to manage the accounts; make somebody else an admin first. "
            "Nothing was changed."
        )
