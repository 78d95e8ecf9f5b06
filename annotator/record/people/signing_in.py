"""One-time links, passwords and sessions: how somebody proves who they are, and who is signed in.

What passes (links, sessions, tries) has no events of its own; who signs in is noted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from db.rows import add_rows
from db.tables import PASSING, Base, SignInLinkRow, SignInSessionRow

from ...domain import Account, Person, Role
from ...domain.sign_in import IDLE, LINK_LASTS, LONGEST, name_key
from ...errors import SignInError, StorageError
from ..sessions import reads, writes
from . import accounts
from .credentials import digest, new_token
from .roles import account, admins, grant
from .tries import Tries, forget_try

_SEEN_EVERY = timedelta(minutes=1)
_KEPT = timedelta(days=40)
"""Ended sessions are remembered longer than an identity provider's cookie lives (30 days)."""

_NO_LINK = "This link was used already, or is too old; ask for a new one."


class SigningIn(Tries):
    """How somebody proves who they are, and who is signed in.

    Secrets come as they are and are hashed here, but for passwords, which come hashed. Times are
    the caller's, so that what expires can be tried. An address is that of a caller; empty where
    there is none.
    """

    @writes
    def issue_link(
        self, session: Session, account_id: UUID | None, *, actor: str, now: datetime
    ) -> str:
        """Return the token of a new one-time link, in the place of earlier ones.

        Without an account it is the link that sets up the first admin.
        """
        token = new_token()
        name = None if account_id is None else accounts.account_row(session, account_id).name
        _purge(session, now - _KEPT)
        accounts.forget_links(session, account_id)
        values = {"token_sha256": digest(token), "account_id": account_id}
        add_rows(session, SignInLinkRow, [values | {"expires_at": now + LINK_LASTS}])
        accounts.note(session, actor, "one-time link made", {"name": name})
        return token

    @reads
    def name_of_link(self, session: Session, token: str, *, now: datetime) -> str | None:
        """Return whose link it is; None for the link that sets up the first admin.

        Raises
        ------
        SignInError
            If it is used or too old.
        """
        link = session.get(SignInLinkRow, digest(token))
        if link is None or link.expires_at <= now:
            raise SignInError(_NO_LINK)
        return (
            None if link.account_id is None else accounts.account_row(session, link.account_id).name
        )

    @writes
    def join(
        self,
        session: Session,
        token: str,
        *,
        name: str,
        password: str | None = None,
        subject: str | None = None,
        now: datetime,
    ) -> Account:
        """Use a one-time link: give its account a way to sign in, and end what was open.

        Parameters
        ----------
        name : str
            Of the first admin, where the link sets one up; else it is not looked at.
        password : str, optional
            Its hash.
        subject : str, optional
            An identity elsewhere, in the place of a password.

        Raises
        ------
        SignInError
            If the link is used or too old.
        StorageError
            If the name or the identity is another account's.
        """
        changes = {"password": password, "subject": subject and digest(subject)}
        account_id = _use_link(session, token, now)
        if account_id is None:
            if admins(session):
                raise SignInError(_NO_LINK)
            account_id = accounts.create_account(session, name, name, now)
            grant(session, account_id, (None, Role.ADMIN), True, (name, "set up"), now)
        actor = accounts.account_row(session, account_id).name
        accounts.change_account(session, account_id, changes, actor=actor, kind="sign-in set up")
        accounts.end_sessions(session, account_id)
        session.expire_all()
        return account(session, account_id)

    @reads
    def credentials(self, session: Session, name: str) -> tuple[UUID, str] | None:
        """Return account and password hash of who may sign in under a name."""
        row = accounts.account_by(session, key=name_key(name))
        if row is None or not row.active or row.password is None:
            return None
        return row.id, row.password

    @writes
    def set_password(
        self, session: Session, account_id: UUID, hashed: str, *, address: str, now: datetime
    ) -> None:
        """Change a password; all sessions of the account end."""
        name = accounts.account_row(session, account_id).name
        changes = {"password": hashed}
        accounts.change_account(session, account_id, changes, actor=name, kind="password changed")
        accounts.end_sessions(session, account_id)
        forget_try(session, name, address, now)

    @reads
    def account_of_subject(self, session: Session, subject: str) -> UUID | None:
        """Return the active account of an identity elsewhere."""
        row = accounts.account_by(session, subject=digest(subject))
        return row.id if row is not None and row.active else None

    @writes
    def begin_session(
        self, session: Session, account_id: UUID, token: str, *, address: str = "", now: datetime
    ) -> None:
        """Sign an account in, in the browser that holds the token.

        Raises
        ------
        StorageError
            If a session of that token was there before.
        """
        if session.get(SignInSessionRow, digest(token)) is not None:
            raise StorageError("That session has ended; sign in again.")
        row = accounts.account_row(session, account_id)
        values = {"token_sha256": digest(token), "account_id": account_id, "seen_at": now}
        add_rows(session, SignInSessionRow, [values | {"ends_at": now + LONGEST, "ended": False}])
        forget_try(session, row.name, address, now)
        accounts.note(session, row.name, "signed in", {"name": row.name})

    @reads
    def knows_session(self, session: Session, token: str) -> bool:
        """Tell whether a session of that token was ever begun, ended or not."""
        return session.get(SignInSessionRow, digest(token)) is not None

    def person_of(self, token: str, *, now: datetime) -> Person | None:
        """Return who is signed in with a token; None where nobody is, or no longer."""
        person, seen_at = self._signed_in(token, now)
        if now - seen_at > _SEEN_EVERY:
            row = SignInSessionRow
            seen = update(row).where(row.token_sha256 == digest(token)).values(seen_at=now)
            self._sessions.write(lambda session: session.execute(seen))
        return person

    @reads
    def _signed_in(
        self, session: Session, token: str, now: datetime
    ) -> tuple[Person | None, datetime]:
        """Return who is signed in, and when they were seen."""
        row = session.get(SignInSessionRow, digest(token))
        if row is None or row.ended or now >= min(row.ends_at, row.seen_at + IDLE):
            return None, now
        owner = account(session, row.account_id)
        return (owner.person, row.seen_at) if owner.active else (None, now)

    @writes
    def end_session(self, session: Session, token: str) -> None:
        """Sign out; nothing happens where nobody is signed in."""
        row = session.get(SignInSessionRow, digest(token))
        if row is not None and not row.ended:
            row.ended = True
            name = accounts.account_row(session, row.account_id).name
            accounts.note(session, name, "signed out", {"name": name})


def _use_link(session: Session, token: str, now: datetime) -> UUID | None:
    """Take a link away and return its account; of two who come at once one is refused."""
    row = SignInLinkRow
    using = delete(row).where(row.token_sha256 == digest(token), row.expires_at > now)
    used = session.scalars(using.returning(row.account_id)).all()
    if not used:
        raise SignInError(_NO_LINK)
    return used[0]


def _purge(session: Session, before: datetime) -> None:
    """Remove what passed long ago."""
    session.execute(delete(SignInLinkRow).where(SignInLinkRow.expires_at < before))
    session.execute(delete(SignInSessionRow).where(SignInSessionRow.ends_at < before))


def forget_passing(session: Session) -> None:
    """Sign everybody out and void links and jobs: what was ended since a backup stays ended."""
    for name in PASSING:
        session.execute(delete(Base.metadata.tables[name]))
