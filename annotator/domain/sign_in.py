"""How long links, sessions and waits last, and what passes for a name and a password."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from ..errors import SignInError
from .look_alikes import check_scripts, is_invisible, skeleton

IMPORTED_BY = "imported by "
"""What the names begin with under which annotations out of files are recorded: nobody's own."""

IDLE = timedelta(hours=1)
"""A session that is not used for this long has ended."""

LONGEST = timedelta(hours=12)
"""A session ends after this, however much it is used: about a working day."""

LINK_LASTS = timedelta(days=3)
"""A one-time link that was not used for this long is none."""

FREE_TRIES = 5
"""Wrong passwords in a row under one name, from one address, before the first wait."""

FREE_TRIES_OF_ADDRESS = 30
"""Wrong tries from one address under whichever names: a whole clinic may share an address."""

TRIES_KEPT = timedelta(hours=1)
"""Wrong tries are forgotten when no other came for this long; longer than the longest wait."""

_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
_SLOW_AFTER, _SLOWED_S = 20, 2.0
_LONGEST_NAME = 60
_SHORTEST_PASSWORD, _LONGEST_PASSWORD = 12, 200


def wait_after(failures: int, free: int = FREE_TRIES) -> timedelta:
    """Return how long nobody may sign in after so many wrong tries in a row.

    Nothing before `free`, then 30 s, doubled with each further try, and no longer than 15 minutes.
    """
    if failures < free:
        return timedelta(0)
    return min(_FIRST_WAIT * (1 << min(failures - free, 10)), _LONGEST_WAIT)


def slowed_s(failures: int) -> float:
    """Return how long a try waits after so many under its name from wherever, in seconds."""
    return _SLOWED_S if failures >= _SLOW_AFTER else 0.0


def checked_name(name: str) -> str:
    """Return a name as it is recorded, without needless blanks.

    Raises
    ------
    SignInError
        If it is blank, too long, not printable, of scripts that nobody writes together, or reads
        like that of an import.
    """
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not plain or len(plain) > _LONGEST_NAME or not plain.isprintable() or is_invisible(plain):
        raise SignInError(
            f"A name has 1 to {_LONGEST_NAME} printable characters; choose another one."
        )
    check_scripts(plain)
    if is_of_import(plain):
        raise SignInError(
            f"Names that begin with “{IMPORTED_BY.strip()}” stand for annotations out of files; "
            "choose another one."
        )
    return plain


def is_of_import(name: str) -> bool:
    """Tell whether a name reads like that under which the annotations of a file are recorded."""
    begins = (skeleton(IMPORTED_BY), skeleton(IMPORTED_BY.capitalize()))
    return name.casefold().startswith(IMPORTED_BY) or skeleton(name).startswith(begins)


def name_key(name: str) -> str:
    """Return a name as names are compared: two that people read alike are one."""
    plain = name.replace("\0", "\ufffd")  # which PostgreSQL keeps in no text
    return unicodedata.normalize("NFKC", " ".join(plain.split())).casefold()


def checked_password(password: str, name: str) -> str:
    """Return a password in one Unicode form, so that every keyboard types the same one.

    As NIST SP 800-63B has it, length counts and the kinds of characters do not.

    Raises
    ------
    SignInError
        If it is too short, too long, or the name.
    """
    plain = normal_password(password)
    if not _SHORTEST_PASSWORD <= len(plain) <= _LONGEST_PASSWORD:
        raise SignInError(
            f"A password has {_SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} characters; three or "
            "four words in a row will do."
        )
    beside_name = name_key(plain).replace(name_key(name), "")
    if len(beside_name) < _SHORTEST_PASSWORD // 2:
        raise SignInError("This password is little more than the name; choose another one.")
    return plain


def normal_password(password: str) -> str:
    """Return a typed password in the Unicode form that was hashed."""
    return unicodedata.normalize("NFKC", password)
