"""Backups, restorations, and copies between kinds of databases."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from annotator.domain import Decision, Protocol
from annotator.errors import StorageError
from annotator.record import Record, progress
from annotator.settings import Settings
from annotator.workflows.backing_up import back_up, copy_record, restore_backup
from annotator.workflows.workspace import Workspace
from db.chain import log
from db.rows import add_rows
from db.tables import ImageRemovalRow, ImageStateRow


def fill(record, make):
    """Something in every table."""
    project = record.create_project("faces", make.labels(), protocol=Protocol(readers=2))
    first, second = record.add_images(
        project.id,
        [
            make.asset("a b.png", subject="S1", frame=3),
            make.asset("Ω.dcm", window=(0, 4095.5), bits=16, display={"unit": "HU", "slope": 1.5}),
        ],
    ).added
    run = make.run(first)
    record.record_run(run)
    for rater in ("Ada", "Béla"):
        record.readings.open(first.id, rater)
        act = make.decided(run.suggestions[0], first, "edited", rater=rater)
        record.record_acts(
            [
                act,
                make.again(act, decision=Decision.REJECTED),
                make.value(first, rater=rater, label="AU12", intensity="B", side="R"),
                make.remark(first, "note", text="Blurred.", rater=rater),
            ]
        )
        record.readings.sign(first.id, rater, "done")
    record.readings.assign([second.id], ["Ada"], actor="Eve")
    return project


def remove(session, project_id, image_id):
    """Take an image out of its project."""
    values = {"id": uuid.uuid4(), "image_id": image_id, "removed": True, "reason": "blurred"}
    (row,) = add_rows(session, ImageRemovalRow, [values | {"created_at": datetime.now(UTC)}])
    event = log.Event(project_id, "Eve", "image removed", row["id"], ImageRemovalRow, row)
    log.note(session, event)
    progress.refresh(session, [image_id])


def removed(record):
    """Which images are out of their projects, by position."""
    query = select(ImageStateRow.removed).order_by(ImageStateRow.position)
    return record.safekeeping._sessions.read(lambda session: session.scalars(query).all())


def content(record):
    """All that is recorded, as values."""
    return [
        (project, list(record.image_records(project.id)), record.readings.progress(project.id))
        for project in record.projects()
    ]


def workspace(url, folder):
    folder.mkdir(exist_ok=True)
    environment = {"ANNOTATOR_HOME": str(folder), "ANNOTATOR_DATABASE_URL": url}
    return Workspace.open(Settings.from_environment(environment), upgrade=True)


def test_a_backup_restores_the_record(url, record, make, tmp_path):
    project = fill(record, make)
    second = record.image_ids(project.id)[1]
    record.safekeeping._sessions.write(lambda session: remove(session, project.id, second))
    with workspace(url, tmp_path / "home") as source:
        back_up(source, tmp_path / "backup")
        with pytest.raises(StorageError, match="backup exists"):
            back_up(source, tmp_path / "backup")
    home = tmp_path / "other home"
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(home)})
    moved = restore_backup(settings, tmp_path / "backup", actor="Eve", reason="a new machine")
    assert moved is None
    with Workspace.open(settings) as restored:
        assert content(restored.record) == content(record)
        assert removed(restored.record) == removed(record) == [False, True]
        assert restored.record.safekeeping.faults() == []
        assert restored.record.problems() == []


def test_a_restored_record_says_so_and_keeps_what_was_there(tmp_path, make):
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(tmp_path / "home")})
    with Workspace.open(settings) as opened:
        project = fill(opened.record, make)
        back_up(opened, tmp_path / "backup.db")
        opened.record.add_images(project.id, [make.asset()], join_running_study=True)
    with pytest.raises(StorageError, match="needs a reason"):
        restore_backup(settings, tmp_path / "backup.db", actor="Eve", reason="")
    moved = restore_backup(settings, tmp_path / "backup.db", actor="Eve", reason="a bad import")
    assert moved is not None
    with Record.open(f"sqlite:///{moved}") as before:
        assert before.project("faces").counts.images == 3
    with Workspace.open(settings) as restored, (tmp_path / "log").open("w+") as log:
        assert restored.record.project("faces").counts.images == 2
        restored.record.safekeeping.write_log(project.id, log)
        log.seek(0)
        last = log.read().splitlines()[-1]
        assert "restored from a backup" in last
        assert "a bad import" in last
        assert restored.record.safekeeping.faults() == []


@pytest.mark.parametrize("damage", ["cut", "flipped", "no backup"])
def test_a_damaged_backup_is_refused_and_changes_nothing(url, record, make, tmp_path, damage):
    fill(record, make)
    backup = tmp_path / "backup"
    with workspace(url, tmp_path / "home") as source:
        back_up(source, backup)
    whole = backup.read_bytes()
    middle = len(whole) // 2
    backup.write_bytes(
        {
            "cut": whole[:middle],
            "flipped": whole[:middle] + bytes(b ^ 0x55 for b in whole[middle:]),
            "no backup": b"These are my notes.",
        }[damage]
    )
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(tmp_path / "other")})
    with Workspace.open(settings) as there:
        there.record.create_project("kept", make.labels())
    with pytest.raises(StorageError):
        restore_backup(settings, backup, actor="Eve", reason="a test")
    with Workspace.open(settings) as there:
        assert [project.name for project in there.record.projects()] == ["kept"]
    assert [p.name for p in settings.home.iterdir() if "restoring" in p.name] == []


def test_a_backup_is_of_one_moment_while_others_write(url, record, project, image, make, tmp_path):
    record.record_acts([make.drawn(image) for _ in range(200)])
    stop = threading.Event()

    def write():
        while not stop.is_set():
            record.record_acts([make.drawn(image)])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with workspace(url, tmp_path / "home") as source:
            back_up(source, tmp_path / "backup")
    finally:
        stop.set()
        writer.join()
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(tmp_path / "other")})
    restore_backup(settings, tmp_path / "backup", actor="Eve", reason="a test")
    with Workspace.open(settings) as restored:
        count = len(restored.record.history(image.id))
        assert 200 <= count <= len(record.history(image.id))
        assert restored.record.safekeeping.faults() == []


@pytest.mark.postgresql
def test_a_record_moves_to_postgresql_and_back_without_loss(empty_postgresql, make, tmp_path):
    with workspace(f"sqlite:///{tmp_path}/one.db", tmp_path / "one") as one:
        fill(one.record, make)
        rows = copy_record(one, empty_postgresql)
        with workspace(empty_postgresql, tmp_path / "one") as two:
            assert content(two.record) == content(one.record)
            two.record.create_project("later", make.labels())
            project = two.record.project("faces")
            joining = two.record.add_images(project.id, [make.asset()], join_running_study=True)
            (image,) = joining.added
            two.record.readings.open(image.id, "Ada")
            two.record.record_acts([make.drawn(image)])  # the counters go on
            back = f"sqlite:///{tmp_path}/three.db"
            assert copy_record(two, back) > rows
            with workspace(back, tmp_path / "one") as three:
                assert content(three.record) == content(two.record)
                assert three.record.safekeeping.faults() == []
                assert three.record.problems() == []
            with pytest.raises(StorageError, match="holds a record already"):
                copy_record(one, back)
