"""Accounts, their roles, and what signing in leaves behind; every secret only as its hash."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from .columns import AppendedRow, Base

ROLES = ("rater", "reviewer", "adjudicator", "manager", "admin")


class AccountRow(Base):
    """Somebody who may sign in.

    `key` is the name as it is compared; `password` an Argon2id hash and `subject` the SHA-256 of
    an identity elsewhere, both without value until a one-time link was used. `skeleton` is the
    name's of UTS 39, which two names that look alike share; it follows from the name.
    """

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str | None]
    subject: Mapped[str | None] = mapped_column(unique=True)
    active: Mapped[bool]
    created_at: Mapped[datetime]
    skeleton: Mapped[str | None] = mapped_column(index=True, unique=True)


class RoleGrantRow(AppendedRow):
    """A role given or taken; of account, project and role the row of highest sequence counts.

    Without a project the role holds everywhere.
    """

    __tablename__ = "role_grants"
    __table_args__ = (
        Index(None, "account_id", "sequence"),
        CheckConstraint(f"role IN ({', '.join(map(repr, ROLES))})", name="role"),
        {"sqlite_autoincrement": True},
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id"))
    role: Mapped[str]
    granted: Mapped[bool]


class SignInLinkRow(Base):
    """A one-time link that waits to be used; without an account it sets up the first admin."""

    __tablename__ = "sign_in_links"

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    expires_at: Mapped[datetime]


class SignInSessionRow(Base):
    """A browser that is signed in, until it is not used for long, ends, or is ended."""

    __tablename__ = "sign_in_sessions"
    __table_args__ = (Index(None, "account_id"),)

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended: Mapped[bool]


class SignInTryRow(Base):
    """Wrong tries to sign in under a name or from an address, kept as the SHA-256 of either.

    A name may be a password typed into the wrong field.
    """

    __tablename__ = "sign_in_tries"

    key_sha256: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    barred_until: Mapped[datetime]
    seen_at: Mapped[datetime]
