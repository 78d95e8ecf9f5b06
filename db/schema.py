"""The schema: brought up to date, and checked, without any configuration file."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from .address import sqlite_file
from .engine import Database
from .errors import SchemaError
from .tables import APPEND_ONLY, Base
from .transfer import Derive

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_KEY = 0x616E6E6F74  # any number of our own; "annot" in ASCII
_alembic_is_ours = threading.Lock()  # Alembic keeps its context in a module


def head() -> str:
    """Return the revision that this version works with."""
    revision = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    if revision is None:
        raise SchemaError("The installed program holds no migrations; install it again.")
    return revision


def current(database: Database) -> str | None:
    """Return the database's revision, or None where there is no schema yet.

    Raises
    ------
    DatabaseError
        If the database cannot be read.
    """
    file = sqlite_file(database.url)
    if file is not None and not file.exists():
        return None  # looking must not create it
    with database.reading() as session:
        return MigrationContext.configure(session.connection()).get_current_revision()


def check(database: Database) -> None:
    """Make sure that the schema is the one this version works with; quick, for each start.

    Raises
    ------
    SchemaError
        If it is missing, older or newer; the message says what to do.
    """
    revision = current(database)
    if revision is None:
        raise SchemaError(f"The {database.name} has no tables yet; run `annotator db upgrade`.")
    if revision != head():
        _refuse_newer(database, revision)
        raise SchemaError(
            f"The {database.name} has schema {revision} and this version needs {head()}; make a "
            "backup, then run `annotator db upgrade`."
        )


def _refuse_newer(database: Database, revision: str | None) -> None:
    steps = {script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}
    if revision is not None and revision not in steps:
        raise SchemaError(
            f"The {database.name} has schema {revision}, made by a newer version of this program "
            f"(this one knows up to {head()}); start that version, nothing was changed."
        )


def upgrade(database: Database, derive: Derive) -> str:
    """Bring the schema up to date, in one transaction.

    Two processes may call it at once: one works, the other waits and then finds it done.

    Parameters
    ----------
    database : Database
    derive : callable
        Makes anew what follows from other rows, where a step was taken.

    Returns
    -------
    str
        The revision afterwards.

    Raises
    ------
    SchemaError
        If the database is of a newer version; it is as it was.
    DatabaseError
        If it cannot be written; it is as it was.
    """

    def work(session: Session) -> str:
        connection = session.connection()  # in SQLite this took the write lock
        if not database.is_sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        before = MigrationContext.configure(connection).get_current_revision()
        _refuse_newer(database, before)
        with _alembic_is_ours:
            command.upgrade(_config(connection), "head")
        if before not in (None, head()):
            derive(session)
        return head()

    return database.write(work)


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def problems(database: Database) -> list[str]:
    """Look the whole database over; slow on a large one.

    Parameters
    ----------
    database : Database
        Of the current schema, see `check`.

    Returns
    -------
    list of str
        A sentence for each table, column or index that is not as `db.tables` has it, each
        missing guard of an append-only table and, for SQLite, each damage of the file. Empty when
        all is well.

    Raises
    ------
    DatabaseError
        If the database cannot be read.
    """
    with database.reading() as session:
        connection = session.connection()
        context = MigrationContext.configure(
            connection,
            opts={"include_object": _is_ours, "compare_type": True, "target_metadata": None},
        )
        found = [_sentence(step) for step in compare_metadata(context, Base.metadata)]
        found += _unguarded(session, is_sqlite=database.is_sqlite)
        if database.is_sqlite:
            found += damage(session)
    return found


def damage(session: Session) -> list[str]:
    """Return a sentence for each damage of a SQLite file."""
    lines = session.execute(text("PRAGMA integrity_check")).scalars()
    found = [f"The file is damaged: {line}." for line in lines if line != "ok"]
    orphans = session.execute(text("PRAGMA foreign_key_check")).all()
    return found + [f"A row of {row[0]} points to a missing row of {row[2]}." for row in orphans]


def _is_ours(_object: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
    """Leave tables of other programs in the same database out of the comparison."""
    return not (kind == "table" and reflected and name not in Base.metadata.tables)


def _sentence(step: Any) -> str:
    changes = step if isinstance(step, list) else [step]
    return "The schema differs: " + "; ".join(
        " ".join(str(getattr(part, "name", part)) for part in change if part is not None)
        for change in changes
    )


def _unguarded(session: Session, *, is_sqlite: bool) -> list[str]:
    if is_sqlite:
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        acts: tuple[str, ...] = ("update", "delete", "replace")
    else:
        query = text(
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE tgenabled = 'A' AND relnamespace = current_schema()::regnamespace"
        )
        acts = ("change",)
    guards = set(session.execute(query).scalars())
    return [
        f"The table {table} is not protected: its trigger {table}_refuses_{act} is missing."
        for table in APPEND_ONLY
        for act in acts
        if f"{table}_refuses_{act}" not in guards
    ]
