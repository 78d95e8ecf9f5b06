"""What somebody does to the database behind the program's back is found and named."""

from __future__ import annotations

import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from annotator.domain import Decision, Role
from annotator.errors import StorageError
from annotator.record import Record
from annotator.settings import Settings
from annotator.workflows.auditing import accept_loss, verify
from annotator.workflows.workspace import Workspace
from db.chain import digest, log
from db.chain.heads import HeadsFile
from db.rows import add_rows
from db.tables import APPEND_ONLY, ImageRemovalRow, SuggestionRow


@pytest.fixture
def guarded(url, tmp_path):
    """An open record whose ends are remembered in a folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    with Record.open(url, heads_folder=folder) as opened:
        yield opened


@pytest.fixture
def filled(guarded, make):
    """A project with a run, decisions, a drawn region, a label, a remark and a signature."""
    project = guarded.create_project("faces", make.labels(), actor="Eve")
    first, second = guarded.add_images(project.id, [make.asset(subject="S1"), make.asset()]).added
    run = make.run(first, 3)
    guarded.record_run(run)
    acts = [
        make.decided(run.suggestions[0], first, "accepted"),
        make.decided(run.suggestions[1], first, "rejected", rater="Béla"),
        make.drawn(second),
        make.value(first),
        make.remark(first, "note", text="Blurred."),
    ]
    guarded.record_acts(acts)
    guarded.readings.sign(first.id, "Ada", "done")
    guarded.readings.assign([second.id], ["Ada"], actor="Eve")
    guarded.people.create("Ada", [Role.MANAGER], actor="Eve", now=datetime.now(UTC))
    values = {"id": uuid.uuid4(), "image_id": second.id, "removed": True, "reason": "blurred"}

    def remove(session):
        (row,) = add_rows(session, ImageRemovalRow, [values | {"created_at": datetime.now(UTC)}])
        event = log.Event(project.id, "Eve", "image removed", row["id"], ImageRemovalRow, row)
        log.note(session, event)

    guarded.safekeeping._sessions.write(remove)
    return run, acts


def unguard(url, execute):
    """Drop all triggers, as an owner of the database can."""
    if url.startswith("sqlite"):
        names = execute(url, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names:
            execute(url, f"DROP TRIGGER {name}")
    else:
        for table in APPEND_ONLY:
            execute(url, f"ALTER TABLE {table} DISABLE TRIGGER USER")


def hexed(url, key):
    return key.hex if url.startswith("sqlite") else str(key)


def test_an_honest_record_has_no_faults(guarded, filled):
    assert guarded.safekeeping.faults() == []


CHANGED = {
    "annotations": "UPDATE annotations SET label = 'AU12' WHERE decision = 'accepted'",
    "suggestions": "UPDATE suggestions SET score = 0.5 WHERE position = 1",
    "maps": "UPDATE maps SET layer = 'other' WHERE position = 2",
    "project_labels": "UPDATE project_labels SET meaning = 'sad' WHERE position = 1",
    "projects": "UPDATE projects SET name = 'renamed'",
    "image_removals": "UPDATE image_removals SET removed = false",
    "images": "UPDATE images SET pixels_sha256 = 'ff' WHERE position = 0",
    "raters": "UPDATE raters SET name = 'Mallory' WHERE name = 'Ada'",
    "subjects": "UPDATE subjects SET pseudonym = 'S2'",
    "suggestion_runs": "UPDATE suggestion_runs SET model_version = '2.0'",
    "readings": "UPDATE readings SET arm = 'unaided'",
    "signatures": "UPDATE signatures SET act = 'reopened'",
    "label_values": "UPDATE label_values SET value = 'absent'",
    "remarks": "UPDATE remarks SET text = 'Sharp.'",
    "accounts": "UPDATE accounts SET password = 'known to me'",
    "role_grants": "UPDATE role_grants SET role = 'admin'",
    "assignments": "UPDATE assignments SET position = 7",
}


def test_a_changed_row_of_any_table_is_named(url, guarded, filled, execute):
    unguard(url, execute)
    execute(url, *CHANGED.values())
    faults = guarded.safekeeping.faults()
    assert all("was changed" in fault for fault in faults), faults
    for table in CHANGED:
        assert any(f" {table} " in fault for fault in faults), table


def test_every_table_is_tried(guarded):
    assert set(CHANGED) >= set(APPEND_ONLY) - {"erasures", "events", "record_identity"}


def test_the_changed_act_is_named_by_its_id(url, guarded, filled, execute):
    _, acts = filled
    unguard(url, execute)
    execute(url, CHANGED["annotations"])
    (fault,) = guarded.safekeeping.faults()
    assert fault.startswith(f"The row {acts[0].id} of annotations was changed after event ")


def test_a_deleted_row_is_named(url, guarded, filled, execute):
    _, acts = filled
    unguard(url, execute)
    execute(url, "DELETE FROM annotations WHERE decision = 'added'")
    (fault,) = guarded.safekeeping.faults()
    assert fault.startswith(f"The row {acts[2].id} of annotations is gone; event ")
    assert "of the project 'faces'" in fault


def test_a_deleted_suggestion_is_named(url, guarded, filled, execute):
    run, _ = filled
    unguard(url, execute)
    execute(url, "DELETE FROM suggestions WHERE position = 2")
    (fault,) = guarded.safekeeping.faults()
    assert fault == (f"Number 2 of the suggestions of the row {run.id} of suggestion_runs is gone.")


def test_a_row_slipped_in_is_named(url, guarded, filled, execute):
    unguard(url, execute)
    taken = "sequence, id, image_id, rater_id, label, value, created_at"
    new = "99, '" + "0" * 30 + "99'" + ("" if url.startswith("sqlite") else "::uuid")
    overriding = "" if url.startswith("sqlite") else "OVERRIDING SYSTEM VALUE "
    copied = "image_id, rater_id, 'AU12', value, created_at FROM label_values"
    execute(url, f"INSERT INTO label_values ({taken}) {overriding}SELECT {new}, {copied}")
    (fault,) = guarded.safekeeping.faults()
    assert "of label_values is in no chain: it was added behind" in fault


def test_two_swapped_rows_are_named(url, guarded, filled, execute):
    _, acts = filled
    unguard(url, execute)
    one, two = (hexed(url, act.id) for act in acts[:2])
    spare = hexed(url, uuid.uuid4())
    for new, old in ((spare, one), (one, two), (two, spare)):
        execute(url, f"UPDATE annotations SET id = '{new}' WHERE id = '{old}'")  # noqa: S608
    faults = guarded.safekeeping.faults()
    assert sorted(fault.split()[2] for fault in faults) == sorted(str(a.id) for a in acts[:2])


def test_a_changed_event_is_named(url, guarded, filled, execute):
    unguard(url, execute)
    execute(url, "UPDATE events SET actor = 'Nobody' WHERE number = 4 AND actor <> 'Nobody'")
    faults = guarded.safekeeping.faults()
    assert "Event 4 of the project 'faces' was changed." in faults


def test_a_removed_event_is_named(url, guarded, filled, execute):
    unguard(url, execute)
    execute(url, "DELETE FROM events WHERE number = 3 AND kind <> 'rater added'")
    faults = guarded.safekeeping.faults()
    assert "Of the project 'faces', events 3 to 3 were removed." in faults
    assert any("is in no chain" in fault for fault in faults)


def test_two_swapped_events_are_named(url, guarded, filled, execute):
    unguard(url, execute)
    for new, old in ((1004, 4), (4, 5), (5, 1004)):
        execute(url, f"UPDATE events SET number = {new} WHERE number = {old}")  # noqa: S608
    faults = guarded.safekeeping.faults()
    assert "Event 4 of the project 'faces' does not follow event 3: reordered." in faults


def test_a_log_cut_off_with_its_rows_is_found(url, guarded, filled, execute):
    unguard(url, execute)
    execute(
        url,
        "DELETE FROM events WHERE kind = 'remark'",
        "DELETE FROM events WHERE number > (SELECT max(number) FROM events "
        "WHERE kind = 'annotation')",
        "DELETE FROM remarks",
        "DELETE FROM label_values",
        "DELETE FROM signatures",
        "DELETE FROM assignments",
    )
    faults = guarded.safekeeping.faults()
    assert any("ends at event" in fault and "was cut off" in fault for fault in faults)


def settings_of(home: Path) -> Settings:
    home.mkdir(exist_ok=True)
    return Settings.from_environment({"ANNOTATOR_HOME": str(home), "ANNOTATOR_RATER": "Eve"})


def work(settings, make, count):
    with Workspace.open(settings) as workspace:
        record = workspace.record
        names = [project.name for project in record.projects()]
        project = (
            record.project("faces") if names else record.create_project("faces", make.labels())
        )
        (image,) = record.add_images(project.id, [make.asset()]).added
        record.record_acts([make.drawn(image) for _ in range(count)])
        return image


def test_a_restored_old_copy_is_found_at_start_and_may_be_accepted(tmp_path, make):
    settings = settings_of(tmp_path / "home")
    database = settings.home / "annotator.db"
    work(settings, make, 2)
    shutil.copy(database, tmp_path / "old.db")
    work(settings, make, 3)
    shutil.copy(tmp_path / "old.db", database)
    for file in settings.home.glob("annotator.db-*"):
        file.unlink()
    with pytest.raises(StorageError, match=r"'faces' ends at event 5, and event 10 .*older copy"):
        Workspace.open(settings)
    assert any("ends at event 5" in fault for fault in verify(settings))
    with pytest.raises(StorageError, match="reason"):
        accept_loss(settings, actor="Eve", reason=" ")
    (accepted,) = accept_loss(settings, actor="Eve", reason="The disk was replaced.")
    assert "ends at event 5" in accepted
    work(settings, make, 1)
    assert verify(settings) == []


def test_a_database_that_is_gone_is_not_silently_made_anew(tmp_path, make):
    settings = settings_of(tmp_path / "home")
    work(settings, make, 1)
    database = settings.home / "annotator.db"
    database.rename(tmp_path / "elsewhere.db")
    with pytest.raises(StorageError, match=r"not the record that was used here: that one is gone"):
        Workspace.open(settings)
    assert not database.exists()
    (tmp_path / "elsewhere.db").rename(database)
    work(settings, make, 1)


def test_a_truncated_file_is_found(tmp_path, make):
    settings = settings_of(tmp_path / "home")
    work(settings, make, 40)
    database = settings.home / "annotator.db"
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 2 // 4096 * 4096])
    faults = []
    try:
        faults = verify(settings)
    except StorageError as error:
        faults = [str(error)]
    assert any("SQLITE_CORRUPT" in fault or "damaged" in fault for fault in faults), faults


def test_a_file_moved_away_while_in_use_acknowledges_nothing(tmp_path, make):
    settings = settings_of(tmp_path / "home")
    database = settings.home / "annotator.db"
    with Workspace.open(settings) as workspace:
        project = workspace.record.create_project("faces", make.labels())
        (image,) = workspace.record.add_images(project.id, [make.asset()]).added
        database.rename(tmp_path / "moved.db")
        with pytest.raises(StorageError, match="moved, removed or replaced"):
            workspace.record.record_acts([make.drawn(image)])
        assert not database.exists()
        (tmp_path / "moved.db").rename(database)
        act = make.drawn(image)
        assert workspace.record.record_acts([act]) == [act.id]
        assert [found.decision for found in workspace.record.history(image.id)] == [Decision.ADDED]


def test_what_is_remembered_may_lag_but_never_misleads(tmp_path, make):
    settings = settings_of(tmp_path / "home")
    work(settings, make, 1)
    (heads,) = settings.home.glob("chain-heads-*.txt")
    lines = heads.read_text().splitlines(keepends=True)
    heads.write_text("".join(lines[:1]) + lines[-1][: len(lines[-1]) // 2])
    work(settings, make, 1)
    assert verify(settings) == []


def test_of_a_chain_the_furthest_end_counts_in_whatever_order_lines_arrive(tmp_path):
    """Two processes may append their lines in the other order than they committed."""
    file, record, chain_id = HeadsFile(tmp_path / "heads.txt"), uuid.uuid4(), uuid.uuid4()
    for number in (7, 12, 9, 11):
        file.remember(record, {chain_id: (number, f"{number:064x}")})
    assert file.read() == {record: {chain_id: (12, f"{12:064x}")}}


@pytest.mark.parametrize("score", [0, 1])
def test_a_whole_number_has_the_digest_it_has_when_it_is_read_back(record, project, make, score):
    """1 given for a real column comes back as 1.0 from one database and as 1 from no other."""
    (image,) = record.add_images(project.id, [make.asset()]).added
    suggestion = make.suggestion(score=score, strength=score)
    record.record_run(make.run(image, suggestions=(suggestion,)))
    assert record.safekeeping.faults() == []
    given = {"score": score, "id": suggestion.id}
    read = {"score": float(score), "id": suggestion.id}
    columns = SuggestionRow.__table__.columns
    assert digest(columns, given) == digest(columns, read)
