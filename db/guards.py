"""Triggers by which the database itself refuses to change or remove rows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, PrimaryKeyConstraint, Table, UniqueConstraint, text
from sqlalchemy.orm import Session

from .tables import APPEND_ONLY

_REFUSE_CHANGE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION '% is append-only: no row is changed', TG_TABLE_NAME"
    " USING ERRCODE = 'integrity_constraint_violation'; END $$"
)
_ACTS = {"sqlite": ("update", "delete", "replace"), "postgresql": ("change",)}


def close(connection: Connection, table: Table) -> None:
    """Make a table append-only."""
    for statement in _statements(connection, table):
        connection.execute(text(statement))


def _statements(connection: Connection, table: Table) -> list[str]:
    name = table.name
    if connection.dialect.name == "postgresql":
        return [
            _REFUSE_CHANGE,
            (
                f"CREATE TRIGGER {name}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE"
                f" ON {name} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            ),
            # ALWAYS: also in a session that plays a replica, where triggers are silent by default.
            f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER {name}_refuses_change",
        ]
    refuse = f"BEGIN SELECT RAISE(ABORT, '{name} is append-only: no row is changed'); END"
    # An INSERT OR REPLACE of what identifies a row would be a change in disguise.
    same = " OR ".join(
        "(" + " AND ".join(f"NEW.{column.name} = {column.name}" for column in key.columns) + ")"
        for key in sorted(table.constraints, key=lambda each: str(each.name))
        if isinstance(key, (PrimaryKeyConstraint, UniqueConstraint))
    )
    exists = f"EXISTS (SELECT 1 FROM {name} WHERE {same})"  # noqa: S608 - our own names
    return [
        f"CREATE TRIGGER {name}_refuses_update BEFORE UPDATE ON {name} {refuse}",
        f"CREATE TRIGGER {name}_refuses_delete BEFORE DELETE ON {name} {refuse}",
        f"CREATE TRIGGER {name}_refuses_replace BEFORE INSERT ON {name} WHEN {exists} {refuse}",
    ]


def open_table(connection: Connection, name: str) -> None:
    """Let the rows of a table be changed."""
    dialect = connection.dialect.name
    for act in _ACTS[dialect]:
        of_table = "" if dialect == "sqlite" else f" ON {name}"
        connection.execute(text(f"DROP TRIGGER {name}_refuses_{act}{of_table}"))


@contextlib.contextmanager
def lifted(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """Let rows of append-only tables be changed inside, for this transaction alone."""
    is_sqlite = connection.dialect.name == "sqlite"
    alter = "ALTER TABLE {0} {1} TRIGGER {0}_refuses_change"
    for table in tables:
        if is_sqlite:
            open_table(connection, table.name)
        else:  # who reads meanwhile need not wait, as for a trigger that is dropped
            connection.execute(text(alter.format(table.name, "DISABLE")))
    yield
    for table in tables:
        if is_sqlite:
            close(connection, table)
        else:
            connection.execute(text(alter.format(table.name, "ENABLE ALWAYS")))


def missing(session: Session) -> list[str]:
    """Return a sentence for each guard of an append-only table that is not there."""
    dialect = session.connection().dialect.name
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE tgenabled = 'A' AND relnamespace = current_schema()::regnamespace",
    }[dialect]
    present = set(session.execute(text(query.replace("::", "\\:\\:"))).scalars())
    return [
        f"The table {table} is not protected: its trigger {table}_refuses_{act} is missing."
        for table in APPEND_ONLY
        for act in _ACTS[dialect]
        if f"{table}_refuses_{act}" not in present
    ]
