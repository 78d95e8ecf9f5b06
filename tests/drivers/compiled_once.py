"""Statements compiled once for all databases that tests open one after another.

SQLAlchemy keeps what it compiled with each engine. People open one database a process, tests
hundreds: a fifth of their time on databases was compiling the same statements anew.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

import db.engine

_COMPILED: LRUCache[Any, Any] = LRUCache(3000)


def share_compiled_statements() -> None:
    """Have the product's engines in this process use one cache; dialects of a kind are alike."""

    def created(*arguments: Any, **options: Any) -> Engine:
        engine = create_engine(*arguments, **options)
        engine._compiled_cache = _COMPILED
        return engine

    def kind(dialect: DefaultDialect) -> tuple[object, ...]:
        return type(dialect), dialect.paramstyle, dialect.server_version_info

    db.engine.create_engine = created
    DefaultDialect.__eq__ = (  # type: ignore[method-assign]
        lambda one, other: isinstance(other, DefaultDialect) and kind(one) == kind(other)
    )
    DefaultDialect.__hash__ = (  # type: ignore[method-assign]
        lambda dialect: hash((type(dialect), dialect.paramstyle))
    )
