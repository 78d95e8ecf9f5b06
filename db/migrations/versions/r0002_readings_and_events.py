"""Readings, label values, remarks, assignments, subjects, and the chain of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.adoption import adopt
from db.migrations.guards import close_tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UTC = sa.DateTime(timezone=True)
_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_OF_ACT = ("NEW.sequence = sequence", "NEW.id = id")

_KEYS = {
    "events": ("NEW.chain = chain AND NEW.number = number",),
    "images": (
        "NEW.id = id",
        "NEW.project_id = project_id AND NEW.position = position",
        "NEW.project_id = project_id AND NEW.pixels_sha256 = pixels_sha256",
    ),
    "label_values": _OF_ACT,
    "project_labels": (
        "NEW.project_id = project_id AND NEW.code = code",
        "NEW.project_id = project_id AND NEW.position = position",
    ),
    "raters": ("NEW.id = id", "NEW.name = name"),
    "readings": (
        "NEW.id = id",
        "NEW.image_id = image_id AND NEW.rater_id = rater_id AND NEW.round = round",
    ),
    "record_identity": ("NEW.number = number",),
    "remarks": _OF_ACT,
    "signatures": _OF_ACT,
    "subjects": ("NEW.id = id", "NEW.project_id = project_id AND NEW.pseudonym = pseudonym"),
}


def upgrade() -> None:
    """Make the tables, take the rows there are into the chains, then close the tables."""
    _create_events()
    _create_subjects()
    _create_readings()
    _create_acts()
    _extend()
    _create_image_states()
    adopt(op.get_bind())
    close_tables(_KEYS)


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("chain", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("at", _UTC, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("row_table", sa.String, nullable=True),
        sa.Column("row_id", sa.Uuid, nullable=True),
        sa.Column("digest", sa.String, nullable=True),
        sa.Column("parts", sa.JSON, nullable=True),
        sa.Column("before", sa.JSON, nullable=True),
        sa.Column("after", sa.JSON, nullable=True),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("previous_hash", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name="pk_events"),
    )
    op.create_index("ix_events_row_id", "events", ["row_id"])
    op.create_table(
        "record_identity",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_record_identity"),
        sa.CheckConstraint("number = 1", name="ck_record_identity_number"),
    )


def _create_subjects() -> None:
    op.create_table(
        "subjects",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("pseudonym", sa.String, nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subjects"),
        sa.UniqueConstraint("project_id", "pseudonym", name="uq_subjects_project_id_pseudonym"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_subjects_project_id"),
    )


def _create_readings() -> None:
    op.create_table(
        "readings",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("image_id", sa.Uuid, nullable=False),
        sa.Column("rater_id", sa.Uuid, nullable=False),
        sa.Column("round", sa.String, nullable=False),
        sa.Column("arm", sa.String, nullable=False),
        sa.Column("opened_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.UniqueConstraint(
            "image_id", "rater_id", "round", name="uq_readings_image_id_rater_id_round"
        ),
        *_references("readings", project_id="projects", image_id="images", rater_id="raters"),
        sa.CheckConstraint(
            "round IN ('first', 'revealed', 'adjudication')", name="ck_readings_round"
        ),
    )
    op.create_table(
        "signatures",
        sa.Column("sequence", _COUNTER, sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("reading_id", sa.Uuid, nullable=False),
        sa.Column("act", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_signatures"),
        sa.UniqueConstraint("id", name="uq_signatures_id"),
        *_references("signatures", reading_id="readings"),
        sa.CheckConstraint("act IN ('signed', 'reopened')", name="ck_signatures_act"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signatures_reading_id_sequence", "signatures", ["reading_id", "sequence"])
    op.create_table(
        "assignments",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("image_id", sa.Uuid, nullable=False),
        sa.Column("rater_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sa.UniqueConstraint("image_id", "rater_id", name="uq_assignments_image_id_rater_id"),
        *_references("assignments", project_id="projects", image_id="images", rater_id="raters"),
        sa.CheckConstraint(
            "state IN ('open', 'skipped', 'done', 'withdrawn')", name="ck_assignments_state"
        ),
    )
    op.create_index(
        "ix_assignments_project_id_rater_id_state_position",
        "assignments",
        ["project_id", "rater_id", "state", "position"],
    )


def _create_acts() -> None:
    op.create_table(
        "label_values",
        *_act_columns(),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("intensity", sa.String, nullable=True),
        sa.Column("side", sa.String, nullable=True),
        sa.Column("supersedes", sa.Uuid, nullable=True),
        *_act_constraints("label_values"),
        *_references("label_values", supersedes="label_values"),
        sa.CheckConstraint(
            "value IN ('present', 'absent', 'uncertain', 'not_assessed', 'not_assessable')",
            name="ck_label_values_value",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_label_values_image_id_label_sequence",
        "label_values",
        ["image_id", "label", "sequence"],
    )
    op.create_table(
        "remarks",
        *_act_columns(),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("region_id", sa.Uuid, nullable=True),
        sa.Column("answers", sa.Uuid, nullable=True),
        sa.Column("addressee_id", sa.Uuid, nullable=True),
        *_act_constraints("remarks"),
        *_references("remarks", answers="remarks", addressee_id="raters"),
        sa.CheckConstraint(
            "kind IN ('note', 'flag', 'unflag', 'skip', 'unskip', 'issue', 'reply', 'resolved')",
            name="ck_remarks_kind",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_remarks_image_id_sequence", "remarks", ["image_id", "sequence"])
    op.create_index("ix_remarks_addressee_id", "remarks", ["addressee_id"])
    op.create_index("ix_remarks_answers", "remarks", ["answers"])


def _act_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("sequence", _COUNTER, sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("image_id", sa.Uuid, nullable=False),
        sa.Column("rater_id", sa.Uuid, nullable=False),
        sa.Column("reading_id", sa.Uuid, nullable=True),
        sa.Column("created_at", _UTC, nullable=False),
    ]


def _act_constraints(table: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("sequence", name=f"pk_{table}"),
        sa.UniqueConstraint("id", name=f"uq_{table}_id"),
        *_references(table, image_id="images", rater_id="raters", reading_id="readings"),
    ]


def _references(table: str, **targets: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")
        for column, target in targets.items()
    ]


def _extend() -> None:
    op.add_column(
        "projects",
        sa.Column("signatures_needed", sa.Integer, nullable=False, server_default="0"),
    )
    _add_reference("images", "subject_id", "subjects")
    op.add_column("images", sa.Column("frame", sa.Integer, nullable=True))
    op.add_column("images", sa.Column("display", sa.JSON, nullable=True))
    _add_reference("annotations", "reading_id", "readings")


def _add_reference(table: str, column: str, target: str) -> None:
    # In one statement, which SQLite can do without making the table anew (and losing triggers).
    kind = sa.Uuid().compile(dialect=op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {kind}"
        f" CONSTRAINT fk_{table}_{column} REFERENCES {target} (id)"
    )


def _create_image_states() -> None:
    """Make the table of what follows from others anew, with what now follows."""
    op.drop_table("image_states")
    op.create_table(
        "image_states",
        sa.Column("image_id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("run", _COUNTER, nullable=True),
        sa.Column("suggested", sa.Integer, nullable=False),
        sa.Column("settled", sa.Integer, nullable=False),
        sa.Column("claims", sa.Integer, nullable=False),
        sa.Column("undecided", sa.Integer, nullable=False),
        sa.Column("acts", sa.Integer, nullable=False),
        sa.Column("assigned", sa.Integer, nullable=False),
        sa.Column("signed", sa.Integer, nullable=False),
        sa.Column("adjudicated", sa.Boolean, nullable=False),
        sa.Column("flagged", sa.Boolean, nullable=False),
        sa.Column("skipped", sa.Boolean, nullable=False),
        sa.Column("decided", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("image_id", name="pk_image_states"),
        sa.ForeignKeyConstraint(["run"], ["suggestion_runs.sequence"], name="fk_image_states_run"),
        *_references("image_states", image_id="images", project_id="projects"),
    )
    for columns in (
        ["project_id", "decided", "skipped", "position"],
        ["project_id", "assigned", "position"],
        ["project_id", "position"],
    ):
        op.create_index(f"ix_image_states_{'_'.join(columns)}", "image_states", columns)
