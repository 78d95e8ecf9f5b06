"""The database itself refuses to change or remove what the machine said and what people said."""

from __future__ import annotations

import sqlite3
import uuid
from datetime import UTC, datetime

import psycopg
import pytest

from annotator.domain import Decision, Role
from annotator.record import Record
from db.rows import add_rows
from db.tables import APPEND_ONLY, DECISIONS, ErasureRow, ImageRemovalRow

REFUSED = (sqlite3.IntegrityError, psycopg.errors.IntegrityConstraintViolation)
COLUMNS = {
    "annotations": "label = 'AU12'",
    "erasures": "digest = 'other'",
    "events": "actor = 'other'",
    "image_removals": "reason = 'other'",
    "images": "file_name = 'other'",
    "label_values": "value = 'absent'",
    "maps": "layer = 'other'",
    "raters": "name = 'other'",
    "readings": "arm = 'other'",
    "record_identity": "number = 1",
    "remarks": "text = 'other'",
    "role_grants": "role = 'admin'",
    "signatures": "reason = 'other'",
    "subjects": "pseudonym = 'other'",
    "suggestion_runs": "model_name = 'other'",
    "suggestions": "score = 1",
}


@pytest.fixture(scope="module")
def filled(same_url, make):
    """The URL of a database with a row in every table: it refuses what is tried at it."""
    with Record.open(same_url) as record:
        project = record.create_project("faces", make.labels())
        assets = [make.asset(), make.asset(subject="S-01")]
        image = record.add_images(project.id, assets).added[0]
        fill(record, image, make)
    return same_url


def fill(record, image, make):
    run = make.run(image)
    record.record_run(run)
    record.record_acts(
        [
            make.decided(run.suggestions[0], image, "accepted"),
            make.value(image),
            make.remark(image, "note", text="Blurred."),
        ]
    )
    record.readings.sign(image.id, "Ada", "")
    now = datetime.now(UTC)
    record.people.create("Ada", [Role.MANAGER], actor="Eve", now=now)
    last = {"id": uuid.uuid4(), "image_id": image.id, "removed": True, "reason": ""}
    gone = {"erasure_id": uuid.uuid4(), "row_table": "images", "row_id": uuid.uuid4()}

    def add(session):
        add_rows(session, ImageRemovalRow, [last | {"created_at": now}])
        add_rows(session, ErasureRow, [gone | {"digest": "", "created_at": now}])

    record.safekeeping._sessions.write(add)


def rows(execute, url):
    return {table: execute(url, f"SELECT * FROM {table}") for table in APPEND_ONLY}  # noqa: S608


def test_every_guarded_table_is_tried():
    assert sorted(COLUMNS) == sorted(APPEND_ONLY)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("act", ["UPDATE {} SET {}", "DELETE FROM {}"])
def test_rows_are_neither_changed_nor_deleted(filled, execute, table, act):
    before = rows(execute, filled)
    assert before[table]
    with pytest.raises(REFUSED, match=f"{table} is append-only"):
        execute(filled, act.format(table, COLUMNS[table]))
    assert rows(execute, filled) == before


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_rows_are_not_replaced(filled, execute, table):
    before = rows(execute, filled)
    if filled.startswith("sqlite"):
        for guards in ("ON", "OFF"):
            with pytest.raises(REFUSED, match="append-only"):
                execute(
                    filled,
                    f"PRAGMA recursive_triggers = {guards}",
                    f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",  # noqa: S608
                )
    else:
        with pytest.raises(REFUSED, match="append-only"):
            execute(filled, f"TRUNCATE {table} CASCADE")
        with pytest.raises(REFUSED, match="append-only"):
            execute(filled, "SET session_replication_role = replica", f"DELETE FROM {table}")  # noqa: S608
    assert rows(execute, filled) == before


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_missing_guard_is_found(url, record, execute, table):
    guard = f"{table}_refuses_" + ("delete" if url.startswith("sqlite") else "change")
    owner = "" if url.startswith("sqlite") else f" ON {table}"
    execute(url, f"DROP TRIGGER {guard}{owner}")
    assert record.problems() == [
        f"The table {table} is not protected: its trigger {guard} is missing."
    ]


def test_the_database_knows_the_decisions(filled, execute):
    assert set(DECISIONS) == {decision.value for decision in Decision}
    copied = "image_id, region_id, rater_id, label, region, created_at"
    cast = "" if filled.startswith("sqlite") else "::uuid"
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.CheckViolation), match="decision"):
        execute(
            filled,
            f"INSERT INTO annotations (id, decision, {copied}) "  # noqa: S608
            f"SELECT '{uuid.uuid4()}'{cast}, 'perhaps', {copied} FROM annotations",
        )


@pytest.mark.parametrize("table", ["images", "projects", "raters"])
def test_what_acts_refer_to_stays(filled, execute, table):
    switch = ["PRAGMA foreign_keys = ON"] if filled.startswith("sqlite") else []
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.IntegrityError)):
        execute(filled, *switch, f"DELETE FROM {table}")  # noqa: S608
