"""The schema: made from nothing, the same as the tables in code, and by one process at a time."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import CheckConstraint, inspect

from annotator.errors import StorageError
from annotator.record import Record
from annotator.settings import Settings
from annotator.workflows.backing_up import restore_backup
from annotator.workflows.workspace import Workspace
from db import schema
from db.engine import Database
from db.tables import Base

UPGRADE = "import sys; from annotator.record import Record; Record.open(sys.argv[1]).upgrade()"


@pytest.fixture
def empty(empty_url):
    """A record whose database has no tables."""
    with Record.open(empty_url) as opened:
        yield opened


def test_an_empty_database_is_brought_up(empty):
    assert empty.revision() is None
    with pytest.raises(StorageError, match=r"no tables yet; run `annotator db upgrade`"):
        empty.check_schema()
    assert empty.upgrade() == empty.revision() == schema.head()
    empty.check_schema()
    assert empty.upgrade() == schema.head()


def test_the_migrated_schema_is_the_one_in_code(empty):
    empty.upgrade()
    assert empty.problems() == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("ALTER TABLE images ADD COLUMN mood INTEGER", "mood"),
        ("DROP INDEX ix_annotations_image_id_region_id_sequence", "annotations"),
        ("ALTER TABLE images RENAME COLUMN modality TO kind", "modality"),
    ],
)
def test_a_difference_from_the_code_is_named(url, record, execute, change, named):
    execute(url, change)
    problems = record.problems()
    assert any(named in problem for problem in problems)
    assert all(problem.startswith("The schema differs: ") for problem in problems)


def test_tables_of_others_in_the_database_are_no_difference(url, record, execute):
    execute(url, "CREATE TABLE somebody_elses (id INTEGER)")
    assert record.problems() == []


def test_an_older_schema_asks_for_the_upgrade(record, monkeypatch):
    monkeypatch.setattr(schema, "head", lambda: "8888")
    with pytest.raises(StorageError, match=r"schema \d{4} and this version needs 8888.*upgrade"):
        record.check_schema()


def test_a_newer_schema_is_refused_and_left_alone(url, record, project, execute):
    execute(url, "UPDATE alembic_version SET version_num = '9999'")
    for refused in (record.check_schema, record.upgrade, record.problems):
        with pytest.raises(StorageError, match=r"schema 9999, made by a newer version"):
            refused()
    assert record.revision() == "9999"
    assert record.project("faces").id == project.id


def test_a_failed_upgrade_leaves_nothing(empty_url, empty, execute):
    execute(empty_url, "CREATE TABLE annotations (id INTEGER)")
    with pytest.raises(StorageError, match="tables of another program"):
        empty.upgrade()
    assert empty.revision() is None
    for table in set(Base.metadata.tables) - {"annotations"}:
        execute(empty_url, f"CREATE TABLE {table} (id INTEGER)")


def test_processes_upgrade_at_once(empty_url, empty):
    command = [sys.executable, "-W", "error", "-c", UPGRADE, empty_url]
    starting = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    said = [process.communicate()[1] for process in starting]
    assert [process.returncode for process in starting] == [0] * 3, said
    assert empty.problems() == []


def test_threads_upgrade_at_once(empty):
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: empty.upgrade(), range(4))) == [schema.head()] * 4
    assert empty.problems() == []


@pytest.fixture
def version_0004(empty_url):
    """The URL of a record that commit 3e2bf77 wrote: an open project, a study, two accounts."""
    is_sqlite = empty_url.startswith("sqlite")
    script = Path(__file__).with_name("version_0004") / (
        "sqlite.sql" if is_sqlite else "postgresql.sql"
    )
    statements = script.read_text(encoding="utf-8")
    if is_sqlite:
        file = empty_url.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.executescript(statements)
    else:
        with psycopg.connect(empty_url) as connection:
            connection.execute(statements)
    return empty_url


def test_a_database_of_version_0004_is_brought_up_in_one_step(version_0004, execute):
    digests = "SELECT chain, number, digest, hash FROM events ORDER BY chain, number"
    before = execute(version_0004, digests)
    with Record.open(version_0004) as record:
        assert record.revision() == "0004"
        assert record.upgrade() == record.revision() == schema.head()
        assert record.problems() == []
        assert record.safekeeping.faults() == []
        after = execute(version_0004, digests)
        assert set(before) < set(after)
        assert len(after) == len(before) + 1
        ((_, stated),) = execute(
            version_0004, "SELECT kind, after FROM events WHERE kind = 'schema upgraded'"
        )
        assert schema.head() in str(stated)
        accepted, drawn, skipped = record.image_records(record.project("open").id)
        assert (accepted.image.subject, len(accepted.annotations)) == ("S1", 2)
        assert (drawn.remarks[0].text, skipped.remarks[0].text) == ("Blurred.", "later")
        states = "SELECT uncertainty, disagreement, removed FROM image_states ORDER BY position"
        assert len(execute(version_0004, states)) == 5
        assert record.upgrade() == schema.head()
        assert len(execute(version_0004, digests)) == len(after)


def test_acts_right_after_an_upgrade_are_recorded_also_by_who_was_there_before(version_0004, make):
    with Record.open(version_0004) as earlier, Record.open(version_0004) as record:
        assert earlier.revision() == "0004"  # its connections have read the old tables
        record.upgrade()
        before = next(record.image_records(record.project("open").id)).annotations[0]
        signed, unread = record.image_records(record.project("study").id)
        goes_on = make.again(before, rater="Ada")
        mine = next(one for one in signed.annotations if one.rater == "Ada")
        in_study = make.again(mine, rater="Ada", reading_id=mine.reading_id)
        stands = next(one for one in signed.annotations if one.rater == "Béla")
        late = make.again(stands, rater="Béla", reading_id=stands.reading_id)
        unopened = make.drawn(unread.image, rater="Ada")
        report = earlier.save_acts([goes_on, in_study, late, unopened])
        assert report.recorded == (goes_on.id, in_study.id)
        signed_already, not_opened = (one.reason for one in report.refused)
        assert "is signed and stands" in signed_already
        assert "have not opened" in not_opened
        # Sent again, as a browser does that heard nothing of it while the server was away.
        assert record.save_acts([goes_on, in_study]).recorded == (goes_on.id, in_study.id)
        assert record.save_acts([make.again(goes_on)]).conflicts == ()
        assert record.problems() == []
        assert record.safekeeping.faults() == []


def test_a_backup_is_written_before_an_upgrade(version_0004, tmp_path):
    """Fault 21: the app upgraded a schema without one."""
    home, sentences = tmp_path / "home", []
    environment = {"ANNOTATOR_HOME": str(home), "ANNOTATOR_DATABASE_URL": version_0004}
    settings = Settings.from_environment(environment)
    for _ in range(2):
        with Workspace.open(settings, upgrade=True, tell=sentences.append) as workspace:
            records = list(workspace.record.image_records(workspace.record.project("study").id))
    (backup,) = home.glob("before-upgrade-*.backup")
    assert [str(backup) in sentence for sentence in sentences] == [True]
    elsewhere = Settings.from_environment({"ANNOTATOR_HOME": str(tmp_path / "elsewhere")})
    restore_backup(elsewhere, backup, actor="Eve", reason="a test")
    with Workspace.open(elsewhere) as restored:
        project = restored.record.project("study")
        assert list(restored.record.image_records(project.id)) == records
        assert restored.record.safekeeping.faults() == []


def test_the_conditions_of_an_upgraded_database_are_those_in_code(version_0004):
    """`Record.problems` does not compare them."""
    database = Database(version_0004)
    with Record(database) as record:
        record.upgrade()
        with database.reading() as session:
            looking = inspect(session.connection())
            present = {
                check["name"]: set(re.findall(r"'(\w+)'", check["sqltext"]))
                for table in Base.metadata.tables
                for check in looking.get_check_constraints(table)
            }
    assert present == {
        check.name: set(re.findall(r"'(\w+)'", str(check.sqltext)))
        for table in Base.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
def test_a_database_older_than_0004_is_told_how_to_get_there(record, url, execute, revision):
    execute(url, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608
    for refused in (record.check_schema, record.upgrade):
        with pytest.raises(
            StorageError, match=rf"schema {revision}, .*git checkout 3e2bf77.*db upgrade"
        ):
            refused()
    assert record.revision() == revision
