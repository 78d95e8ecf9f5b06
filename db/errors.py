"""The error tree of ``db``.

Every message says what happened, with which value, and what to do next; the database is then
as it was before the call.
"""


class DatabaseError(Exception):
    """Base of every error that ``db`` raises on purpose."""


class DatabaseUrlError(DatabaseError):
    """The database's address cannot be used."""


class SchemaError(DatabaseError):
    """The database's schema is not the one this version works with."""


class RecordNotFoundError(DatabaseError):
    """A row that was named does not exist."""


class RecordConflictError(DatabaseError):
    """What was to be written contradicts what is recorded."""


class DatabaseUnavailableError(DatabaseError):
    """The database did not take the write: it is locked, full or out of reach."""
