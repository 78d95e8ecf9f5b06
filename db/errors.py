"""The error tree of ``db``.

Every message says what happened, with which value, and what to do next; the database is then
as it was before the call. No message holds a password or the content of a row.
"""


class DatabaseError(Exception):
    """Base of every error that ``db`` raises on purpose."""


class DatabaseUrlError(DatabaseError):
    """The database's address cannot be used."""


class SchemaError(DatabaseError):
    """The database's schema is not the one this version works with."""


class RecordConflictError(DatabaseError):
    """What was to be written contradicts what is recorded."""


class RecordValueError(DatabaseError):
    """A value cannot be stored in every database, or not as what it claims to be."""


class DatabaseUnavailableError(DatabaseError):
    """The database did not take the write: it is locked, full or out of reach."""


class DatabaseLockedError(DatabaseUnavailableError):
    """Another process held the database, or the rows, for too long; trying again may help."""
