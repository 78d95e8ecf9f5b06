"""Sign in and out: by a password, or by an identity that a provider vouches for.

Whoever calls these is not signed in yet; the workspace is the installation's own. A token is
told to one browser; a one-time link to one person.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from ..domain import Permission, Person
from ..domain.sign_in import checked_name, checked_password, normal_password
from ..errors import NotAllowedError, SignInError
from ..record.people.credentials import hash_password, is_password, new_token
from .authority import anybody, needs
from .workspace import Workspace

JOIN_PATH = "/account/join"
"""Where the app answers one-time links; the code follows as ``?code=``."""


class BarredError(SignInError):
    """Too many wrong tries; nobody may sign in for a while, under the name or at all from there.

    Attributes
    ----------
    wait_s : int
        For how long, in seconds.
    """

    def __init__(self, wait_s: int) -> None:
        super().__init__(
            f"Too many wrong user names or passwords; try again in {_in_words(wait_s)}."
        )
        self.wait_s = wait_s


def _in_words(wait_s: int) -> str:
    return f"{wait_s} seconds" if wait_s < 120 else f"{-(-wait_s // 60)} minutes"


@anybody
def set_up_code(workspace: Workspace, *, now: datetime | None = None) -> str | None:
    """Return the code of a link that makes the first admin; None where somebody is one.

    Raises
    ------
    NotAllowedError
        If it is not the operator of the machine who asks.
    """
    if not workspace.person.is_operator:
        raise NotAllowedError("Only who runs the server is told the link that sets it up.")
    if workspace.record.people.has_admin():
        return None
    return workspace.record.signing_in.issue_link(
        None, actor=workspace.person.name, now=now or _now()
    )


@anybody
def name_of_code(workspace: Workspace, code: str, *, now: datetime | None = None) -> str | None:
    """Return whose a one-time code is; None for the one that makes the first admin.

    Raises
    ------
    SignInError
        If it was used already, or is too old.
    """
    return workspace.record.signing_in.name_of_link(code, now=now or _now())


@anybody
def join_with_password(
    workspace: Workspace, code: str, name: str, password: str, *, now: datetime | None = None
) -> str:
    """Use a one-time code to choose a password, and sign in with it; return the session's token.

    Parameters
    ----------
    workspace : Workspace
    code : str
    name : str
        Of the first admin, where the code makes one; else it is not looked at.
    password : str
    now : datetime, optional

    Raises
    ------
    SignInError
        If the code is no good, or the name or the password cannot be taken; a code that is
        refused for these stays good.
    StorageError
        If the name is taken.
    """
    now = now or _now()
    name = name_of_code(workspace, code, now=now) or checked_name(name)
    hashed = hash_password(checked_password(password, name))
    signing_in = workspace.record.signing_in
    account = signing_in.join(code, name=name, password=hashed, now=now)
    token = new_token()
    signing_in.begin_session(account.id, token, now=now)
    return token


@anybody
def slowed_s(workspace: Workspace, name: str) -> float:
    """Return how long a try to sign in waits first, in seconds: 0 but after many wrong ones."""
    return workspace.record.signing_in.slowed_s(name, now=_now())


@anybody
def sign_in(
    workspace: Workspace,
    name: str,
    password: str,
    *,
    address: str = "",
    now: datetime | None = None,
) -> str:
    """Sign in by name and password; return the session's token.

    Parameters
    ----------
    workspace : Workspace
    name, password : str
    address : str
        The network address that it is tried from; empty where there is none.
    now : datetime, optional

    Raises
    ------
    BarredError
        After too many wrong tries: then no password is looked at, be it right or wrong.
    SignInError
        If there is no such account, it was deactivated, or the password is another one; which
        of these is not said.
    """
    now = now or _now()
    account_id = _proved(workspace, name, password, address, now)
    token = new_token()
    workspace.record.signing_in.begin_session(account_id, token, address=address, now=now)
    return token


def _proved(
    workspace: Workspace, name: str, password: str, address: str, now: datetime
) -> uuid.UUID:
    """Return the account that a name and a password belong to; each try is counted first."""
    signing_in = workspace.record.signing_in
    barred = signing_in.count_try(name, address, now=now)
    if barred is not None:
        raise BarredError(max(1, round((barred - now).total_seconds())))
    found = signing_in.credentials(name)
    if not is_password(normal_password(password), found and found[1]) or found is None:
        raise SignInError("Wrong user name or password.")
    return found[0]


@anybody
def proven(
    workspace: Workspace, name: str, password: str, *, now: datetime | None = None
) -> Person:
    """Return whom a name and a password belong to, without signing them in; raises as `sign_in`."""
    account_id = _proved(workspace, name, password, "", now or _now())
    return next(one for one in workspace.record.people.accounts() if one.id == account_id).person


@anybody
def person_of(workspace: Workspace, token: str, *, now: datetime | None = None) -> Person | None:
    """Return who is signed in with a token; None where nobody is, or no longer."""
    if not token:
        return None
    return workspace.record.signing_in.person_of(token, now=now or _now())


@anybody
def sign_out(workspace: Workspace, token: str) -> None:
    """End a session; nothing happens where there is none."""
    workspace.record.signing_in.end_session(token)


@needs(Permission.SIGNED_IN)
def change_password(
    workspace: Workspace, old: str, new: str, *, address: str = "", now: datetime | None = None
) -> None:
    """Change one's own password; all one's sessions end, this one too.

    Raises
    ------
    BarredError
        After too many wrong tries.
    SignInError
        If the old password is wrong, or the new one cannot be taken.
    """
    name, now = workspace.person.name, now or _now()
    plain = checked_password(new, name)
    account_id = _proved(workspace, name, old, address, now)
    hashed = hash_password(plain)
    workspace.record.signing_in.set_password(account_id, hashed, address=address, now=now)


# ---- an identity provider vouches -------------------------------------------------------------


@anybody
def sign_in_with_subject(
    workspace: Workspace, subject: str, token: str, *, now: datetime | None = None
) -> Person | None:
    """Sign in whom an identity provider vouched for, in the browser that holds the token.

    Parameters
    ----------
    workspace : Workspace
    subject : str
        Issuer and subject, as the provider's signed statement has them.
    token : str
        The browser's own proof of that statement; a session that ended does not begin again
        with the same one.
    now : datetime, optional

    Returns
    -------
    Person or None
        None where the identity has no active account yet.

    Raises
    ------
    SignInError
        If the session of that token has ended.
    """
    now = now or _now()
    signing_in = workspace.record.signing_in
    account_id = signing_in.account_of_subject(subject)
    if account_id is None:
        return None
    if signing_in.knows_session(token):
        raise SignInError("Your session has ended; sign in again.")
    signing_in.begin_session(account_id, token, now=now)
    return signing_in.person_of(token, now=now)


@anybody
def join_with_subject(
    workspace: Workspace, code: str, name: str, subject: str, *, now: datetime | None = None
) -> None:
    """Use a one-time code to sign in with an identity elsewhere from now on.

    Raises
    ------
    SignInError
        If the code is no good, or the name cannot be taken.
    StorageError
        If the identity or the name is another account's.
    """
    now = now or _now()
    name = name_of_code(workspace, code, now=now) or checked_name(name)
    workspace.record.signing_in.join(code, name=name, subject=subject, now=now)


def _now() -> datetime:
    return datetime.now(UTC)
