"""How long links, sessions and waits last, and what passes for a name and a password."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from ..errors import SignInError

IDLE = timedelta(hours=1)
"""A session that is not used for this long has ended."""

LONGEST = timedelta(hours=12)
"""A session ends after this, however much it is used: about a working day."""

LINK_LASTS = timedelta(days=3)
"""A one-time link that was not used for this long is none."""

FREE_TRIES = 5
"""Wrong passwords in a row before the first wait."""

_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
_LONGEST_NAME = 60
_SHORTEST_PASSWORD, _LONGEST_PASSWORD = 12, 200


def wait_after(failures: int) -> timedelta:
    """Return how long nobody may sign in under a name after so many wrong tries in a row.

    Nothing before `FREE_TRIES`, then 30 s, doubled with each further try. No longer than 15
    minutes: others' guesses must not keep a person out for a day.
    """
    if failures < FREE_TRIES:
        return timedelta(0)
    return min(_FIRST_WAIT * (1 << min(failures - FREE_TRIES, 10)), _LONGEST_WAIT)


def checked_name(name: str) -> str:
    """Return a name as it is recorded, without needless blanks.

    Raises
    ------
    SignInError
        If it is blank, too long, or not printable.
    """
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not plain or len(plain) > _LONGEST_NAME or not plain.isprintable():
        raise SignInError(
            f"A name has 1 to {_LONGEST_NAME} printable characters; choose another one."
        )
    return plain


def name_key(name: str) -> str:
    """Return a name as names are compared: two that people read alike are one."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()


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
