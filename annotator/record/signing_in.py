"""One-time links, passwords and sessions, as the use cases see them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..domain import Account, Person, Role
from ..domain.sign_in import IDLE, LINK_LASTS, LONGEST, name_key, wait_after
from ..errors import SignInError
from . import accounts as of_accounts
from .credentials import digest, new_token
from .rows import people as rows
from .sessions import Sessions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_SEEN_EVERY = timedelta(minutes=1)
_KEPT = timedelta(days=40)
"""Ended sessions are remembered longer than an identity provider's cookie lives (30 days)."""

_LINK_IS_NONE = "This link was used already, or is too old; ask for a new one."


class SigningIn:
    """How somebody proves who they are, and who is signed in.

    Secrets come as they are and are hashed here, but for passwords, which come hashed. Times are
    the caller's, so that what expires can be tried.

    Parameters
    ----------
    sessions : Sessions
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    # ---- one-time links ------------------------------------------------------------------------

    def issue_link(self, account_id: uuid.UUID | None, *, actor: str, now: datetime) -> str:
        """Return the token of a new one-time link, in the place of earlier ones.

        Parameters
        ----------
        account_id : uuid.UUID or None
            None for the link that sets up the first admin.
        actor : str
        now : datetime
        """
        token = new_token()

        def write(session: Session) -> None:
            name = None if account_id is None else rows.account(session, account_id).name
            rows.purge(session, now - _KEPT)
            rows.replace_link(session, digest(token), account_id, now + LINK_LASTS)
            of_accounts.note(session, actor, "one-time link made", {"name": name})

        self._sessions.write(write)
        return token

    def name_of_link(self, token: str, *, now: datetime) -> str | None:
        """Return whose link it is; None for the link that sets up the first admin.

        Raises
        ------
        SignInError
            If it is used or too old.
        """

        def read(session: Session) -> str | None:
            link = rows.link(session, digest(token), now)
            if link is None:
                raise SignInError(_LINK_IS_NONE)
            return None if link.account_id is None else rows.account(session, link.account_id).name

        return self._sessions.read(read)

    def join(
        self,
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
        token : str
        name : str
            Of the first admin, where the link sets one up; else it is not looked at.
        password : str, optional
            Its hash.
        subject : str, optional
            An identity elsewhere, in the place of a password.
        now : datetime

        Raises
        ------
        SignInError
            If the link is used or too old.
        StorageError
            If the name or the identity is another account's.
        """
        changes = {"password": password, "subject": subject and digest(subject)}

        def write(session: Session) -> Account:
            link = rows.use_link(session, digest(token), now)
            if link is None or (link.account_id is None and of_accounts.admins(session)):
                raise SignInError(_LINK_IS_NONE)
            account_id = link.account_id
            if account_id is None:
                account_id = of_accounts.create(session, name, name, now)
                of_accounts.grant(
                    session, account_id, (None, Role.ADMIN), True, (name, "set up"), now
                )
            account = rows.account(session, account_id)
            rows.change_account(
                session, account_id, changes, actor=account.name, kind="sign-in set up"
            )
            rows.end_sessions(session, account_id=account_id)
            rows.forget_tries(session, digest(account.key))
            session.expire_all()
            return of_accounts.account(session, account_id)

        return self._sessions.write(write)

    # ---- passwords -----------------------------------------------------------------------------

    def credentials(self, name: str) -> tuple[uuid.UUID, str] | None:
        """Return account and password hash of who may sign in under a name."""

        def read(session: Session) -> tuple[uuid.UUID, str] | None:
            row = rows.account_by(session, key=name_key(name))
            return None if row is None or not row.active or row.password is None else (
                row.id, row.password
            )  # fmt: skip

        return self._sessions.read(read)

    def count_try(self, name: str, *, now: datetime) -> datetime | None:
        """Count a try to sign in before its password is looked at.

        Returns
        -------
        datetime or None
            Until when no password is looked at under that name; None where it is.
        """
        key = name_key(name)

        def write(session: Session) -> datetime | None:
            before = rows.tries(session, digest(key)) or {"failures": 0, "barred_until": now}
            if before["barred_until"] > now:
                barred: datetime = before["barred_until"]
                return barred
            failures = before["failures"] + 1
            until = now + wait_after(failures)
            counted = {"failures": failures, "barred_until": until, "seen_at": now}
            rows.keep_tries(session, {"key_sha256": digest(key)} | counted)
            account = rows.account_by(session, key=key)
            if until > now and account is not None:
                about = {"name": account.name, "wrong_tries": failures}
                of_accounts.note(session, account.name, "sign-in barred for a while", about)
            return None

        return self._sessions.write(write)

    def set_password(self, account_id: uuid.UUID, hashed: str) -> None:
        """Change a password; all sessions of the account end."""

        def write(session: Session) -> None:
            row = rows.account(session, account_id)
            rows.change_account(
                session, account_id, {"password": hashed}, actor=row.name, kind="password changed"
            )
            rows.end_sessions(session, account_id=account_id)
            rows.forget_tries(session, digest(row.key))

        self._sessions.write(write)

    # ---- sessions ------------------------------------------------------------------------------

    def account_of_subject(self, subject: str) -> uuid.UUID | None:
        """Return the active account of an identity elsewhere."""

        def read(session: Session) -> uuid.UUID | None:
            row = rows.account_by(session, subject=digest(subject))
            return row.id if row is not None and row.active else None

        return self._sessions.read(read)

    def begin_session(self, account_id: uuid.UUID, token: str, *, now: datetime) -> None:
        """Sign an account in, in the browser that holds the token.

        Raises
        ------
        StorageError
            If a session of that token was there before.
        """
        row = {
            "token_sha256": digest(token),
            "account_id": account_id,
            "seen_at": now,
            "ends_at": now + LONGEST,
            "ended": False,
        }

        def write(session: Session) -> None:
            account = rows.account(session, account_id)
            rows.add_session(session, row)
            rows.forget_tries(session, digest(account.key))
            of_accounts.note(session, account.name, "signed in", {"name": account.name})

        self._sessions.write(write)

    def knows_session(self, token: str) -> bool:
        """Tell whether a session of that token was ever begun, ended or not."""
        return self._sessions.read(lambda session: rows.session_of(session, digest(token))) is not (
            None
        )

    def person_of(self, token: str, *, now: datetime) -> Person | None:
        """Return who is signed in with a token; None where nobody is, or no longer."""

        def read(session: Session) -> tuple[Person, datetime] | None:
            row = rows.session_of(session, digest(token))
            if row is None or row.ended or now >= min(row.ends_at, row.seen_at + IDLE):
                return None
            account = of_accounts.account(session, row.account_id)
            return (account.person, row.seen_at) if account.active else None

        found = self._sessions.read(read)
        if found is None:
            return None
        if now - found[1] > _SEEN_EVERY:
            self._sessions.write(lambda session: rows.see_session(session, digest(token), now))
        return found[0]

    def end_session(self, token: str) -> None:
        """Sign out; nothing happens where nobody is signed in."""

        def write(session: Session) -> None:
            row = rows.session_of(session, digest(token))
            if row is not None and not row.ended:
                name = rows.account(session, row.account_id).name
                rows.end_sessions(session, token_sha256=row.token_sha256)
                of_accounts.note(session, name, "signed out", {"name": name})

        self._sessions.write(write)
