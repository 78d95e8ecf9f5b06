"""What the columns of all tables are made of: the same on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ..errors import RecordValueError


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment with a time zone; UTC in the database, and UTC back from both kinds of it."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """Refuse a time without a zone, whose moment nobody could tell."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise RecordValueError("A time without a time zone cannot be recorded; give UTC.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """Return the moment in UTC; SQLite keeps no zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(sa.TypeDecorator[str]):
    """Text that both databases can hold."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: sa.Dialect) -> str | None:
        """Refuse what PostgreSQL cannot hold, so that a SQLite record can always move there."""
        if value is not None:
            check_text(value)
        return value


def check_text(text: str) -> None:
    """Raise `RecordValueError` for a text that PostgreSQL cannot hold."""
    try:
        holds = "\0" not in text and bool(text.encode() or True)
    except UnicodeEncodeError:
        holds = False
    if not holds:
        raise RecordValueError(
            "A text with a zero character or a broken Unicode character cannot be recorded; "
            "take that character out."
        )


class PlainJson(sa.TypeDecorator[Any]):
    """JSON as the standard has it."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: sa.Dialect) -> Any:
        """Refuse NaN, infinities and what is no JSON at all; SQLite would take the first two."""
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            raise RecordValueError(
                "A value that is not JSON, or not a finite number, cannot be recorded; give "
                "finite numbers, texts, lists and mappings."
            ) from None
        return value


class Base(DeclarativeBase):
    """Base of all rows."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own name and form
        str: PlainText,
        float: sa.Double,
        datetime: UtcTime,
        UUID: sa.Uuid,
        bytes: sa.LargeBinary,
        dict[str, Any]: PlainJson,
        list[str]: PlainJson,
    }


Counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""Counted by the database, never used twice: IDENTITY in PostgreSQL, AUTOINCREMENT in SQLite."""


class AppendedRow(Base):
    """A row that stays as it is; of rows about one thing that of the highest sequence counts."""

    __abstract__ = True

    sequence: Mapped[int] = mapped_column(
        Counter, sa.Identity(always=True), primary_key=True, sort_order=-2
    )
    id: Mapped[UUID] = mapped_column(unique=True, sort_order=-1)
    created_at: Mapped[datetime]
