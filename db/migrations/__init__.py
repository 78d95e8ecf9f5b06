"""The steps from one revision of the schema to the next, run by `db.schema` (decision 0022).

A new database is made from `db.tables` as they are, so there is a step only for what is older.
A released step is never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alembic.operations import Operations

from . import from_0004, from_0005, from_0006

HEAD = "0007"
"""The revision that `db.tables` describe."""

STEPS: Mapping[str, tuple[str, Callable[[Operations], None]]] = {
    "0004": ("0005", from_0004.upgrade),
    "0005": ("0006", from_0005.upgrade),
    "0006": ("0007", from_0006.upgrade),
}
"""For each older revision the one that follows, and how it is reached."""

TOO_OLD = frozenset({"0001", "0002", "0003"})
"""Revisions that an earlier version of the program brings to the oldest of `STEPS`."""

LAST_FOR_TOO_OLD = "3e2bf77"
"""The last commit of the program that upgrades them."""

READABLE = ("0004", "0005", "0006", "0007")
"""Schemas of backups that can be loaded as they are: what later ones added may be missing."""
