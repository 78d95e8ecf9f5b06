"""Digests of rows, and the chain of hashes over events. Fixed for ever: records rest on it.

A row's digest is the SHA-256 of its canonical JSON: keys sorted, no blanks, ASCII; UUIDs as
text, moments in UTC with microseconds, bytes as the SHA-256 of their content, numbers by the
kind of their column. A column without a value is left out, so that a later version may add a
nullable column and old digests still hold. An event's hash is that of its own row without
``hash``; it holds the hash of the event before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Float, RowMapping

FIRST = "0" * 64
"""What the first event of a chain holds as the hash before it."""

RECORD_CHAIN = UUID(int=0)
"""The chain of what belongs to no project: people, backups, restorations."""

DERIVED = {"accounts": frozenset({"skeleton"}), "assignments": frozenset({"state"})}
"""Columns that follow from other rows and are not part of a digest."""


def digest(columns: Iterable[Any], values: Mapping[str, Any] | RowMapping) -> str:
    """Return the SHA-256 of a row in hexadecimal, from values by the names of its columns."""
    row = {}
    for column in columns:
        value = values.get(column.name)
        if value is not None and column.name not in DERIVED.get(_table(column), ()):
            row[column.name] = _plain(value, column.type)
    return _sha256(row)


def event_hash(values: Mapping[str, Any]) -> str:
    """Return the hash of an event from its columns; ``hash`` itself is not looked at."""
    given = {name: value for name, value in values.items() if value is not None and name != "hash"}
    return _sha256({name: _plain(value, None) for name, value in given.items()})


def _table(column: Any) -> str:
    return str(getattr(column.table, "name", ""))


def _sha256(row: Mapping[str, Any]) -> str:
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any, kind: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    # A whole number given for a real column comes back from the database as 1.0.
    return float(value) if isinstance(kind, Float) else value
