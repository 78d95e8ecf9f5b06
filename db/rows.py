"""What all queries share: batches, rows as mappings, and insertion that returns what it made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from .tables import Base

Values = dict[str, Any]
"""A row as a mapping of column names to values."""

_Item = TypeVar("_Item")
_BATCH = 500  # values in one IN (...): far below SQLite's 32,766 and PostgreSQL's 65,535


def batches(items: Iterable[_Item], size: int = _BATCH) -> Iterator[list[_Item]]:
    """Yield the items in lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def lookup(session: Session, query: Any, column: Any, values: Iterable[Any]) -> Iterator[Any]:
    """Yield the rows of a query whose column has one of the values, some hundred at a time."""
    for some in batches(values):
        yield from session.execute(query.where(column.in_(some)))


def walk(session: Session, column: Any, size: int = _BATCH) -> Iterator[Sequence[Any]]:
    """Yield all ids in a column, in their order, some hundred at a time."""
    query, last = select(column).order_by(column).limit(size), None
    while ids := session.scalars(query if last is None else query.where(column > last)).all():
        yield ids
        last = ids[-1]


def unless_there(session: Session, table: type[Base], key: str) -> Any:
    """Return an INSERT that leaves out rows whose unique key is there, or comes meanwhile."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing(index_elements=[key])


def values_of(row: Base) -> Values:
    """Return a row as a mapping."""
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def add_rows(session: Session, table: type[Base], rows: Sequence[Values]) -> list[Values]:
    """Insert rows in order and return them whole, with the sequence that the database gave.

    Parameters
    ----------
    rows : sequence of dict
        All of the same columns.
    """
    if not rows:
        return []
    sequence = getattr(table, "sequence", None)
    if sequence is None:
        session.execute(insert(table), rows)
        return list(rows)
    adding = insert(table).returning(sequence, sort_by_parameter_order=True)
    given = session.scalars(adding, rows).all()
    return [row | {"sequence": number} for row, number in zip(rows, given, strict=True)]
