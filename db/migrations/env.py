"""Alembic's entry: runs the steps on the connection that `db.schema` opened and locked."""

from __future__ import annotations

from alembic import context

from db.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
