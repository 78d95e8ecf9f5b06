"""An index by which the frames of a file are found."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_images_project_id_source_sha256_frame",
        "images",
        ["project_id", "source_sha256", "frame"],
    )
