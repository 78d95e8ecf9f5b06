"""0004 to 0005: removals and erasures, queue orders as columns, imported readings, skeletons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

from .. import guards

_UTC = sa.DateTime(timezone=True)
_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_ROUNDS = "round IN ('first', 'revealed', 'adjudication'{})"

# Earlier steps named conditions ck_TABLE_ck_TABLE_NAME.
_NAME_CONDITIONS = """
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
        WHERE contype = 'c' AND connamespace = current_schema()::regnamespace
        AND conname LIKE 'ck_' || conrelid::regclass || '_ck_' || conrelid::regclass || '_%'
    LOOP
        EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', each.owner, each.conname,
            substr(each.conname, length('ck_' || each.owner || '_') + 1));
    END LOOP;
END $$
"""


def upgrade(op: Operations) -> None:
    """Add tables and columns; no row of the record itself is changed."""
    _extend_projects(op)
    _extend_people(op)
    _allow_imported_readings(op)
    guards.close(op.get_bind(), _create_removals(op))
    guards.close(op.get_bind(), _create_erasures(op))


def _extend_projects(op: Operations) -> None:
    op.add_column("projects", sa.Column("archived_at", _UTC, nullable=True))
    op.add_column("project_labels", sa.Column("retired", sa.Boolean, nullable=True))
    guards.open_table(op.get_bind(), "project_labels")
    op.execute("DELETE FROM image_states")  # made anew after the step
    op.add_column("image_states", sa.Column("uncertainty", sa.Double, nullable=False))
    op.add_column("image_states", sa.Column("disagreement", sa.Integer, nullable=False))
    op.add_column("image_states", sa.Column("removed", sa.Boolean, nullable=False))
    _index_queues(op)


def _index_queues(op: Operations) -> None:
    op.drop_index("ix_image_states_project_id_decided_skipped_position", "image_states")
    op.drop_index("ix_image_states_project_id_position", "image_states")
    removed = sa.column("removed", sa.Boolean)
    kept = removed.is_(False)
    op.create_index(
        "ix_image_states_removed",
        "image_states",
        ["project_id", "image_id"],
        sqlite_where=removed.is_(True),
        postgresql_where=removed.is_(True),
    )
    state = ("decided", "skipped")
    for name, order in (
        ("state", (*state, "position")),
        ("position", ("position", *state)),
        ("uncertainty", (sa.text("uncertainty DESC"), "position", *state)),
        ("disagreement", (sa.text("disagreement DESC"), "position", *state)),
    ):
        op.create_index(
            f"ix_image_states_by_{name}",
            "image_states",
            ["project_id", *order, "flagged"],
            sqlite_where=kept,
            postgresql_where=kept,
        )


def _extend_people(op: Operations) -> None:
    op.add_column("accounts", sa.Column("skeleton", sa.String, nullable=True))
    op.create_index("ix_accounts_skeleton", "accounts", ["skeleton"], unique=True)
    op.execute("DELETE FROM sign_in_tries")  # they pass anyway
    op.add_column("sign_in_tries", sa.Column("seen_at", _UTC, nullable=False))


def _allow_imported_readings(op: Operations) -> None:
    connection = op.get_bind()
    before, after = _ROUNDS.format(""), _ROUNDS.format(", 'imported'")
    if connection.dialect.name != "sqlite":
        op.execute(_NAME_CONDITIONS)
        op.drop_constraint("ck_readings_round", "readings", type_="check")
        op.create_check_constraint("ck_readings_round", "readings", after)
        return
    # SQLite changes a condition in no other way than by its text: making the table anew would
    # copy rows that nobody may touch (https://www.sqlite.org/lang_altertable.html, section 7).
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(replace(sql, ?, ?),"
        " 'ck_' || name || '_ck_' || name, 'ck_' || name) WHERE type = 'table'",
        (before, after),
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")


def _create_removals(op: Operations) -> sa.Table:
    table = op.create_table(
        "image_removals",
        sa.Column("sequence", _COUNTER, sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("image_id", sa.Uuid, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_image_removals"),
        sa.UniqueConstraint("id", name="uq_image_removals_id"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_image_removals_image_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_image_removals_image_id_sequence", "image_removals", ["image_id", "sequence"]
    )
    return table


def _create_erasures(op: Operations) -> sa.Table:
    table = op.create_table(
        "erasures",
        sa.Column("sequence", _COUNTER, sa.Identity(always=True), nullable=False),
        sa.Column("erasure_id", sa.Uuid, nullable=False),
        sa.Column("row_table", sa.String, nullable=False),
        sa.Column("row_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("created_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_erasures"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_erasures_row_table_row_id_position", "erasures", ["row_table", "row_id", "position"]
    )
    op.create_index("ix_erasures_erasure_id_sequence", "erasures", ["erasure_id", "sequence"])
    return table
