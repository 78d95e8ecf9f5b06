"""The record: projects, images, suggestion runs, and annotations that are only appended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_UTC = sa.DateTime(timezone=True)
_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# What identifies a row: an INSERT OR REPLACE of any of these would be a change in disguise.
_KEYS = {
    "annotations": ("NEW.sequence = sequence", "NEW.id = id"),
    "maps": ("NEW.run_id = run_id AND NEW.position = position",),
    "suggestion_runs": ("NEW.sequence = sequence", "NEW.id = id"),
    "suggestions": ("NEW.id = id", "NEW.run_id = run_id AND NEW.position = position"),
}


def upgrade() -> None:
    """Make the tables, then close those that are only appended to."""
    _create_projects()
    _create_images()
    _create_suggestions()
    _create_annotations()
    _create_image_states()
    if op.get_bind().dialect.name == "sqlite":
        _close_in_sqlite()
    else:
        _close_in_postgresql()


def _create_projects() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("name", name="uq_projects_name"),
    )
    op.create_table(
        "project_labels",
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("scheme", sa.String, nullable=False),
        sa.Column("meaning", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "code", name="pk_project_labels"),
        sa.UniqueConstraint("project_id", "position", name="uq_project_labels_project_id_position"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_project_labels_project_id"
        ),
    )
    op.create_table(
        "raters",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_raters"),
        sa.UniqueConstraint("name", name="uq_raters_name"),
    )


def _create_images() -> None:
    op.create_table(
        "images",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("file_name", sa.String, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("pixels_sha256", sa.String, nullable=False),
        sa.Column("source_sha256", sa.String, nullable=False),
        sa.Column("modality", sa.String, nullable=False),
        sa.Column("bits", sa.Integer, nullable=False),
        sa.Column("channels", sa.Integer, nullable=False),
        sa.Column("window_black", sa.Double, nullable=True),
        sa.Column("window_white", sa.Double, nullable=True),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_images"),
        sa.UniqueConstraint("project_id", "position", name="uq_images_project_id_position"),
        sa.UniqueConstraint(
            "project_id", "pixels_sha256", name="uq_images_project_id_pixels_sha256"
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_images_project_id"),
        sa.CheckConstraint("width > 0 AND height > 0", name="ck_images_size"),
    )


def _create_suggestions() -> None:
    op.create_table(
        "suggestion_runs",
        sa.Column("sequence", _COUNTER, sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("image_id", sa.Uuid, nullable=False),
        sa.Column("model_name", sa.String, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("model_sha256", sa.String, nullable=False),
        sa.Column("method", sa.String, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("code_version", sa.String, nullable=False),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("notices", sa.JSON, nullable=False),
        sa.Column("face", sa.JSON, nullable=True),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_suggestion_runs"),
        sa.UniqueConstraint("id", name="uq_suggestion_runs_id"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_suggestion_runs_image_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_suggestion_runs_image_id_sequence", "suggestion_runs", ["image_id", "sequence"]
    )
    op.create_table(
        "suggestions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("run_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("region", sa.JSON, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("strength", sa.Double, nullable=False),
        sa.Column("against", sa.String, nullable=False),
        sa.Column("explained_mass", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suggestions"),
        sa.UniqueConstraint("run_id", "position", name="uq_suggestions_run_id_position"),
        sa.ForeignKeyConstraint(["run_id"], ["suggestion_runs.id"], name="fk_suggestions_run_id"),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name="ck_suggestions_score"),
        sa.CheckConstraint("strength BETWEEN 0 AND 1", name="ck_suggestions_strength"),
        sa.CheckConstraint("explained_mass BETWEEN 0 AND 1", name="ck_suggestions_explained_mass"),
    )
    op.create_table(
        "maps",
        sa.Column("run_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("against", sa.String, nullable=False),
        sa.Column("layer", sa.String, nullable=False),
        sa.Column("explained_mass", sa.Double, nullable=False),
        sa.Column("grid_height", sa.Integer, nullable=False),
        sa.Column("grid_width", sa.Integer, nullable=False),
        sa.Column("grid", sa.LargeBinary, nullable=False),
        sa.Column("extent", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "position", name="pk_maps"),
        sa.ForeignKeyConstraint(["run_id"], ["suggestion_runs.id"], name="fk_maps_run_id"),
        sa.CheckConstraint("length(grid) = 4 * grid_height * grid_width", name="ck_maps_grid"),
        sa.CheckConstraint("explained_mass BETWEEN 0 AND 1", name="ck_maps_explained_mass"),
    )


def _create_annotations() -> None:
    op.create_table(
        "annotations",
        sa.Column("sequence", _COUNTER, sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("image_id", sa.Uuid, nullable=False),
        sa.Column("region_id", sa.Uuid, nullable=False),
        sa.Column("rater_id", sa.Uuid, nullable=False),
        sa.Column("decision", sa.String, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("region", sa.JSON, nullable=False),
        sa.Column("derived_from", sa.Uuid, nullable=True),
        sa.Column("supersedes", sa.Uuid, nullable=True),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_annotations"),
        sa.UniqueConstraint("id", name="uq_annotations_id"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_annotations_image_id"),
        sa.ForeignKeyConstraint(["rater_id"], ["raters.id"], name="fk_annotations_rater_id"),
        sa.ForeignKeyConstraint(
            ["derived_from"], ["suggestions.id"], name="fk_annotations_derived_from"
        ),
        sa.ForeignKeyConstraint(
            ["supersedes"], ["annotations.id"], name="fk_annotations_supersedes"
        ),
        sa.CheckConstraint(
            "decision IN ('accepted', 'edited', 'rejected', 'added', 'undecided', 'withdrawn')",
            name="ck_annotations_decision",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_annotations_image_id_region_id_sequence",
        "annotations",
        ["image_id", "region_id", "sequence"],
    )


def _create_image_states() -> None:
    op.create_table(
        "image_states",
        sa.Column("image_id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("run", _COUNTER, nullable=True),
        sa.Column("suggested", sa.Integer, nullable=False),
        sa.Column("settled", sa.Integer, nullable=False),
        sa.Column("acts", sa.Integer, nullable=False),
        sa.Column("decided", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("image_id", name="pk_image_states"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_image_states_image_id"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_image_states_project_id"),
        sa.ForeignKeyConstraint(["run"], ["suggestion_runs.sequence"], name="fk_image_states_run"),
    )
    op.create_index(
        "ix_image_states_project_id_decided_position",
        "image_states",
        ["project_id", "decided", "position"],
    )


def _close_in_sqlite() -> None:
    for table, keys in _KEYS.items():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: no row is changed'); END"
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} {refuse}"
            )
        same = " OR ".join(f"({key})" for key in keys)
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own constants
        op.execute(
            f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table} "
            f"WHEN {exists} {refuse}"
        )


def _close_in_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION '% is append-only: no row is changed', TG_TABLE_NAME"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in _KEYS:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE"
            f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        # ALWAYS: also in a session that plays a replica, where triggers are silent by default.
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_refuses_change")
