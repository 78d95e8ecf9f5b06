"""A file's entries land on the images that they mean, or are refused with what they may mean."""

from __future__ import annotations

import hashlib
import io
import json
import unicodedata
import uuid
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from ct_series import ct_study
from PIL import Image
from video_files import numbered, write_video

from annotator.cli import main
from annotator.domain import Annotation, BoundingBox, Decision
from annotator.domain.rights import Shows
from annotator.export import EVERYTHING
from annotator.settings import Settings
from annotator.workflows.annotating import save_acts
from annotator.workflows.exporting import export_project, state_shows
from annotator.workflows.importing import import_paths
from annotator.workflows.known_paths import KnownPaths
from annotator.workflows.project_keys import key_file
from annotator.workflows.projects import create_project
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace
from tests.drivers.dicom_files import written


@pytest.fixture
def before_endings(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a project from before the endings of paths were kept."""
    monkeypatch.setattr(KnownPaths, "of", lambda _self, assets, _path: assets)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    with Workspace.open(Settings.from_environment(), upgrade=True) as opened:
        create_project(opened, "p", labels=["x", "y"])
        state_shows(opened, "p", Shows.NOBODY)
        yield opened


def pictures(workspace: Workspace, folder: Path, *names: str, project: str = "p") -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        values = np.full((80, 100), sum(map(ord, name)) % 251, np.uint8)
        Image.fromarray(values).save(path, format="PNG")
        import_paths(workspace, project, [path])
    return folder


def coco(path: Path, *names: str) -> Path:
    """A file with one box for each name, at the place of the name in the list."""
    images = [{"id": n, "file_name": name} for n, name in enumerate(names)]
    boxes = [
        {"id": n, "image_id": n, "category_id": 1, "bbox": [n, n, 5, 5]} for n in range(len(names))
    ]
    categories = [{"id": 1, "name": "x"}]
    whole = {"images": images, "annotations": boxes, "categories": categories}
    path.write_text(json.dumps(whole))
    return path


def boxes(workspace: Workspace, project: str = "p") -> dict[str, list[object]]:
    """The regions of each image by its name, with its identity where names are equal."""
    found: dict[str, list[object]] = {}
    for record in workspace.record.image_records(workspace.record.project(project).id):
        found.setdefault(record.image.file_name, []).extend(a.region for a in record.annotations)
    return found


@pytest.mark.usefixtures("before_endings")
def test_entries_of_two_folders_do_not_land_on_one_picture(workspace, tmp_path):
    pictures(workspace, tmp_path / "train", "1.png")
    file = coco(tmp_path / "c.json", "train/1.png", "val/1.png")
    report = take_over(workspace, "p", file, format_name="coco", reference_of="Old")
    assert boxes(workspace) == {"1.png": []}
    assert "2 entries of the file may be 1.png: train/1.png, val/1.png" in report.faults[0]
    report = take_over(
        workspace, "p", file, format_name="coco", reference_of="Old", originals=[tmp_path / "train"]
    )
    assert boxes(workspace) == {"1.png": [BoundingBox(0, 0, 5, 5)]}
    assert report.faults == [
        "val/1.png may be 1.png, which another entry of the file is nearer to; left out."
    ]


@pytest.mark.usefixtures("before_endings")
def test_pictures_of_one_name_are_told_apart_by_their_folders_or_refused(workspace, tmp_path):
    pictures(workspace, tmp_path / "train", "1.png")
    Image.fromarray(np.full((80, 100), 9, np.uint8)).save(tmp_path / "train" / ".." / "v.png")
    (tmp_path / "val").mkdir()
    (tmp_path / "v.png").rename(tmp_path / "val" / "1.png")
    import_paths(workspace, "p", [tmp_path / "val"])
    file = coco(tmp_path / "c.json", "images/train/1.png", "images/val/1.png")
    report = take_over(workspace, "p", file, format_name="coco", reference_of="Old")
    assert (report.images, len(report.faults)) == (0, 2)
    assert "may be 2 images of the project, 1.png (" in report.faults[0]
    folders = [tmp_path / "train", tmp_path / "val"]
    report = take_over(
        workspace, "p", file, format_name="coco", reference_of="Old", originals=folders
    )
    assert (report.images, report.faults) == (2, [])
    regions = {
        int(workspace.pixels.get(record.image.pixels_sha256).flat[0]): record.annotations[0].region
        for record in workspace.record.image_records(workspace.record.project("p").id)
    }
    assert regions[9] == BoundingBox(1, 1, 5, 5)


def test_a_folder_that_cannot_be_compared_is_said(workspace, tmp_path):
    pictures(workspace, tmp_path, "1.png")
    report = take_over(workspace, "p", coco(tmp_path / "c.json", "val/1.png"), format_name="coco")
    assert report.images == 1
    assert any("by the end of its name alone" in line for line in report.lines())


@pytest.mark.usefixtures("before_endings")
def test_two_folders_of_yolo_labels_are_refused(workspace, tmp_path):
    pictures(workspace, tmp_path, "1.png")
    for part in ("train", "val"):
        (tmp_path / "labels" / part).mkdir(parents=True)
        (tmp_path / "labels" / part / "1.txt").write_text("0 .5 .5 .2 .2")
    report = take_over(workspace, "p", tmp_path / "labels", format_name="yolo")
    assert "2 entries of the file may be 1.png: train/1, val/1" in report.faults[0]
    assert report.nothing


def test_a_dot_in_a_name_is_no_ending(workspace, tmp_path):
    pictures(workspace, tmp_path, "img.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "img.1.txt").write_text("0 .5 .5 .2 .2")
    report = take_over(workspace, "p", tmp_path / "labels", format_name="yolo")
    assert report.faults == ["img.1.txt is left out: the project has no image of that name."]
    (tmp_path / "labels" / "img.txt").write_text("0 .5 .5 .2 .2")
    assert take_over(workspace, "p", tmp_path / "labels", format_name="yolo").images == 1


@pytest.mark.parametrize("originals", [False, True])
@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("A.PNG", "A.png"),
        ("a.png", "a.PNG"),
        (unicodedata.normalize("NFC", "Müller.png"), unicodedata.normalize("NFD", "Müller.png")),
        (unicodedata.normalize("NFD", "Müller.png"), unicodedata.normalize("NFC", "Müller.png")),
    ],
)
def test_one_name_written_otherwise_meets(workspace, tmp_path, there, said, originals):
    pictures(workspace, tmp_path / "in", there)
    at_hand = [tmp_path / "in"] if originals else []
    report = take_over(
        workspace, "p", coco(tmp_path / "c.json", said), format_name="coco", originals=at_hand
    )
    assert (report.images, report.unknown_images) == (1, 0)


def test_our_export_comes_back_into_a_colleagues_project(workspace, tmp_path):
    pictures(workspace, tmp_path, "a.png", "b.png")
    file = coco(tmp_path / "c.json", "a.png", "b.png")
    take_over(workspace, "p", file, format_name="coco", reference_of="Old")
    export_project(workspace, "p", tmp_path / "out", format_name="coco", selection=EVERYTHING)
    create_project(workspace, "q", labels=["y", "x"])
    (tmp_path / "other").mkdir()
    for at, was in (("b.png", "a.png"), ("a.png", "b.png")):
        (tmp_path / "other" / at).write_bytes((tmp_path / was).read_bytes())
    import_paths(workspace, "q", [tmp_path / "other"])
    # The colleague's names are the other way round: what the file says of content wins.
    report = take_over(workspace, "q", tmp_path / "out", format_name="coco", reference_of="Her")
    assert (report.images, report.faults) == (2, [])
    expected = {"b.png": [BoundingBox(0, 0, 5, 5)], "a.png": [BoundingBox(1, 1, 5, 5)]}
    assert boxes(workspace, "q") == expected


def test_one_picture_said_of_twice_is_refused_unless_it_is_the_same(workspace, tmp_path):
    pictures(workspace, tmp_path, "a.png")
    report = take_over(
        workspace, "p", coco(tmp_path / "c.json", "a.png", "a.png"), format_name="coco"
    )
    assert report.nothing
    assert report.faults[0].startswith("2 images of c.json are called a.png and say different")


def test_values_of_two_faces_in_one_picture_are_not_the_last_ones(workspace, tmp_path):
    create_project(workspace, "faces", labels=["AU4", "AU12"])
    pictures(workspace, tmp_path, "a.png", project="faces")
    (tmp_path / "out").mkdir()
    head = "face_id,confidence,AU04_c,AU12_c,file_name\n"
    (tmp_path / "out" / "a.csv").write_text(f"{head}0,.9,1,1,a.png\n1,.9,1,0,a.png\n")
    report = take_over(
        workspace, "faces", tmp_path / "out", format_name="openface", reference_of="OF"
    )
    assert report.values == 0
    assert report.faults[0].startswith("a.png: the file has rows of 2 faces (face 0, face 1)")


def test_what_a_machine_proposes_is_nobodys_reference(workspace, tmp_path):
    pictures(workspace, tmp_path, "a.png")
    path = coco(tmp_path / "c.json", "a.png")
    whole = json.loads(path.read_text())
    proposed = {"id": 7, "image_id": 0, "category_id": 1, "bbox": [20, 20, 5, 5], "score": 0.5}
    whole["annotations"].append(proposed)
    path.write_text(json.dumps(whole))
    report = take_over(workspace, "p", path, format_name="coco", reference_of="Old")
    (record,) = workspace.record.image_records(workspace.record.project("p").id)
    assert [act.region for act in record.annotations] == [BoundingBox(0, 0, 5, 5)]
    (run,) = record.runs
    assert [one.region for one in run.suggestions] == [BoundingBox(20, 20, 5, 5)]
    assert (report.images, report.regions) == (1, 2)
    assert any(line.startswith("1 finding that a machine proposed") for line in report.lines())


def test_nothing_taken_over_is_exit_status_1(workspace, tmp_path, capfd):
    pictures(workspace, tmp_path, "a.png")
    other = coco(tmp_path / "c.json", "z.png")
    assert main(["take-over", "p", str(other), "--format", "coco"]) == 1
    assert "Nothing was taken over." in capfd.readouterr().err
    own = coco(tmp_path / "c.json", "a.png")
    assert main(["take-over", "p", str(own), "--format", "coco"]) == 0
    assert main(["take-over", "p", str(own), "--format", "coco"]) == 0  # it is there already


def test_pictures_of_one_name_are_found_by_the_folders_that_they_were_imported_from(
    workspace, tmp_path
):
    """Faults: `val/1.png` lands on `train/1.png`; with both folders nothing is found."""
    for part in ("train", "val"):
        values = np.full((80, 100), len(part), np.uint8)
        (tmp_path / "set" / part).mkdir(parents=True)
        Image.fromarray(values).save(tmp_path / "set" / part / "1.png")
    import_paths(workspace, "p", [tmp_path / "set"])
    file = coco(tmp_path / "c.json", "set/train/1.png", "/elsewhere/val/1.PNG", "test/1.png")
    report = take_over(workspace, "p", file, format_name="coco", reference_of="Old")
    regions = {
        int(workspace.pixels.get(record.image.pixels_sha256).flat[0]): [
            act.region for act in record.annotations
        ]
        for record in workspace.record.image_records(workspace.record.project("p").id)
    }
    assert regions == {5: [BoundingBox(0, 0, 5, 5)], 3: [BoundingBox(1, 1, 5, 5)]}
    assert ["may be 2 images of the project" in fault for fault in report.faults] == [True]


def test_no_folder_is_in_the_record_and_none_leaves_with_an_export(workspace, tmp_path):
    pictures(workspace, tmp_path / "Meier, Anna" / "melanoma", "1.png")
    project = workspace.record.project("p")
    log = io.StringIO()
    workspace.record.safekeeping.write_log(project.id, log)
    export_project(workspace, "p", tmp_path / "out", format_name="coco", selection=EVERYTHING)
    exported = "".join(f.read_text() for f in (tmp_path / "out").rglob("*.json*"))
    database = b"".join(f.read_bytes() for f in (tmp_path / "home").rglob("*.db*"))
    assert database
    for name in ("Meier", "melanoma"):
        assert name not in log.getvalue() + exported
        assert name.encode() not in database
    (kept,) = workspace.record.images(project.id)
    assert not any(ending in exported for ending in workspace.record.kept_endings(project.id))
    assert "endings" not in (kept.display or {})


def test_a_second_file_of_the_same_pixels_is_not_forgotten(workspace, tmp_path):
    folder = pictures(workspace, tmp_path / "first", "a.png")
    (tmp_path / "second").mkdir()
    Image.open(folder / "a.png").save(tmp_path / "second" / "b.png", compress_level=0)
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "c.png").write_bytes((folder / "a.png").read_bytes())
    for again in (1, 2):  # what is known is not noted twice
        import_paths(workspace, "p", [tmp_path / "second", tmp_path / "third"])
        log = io.StringIO()
        workspace.record.safekeeping.write_log(workspace.record.project("p").id, log)
        assert log.getvalue().count('"image found again"') == 2, again
    assert workspace.record.safekeeping.faults() == []
    file = coco(tmp_path / "c.json", "second/b.png", "third/c.png")
    report = take_over(workspace, "p", file, format_name="coco", reference_of="Old")
    assert "2 entries of the file may be a.png: second/b.png, third/c.png" in report.faults[0]
    report = take_over(
        workspace, "p", coco(tmp_path / "d.json", "b.png"), format_name="coco", reference_of="Old"
    )
    assert boxes(workspace) == {"a.png": [BoundingBox(0, 0, 5, 5)]}


def test_paths_of_a_project_from_before_they_were_kept_are_known_after_another_import(
    workspace, tmp_path, monkeypatch
):
    with monkeypatch.context() as before:
        before.setattr(KnownPaths, "of", lambda _self, assets, _path: assets)
        pictures(workspace, tmp_path / "train", "1.png")
        pictures(workspace, tmp_path / "val", "2.png")
        (tmp_path / "val" / "2.png").rename(tmp_path / "val" / "1.png")
    file = coco(tmp_path / "c.json", "val/1.png")
    take_over(workspace, "p", file, format_name="coco", reference_of="Old")
    assert boxes(workspace) == {"1.png": [BoundingBox(0, 0, 5, 5)], "2.png": []}  # by its name
    import_paths(workspace, "p", [tmp_path / "train", tmp_path / "val"])
    take_over(workspace, "p", file, format_name="coco", reference_of="New")
    assert len(boxes(workspace)["2.png"]) == 1


def test_an_erased_image_leaves_no_path(workspace, tmp_path):
    pictures(workspace, tmp_path / "first", "a.png")
    (tmp_path / "c.png").write_bytes((tmp_path / "first" / "a.png").read_bytes())
    import_paths(workspace, "p", [tmp_path / "c.png"])
    project = workspace.record.project("p")
    assert workspace.record.kept_endings(project.id)
    (image,) = workspace.record.images(project.id)
    workspace.record.erasing.erase(project.id, None, [image.id], actor="A", reason="asked")
    assert workspace.record.kept_endings(project.id) == {}
    assert workspace.record.safekeeping.faults() == []


def test_without_the_key_images_are_found_by_their_names_and_it_is_said(workspace, tmp_path):
    pictures(workspace, tmp_path / "train", "1.png")
    project = workspace.record.project("p")
    key_file(workspace.settings, project.id).unlink()
    report = take_over(workspace, "p", coco(tmp_path / "c.json", "train/1.png"), format_name="coco")
    assert report.images == 1
    assert report.faults[0].startswith("Folders in the file's names are not compared: The key ")


def test_a_de_identified_scan_is_found_by_the_name_that_it_had(workspace, tmp_path):
    values = np.arange(8000, dtype=np.uint16).reshape(80, 100)
    for patient in ("jane", "john"):
        (tmp_path / patient).mkdir()
        written(tmp_path / patient, values + (patient == "john"), "IM1.dcm")
    import_paths(workspace, "p", [tmp_path / "jane", tmp_path / "john"])
    (tmp_path / "labels.csv").write_text("file,label\njane/IM1.dcm,x\njohn/IM1,y\n")
    report = take_over(
        workspace, "p", tmp_path / "labels.csv", format_name="csv", reference_of="Old"
    )
    assert (report.images, report.faults) == (2, [])


def test_where_folders_are_those_of_the_project_another_folder_is_another_picture(
    workspace, tmp_path
):
    """A lone file with a folder of another machine is taken over by its name, which is said."""
    pictures(workspace, tmp_path / "A", "1.png", "2.png")
    alone = coco(tmp_path / "c.json", "B/2.png")
    report = take_over(workspace, "p", alone, format_name="coco", reference_of="Old")
    assert (report.regions, report.faults) == (1, [])
    assert any("by the end of its name alone" in line for line in report.lines())
    both = coco(tmp_path / "c.json", "A/1.png", "B/2.png")
    report = take_over(workspace, "p", both, format_name="coco", reference_of="New")
    assert report.regions == 1
    (fault,) = report.faults
    assert fault.startswith("B/2.png may be 2.png by the end of its name alone")


@pytest.mark.parametrize("how", ["removed", "erased", "elsewhere"])
def test_a_slice_of_equal_pixels_does_not_get_what_was_said_of_another(workspace, tmp_path, how):
    """Equal pixels at two places are two pictures: of one that is not there, nothing lands."""
    slices = ct_study(tmp_path / "ct", (4,))
    for path in slices[:2]:
        blank = pydicom.dcmread(path)
        blank.PixelData = bytes(len(blank.PixelData))
        blank.save_as(path, enforce_file_format=True)
    import_paths(workspace, "p", slices)
    project = workspace.record.project("p")
    here, gone = (
        image
        for path in slices[:2]
        for image in workspace.record.images(project.id)
        if image.source_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    )
    assert here.pixels_sha256 == gone.pixels_sha256
    file = coco(tmp_path / "c.json", gone.file_name)
    take_over(workspace, "p", file, format_name="coco", reference_of="Old")
    export_project(workspace, "p", tmp_path / "out", format_name="coco", selection=EVERYTHING)
    target = "p"
    if how == "removed":
        workspace.record.remove_images(project.id, [gone.id], actor="A", reason="blank")
    elif how == "erased":
        workspace.record.erasing.erase(project.id, None, [gone.id], actor="A", reason="asked")
    else:
        create_project(workspace, target := "q", labels=["x"])
        import_paths(workspace, target, [slices[0], *slices[2:]])
    report = take_over(workspace, target, tmp_path / "out", format_name="coco", reference_of="New")
    assert not [region for own in boxes(workspace, target).values() for region in own]
    assert report.unknown_images == 1


@pytest.mark.parametrize(
    ("kind", "name"),
    [("film", "coco"), ("series", "coco"), ("volume", "coco"), ("film", "csv")],
)
def test_our_file_alone_finds_frames_in_another_project(workspace, tmp_path, kind, name):
    """Its pixels do not tell which frame it is: the file that it came from and its number do."""
    source = tmp_path / kind
    if kind == "film":
        write_video(
            source.with_suffix(".mkv"), [numbered(n) for n in range(4)], range(0, 4000, 1000)
        )
        paths = [source.with_suffix(".mkv")]
    elif kind == "series":
        paths = ct_study(source, (4,))
    else:
        values = np.random.default_rng(0).integers(0, 900, (20, 24, 4), np.int16)
        nib.save(nib.Nifti1Image(values, np.diag([1, 1, 3, 1.0])), source.with_suffix(".nii.gz"))
        paths = [source.with_suffix(".nii.gz")]
    import_paths(workspace, "p", paths)
    project = workspace.record.project("p")
    images = workspace.record.images(project.id)
    rater = workspace.person.name
    acts = [
        Annotation(
            uuid.uuid4(), image.id, uuid.uuid4(), rater, Decision.ADDED, "x",
            BoundingBox(number, number, 5, 5),
        )
        for number, image in enumerate(images)
    ]  # fmt: skip
    save_acts(workspace, acts)
    export_project(workspace, "p", tmp_path / "out", format_name=name, selection=EVERYTHING)
    (tmp_path / "out" / "decisions.jsonl").unlink()
    create_project(workspace, "q", labels=["x"])
    import_paths(workspace, "q", paths)
    report = take_over(workspace, "q", tmp_path / "out", format_name=name, reference_of="Her")
    assert (report.images, report.regions, report.faults) == (4, 4, [])
    records = workspace.record.image_records(workspace.record.project("q").id)
    assert [one.annotations[0].region.x for one in records] == [0, 1, 2, 3]
