"""A person's data erased: gone from database, pictures and new backups, and the chains hold."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import text

from annotator.cli import main
from annotator.domain import Protocol
from annotator.domain.rights import Consent, Rights
from annotator.errors import NotFoundError, StorageError
from annotator.record import Record
from annotator.record.erasing import Erasing
from annotator.settings import Settings
from annotator.workflows import importing
from annotator.workflows.backing_up import back_up, restore_backup
from annotator.workflows.erasing import erase, preview_erasure
from annotator.workflows.importing import import_paths
from annotator.workflows.workspace import Workspace

TRACES = ("PSEUDO-77", "face of nobody.png", "scar above the brow", "looks like a relative")


@pytest.fixture
def workspace(url, tmp_path):
    environment = {"ANNOTATOR_HOME": str(tmp_path / "home"), "ANNOTATOR_DATABASE_URL": url}
    with Workspace.open(Settings.from_environment(environment), upgrade=True) as opened:
        yield opened


def picture(workspace, make, value, **changes):
    sha256 = workspace.pixels.put(np.full((300, 400), value, np.uint8))
    return make.asset(pixels_sha256=sha256, **changes)


@pytest.fixture
def project(workspace, make):
    """Two images of PSEUDO-77 and one of somebody else; one picture is in another project too."""
    record = workspace.record
    project = record.create_project("faces", make.labels(), protocol=Protocol(readers=2))
    shared = picture(workspace, make, 2, file_name="b.png", subject="PSEUDO-77")
    first, second, other = record.add_images(
        project.id,
        [
            picture(workspace, make, 1, file_name="face of nobody.png", subject="PSEUDO-77"),
            shared,
            picture(workspace, make, 3, file_name="kept.png", subject="S2"),
        ],
    ).added
    again = record.create_project("again", make.labels())
    record.add_images(again.id, [make.asset("x.png", pixels_sha256=shared.pixels_sha256)])
    for image in (first, second, other):
        run = make.run(image)
        record.record_run(run)
        record.readings.open(image.id, "Ada")
        act = make.decided(run.suggestions[0], image, "edited")
        record.record_acts(
            [
                act,
                make.again(act),
                make.value(image),
                make.remark(image, "note", text="scar above the brow" if image is first else "ok"),
            ]
        )
        record.readings.sign(image.id, "Ada", "looks like a relative" if image is first else "")
        record.readings.assign([image.id], ["Béla"], actor="Eve")
    subjects = {"PSEUDO-77": Consent.WITHHELD, "S2": Consent.GRANTED}
    record.rights.state(project.id, Rights(subjects=subjects), actor="Eve", reason="letter")
    record.safekeeping.note_event(
        "file taken over", "Eve", about={"file": "of PSEUDO-77"}, project_id=project.id
    )
    return project


def traces(workspace, url, execute):
    """Which of the texts are in the bytes of the data folder, or in a table of PostgreSQL."""
    content = b"".join(
        file.read_bytes() for file in workspace.settings.home.rglob("*") if file.is_file()
    )
    if url.startswith("sqlite"):
        file = url.removeprefix("sqlite:///")
        content += b"".join(
            (workspace.settings.home.parent / f"{file}{end}").read_bytes() for end in ("", "-wal")
        )
    else:
        tables = execute(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in tables:
            content += str(execute(url, f"SELECT * FROM {table}")).encode()  # noqa: S608
    return [text for text in TRACES if text.encode() in content]


def test_what_shows_a_person_is_erased(workspace, project, url, execute, tmp_path):
    record = workspace.record
    assert traces(workspace, url, execute) == list(TRACES)
    hashes = "SELECT chain, number, hash, previous_hash, digest FROM events"
    before = set(execute(url, hashes))
    preview = preview_erasure(workspace, "faces", subject="PSEUDO-77")
    erased = erase(workspace, "faces", subject="PSEUDO-77", actor="Eve", reason="a demand")
    assert erased == preview
    assert (erased.images, erased.acts, len(erased.pixels), erased.shared) == (2, 8, 1, 1)
    assert traces(workspace, url, execute) == []
    assert not workspace.pixels.path(erased.pixels[0]).exists()
    assert before < set(execute(url, hashes))
    assert record.safekeeping.faults() == []
    assert record.problems() == []
    (kept,) = record.image_records(project.id)
    assert (kept.image.file_name, kept.remarks[0].text) == ("kept.png", "ok")
    assert workspace.pixels.get(kept.image.pixels_sha256).shape == (300, 400)
    (again,) = record.images(record.project("again").id)
    assert workspace.pixels.get(again.pixels_sha256).shape == (300, 400)
    assert record.rights.of(project.id).subjects == {"S2": Consent.GRANTED}
    with pytest.raises(NotFoundError, match="nobody with the pseudonym 'PSEUDO-77'"):
        erase(workspace, "faces", subject="PSEUDO-77", actor="Eve", reason="again")

    back_up(workspace, tmp_path / "backup")
    content = (tmp_path / "backup").read_bytes()
    content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    assert b"kept.png" in content
    assert [text for text in TRACES if text.encode() in content] == []
    elsewhere = Settings.from_environment({"ANNOTATOR_HOME": str(tmp_path / "elsewhere")})
    restore_backup(elsewhere, tmp_path / "backup", actor="Eve", reason="a test")
    with Workspace.open(elsewhere) as restored:
        assert restored.record.safekeeping.faults() == []
        assert list(restored.record.image_records(project.id)) == [kept]


def test_pictures_that_cannot_be_removed_are_named(workspace, project, url, execute, monkeypatch):
    def refuse(sha256):
        raise StorageError(f"The picture {sha256[:12]} cannot be removed.")

    monkeypatch.setattr(workspace.pixels, "remove", refuse)
    with pytest.raises(StorageError, match=r"1 picture is still .* \w{12} cannot"):
        erase(workspace, "faces", subject="PSEUDO-77", actor="Eve", reason="a demand")
    assert traces(workspace, url, execute) == []


def shown_by_two(workspace, make, tmp_path):
    """Import a photograph into one project; return what imports it into another."""
    path = tmp_path / "photograph.png"
    Image.fromarray(np.full((30, 40), 9, np.uint8)).save(path)
    _, second = (workspace.record.create_project(name, make.labels()) for name in "ab")
    import_paths(workspace, "a", [path])
    return (lambda **how: import_paths(workspace, "b", [path], **how)), second


def pictures_are_there(workspace, project):
    (image,) = workspace.record.images(project.id)
    assert workspace.pixels.get(image.pixels_sha256).shape == (30, 40)
    assert workspace.record.problems() == []


def test_an_import_that_began_before_an_erasure_keeps_its_picture(
    workspace, make, tmp_path, monkeypatch
):
    take, second = shown_by_two(workspace, make, tmp_path)
    record = importing._record

    def erased_meanwhile(*args):  # the picture is stored and not recorded yet
        erase(workspace, "a", actor="Eve", reason="asked")
        return record(*args)

    monkeypatch.setattr(importing, "_record", erased_meanwhile)
    assert take().imported == 1
    pictures_are_there(workspace, second)


def test_an_image_that_comes_between_rows_and_pictures_of_an_erasure_keeps_its_picture(
    workspace, make, tmp_path, monkeypatch
):
    take, second = shown_by_two(workspace, make, tmp_path)
    rows = Erasing.erase

    def then_imported(*args, **kwargs):
        erased = rows(*args, **kwargs)
        take()
        return erased

    monkeypatch.setattr(Erasing, "erase", then_imported)
    erase(workspace, "a", actor="Eve", reason="asked")
    pictures_are_there(workspace, second)


def test_an_erasure_says_that_somebody_still_reads(workspace, project):
    """The files cannot be written anew then; it can be done later."""
    with workspace.record._sessions.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM images")).scalar() == 4
        with pytest.raises(StorageError, match="run `annotator db compact`"):
            erase(workspace, "faces", subject="PSEUDO-77", actor="Eve", reason="a demand")
    workspace.record.erasing.overwrite()
    assert workspace.record.safekeeping.faults() == []


def test_a_whole_project_is_erased(workspace, project, url, execute):
    erase(workspace, "faces", actor="Eve", reason="the study ended")
    assert traces(workspace, url, execute) == []
    assert [left.name for left in workspace.record.projects()] == ["again"]
    assert workspace.record.safekeeping.faults() == []
    assert workspace.record.problems() == []


def test_an_erasure_needs_a_reason_and_changes_nothing_without(workspace, project):
    with pytest.raises(StorageError, match="needs a reason"):
        erase(workspace, "faces", subject="PSEUDO-77", actor="Eve", reason=" ")
    assert len(workspace.record.images(project.id)) == 3


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("DELETE FROM erasures", "is gone; event"),
        ("UPDATE erasures SET digest = 'x'", "tombstones were changed, removed or added"),
        ("UPDATE events SET actor = 'Mallory' WHERE kind = 'file taken over'", "was changed"),
        ("UPDATE events SET reason = 'x' WHERE kind = 'reading signed'", "was changed"),
    ],
)
def test_what_an_erasure_left_is_guarded_and_vouched_for(
    workspace, project, url, execute, change, named
):
    erase(workspace, "faces", subject="PSEUDO-77", actor="Eve", reason="a demand")
    table = change.split()[1] if change.startswith("UPDATE") else change.split()[2]
    with pytest.raises(Exception, match="append-only"):
        execute(url, change)
    if url.startswith("sqlite"):
        guards = [f"DROP TRIGGER {table}_refuses_{act}" for act in ("update", "delete")]
    else:
        guards = [f"ALTER TABLE {table} DISABLE TRIGGER {table}_refuses_change"]
    execute(url, *guards, change)
    assert any(named in fault for fault in workspace.record.safekeeping.faults())


def test_the_command_previews_then_erases(tmp_path, monkeypatch, capsys, make):
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path))
    with Workspace.open(Settings.from_environment(), upgrade=True) as workspace:
        project = workspace.record.create_project("faces", make.labels())
        (image,) = workspace.record.add_images(
            project.id, [picture(workspace, make, 1, subject="S1")]
        ).added
    (tmp_path / "old.backup").touch()
    command = ["erase", "faces", "--subject", "S1", "--reason", "a demand"]
    assert main(command) == 0
    assert "images: 1, acts and remarks: 0, pictures: 1. Add --yes" in capsys.readouterr().out
    assert main([*command, "--yes"]) == 0
    output = capsys.readouterr().out
    assert "Erased: images: 1" in output
    assert f"earlier copy: {tmp_path / 'old.backup'}" in output
    with Record.open(f"sqlite:///{tmp_path / 'annotator.db'}") as record:
        assert record.image_ids(project.id) == []
        with pytest.raises(NotFoundError):
            record.image(image.id)
