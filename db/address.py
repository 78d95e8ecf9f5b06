"""Where the database is: its URL checked, and a name for it that is safe to print."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from .errors import DatabaseUrlError

_HOW = "use sqlite:///FILE or postgresql://USER@HOST/DATABASE"
_SCHEMES = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def parse(text: str) -> URL:
    """Read a database URL and name the driver that is used for it: for PostgreSQL psycopg 3.

    Raises
    ------
    DatabaseUrlError
        If it is no URL, names another kind of database, or a database in memory. The message
        never repeats the URL, which may hold a password.
    """
    scheme, separator, _ = text.strip().partition("://")
    if not separator:
        raise DatabaseUrlError(f"The database's address has no scheme; {_HOW}.")
    if scheme not in _SCHEMES:
        shown = repr(scheme) if re.fullmatch(r"[a-z][a-z0-9+]{0,30}", scheme) else "of that name"
        raise DatabaseUrlError(f"Databases {shown} are not supported; {_HOW}.")
    try:
        url = make_url(text.strip()).set(drivername=_SCHEMES[scheme])
    except (ArgumentError, ValueError):
        raise DatabaseUrlError(
            f"The address after {scheme}:// cannot be read; {_HOW}, and write special characters "
            "of a password as %XX."
        ) from None
    if url.drivername == "sqlite":
        _check_sqlite(url)
    return url


def _check_sqlite(url: URL) -> None:
    if url.query or url.host:
        raise DatabaseUrlError(
            "A SQLite address takes no host and no options; use sqlite:///FILE, with one more "
            "slash for an absolute path."
        )
    if not url.database or url.database.startswith((":memory:", "file:")):
        raise DatabaseUrlError(
            "A SQLite database in memory forgets everything when it closes; name a file: "
            "sqlite:///FILE."
        )


def describe(url: URL) -> str:
    """Return the database's name for messages and logs: no user, no password, no options."""
    if url.drivername == "sqlite":
        return f"SQLite database {url.database}"
    port = f":{url.port}" if url.port else ""
    return f"PostgreSQL database {url.database or 'of the default name'} on " + (
        f"{url.host}{port}" if url.host else "this machine"
    )


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite database, or None for PostgreSQL."""
    return Path(url.database) if url.drivername == "sqlite" and url.database else None


def heads_name(url: URL) -> str:
    """Return the name of the file that remembers the chains' ends of the database here.

    It stays when the data folder is moved as a whole.
    """
    if url.drivername == "sqlite":
        place = Path(url.database or "").name
    else:
        place = f"{url.host or 'local'}-{url.port or 5432}-{url.database or 'default'}"
    return f"chain-heads-{re.sub(r'[^A-Za-z0-9_.-]+', '_', place)}.txt"
