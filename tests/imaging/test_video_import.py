"""Videos in a project: each frame once, at its time, with the same person's face on each."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from own_home import opened_home
from PIL import Image
from video_files import numbered, read_video, write_video

from annotator.cli import main
from annotator.domain import BoundingBox, ImageAsset
from annotator.domain.rights import Consent, Rights, Shows
from annotator.errors import JobStopped
from annotator.ingest import Deidentification, FrameChoice
from annotator.ingest.tracking import Tracker
from annotator.ingest.video import VideoFrame
from annotator.ingest.video_import import NUMBERED_ANEW
from annotator.workflows.contact_sheet import write_contact_sheet
from annotator.workflows.exporting import state_rights, state_shows
from annotator.workflows.importing import ImportOptions, import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

EVERY = ImportOptions(frames=FrameChoice(per_second=None), follow_faces=False)
DEMO = Path(__file__).parents[2] / "annotator" / "demo"


@pytest.fixture
def workspace(tmp_path: Path):
    with opened_home(tmp_path) as opened:
        create_project(opened, "p", labels=["AU12"])
        state_shows(opened, "p", Shows.NOBODY)
        yield opened


def images(workspace: Workspace) -> list[ImageAsset]:
    return workspace.record.images(workspace.record.project("p").id)


def film(path: Path, count: int, **how) -> Path:
    return write_video(path, map(numbered, range(count)), [40 * n for n in range(count)], **how)


def test_frames_in_the_record_are_those_of_another_decoder(tmp_path, workspace):
    path = film(tmp_path / "film.mkv", 30)
    report = import_paths(workspace, "p", [path], options=EVERY)
    assert (report.imported, list(report.lines())) == (30, [])
    independent = read_video(path)
    for number, asset in enumerate(images(workspace)):
        time_s, pixels = independent[number]
        assert (asset.frame, asset.time_s) == (number, pytest.approx(time_s))
        assert (asset.file_name, asset.modality, asset.width, asset.height) == (
            "film.mkv",
            "photograph",
            64,
            48,
        )
        stored = workspace.pixels.get(asset.pixels_sha256)
        np.testing.assert_array_equal(stored, pixels)
        # A region on what is shown, cut out of the frame that was decoded elsewhere.
        mark = BoundingBox(44, 6, 10, 6)
        x, y, right, bottom = (
            int(v) for v in (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)
        )
        assert (pixels[y:bottom, x:right] == 250).all()
        assert (pixels == 250).all(axis=2).sum() == mark.width * mark.height


def test_an_import_that_is_stopped_goes_on_and_takes_no_frame_twice(tmp_path, workspace):
    path = film(tmp_path / "film.mkv", 40)
    steps: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        steps.append((done, total))
        if 0 < done < total:
            raise JobStopped

    with pytest.raises(JobStopped):
        import_paths(workspace, "p", [path], stop, options=EVERY)
    taken = len(images(workspace))
    assert 0 < taken < 40
    assert all(0 < done <= total == 40 for done, total in steps)
    report = import_paths(workspace, "p", [path], options=EVERY)
    assert (report.imported, report.duplicates) == (40 - taken, taken)
    assert [asset.frame for asset in images(workspace)] == list(range(40))
    report = import_paths(workspace, "p", [path], options=EVERY)
    assert (report.imported, report.duplicates) == (0, 40)


def test_another_rate_adds_the_frames_that_are_not_there(tmp_path, workspace):
    path = film(tmp_path / "film.mkv", 26)
    once = ImportOptions(follow_faces=False)
    assert import_paths(workspace, "p", [path], options=once).imported == 2
    report = import_paths(workspace, "p", [path], options=EVERY)
    assert (report.imported, report.duplicates) == (24, 2)


def test_a_still_scene_ends_where_a_frame_that_was_taken_before_is_shown(tmp_path, workspace):
    shown = [0, *[1] * 9, 2, *[1] * 9]
    path = write_video(
        tmp_path / "film.mkv", map(numbered, shown), [100 * n for n in range(len(shown))]
    )
    assert import_paths(workspace, "p", [path], options=ImportOptions()).imported == 2
    report = import_paths(workspace, "p", [path], options=ImportOptions(frames=EVERY.frames))
    assert [(a.time_s, a.until_s) for a in images(workspace)][2:] == [
        (0.1, 0.9),
        (pytest.approx(1.1), pytest.approx(1.9)),
    ]
    assert NUMBERED_ANEW in " ".join(report.lines())


def test_a_still_scene_keeps_its_time(tmp_path, workspace):
    shown = [0, 0, 0, 0, 1, 1, 2, 0]
    path = write_video(
        tmp_path / "film.mkv", map(numbered, shown), [500 * n for n in range(len(shown))]
    )
    report = import_paths(workspace, "p", [path], options=EVERY)
    # The last frame has the pixels of the first, at another place.
    shown_at = [(0, 1.5), (2, 2.5), (3, 3), (3.5, 3.5)]
    assert [(a.time_s, a.until_s) for a in images(workspace)] == shown_at
    assert (report.imported, report.duplicates) == (4, 0)


def test_a_bad_video_does_not_stop_the_rest(tmp_path, workspace):
    folder = tmp_path / "films"
    folder.mkdir()
    film(folder / "b.mkv", 3)
    (folder / "a.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(100))
    (folder / "c.avi").write_text("no video at all")
    Image.fromarray(numbered(50)).save(folder / "d.png")
    film(folder / "photograph.jpg.mkv", 2).rename(folder / "photograph.jpg")
    report = import_paths(workspace, "p", [folder], options=EVERY)
    # The last is a film, whatever it is called, and none of its frames lies in the other one.
    assert (report.imported, report.duplicates, report.refused.count) == (6, 0, 2)
    assert "a.mp4 is cut off or damaged" in report.refused.first[0]
    assert "c.avi is none of" in report.refused.first[1]


def test_nothing_of_a_videos_own_words_enters(tmp_path, workspace):
    planted = {"title": "Zoe Planted", "artist": "Quincy Filmer", "location": "+51.5074-000.1278/"}
    path = film(tmp_path / "Zoe Planted 1961.mkv", 3, metadata=planted)
    assert b"Quincy Filmer" in path.read_bytes()
    options = ImportOptions(
        Deidentification(photograph_names=False), frames=EVERY.frames, follow_faces=False
    )
    report = import_paths(workspace, "p", [path], options=options)
    assert report.imported == 3
    held = b"".join(f.read_bytes() for f in tmp_path.glob("home/**/*") if f.is_file())
    for word in (b"Zoe", b"Quincy", b"51.5074"):
        assert word not in held


def portrait(name: str, box: tuple[int, int, int, int], width: int) -> np.ndarray:
    """Return a head of a portrait, its face `width` pixels wide."""
    x, y, w, h = box
    whole = Image.open(DEMO / f"{name}.jpg").convert("RGB")
    head = whole.crop((x - w // 2, y - h // 2, x + 3 * w // 2, y + 9 * h // 5))
    return np.asarray(head.resize((2 * width, round(2 * width * head.height / head.width))))


def two_people(tmp_path: Path) -> Path:
    """Write a film in which one portrait moves and the other comes into it later."""
    first = portrait("astronaut", (160, 79, 124, 111), 90)
    second = portrait("grace_hopper", (150, 140, 225, 225), 90)
    shown = []
    for number in range(5):
        frame = np.full((270, 480, 3), 120, np.uint8)
        frame[10 : 10 + first.shape[0], 20 + 12 * number :][:, : first.shape[1]] = first
        if number >= 3:
            frame[10 : 10 + second.shape[0], 280:][:, : second.shape[1]] = second
        shown.append(frame)
    return write_video(tmp_path / "two.mkv", shown, [1000 * n for n in range(5)])


def test_the_same_persons_face_is_marked_on_every_frame(tmp_path, workspace):
    state_rights(workspace, "p", Rights(consent=Consent.GRANTED))
    sheet = tmp_path / "sheet.png"
    options = ImportOptions(contact_sheet=sheet)
    report = import_paths(workspace, "p", [two_people(tmp_path)], options=options)
    faces = [(asset.display or {})["face"] for asset in images(workspace)]
    assert [face["person"] for face in faces] == ["person 1"] * 5
    centres = [face["box_px"][0] + face["box_px"][2] / 2 for face in faces]
    assert centres == pytest.approx([20 + 90 + 12 * n for n in range(5)], abs=25)
    assert "person 2 in 2 of 5 frames, 3.0 to 4.0 s" in " ".join(report.lines())
    with Image.open(sheet) as drawn:
        assert drawn.width > 5 * 176
        assert (255, 176, 0) in {
            colour for _, colour in drawn.getcolors(drawn.width * drawn.height)
        }
    write_contact_sheet(workspace, "p", tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == sheet.read_bytes()


def test_another_person_is_chosen_by_number(tmp_path, workspace):
    path = two_people(tmp_path)
    report = import_paths(workspace, "p", [path], options=ImportOptions(person=3))
    assert "shows 2 persons" in report.refused.first[0]
    import_paths(workspace, "p", [path], options=ImportOptions(person=2))
    marked = [(asset.display or {}).get("face") for asset in images(workspace)]
    assert [face and face["person"] for face in marked] == [None] * 3 + ["person 2"] * 2


def coloured(*people: tuple[int, tuple[int, int, int]]) -> np.ndarray:
    pixels = np.full((100, 400, 3), 128, np.uint8)
    for x, colour in people:
        pixels[20:90, x : x + 40] = colour
    return pixels


RED, BLUE = (190, 60, 60), (50, 60, 190)


@pytest.mark.parametrize(
    "shown",
    [
        # They cross; one leaves and comes back; the film cuts to the other and back.
        [((20 + 40 * n, RED), (320 - 40 * n, BLUE)) for n in range(8)],
        [((20 + n, RED), (200, BLUE)) if n not in (3, 4) else ((200, BLUE),) for n in range(8)],
        [((60, BLUE),) if n in (3, 4) else ((60 + n, RED),) for n in range(8)],
    ],
)
def test_two_who_cross_leave_or_are_cut_to_are_not_mixed_up(shown):
    whose: dict[tuple[int, float], tuple[int, int, int]] = {}
    now: list[BoundingBox] = []
    tracker = Tracker(lambda pixels: [(box, 1.0) for box in now])
    for number, people in enumerate(shown):
        now[:] = [BoundingBox(x, 20, 40, 40) for x, _ in people]
        whose |= {(number, float(x)): colour for x, colour in people}
        tracker.step(VideoFrame(number, number * 0.5, coloured(*people), number in (0, 3, 5)))
    found = tracker.people()
    seen = [{whose[s.frame, float(s.box.x)] for s in person.sightings} for person in found]
    # Of a face half hidden by another, a new person may begin; nobody is two.
    assert all(len(one) == 1 for one in seen)
    assert seen[0] | seen[1] == {RED, BLUE}
    assert len(seen) <= 3


def test_two_who_look_alike_and_cross_begin_anew():
    now: list[BoundingBox] = []
    tracker = Tracker(lambda pixels: [(box, 1.0) for box in now])
    for number, places in enumerate([(100, 160), (130, 132)]):
        now[:] = [BoundingBox(x, 20, 40, 40) for x in places]
        pixels = coloured(*((x, RED) for x in places))
        tracker.step(VideoFrame(number, number * 0.5, pixels, number == 0))
    assert [len(person.sightings) for person in tracker.people()] == [1, 1, 1, 1]


def test_from_the_command_line_to_a_table_of_times(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANNOTATOR_SECRETS", str(tmp_path / "secrets"))
    path = film(tmp_path / "film.mkv", 30)
    assert main(["project", "create", "p", "--vocabulary", "facs", "--label", "AU12"]) == 0
    how = ["--frames-per-second", "5", "--from", "0.2", "--to", "0.9", "--no-faces"]
    report = tmp_path / "report.jsonl"
    assert main(["import", "p", str(path), *how, "--report", str(report)]) == 0
    assert "4 imported" in capsys.readouterr().out
    said = [json.loads(line) for line in report.read_text().splitlines()]
    assert [(line["became"], line["pictures"]) for line in said] == [("imported", 4)]
    out = tmp_path / "out"
    chosen = ["--format", "facs-events", "--unfinished"]
    assert main(["export", "p", *chosen, "--output", str(out)]) == 0
    with next(out.rglob("frames.csv")).open() as lines:
        times = [float(row["time_s"]) for row in csv.DictReader(lines)]
    assert times == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert main(["import", "p", str(path), "--from", "9", "--no-faces"]) == 1
    assert main(["import", "p", str(path), "--frames-per-second", "0"]) == 1
    assert main(["contact-sheet", "p", str(tmp_path / "sheet.webp")]) == 0
    assert main(["contact-sheet", "p", str(tmp_path / "sheet.webp")]) == 1
    assert main(["contact-sheet", "p", str(tmp_path / f"{'a' * 300}.png")]) == 1
    with pytest.raises(SystemExit):
        main(["import", "p", str(tmp_path), "--per-scene", "0"])
