"""Triggers by which the database itself refuses to change or remove rows; used from 0002 on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alembic import op


def close_tables(keys: Mapping[str, Sequence[str]]) -> None:
    """Make tables append-only.

    Parameters
    ----------
    keys : dict of str to sequence of str
        For each table the conditions, in SQL on ``NEW`` and the row, under which an ``INSERT OR
        REPLACE`` would be a change in disguise. PostgreSQL has no such statement.
    """
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, conditions in keys.items():
        (_close_in_sqlite if is_sqlite else _close_in_postgresql)(table, conditions)


def _close_in_sqlite(table: str, conditions: Sequence[str]) -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: no row is changed'); END"
    for act in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} {refuse}")
    same = " OR ".join(f"({condition})" for condition in conditions)
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own constants
    op.execute(
        f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table} WHEN {exists} {refuse}"
    )


def _close_in_postgresql(table: str, _conditions: Sequence[str]) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE"
        f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # ALWAYS: also in a session that plays a replica, where triggers are silent by default.
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_refuses_change")
