"""The record as a stream of rows: from one database to another, or to a file and back.

The stream is neutral: tables in the order of their references, columns by name, values as JSON.
What follows from other rows (the states of images) is left out and made anew; what passes (who is
signed in) is left out.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from .errors import DatabaseError
from .rows import Values, batches
from .tables import PASSING, Base, ImageStateRow

FORMAT = "excitation-annotator record"
_VERSION = 1
_BATCH = 500
_CODECS: dict[type[Any], tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    sa.Uuid: (str, UUID),
    sa.DateTime: (datetime.isoformat, datetime.fromisoformat),
    sa.LargeBinary: (lambda content: base64.b64encode(content).decode(), base64.b64decode),
}

Row = tuple[str, Values]
"""A table's name, and a row of it."""


class BackupError(DatabaseError):
    """A file is not a backup, is not whole, or cannot be put where it was to go."""


def _tables() -> dict[str, sa.Table]:
    left_out = (ImageStateRow.__tablename__, *PASSING)
    return {t.name: t for t in Base.metadata.sorted_tables if t.name not in left_out}


def rows(session: Session) -> Iterator[Row]:
    """Yield all rows of the record, as they are at the session's first query.

    An older schema lacks tables and columns; they are left out.
    """
    looking = sa.inspect(session.connection())
    present = set(looking.get_table_names())
    for table in _tables().values():
        if table.name not in present:
            continue
        names = {column["name"] for column in looking.get_columns(table.name)}
        # Rows that refer to others of their table come after them: their sequence says so.
        columns = [column for column in table.columns if column.name in names]
        query = sa.select(*columns).order_by(*table.primary_key.columns)
        found = session.execute(query.execution_options(yield_per=_BATCH))
        yield from ((table.name, dict(row)) for row in found.mappings())


def is_empty(session: Session) -> bool:
    """Tell whether a migrated database holds no row yet."""
    return all(
        session.execute(sa.select(table).limit(1)).first() is None for table in _tables().values()
    )


Derive = Callable[[Session], None]
"""Makes anew what follows from the other rows of a record: the states of images."""


def load(session: Session, stream: Iterable[Row], derive: Derive) -> int:
    """Insert all rows of a stream into an empty record; return how many there were."""
    tables, count = _tables(), 0
    for name, of_table in groupby(stream, key=itemgetter(0)):
        if name not in tables:
            raise BackupError(f"The backup has a table {name!r}, which this version does not know.")
        for batch in batches(row for _, row in of_table):
            _insert(session, tables[name], batch)
            count += len(batch)
    for table in tables.values():
        _count_on(session, table)
    derive(session)
    return count


def _insert(session: Session, table: sa.Table, batch: list[Values]) -> None:
    columns = [column for column in table.columns if column.name in batch[0]]
    names = ", ".join(f'"{column.name}"' for column in columns)
    values = ", ".join(f":{column.name}" for column in columns)
    is_counted = table.columns.get("sequence") is not None
    overriding = "OVERRIDING SYSTEM VALUE " if is_counted and _is_postgresql(session) else ""
    # Names are our own, from the metadata.
    statement = f'INSERT INTO "{table.name}" ({names}) {overriding}VALUES ({values})'
    binds: list[sa.BindParameter[Any]] = [sa.bindparam(c.name, type_=c.type) for c in columns]
    session.execute(sa.text(statement).bindparams(*binds), batch)


def _count_on(session: Session, table: sa.Table) -> None:
    """Let PostgreSQL's counter go on after the highest number that was brought along.

    SQLite's AUTOINCREMENT looks at the rows itself.
    """
    sequence = table.columns.get("sequence")
    if sequence is not None and _is_postgresql(session):
        counter = sa.func.pg_get_serial_sequence(table.name, "sequence")
        # Of an empty table the highest is null, and so nothing is set.
        session.execute(
            sa.select(sa.func.setval(counter, sa.select(sa.func.max(sequence)).scalar_subquery()))
        )


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def write_file(stream: Iterable[Row], file: Path, schema: str) -> int:
    """Write a stream of rows to a file: gzip, one JSON value a line; return the rows' number.

    The first line says what it is, the last one how many rows there are and the SHA-256 of
    their lines.
    """
    digest, count = hashlib.sha256(), 0
    columns = {name: table.columns for name, table in _tables().items()}
    with gzip.open(file, "wt", encoding="ascii", newline="\n", compresslevel=5) as output:
        output.write(json.dumps({"format": FORMAT, "version": _VERSION, "schema": schema}) + "\n")
        for name, row in stream:
            plain = {key: _plain(value, columns[name][key], 0) for key, value in row.items()}
            line = json.dumps([name, plain], separators=(",", ":"), allow_nan=False) + "\n"
            digest.update(line.encode())
            output.write(line)
            count += 1
        output.write(json.dumps({"rows": count, "sha256": digest.hexdigest()}) + "\n")
    return count


def read_file(file: Path, schemas: Collection[str]) -> Iterator[Row]:
    """Yield the rows of a file that `write_file` wrote.

    Raises
    ------
    BackupError
        If it is no such file, of another schema, or not whole; the last is known at the end.
    """
    columns = {name: table.columns for name, table in _tables().items()}
    digest, count = hashlib.sha256(), 0
    try:
        with gzip.open(file, "rt", encoding="ascii", newline="\n") as lines:
            _check_header(json.loads(next(lines)), schemas)
            line = next(lines)
            for following in lines:
                digest.update(line.encode())
                count += 1
                name, plain = json.loads(line)
                row = {key: _plain(value, columns[name][key], 1) for key, value in plain.items()}
                yield name, row
                line = following
            end = json.loads(line)
    except (OSError, EOFError, StopIteration, zlib.error, ValueError, LookupError) as error:
        raise BackupError(
            f"The backup cannot be read to its end ({type(error).__name__}): it is damaged or was "
            "cut off; take another one."
        ) from error
    if end != {"rows": count, "sha256": digest.hexdigest()}:
        raise BackupError("The backup is not the one that was written; take another one.")


def _check_header(header: dict[str, Any], schemas: Collection[str]) -> None:
    if header.get("format") != FORMAT or header.get("version") != _VERSION:
        raise BackupError("The file is not a backup of a record; name one.")
    if header.get("schema") not in schemas:
        raise BackupError(
            f"The backup has schema {header.get('schema')} and this version reads "
            f"{' and '.join(schemas)}; restore it with the version "
            "that made it, then run `annotator db upgrade`."
        )


def _plain(value: Any, column: sa.Column[Any], way: int) -> Any:
    """Return a value as JSON has it (way 0), or as it was (way 1)."""
    kind = column.type.impl if isinstance(column.type, sa.TypeDecorator) else column.type
    for type_, ways in _CODECS.items():
        if value is not None and isinstance(kind, type_):
            return ways[way](value)
    return value
