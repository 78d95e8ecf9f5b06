"""Accounts as rows: made, changed and noted in the record's own chain, without their secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db.chain import RECORD_CHAIN, log
from db.rows import Values, add_rows, values_of
from db.tables import AccountRow, SignInLinkRow, SignInSessionRow

from ...domain.look_alikes import skeleton
from ...domain.sign_in import name_key
from ...errors import NotFoundError, StorageError


def all_accounts(session: Session) -> Sequence[AccountRow]:
    """Return all accounts by name."""
    return session.scalars(select(AccountRow).order_by(AccountRow.key)).all()


def account_row(session: Session, account_id: UUID) -> AccountRow:
    """Return an account."""
    row = session.get(AccountRow, account_id)
    if row is None:
        raise NotFoundError("There is no account with that id.")
    return row


def account_by(session: Session, **values: str) -> AccountRow | None:
    """Return the account with a value in a unique column (``key``, ``subject``)."""
    return session.scalar(select(AccountRow).filter_by(**values))


def create_account(session: Session, name: str, actor: str, now: datetime) -> UUID:
    """Append an account that waits for its one-time link; return its id.

    Refused are a name that is taken, in whichever case, and one that looks like another.
    """
    if account_by(session, key=name_key(name)) is not None:
        raise StorageError("An account of that name exists already; choose another name.")
    _fill_skeletons(session)
    other = account_by(session, skeleton=skeleton(name))
    if other is not None:
        raise StorageError(
            f"{name!r} looks like the name of another account, {other.name!r}; choose a name that "
            "nobody can take for it."
        )
    values: Values = {"id": uuid4(), "name": name, "key": name_key(name)}
    values |= {"skeleton": skeleton(name), "password": None, "subject": None}
    values |= {"active": True, "created_at": now}
    add_rows(session, AccountRow, [values])
    _note_account(session, values, None, actor, "account created")
    account_id: UUID = values["id"]
    return account_id


def _fill_skeletons(session: Session) -> None:
    """Give accounts older than skeletons theirs; of two that look alike the older one has it."""
    without = select(AccountRow).where(AccountRow.skeleton.is_(None))
    for row in session.scalars(without.order_by(AccountRow.created_at)).all():
        if account_by(session, skeleton=skeleton(row.name)) is None:
            row.skeleton = skeleton(row.name)
            session.flush()


def change_account(
    session: Session, account_id: UUID, changes: Values, *, actor: str, kind: str
) -> None:
    """Change columns of an account; a subject that is another account's is refused."""
    row = account_row(session, account_id)
    other = account_by(session, subject=changes["subject"]) if changes.get("subject") else None
    if other is not None and other.id != account_id:
        raise StorageError("That identity belongs to another account already.")
    before = values_of(row)
    session.execute(update(AccountRow).where(AccountRow.id == account_id).values(**changes))
    _note_account(session, before | changes, before, actor, kind)


def note(session: Session, actor: str, kind: str, about: Mapping[str, Any]) -> None:
    """Have an event noted in the record's own chain; `about` holds no secret."""
    log.note(session, log.Event(RECORD_CHAIN, actor, kind, after=about))


def _note_account(
    session: Session, values: Values, before: Values | None, actor: str, kind: str
) -> None:
    was = None if before is None else _public(before)
    event = log.Event(RECORD_CHAIN, actor, kind, values["id"], AccountRow, values, before=was)
    # Stated, so that the log does not read the row with its hashes.
    log.note(session, replace(event, after=_public(values)))


def _public(values: Values) -> dict[str, Any]:
    secrets = {name: values[name] is not None for name in ("password", "subject")}
    return {"name": values["name"], "active": values["active"], **secrets}


def end_sessions(session: Session, account_id: UUID) -> None:
    """End all sessions of an account."""
    row = SignInSessionRow
    session.execute(update(row).where(row.account_id == account_id).values(ended=True))


def forget_links(session: Session, account_id: UUID | None) -> None:
    """Void the links of an account that wait to be used; of None those that set up an admin."""
    session.execute(delete(SignInLinkRow).where(SignInLinkRow.account_id == account_id))
