"""What a driver's error means, in the words of our error tree.

The driver's own text may quote a row (PostgreSQL's ``DETAIL``), so it is not passed on: the
message names the driver's error code, which is enough to look it up.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    SQLAlchemyError,
    StatementError,
    TimeoutError,  # noqa: A004 - SQLAlchemy's name for "no connection became free"
)

from .errors import (
    DatabaseError,
    DatabaseLockedError,
    DatabaseUnavailableError,
    RecordConflictError,
    RecordValueError,
    SchemaError,
)

_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED", "40001", "40P01", "55P03")
_FULL = ("SQLITE_FULL", "53100")
_NO_SCHEMA = ("42P01", "42703")
_REFUSED = ("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH", "42501", "28000", "28P01")
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_IOERR", "XX001", "XX002")


def _code(error: DBAPIError) -> str:
    """Return the driver's code: a SQLSTATE, or SQLite's name of it."""
    driver = error.orig
    if isinstance(driver, sqlite3.Error):
        return str(getattr(driver, "sqlite_errorname", "SQLITE_ERROR"))
    return str(getattr(driver, "sqlstate", None) or type(driver).__name__)


def _meaning(error: DBAPIError, database: str) -> DatabaseError:  # noqa: PLR0911 - a table of cases
    code = _code(error)
    if code.startswith(_LOCKED):
        return DatabaseLockedError(
            f"The {database} is locked by another process ({code}); nothing was written. Try "
            "again in a moment; if it stays so, close the other program that uses it."
        )
    if code.startswith(_FULL):
        return DatabaseUnavailableError(
            f"The disk that holds the {database} is full ({code}); nothing was written. Free "
            "some space and try again."
        )
    if code == "SQLITE_NOTADB":
        return DatabaseUnavailableError(
            f"The {database} is a file, but not a database ({code}); it was left as it is. Name "
            "another file, or put a backup in its place."
        )
    if code.startswith(_REFUSED):
        return DatabaseUnavailableError(
            f"The {database} does not let us in or must not be written ({code}); nothing was "
            "written. Check the account and the file's permissions."
        )
    if code.startswith(_DAMAGED):
        return DatabaseUnavailableError(
            f"The {database} could not be read or written correctly ({code}). Run "
            "`annotator db check`; restore a backup if it reports damage."
        )
    if code in _NO_SCHEMA or (code == "SQLITE_ERROR" and "no such" in str(error.orig)):
        return SchemaError(
            f"The {database} lacks tables that this version needs ({code}); run "
            "`annotator db upgrade`."
        )
    if code == "42P07" or (code == "SQLITE_ERROR" and "already exists" in str(error.orig)):
        return SchemaError(
            f"The {database} holds tables of another program under our names ({code}); nothing "
            "was changed. Name a database of its own for this program."
        )
    if isinstance(error, IntegrityError):
        return RecordConflictError(
            f"What was to be written contradicts what the {database} holds ({code}); nothing was "
            "written. Load the page again to see what is recorded."
        )
    if error.connection_invalidated or code in ("SQLITE_CANTOPEN", "OperationalError"):
        return DatabaseUnavailableError(
            f"The {database} is out of reach ({code}). Check that it runs, that its folder "
            "exists and the address is right; then send the same again: an act that was "
            "recorded already is not recorded twice."
        )
    return DatabaseError(f"The {database} refused a statement ({type(error).__name__}, {code}).")


@contextlib.contextmanager
def translated(database: str) -> Iterator[None]:
    """Turn every SQLAlchemy error raised inside into one of our tree, without it as the cause."""
    try:
        yield
    except DBAPIError as error:
        raise _meaning(error, database) from None
    except TimeoutError:
        raise DatabaseUnavailableError(
            f"No connection to the {database} became free; try again in a moment."
        ) from None
    except StatementError as error:
        if isinstance(error.orig, DatabaseError):
            raise error.orig from None
        raise RecordValueError(
            f"A value cannot be stored in the {database} ({type(error.orig).__name__}): give "
            "finite numbers, plain text and times with a time zone."
        ) from None
    except SQLAlchemyError as error:
        raise DatabaseError(f"The {database} could not be used ({type(error).__name__}).") from None
