"""Tables about films say what they say of the film's own frames, each by its own way to count."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.domain import ImageAsset, LabelValue, Presence
from annotator.export import EVERYTHING
from annotator.ingest import FrameChoice, Pseudonyms
from annotator.settings import Settings
from annotator.workflows import finding_images
from annotator.workflows.annotating import record_acts
from annotator.workflows.exporting import export_project
from annotator.workflows.finding_images import ImageFinder
from annotator.workflows.importing import ImportOptions, import_paths
from annotator.workflows.original_names import KeptEndings, OriginalNames
from annotator.workflows.own_data_sets import OwnDataSet
from annotator.workflows.projects import create_project
from annotator.workflows.take_over_report import TakeOverReport
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace
from tests.drivers.video_files import numbered, write_video
from tests.interchange.test_no_label_on_another_picture import pictures

EVERY = ImportOptions(frames=FrameChoice(per_second=None), follow_faces=False)
ONE_IN_FOUR = ImportOptions(frames=FrameChoice(per_second=2.5), follow_faces=False)
FRAMES, STEP_MS = 8, 100
SHOWN = [number % 3 == 1 for number in range(FRAMES)]
"""Whether AU4 is shown on each frame of the film."""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    with Workspace.open(Settings.from_environment(), upgrade=True) as opened:
        create_project(opened, "p", labels=["AU4", "AU12"])
        yield opened


def film(workspace: Workspace, path: Path, options: ImportOptions = EVERY, first: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = [numbered(first + number) for number in range(FRAMES)]
    write_video(path, frames, [STEP_MS * number for number in range(FRAMES)])
    import_paths(workspace, "p", [path], options=options)
    return path


def coded(workspace: Workspace) -> dict[int, bool]:
    """Whether AU4 is stated to be shown, by the frame."""
    return {
        record.image.frame: value.value is Presence.PRESENT
        for record in workspace.record.image_records(workspace.record.project("p").id)
        for value in record.label_values
        if value.label == "AU4"
    }


def taken(workspace: Workspace, path: Path, format_name: str) -> TakeOverReport:
    return take_over(workspace, "p", path, format_name=format_name, reference_of="Tool")


def openface(path: Path, *, first: int = 1, step_s: float = STEP_MS / 1000) -> Path:
    rows = [f"{n + first}, {n * step_s:.3f}, 0.9, 1, {int(shown)}" for n, shown in enumerate(SHOWN)]
    path.write_text("\n".join(["frame, timestamp, confidence, success, AU04_c", *rows]))
    return path


def py_feat(path: Path) -> Path:
    rows = [f"/data/vid/f.mkv,{n},{0.9 if shown else 0.1}" for n, shown in enumerate(SHOWN)]
    path.write_text("\n".join(["input,frame,AU04", *rows]))
    return path


def disfa(path: Path) -> Path:
    folder = path / "ActionUnit_Labels" / "f"
    folder.mkdir(parents=True)
    rows = [f"{n},{3 * shown}" for n, shown in enumerate(SHOWN, start=1)]
    (folder / "f_au4.txt").write_text("\n".join(rows))
    return path


def bp4d(path: Path) -> Path:
    (path / "AU_OCC").mkdir(parents=True)
    rows = [f"{n},{int(shown)}" for n, shown in enumerate(SHOWN, start=1)]
    (path / "AU_OCC" / "f.csv").write_text("\n".join(["0,4", *rows]))
    return path


TABLES = {"openface": openface, "py-feat": py_feat, "disfa": disfa, "bp4d": bp4d}


@pytest.mark.parametrize("format_name", TABLES)
def test_each_row_lands_on_its_frame(workspace, tmp_path, format_name):
    film(workspace, tmp_path / "f.mkv")
    name = "f.csv" if format_name in ("openface", "py-feat") else "set"
    report = taken(workspace, TABLES[format_name](tmp_path / name), format_name)
    assert (report.faults, report.unknown_images, report.images) == ([], 0, FRAMES)
    assert coded(workspace) == dict(enumerate(SHOWN))


@pytest.mark.parametrize("format_name", TABLES)
def test_of_frames_that_were_not_taken_nothing_lands_on_another(workspace, tmp_path, format_name):
    film(workspace, tmp_path / "f.mkv", ONE_IN_FOUR)
    name = "f.csv" if format_name in ("openface", "py-feat") else "set"
    report = taken(workspace, TABLES[format_name](tmp_path / name), format_name)
    assert coded(workspace) == {0: SHOWN[0], 4: SHOWN[4]}
    assert (report.faults, report.unknown_images) == ([], FRAMES - 2)


def test_a_frame_is_found_by_its_time_where_it_has_no_number(workspace, tmp_path):
    film(workspace, tmp_path / "f.mkv")
    rows = [f"{n / 10},0.9,1,{int(shown)}" for n, shown in enumerate(SHOWN)]
    (tmp_path / "f.csv").write_text("\n".join(["timestamp,confidence,success,AU04_c", *rows]))
    assert taken(workspace, tmp_path / "f.csv", "openface").faults == []
    assert coded(workspace) == dict(enumerate(SHOWN))


def test_a_number_and_a_time_that_do_not_agree_are_refused(workspace, tmp_path):
    film(workspace, tmp_path / "f.mkv")
    report = taken(workspace, openface(tmp_path / "f.csv", step_s=5), "openface")
    assert coded(workspace) == {0: SHOWN[0]}
    assert report.faults[0] == (
        "f.mkv: frame 1 of the film is shown at 0.1 s and the file says 5 s; it is left out, for "
        "they are not the same frame."
    )


def test_rows_of_several_frames_are_not_said_of_one_picture(workspace, tmp_path):
    pictures(workspace, tmp_path, "f.png")
    report = taken(workspace, openface(tmp_path / "f.csv"), "openface")
    assert coded(workspace) == {}
    assert report.faults[0].startswith("8 entries of the file may be f.png: f (frame 0), f (")


def test_rows_without_a_face_say_nothing(workspace, tmp_path):
    film(workspace, tmp_path / "f.mkv")
    rows = ["frame,confidence,success,AU04_c", "1,0,0,1", "2,.9,1,1"]
    (tmp_path / "f.csv").write_text("\n".join(rows))
    report = taken(workspace, tmp_path / "f.csv", "openface")
    assert coded(workspace) == {1: True}
    assert "1 row in which OpenFace found no face, left out" in report.lines()


def test_of_frames_of_the_same_pixels_the_first_counts(workspace, tmp_path):
    write_video(tmp_path / "f.mkv", [numbered(0), numbered(1), numbered(1)], [0, 100, 200])
    import_paths(workspace, "p", [tmp_path / "f.mkv"], options=EVERY)
    rows = ["frame,timestamp,confidence,success,AU04_c", "1,0,.9,1,0", "2,.1,.9,1,1", "3,.2,.9,1,0"]
    (tmp_path / "f.csv").write_text("\n".join(rows))
    report = taken(workspace, tmp_path / "f.csv", "openface")
    assert coded(workspace) == {0: False, 1: True}
    assert [line for line in report.lines() if line.startswith("1 frame of the very same")]


def test_a_frame_is_named_by_its_number_in_any_format(workspace, tmp_path):
    film(workspace, tmp_path / "f.mkv")
    (tmp_path / "labels.csv").write_text("file,label\nf.mkv#3,AU4\nf.mkv#9,AU4\n")
    report = taken(workspace, tmp_path / "labels.csv", "csv")
    assert (coded(workspace), report.unknown_images) == ({3: True}, 1)


@pytest.mark.parametrize("placed", [True, False])
def test_of_two_faces_the_one_that_is_read_counts(workspace, tmp_path, monkeypatch, placed):
    from annotator.domain import BoundingBox, ImageAsset
    from annotator.domain.images import FollowedFace

    film(workspace, tmp_path / "f.mkv")
    followed = FollowedFace(BoundingBox(50, 10, 20, 20), "person 1")
    monkeypatch.setattr(ImageAsset, "followed_face", followed)
    head = "input,frame,FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,AU04,AU12"
    rows = ["f.mkv,2,2,8,22,22,.1,.9", "f.mkv,2,49,11,20,20,.9,.1", "f.mkv,3,2,8,22,22,.9,.9"]
    if not placed:
        head = head.replace("FaceRect", "Rect")
    (tmp_path / "f.csv").write_text("\n".join([head, *rows]))
    report = taken(workspace, tmp_path / "f.csv", "py-feat")
    if placed:
        assert (coded(workspace), report.faults) == ({2: True}, [])
        assert [line for line in report.lines() if line.startswith("2 rows of other faces")]
    else:
        assert coded(workspace) == {3: True}
        assert report.faults[0].startswith("f.mkv: the file has rows of 2 faces (face 1, face 2)")


@pytest.mark.parametrize("format_name", TABLES)
def test_our_own_tables_come_back_in_another_project(workspace, tmp_path, format_name):
    """Of two films and a still, whose images have other identities there; labels in other order."""
    for number, name in enumerate(("f.mkv", "g.mkv")):
        film(workspace, tmp_path / name, ONE_IN_FOUR if number else EVERY, first=20 * number)
    pictures(workspace, tmp_path, "f.png", "a.png")
    images = list(workspace.record.images(workspace.record.project("p").id))
    acts = [
        LabelValue(
            uuid.uuid4(), image.id, "R", "AU12",
            Presence.PRESENT if number % 3 else Presence.ABSENT, "C" if number % 3 else None,
        )
        for number, image in enumerate(images)
    ]  # fmt: skip
    record_acts(workspace, acts)
    chosen = {"format_name": format_name, "with_images": False, "selection": EVERYTHING}
    export_project(workspace, "p", tmp_path / "out", **chosen)
    create_project(workspace, "q", labels=["AU12", "AU4"])
    import_paths(workspace, "q", [tmp_path / name for name in ("a.png", "f.png")])
    for name in ("g.mkv", "f.mkv"):
        import_paths(workspace, "q", [tmp_path / name], options=EVERY)
    report = take_over(
        workspace, "q", tmp_path / "out" / "coder-1", format_name=format_name, reference_of="Us"
    )
    assert (report.faults, report.unknown_images, report.images) == ([], 0, len(images))
    assert values(workspace, "q") == values(workspace, "p")


def values(workspace: Workspace, project: str) -> dict[tuple[str, int | None], tuple[str, ...]]:
    return {
        (record.image.file_name, record.image.frame): (value.value, value.intensity)
        for record in workspace.record.image_records(workspace.record.project(project).id)
        for value in record.label_values
        if value.label == "AU12"
    }


def test_the_images_of_a_film_are_looked_up_once_not_for_each_row(monkeypatch):
    """Of 10,000 frames each row took 26 ms: every image was compared with its name."""
    compared: list[str] = []
    plain = finding_images.base_of
    monkeypatch.setattr(finding_images, "base_of", lambda n: compared.append(n) or plain(n))
    frames = [
        ImageAsset(
            "f.mkv",
            *(100, 80, f"{number:064x}", "1" * 64),
            frame=number,
            display={"time_s": number / 10, "last_time_s": number / 10 + 0.09},
        )
        for number in range(200)
    ]
    kept = KeptEndings({}, Pseudonyms(lambda: b"0" * 32))
    finder = ImageFinder(frames, OriginalNames(()), kept, OwnDataSet(Path("none.csv")))
    for frame in frames:
        by_number = finder.find("clips/f", (), frame.frame)
        by_time = finder.find("clips/f", (), None, frame.time_s)
        assert by_number is not None
        assert by_time is not None
        assert by_number.assets == by_time.assets == (frame,)
    assert finder.find("clips/f", (), 200) is None
    assert finder.find("clips/f", (), None, math.inf) is None
    assert len(compared) < 20 * len(frames)
