"""The schema: made, brought up to date, and checked (decision 0022)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from . import guards
from .address import sqlite_file
from .chain import RECORD_CHAIN, log
from .engine import Database
from .errors import SchemaError
from .migrations import HEAD, LAST_FOR_TOO_OLD, STEPS, TOO_OLD
from .tables import APPEND_ONLY, Base
from .transfer import Derive

_LOCK_KEY = 0x616E6E6F74  # any number of our own; "annot" in ASCII


def head() -> str:
    """Return the revision that this version works with."""
    return HEAD


def current(database: Database) -> str | None:
    """Return the database's revision, or None where there is no schema yet."""
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
        _refuse_unknown(database, revision)
        raise SchemaError(
            f"The {database.name} has schema {revision} and this version needs {head()}; make a "
            "backup, then run `annotator db upgrade`."
        )


def is_older(database: Database) -> bool:
    """Tell whether `upgrade` would change tables that there are.

    Raises
    ------
    SchemaError
        If no step leads from the database's revision to this version's.
    """
    revision = current(database)
    _refuse_unknown(database, revision)
    return revision not in (None, head())


def _refuse_unknown(database: Database, revision: str | None) -> None:
    """Refuse a revision from which no step leads to this version's."""
    if revision in TOO_OLD:
        raise SchemaError(
            f"The {database.name} has schema {revision}, which is older than this version can "
            f"upgrade. Make a backup, check out the program's commit {LAST_FOR_TOO_OLD} (`git "
            f"checkout {LAST_FOR_TOO_OLD}`), run `annotator db upgrade` there, then again with "
            "this version; nothing was changed."
        )
    if revision is not None and revision != HEAD and revision not in STEPS:
        raise SchemaError(
            f"The {database.name} has schema {revision}, made by a newer version of this program "
            f"(this one knows up to {head()}); start that version, nothing was changed."
        )


def upgrade(database: Database, derive: Derive) -> str:
    """Make the tables, or bring them up to date, in one transaction; return the revision.

    Two processes may call it at once: one works, the other waits and then finds it done.
    Where a step was taken, `derive` makes anew what follows from other rows.

    Raises
    ------
    SchemaError
        If no step leads from the database's revision to this one; it is as it was.
    """

    def work(session: Session) -> str:
        connection = session.connection()  # in SQLite this took the write lock
        if not database.is_sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        context = MigrationContext.configure(connection)
        before = revision = context.get_current_revision()
        _refuse_unknown(database, before)
        if revision is None:
            _create(connection)
        while revision is not None and revision in STEPS:
            revision, step = STEPS[revision]
            step(Operations(context))
            session.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
        if before is not None and revision != before:
            derive(session)
            event = log.Event(RECORD_CHAIN, "annotator db upgrade", "schema upgraded")
            was, now = {"schema": before}, {"schema": revision}
            log.note(session, replace(event, before=was, after=now))
        return head()

    return database.write(work)


def _create(connection: Connection) -> None:
    Base.metadata.create_all(connection, checkfirst=False)
    for name in APPEND_ONLY:
        guards.close(connection, Base.metadata.tables[name])
    connection.execute(
        text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL"
            " CONSTRAINT alembic_version_pkc PRIMARY KEY)"
        )
    )
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def problems(database: Database) -> list[str]:
    """Look the whole database, which is of the current schema, over; slow on a large one.

    Returns
    -------
    list of str
        A sentence for each table, column or index that is not as `db.tables` has it, each
        missing guard of an append-only table and, for SQLite, each damage of the file.
    """
    with database.reading() as session:
        connection = session.connection()
        context = MigrationContext.configure(
            connection,
            opts={"include_object": _is_ours, "compare_type": True, "target_metadata": None},
        )
        found = [_sentence(step) for step in compare_metadata(context, Base.metadata)]
        found += guards.missing(session)
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
