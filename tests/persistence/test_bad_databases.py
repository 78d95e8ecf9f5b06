"""Databases that cannot be used get a sentence, and stay as they were."""

from __future__ import annotations

import contextlib
import gc
import logging
import shutil
import sqlite3
import threading
import traceback

import psycopg
import pytest
from patience import wait_for
from sqlalchemy import text
from writing_rater import begin_writing

from annotator.errors import StorageError
from annotator.record import Record
from db.engine import Database
from db.errors import DatabaseUnavailableError

SECRET = "s3cr3t"  # noqa: S105


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("record.db", "has no scheme; use sqlite:///FILE or postgresql://"),
        (f"mysql://me:{SECRET}@host/x", "'mysql' are not supported"),
        (f"{SECRET}@host/x://", "of that name are not supported"),
        (f"postgresql://me:{SECRET}@host:port/x", "cannot be read"),
        ("sqlite://", "in memory forgets everything"),
        ("sqlite:///:memory:", "in memory forgets everything"),
        ("sqlite:///file:x?mode=memory&uri=true", "no host and no options"),
        ("sqlite://host/x", "no host and no options"),
        ("", "has no scheme"),
    ],
)
def test_an_address_that_cannot_be_used(url, message, caplog):
    with pytest.raises(StorageError, match=message) as caught:
        Record.open(url)
    assert SECRET not in "".join(traceback.format_exception(caught.value)) + caplog.text


def test_a_server_out_of_reach_is_named_without_the_account(caplog):
    caplog.set_level(logging.DEBUG)
    record = Record.open(f"postgres://me:{SECRET}@127.0.0.1:1/faces?connect_timeout=2")
    with pytest.raises(StorageError, match=r"faces on 127.0.0.1:1 is out of reach") as caught:
        record.projects()
    said = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert SECRET not in said
    assert "me:" not in said


def test_a_folder_that_is_missing(tmp_path):
    record = Record.open(f"sqlite:///{tmp_path}/missing/record.db")
    assert record.revision() is None
    with pytest.raises(StorageError, match="folder exists"):
        record.upgrade()


def test_looking_at_a_missing_file_does_not_make_it(tmp_path):
    record = Record.open(f"sqlite:///{tmp_path}/record.db")
    with pytest.raises(StorageError, match="no tables yet"):
        record.check_schema()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"These are my notes. " * 500, b"short"])
def test_a_file_that_is_no_database(tmp_path, content):
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    with Record.open(f"sqlite:///{file}") as record:
        for use in (record.check_schema, record.upgrade, record.projects):
            with pytest.raises(StorageError, match=r"notes.txt is a file, but not a database"):
                use()
    assert file.read_bytes() == content


def test_a_damaged_file_is_reported(tmp_path, sqlite_template, make):
    file = tmp_path / "record.db"
    content = bytearray(sqlite_template.read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\xff" * 4096 * 3
    file.write_bytes(content)
    with Record.open(f"sqlite:///{file}") as record:
        try:
            found = record.problems()
        except StorageError as error:
            found = [str(error)]
    assert found
    assert "damage" in found[0]


def test_tables_that_are_missing(empty_url):
    with (
        Record.open(empty_url) as record,
        pytest.raises(StorageError, match=r"lacks tables .* run `annotator db upgrade`"),
    ):
        record.projects()


def hold(url, image):
    """Return a connection that keeps writers of the image waiting."""
    if url.startswith("sqlite"):
        held = sqlite3.connect(url.removeprefix("sqlite:///"), check_same_thread=False)
        held.execute("BEGIN IMMEDIATE")
    else:
        held = psycopg.connect(url)
        held.execute("SELECT * FROM images WHERE id = %s FOR UPDATE", (image.id,))
    return held


def test_a_lock_that_stays_is_given_up_after_bounded_tries(url, record, image, make, caplog):
    held = hold(url, image)
    act = make.drawn(image)
    with Record.open(url, lock_timeout_s=0.05, attempts=3) as impatient:
        with pytest.raises(StorageError, match="locked by another process") as caught:
            impatient.record_acts([act])
        assert "attempt 2 of 3" in caplog.text
        assert "attempt 3 of 3" in caplog.text
        assert "attempt 4" not in caplog.text
        assert impatient.history(image.id) == []  # readers do not wait
        held.rollback()
        held.close()
        assert impatient.record_acts([act]) == [act.id]
    assert "happy" not in str(caught.value) + caplog.text


def test_a_lock_that_goes_is_waited_for(url, record, image, make, caplog):
    held = hold(url, image)
    act = make.drawn(image)

    def release():
        wait_for(lambda: "attempt 2 of" in caplog.text, "the first attempt to fail")
        held.rollback()
        held.close()

    releasing = threading.Thread(target=release)
    releasing.start()
    with Record.open(url, lock_timeout_s=0.1, attempts=1000) as patient:
        assert patient.record_acts([act]) == [act.id]
    releasing.join()
    assert [found.id for found in record.history(image.id)] == [act.id]


def test_a_full_disk_leaves_the_record_as_it_was(tmp_path, sqlite_template, make):
    file = tmp_path / "record.db"
    file.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{file}")
    with Record(database) as record:
        project = record.create_project("p", make.labels())
        (image,) = record.add_images(project.id, [make.asset()]).added
        pages = database.write(lambda session: session.scalar(text("PRAGMA page_count")))
        limit = f"PRAGMA max_page_count = {pages + 16}"
        # Of this connection; it is the only one, so it is the one that is used again.
        database.write(lambda session: session.scalar(text(limit)))
        recorded = []

        def fill():
            for _ in range(1000):
                acts = [make.drawn(image) for _ in range(20)]
                recorded.extend(record.record_acts(acts))

        with pytest.raises(StorageError, match=r"disk .* is full \(SQLITE_FULL\); nothing was"):
            fill()
        assert recorded
        assert [act.id for act in record.history(image.id)] == recorded
        assert record.project("p").counts.images == 1
        assert record.problems() == []
    with Record.open(f"sqlite:///{file}") as record:  # with room again
        act = make.drawn(image)
        record.record_acts([act])
        assert [found.id for found in record.history(image.id)] == [*recorded, act.id]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("sqlstate", "message"),
    [("53100", "is full"), ("40P01", "locked"), ("42501", "does not let us in")],
)
def test_what_the_server_says_becomes_a_sentence(postgresql_template, sqlstate, message):
    database = Database(postgresql_template("migrated"), attempts=1)
    fail = text(f"DO $$ BEGIN RAISE EXCEPTION 'for {SECRET}' USING ERRCODE = '{sqlstate}'; END $$")
    with pytest.raises(DatabaseUnavailableError, match=message) as caught:
        database.write(lambda session: session.execute(fail))
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    database.close()


