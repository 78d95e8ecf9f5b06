"""Accounts, roles, one-time links, sessions and wrong tries, as rows.

What lasts (accounts and roles) has an event each in the chains, without a secret in it. What
passes (links, sessions, tries) has none: whoever signs in is noted by the caller.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db.chain import RECORD_CHAIN, log
from db.errors import RecordConflictError, RecordNotFoundError
from db.rows import Values, add_rows, batches, pairs, values_of
from db.tables import (
    AccountRow,
    ImageRow,
    RoleGrantRow,
    SignInLinkRow,
    SignInSessionRow,
    SignInTryRow,
)

_SECRET = ("password", "subject")


def accounts(session: Session) -> Sequence[AccountRow]:
    """Return all accounts by name."""
    return session.scalars(select(AccountRow).order_by(AccountRow.key)).all()


def account(session: Session, account_id: uuid.UUID) -> AccountRow:
    """Return an account.

    Raises
    ------
    RecordNotFoundError
    """
    row = session.get(AccountRow, account_id)
    if row is None:
        raise RecordNotFoundError("There is no account with that id.")
    return row


def account_by(session: Session, **values: str) -> AccountRow | None:
    """Return the account with a value in a unique column (``key``, ``name``, ``subject``)."""
    return session.scalar(select(AccountRow).filter_by(**values))


def add_account(session: Session, values: Values, actor: str) -> None:
    """Append an account.

    Raises
    ------
    RecordConflictError
        If its name is taken, written in whichever case.
    """
    if account_by(session, key=values["key"]) is not None:
        raise RecordConflictError("An account of that name exists already; choose another name.")
    add_rows(session, AccountRow, [values])
    _note_account(session, values, None, actor, "account created")


def change_account(
    session: Session, account_id: uuid.UUID, changes: Values, *, actor: str, kind: str
) -> None:
    """Change columns of an account.

    Raises
    ------
    RecordNotFoundError
        If there is no such account.
    RecordConflictError
        If its new subject is another account's.
    """
    row = account(session, account_id)
    other = account_by(session, subject=changes["subject"]) if changes.get("subject") else None
    if other is not None and other.id != account_id:
        raise RecordConflictError("That identity belongs to another account already.")
    before = values_of(row)
    session.execute(update(AccountRow).where(AccountRow.id == account_id).values(**changes))
    _note_account(session, before | changes, before, actor, kind)


def _note_account(
    session: Session, values: Values, before: Values | None, actor: str, kind: str
) -> None:
    event = log.Event(
        chain=RECORD_CHAIN,
        actor=actor,
        kind=kind,
        row_id=values["id"],
        table=AccountRow,
        values=values,
        before=None if before is None else _told(before),
        after=_told(values),  # said, so that the log does not read the row with its hashes
    )
    log.note(session, event)


def _told(values: Values) -> dict[str, Any]:
    held = {name: values[name] is not None for name in _SECRET}
    return {"name": values["name"], "active": values["active"], **held}


def add_grant(session: Session, values: Values, *, name: str, actor: str, reason: str) -> None:
    """Append a role given to or taken from the account of a name."""
    (row,) = add_rows(session, RoleGrantRow, [values])
    event = log.Event(
        chain=row["project_id"] or RECORD_CHAIN,
        actor=actor,
        kind="role given" if row["granted"] else "role taken",
        row_id=row["id"],
        table=RoleGrantRow,
        values=row,
        after={"name": name, "role": row["role"]},
        reason=reason,
    )
    log.note(session, event)


def roles(
    session: Session, account_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, set[tuple[uuid.UUID | None, str]]]:
    """Return for each account the roles it holds, with their projects."""
    found: dict[uuid.UUID, set[tuple[uuid.UUID | None, str]]] = {}
    for ids in batches(account_ids):
        query = select(RoleGrantRow).where(RoleGrantRow.account_id.in_(ids))
        for row in session.scalars(query.order_by(RoleGrantRow.sequence)):
            held = found.setdefault(row.account_id, set())
            (held.add if row.granted else held.discard)((row.project_id, row.role))
    return found


def projects_of(session: Session, image_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the project of each image; unknown images are left out."""
    found: dict[uuid.UUID, uuid.UUID] = {}
    for ids in batches(image_ids):
        found |= pairs(
            session, select(ImageRow.id, ImageRow.project_id).where(ImageRow.id.in_(ids))
        )
    return found


