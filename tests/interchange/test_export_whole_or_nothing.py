"""A data set appears whole, checked, or not at all."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import tracemalloc
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    ImageAsset,
    ImageRecord,
    Label,
    LabelSet,
    Polygon,
)
from annotator.errors import ExportError, StorageError
from annotator.export import Source, dataset, export_items

LABELS = LabelSet((Label("e", "happy", ""),))


@pytest.fixture(autouse=True, scope="module")
def _no_waiting_for_the_disk() -> None:
    """Here the disk is waited for: what is cut off is what is tried."""


def records(images: int, regions: int = 2) -> Iterator[ImageRecord]:
    for number in range(images):
        image = ImageAsset(f"{number}.png", 100, 80, "0" * 64, "1" * 64)
        acts = tuple(
            Annotation(
                uuid.uuid4(),
                image.id,
                uuid.uuid4(),
                "R",
                Decision.ADDED,
                "happy",
                BoundingBox(place + 0.1, 2, 3, 4),
            )
            for place in range(regions)
        )
        yield ImageRecord(image, acts, ())


def test_target_that_is_not_empty_is_refused_and_kept(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="is not empty; name a new folder"):
        export_items(Source(records(1), LABELS, "p", uuid.UUID(int=7)), tmp_path / "out")
    assert [p.name for p in tmp_path.rglob("*")] == ["out", "mine.txt"]
    with pytest.raises(ExportError, match="is a file; name a new folder"):
        export_items(
            Source(records(1), LABELS, "p", uuid.UUID(int=7)), tmp_path / "out" / "mine.txt"
        )


def test_empty_target_and_missing_parents_are_taken(tmp_path):
    (tmp_path / "out").mkdir()
    export_items(Source(records(1), LABELS, "p", uuid.UUID(int=7)), tmp_path / "out")
    export_items(
        Source(records(1), LABELS, "p", uuid.UUID(int=7)), tmp_path / "new" / "deep" / "out"
    )
    assert (tmp_path / "new" / "deep" / "out" / "manifest.json").exists()


def test_empty_project(tmp_path):
    report = export_items(Source([], LabelSet(()), "p", uuid.UUID(int=7)), tmp_path / "out")
    written = json.loads((tmp_path / "out" / "annotations.json").read_text())
    assert written["images"] == written["annotations"] == written["categories"] == []
    assert report.manifest["counts"]["images"]["all"] == 0


@pytest.mark.parametrize("error", [StorageError("gone"), KeyboardInterrupt(), RuntimeError()])
def test_error_in_the_middle_leaves_nothing(tmp_path, error):
    def failing() -> Iterator[ImageRecord]:
        yield from records(3)
        raise error

    with pytest.raises(type(error)):
        export_items(Source(failing(), LABELS, "p", uuid.UUID(int=7)), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_and_cancels(tmp_path):
    class CancelledError(Exception):
        pass

    seen = []

    def progress(done: int) -> None:
        seen.append(done)
        if done == 3:
            raise CancelledError

    with pytest.raises(CancelledError):
        export_items(
            Source(records(5), LABELS, "p", uuid.UUID(int=7)), tmp_path / "out", progress=progress
        )
    assert seen == [1, 2, 3]
    assert list(tmp_path.iterdir()) == []


def test_killed_in_the_middle_leaves_nothing_that_looks_whole(tmp_path):
    program = textwrap.dedent("""
        import pathlib, sys, time, uuid
        from annotator.domain import ImageAsset, ImageRecord, LabelSet
        from annotator.export import Source, export_items

        def endless():
            for number in range(10**9):
                yield ImageRecord(ImageAsset("a.png", 9, 9, "0" * 64, "1" * 64), (), ())
                if number == 100:
                    print("ready", flush=True)

        source = Source(endless(), LabelSet(()), "p", uuid.UUID(int=7))
        export_items(source, pathlib.Path(sys.argv[1]))
    """)
    command = [sys.executable, "-c", program, str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "out").exists()
    assert list(tmp_path.rglob("manifest.json")) == []
    assert all(p.name.startswith(".") and p.suffix == ".partial" for p in tmp_path.iterdir())
    export_items(Source(records(1), LABELS, "p", uuid.UUID(int=7)), tmp_path / "out")
    assert (tmp_path / "out" / "manifest.json").exists()


def test_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("annotator.formats.detection.coco_files.append", full)
    with pytest.raises(ExportError, match=r"disk of .*out is full and nothing was exported"):
        export_items(Source(records(1), LABELS, "p", uuid.UUID(int=7)), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_folder_without_the_right_to_write(tmp_path, monkeypatch):
    def denied(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    with pytest.raises(ExportError, match=r"cannot be written \(Permission denied\) and nothing"):
        export_items(Source(records(1), LABELS, "p", uuid.UUID(int=7)), tmp_path / "out")


def test_unknown_label_is_refused(tmp_path):
    labels = LabelSet((Label("e", "sad", ""),))
    with pytest.raises(ExportError, match="label 'happy', which is not in the project's label set"):
        export_items(Source(records(1), labels, "p", uuid.UUID(int=7)), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_number_that_json_cannot_say(tmp_path):
    (record,) = records(1, regions=1)
    (act,) = record.annotations
    object.__setattr__(act.region, "x", float("nan"))
    with pytest.raises(ExportError, match="not a finite number"):
        export_items(Source([record], LABELS, "p", uuid.UUID(int=7)), tmp_path / "out")


def test_picture_of_another_size_is_refused(tmp_path):
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (7).to_bytes(4) + (7).to_bytes(4)
    with pytest.raises(ExportError, match="are 7 x 7 px and the record says 100 x 80"):
        export_items(
            Source(records(1), LABELS, "p", uuid.UUID(int=7), lambda image: png), tmp_path / "out"
        )
    assert list(tmp_path.iterdir()) == []


DAMAGES = {
    "a box moved by a pixel": ('"bbox":[0.1,', '"bbox":[1.1,'),
    "a label changed": ('"category_id":1', '"category_id":2'),
    "an annotation on another image": ('"image_id":2', '"image_id":1'),
    "a rater changed": ('"rater":"R","dec', '"rater":"S","dec'),
    "a corner moved": ('"segmentation":[[0.1,2', '"segmentation":[[0.1,3'),
    "an area rounded": ('"area":12', '"area":12.5'),
    "a width changed": ('"width":100', '"width":101'),
    "a category renumbered": ('"id":1,"name"', '"id":0,"name"'),
    "a comma lost": ('},\n{"id":2,"image_id"', '}\n{"id":2,"image_id"'),
    "the end lost": ("\n]\n}\n", "\n"),
    "the last annotation lost": (',\n{"id":4,"image_id"', "\n]\n}\n"),
    "a list lost": ('"annotations": [', '"annotation": ['),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_self_check_finds(tmp_path, monkeypatch, damage):
    """What was written is damaged before it is read back: the export must not succeed."""
    before, after = DAMAGES[damage]
    recorded = dataset._recorded

    def recorded_after_damage(folder: Path, *args) -> Iterator:
        path = folder / "annotations.json"
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after, 1))
        return recorded(folder, *args)

    monkeypatch.setattr(dataset, "_recorded", recorded_after_damage)
    with pytest.raises(ExportError):
        export_items(Source(records(2), LABELS, "p", uuid.UUID(int=7)), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_memory_stays_flat(tmp_path):
    """Peak memory of 40 times the images is that of the few, within a megabyte."""

    def peak(images: int) -> int:
        tracemalloc.start()
        export_items(
            Source(records(images, 5), LABELS, "p", uuid.UUID(int=7)), tmp_path / str(images)
        )
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(10)
    assert peak(800) - peak(20) < 1_000_000


def test_line_shaped_polygon_is_kept(tmp_path):
    (record,) = records(1, regions=1)
    (act,) = record.annotations
    line = Polygon(((1.0, 1.0), (1.0, 5.0), (1.0, 9.0)))
    object.__setattr__(act, "region", line)
    export_items(Source([record], LABELS, "p", uuid.UUID(int=7)), tmp_path / "out")
    (ann,) = json.loads((tmp_path / "out" / "annotations.json").read_text())["annotations"]
    assert ann["bbox"] == [1.0, 1.0, 0.0, 8.0]
    assert ann["area"] == 0


def test_target_relative_to_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    export_items(Source(records(1), LABELS, "p", uuid.UUID(int=7)), Path("out"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "README.md",
        "annotations.json",
        "croissant.json",
        "decisions.jsonl",
        "manifest.json",
    ]