@pytest.mark.postgresql
def test_a_server_that_went_away_is_found_again(postgresql_template, execute):
    database = Database(postgresql_template("migrated"))
    with Record(database) as record:
        assert record.projects() == []
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'migrated'"
        execute(postgresql_template("postgres"), end)
        assert record.projects() == []


def test_commits_are_flushed_to_the_disk(url, execute):
    if not url.startswith("sqlite"):
        name = url.split("/")[3].split("?")[0]
        execute(url, f"ALTER DATABASE {name} SET synchronous_commit = off")
    database = Database(url)
    with database.reading() as session:
        if database.is_sqlite:
            asked = ["journal_mode", "synchronous", "foreign_keys"]
            found = [session.scalar(text(f"PRAGMA {name}")) for name in asked]
            assert found == ["wal", 2, 1]  # 2 is FULL
        else:
            assert session.scalar(text("SHOW synchronous_commit")) == "on"
    database.close()


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_file_removed_while_in_use_ends_acknowledgements(
    tmp_path, sqlite_template, make, ending, how
):
    """Fault 19: 71 acts were acknowledged after the write-ahead log had gone."""
    file = tmp_path / "record.db"
    shutil.copy(sqlite_template, file)
    record = Record.open(f"sqlite:///{file}")
    project = record.create_project("faces", make.labels())
    (image,) = record.add_images(project.id, [make.asset()]).added
    acknowledged, refused = [], []

    def write():
        for _ in range(15):
            try:
                acknowledged.extend(record.record_acts([make.drawn(image)]))
            except StorageError as error:
                refused.append(str(error))

    writers = [threading.Thread(target=write) for _ in range(3)]
    write()
    lost = file.with_name(file.name + ending)
    aside = lost.rename(tmp_path / "aside")
    if how == "replaced":
        shutil.copy(aside, lost)
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(acknowledged) == 15
    assert len(refused) == 45
    assert {f"{lost.name} of the SQLite database" in sentence for sentence in refused} == {True}
    aside.replace(lost)
    assert record.record_acts([make.drawn(image)])
    assert {act.id for act in record.history(image.id)} > set(acknowledged)
    record.close()


def test_another_process_that_comes_and_goes_leaves_the_files_as_they_were(
    tmp_path, sqlite_template, make
):
    file = tmp_path / "record.db"
    shutil.copy(sqlite_template, file)
    with Record.open(f"sqlite:///{file}") as record:
        project = record.create_project("faces", make.labels())
        (image,) = record.add_images(project.id, [make.asset()]).added
        for _ in range(2):
            rater = begin_writing(f"sqlite:///{file}", image.id, "Ada", 3, tmp_path / "printed")
            rater.join(60)
            assert rater.exitcode == 0
            assert record.record_acts([make.drawn(image)])
        record.close()  # the last connection: SQLite removes the log
        assert not file.with_name("record.db-wal").exists()
        assert record.record_acts([make.drawn(image)])
        assert len(record.history(image.id)) == 9


def test_a_record_closed_while_somebody_reads_goes_on_afterwards(tmp_path, sqlite_template, make):
    file = tmp_path / "record.db"
    shutil.copy(sqlite_template, file)
    with Record.open(f"sqlite:///{file}") as record:
        project = record.create_project("faces", make.labels())
        with record.one_moment():
            assert record.project("faces").id == project.id
            record.close()
        gc.collect()  # its connection, which the pool that was closed does not tell of
        with contextlib.closing(sqlite3.connect(file)) as last:
            last.execute("SELECT count(*) FROM events").fetchone()
        record.close()
        assert not file.with_name("record.db-wal").exists()
        assert record.add_images(project.id, [make.asset()]).added


def test_a_process_whose_log_is_removed_acknowledges_nothing_that_is_lost(
    tmp_path, sqlite_template, make
):
    file = tmp_path / "record.db"
    shutil.copy(sqlite_template, file)
    with Record.open(f"sqlite:///{file}") as record:
        project = record.create_project("faces", make.labels())
        (image,) = record.add_images(project.id, [make.asset()]).added
    printed = tmp_path / "printed"
    rater = begin_writing(f"sqlite:///{file}", image.id, "Ada", 5000, printed)
    wait_for(lambda: printed.exists() and printed.read_text().count("\n") >= 20, "20 acts")
    file.with_name("record.db-wal").unlink()
    rater.join(60)
    assert rater.exitcode == 1
    assert "record.db-wal of the SQLite database" in (tmp_path / "printed.fault").read_text()
    acknowledged = printed.read_text().split()
    with Record.open(f"sqlite:///{file}") as record:
        assert {str(act.id) for act in record.history(image.id)} >= set(acknowledged)
        assert record.safekeeping.faults() == []
