"""0006 to 0007: where images stand in sequences, and equal pixels at two places (decision 0037)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

from .. import guards

_BEFORE = ("uq_images_project_id_pixels_sha256", ("project_id", "pixels_sha256"))
_AFTER = (
    "uq_images_project_id_pixels_sha256_source_sha256_frame",
    ("project_id", "pixels_sha256", "source_sha256", "frame"),
)


def upgrade(op: Operations) -> None:
    """Add two columns that are derived, and let pixels be in a project more than once."""
    op.execute("DELETE FROM image_states")  # made anew after the step
    op.add_column("image_states", sa.Column("stack", sa.Uuid, nullable=True))
    op.add_column("image_states", sa.Column("place", sa.Double, nullable=True))
    op.create_index(
        "ix_image_states_project_id_stack_position",
        "image_states",
        ["project_id", "stack", "position"],
    )
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(_BEFORE[0], "images", type_="unique")
        op.create_unique_constraint(_AFTER[0], "images", list(_AFTER[1]))
        return
    # By its text, as in the step from 0004; the index of the condition is then made anew.
    guards.open_table(connection, "images")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    before, after = (
        f"CONSTRAINT {name} UNIQUE ({', '.join(of)})" for name, of in (_BEFORE, _AFTER)
    )
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table'"
        " AND name = 'images'",
        (before, after),
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
    connection.exec_driver_sql("REINDEX images")
    guards.close(connection, sa.Table("images", sa.MetaData(), autoload_with=connection))
