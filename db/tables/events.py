"""What happened, in the order it happened: chained by hashes, see `db.chain`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from .columns import Base, Counter


class EventRow(Base):
    """One event of a chain: that of a project, or that of the record itself."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "row_id"),)

    chain: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str]
    row_table: Mapped[str | None]
    row_id: Mapped[UUID | None]
    digest: Mapped[str | None]
    parts: Mapped[dict[str, Any] | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    reason: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class IdentityRow(Base):
    """The identity of this record, which its copies and backups share; one row."""

    __tablename__ = "record_identity"
    __table_args__ = (CheckConstraint("number = 1", name="number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[UUID]
    created_at: Mapped[datetime]


class ErasureRow(Base):
    """What is left of a row that was erased on a person's demand: its digest.

    Of an event whose content was erased, `row_id` is the chain and `position` its number.
    The tombstones of one erasure are vouched for by the event that bears its id.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        Index(None, "row_table", "row_id", "position"),
        Index(None, "erasure_id", "sequence"),
        {"sqlite_autoincrement": True},
    )

    sequence: Mapped[int] = mapped_column(Counter, Identity(always=True), primary_key=True)
    erasure_id: Mapped[UUID]
    row_table: Mapped[str]
    row_id: Mapped[UUID]
    position: Mapped[int | None] = mapped_column(BigInteger)
    digest: Mapped[str]
    created_at: Mapped[datetime]