# ---- what passes ------------------------------------------------------------------------------


def replace_link(
    session: Session, token_sha256: str, account_id: uuid.UUID | None, expires_at: datetime
) -> None:
    """Keep a one-time link in the place of those the account had."""
    gone = delete(SignInLinkRow).where(SignInLinkRow.account_id == account_id)
    session.execute(gone)  # also where it is None: one link sets up the first admin
    row = {"token_sha256": token_sha256, "account_id": account_id, "expires_at": expires_at}
    add_rows(session, SignInLinkRow, [row])


def link(session: Session, token_sha256: str, now: datetime) -> SignInLinkRow | None:
    """Return a one-time link that is still good."""
    query = select(SignInLinkRow).where(
        SignInLinkRow.token_sha256 == token_sha256, SignInLinkRow.expires_at > now
    )
    return session.scalar(query)


def use_link(session: Session, token_sha256: str, now: datetime) -> SignInLinkRow | None:
    """Take a link away and return it; None where it is not good, or somebody was quicker."""
    found = link(session, token_sha256, now)
    gone = delete(SignInLinkRow).where(SignInLinkRow.token_sha256 == token_sha256)
    taken = session.scalar(gone.returning(SignInLinkRow.token_sha256))
    return found if taken is not None else None


def forget_links(session: Session, account_id: uuid.UUID) -> None:
    """Take away the links of an account that wait to be used."""
    session.execute(delete(SignInLinkRow).where(SignInLinkRow.account_id == account_id))


def add_session(session: Session, values: Values) -> None:
    """Append a session that begins.

    Raises
    ------
    RecordConflictError
        If a session of that token was there before.
    """
    if session.get(SignInSessionRow, values["token_sha256"]) is not None:
        raise RecordConflictError("That session has ended; sign in again.")
    add_rows(session, SignInSessionRow, [values])


def session_of(session: Session, token_sha256: str) -> SignInSessionRow | None:
    """Return the session of a token, ended or not."""
    return session.get(SignInSessionRow, token_sha256)


def see_session(session: Session, token_sha256: str, now: datetime) -> None:
    """Write down that a session is used."""
    row = SignInSessionRow
    session.execute(update(row).where(row.token_sha256 == token_sha256).values(seen_at=now))


def end_sessions(
    session: Session,
    *,
    token_sha256: str | None = None,
    account_id: uuid.UUID | None = None,
) -> None:
    """End a session, or all of an account."""
    row = SignInSessionRow
    ending = update(row).values(ended=True)
    if token_sha256 is not None:
        session.execute(ending.where(row.token_sha256 == token_sha256))
    if account_id is not None:
        session.execute(ending.where(row.account_id == account_id))


def tries(session: Session, key_sha256: str) -> Mapping[str, Any] | None:
    """Return the wrong tries under a name, locked until the transaction ends."""
    query = select(SignInTryRow).where(SignInTryRow.key_sha256 == key_sha256).with_for_update()
    row = session.scalar(query)
    return None if row is None else values_of(row)


def keep_tries(session: Session, values: Values) -> None:
    """Write down the wrong tries under a name."""
    session.merge(SignInTryRow(**values))


def forget_tries(session: Session, key_sha256: str) -> None:
    """Forget the wrong tries under a name."""
    session.execute(delete(SignInTryRow).where(SignInTryRow.key_sha256 == key_sha256))


def forget_passing(session: Session) -> None:
    """Sign everybody out and void all links: what was ended since a backup stays ended."""
    for table in (SignInLinkRow, SignInSessionRow, SignInTryRow):
        session.execute(delete(table))


def purge(session: Session, before: datetime) -> None:
    """Remove what passed long ago."""
    session.execute(delete(SignInLinkRow).where(SignInLinkRow.expires_at < before))
    session.execute(delete(SignInSessionRow).where(SignInSessionRow.ends_at < before))
    session.execute(delete(SignInTryRow).where(SignInTryRow.barred_until < before))
