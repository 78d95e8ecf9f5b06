"""Faults that other annotation tools are known for, each as a test named after it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    ImageAsset,
    ImageRecord,
    Label,
    LabelSet,
    Landmark,
    Mode,
    Polygon,
    Provenance,
    Reading,
    ReadingRecord,
    Round,
    Suggestion,
    SuggestionRun,
)
from annotator.errors import ExportError
from annotator.export import ExportReport, Source, export_items
from annotator.ingest import PixelStore, ingest_file

# pycocotools' decoder speaks NumPy 1; its masks are right.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implement:DeprecationWarning")

LABELS = LabelSet((Label("e", "sad", ""), Label("e", "happy", ""), Label("e", "angry", "cross")))
START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def asset(name: str = "a.png", **changes) -> ImageAsset:
    return replace(ImageAsset(name, 100, 80, "0" * 64, "1" * 64), **changes)


def act(image: ImageAsset, decision=Decision.ADDED, region=None, **changes) -> Annotation:
    region = region or BoundingBox(10, 20, 30, 40)
    made = Annotation(uuid.uuid4(), image.id, uuid.uuid4(), "R", decision, "happy", region)
    return replace(made, created_at=START, **changes)


def suggestion(label: str = "sad") -> Suggestion:
    return Suggestion(label, BoundingBox(1, 2, 3, 4), 0.75, 0.5, "dual", 0.9)


def run(image: ImageAsset, *suggestions: Suggestion) -> SuggestionRun:
    made = Provenance("face", "2", "cd" * 32, "excitation backprop", {"layer": "conv3"}, "0.1.0")
    return SuggestionRun(image.id, made, {"sad": 0.75}, suggestions)


def exported(
    tmp_path: Path, *records: ImageRecord, image_png=None, format_name="coco"
) -> ExportReport:
    source = Source(iter(records), LABELS, "p", uuid.UUID(int=7), image_png)
    return export_items(source, tmp_path / "out", format_name=format_name)


def coco_of(report: ExportReport) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(report.folder / "annotations.json"))


def signed(image: ImageAsset) -> ReadingRecord:
    """A signed reading: only it makes an image reviewed."""
    return ReadingRecord(
        Reading(uuid.uuid4(), uuid.uuid4(), image.id, "Ada", Round.FIRST, Mode.SUGGESTIONS_FIRST,
                START, START)
    )  # fmt: skip


def test_dropped_negatives(tmp_path):
    """Images without findings stay, and one nobody looked at is told from one without findings."""
    negative, untouched, started, plain = (asset(f"{n}.png") for n in range(4))
    said, open_one = suggestion(), suggestion()
    report = exported(
        tmp_path,
        ImageRecord(
            negative,
            (act(negative, Decision.REJECTED, region_id=said.id, derived_from=said.id),),
            (run(negative, said),),
            (signed(negative),),
        ),
        ImageRecord(untouched, (), (run(untouched, suggestion()),)),
        ImageRecord(started, (act(started),), (run(started, open_one),)),
        ImageRecord(plain, (act(plain, Decision.WITHDRAWN),), ()),
    )
    coco = coco_of(report)
    reviews = [image["review"] for image in coco.imgs.values()]
    assert reviews == ["reviewed", "not reviewed", "in progress", "in progress"]
    assert [len(coco.getAnnIds(imgIds=[n])) for n in (1, 2, 3, 4)] == [0, 0, 1, 0]
    assert report.manifest["counts"]["images"] == {
        "all": 4,
        "reviewed": 1,
        "in progress": 2,
        "not reviewed": 1,
        "negative": 1,
    }
    assert report.manifest["counts"]["decisions"] == {
        "added": 1,
        "rejected": 1,
        "suggestion not acted on": 2,
        "withdrawn": 1,
    }
    assert "1 without findings" in report.summary()


def test_boxes_shifted_by_one(tmp_path):
    """A box over the first pixel is [0, 0, 1, 1], and its mask is that pixel."""
    image = asset(width=3, height=2)
    first, last = BoundingBox(0, 0, 1, 1), BoundingBox(2, 1, 1, 1)
    acts = (
        act(image, region=first),
        replace(act(image, region=last), created_at=START + timedelta(seconds=1)),
    )
    coco = coco_of(exported(tmp_path, ImageRecord(image, acts, ())))
    assert [ann["bbox"] for ann in coco.anns.values()] == [[0, 0, 1, 1], [2, 1, 1, 1]]
    assert coco.annToMask(coco.anns[1]).tolist() == [[1, 0, 0], [0, 0, 0]]
    assert coco.annToMask(coco.anns[2]).tolist() == [[0, 0, 0], [0, 0, 1]]


def test_mask_one_pixel_too_large(tmp_path):
    image = asset()
    corners = Polygon(((10.0, 20.0), (40.0, 20.0), (40.0, 60.0), (10.0, 60.0)))
    coco = coco_of(exported(tmp_path, ImageRecord(image, (act(image, region=corners),), ())))
    mask = coco.annToMask(coco.anns[1]).astype(bool)
    assert mask.sum() == 30 * 40
    assert mask[20:60, 10:40].all()


def test_duplicated_ids(tmp_path):
    records = []
    for number in range(5):
        image = asset(f"{number}.png")
        records.append(ImageRecord(image, (act(image), act(image)), ()))
    report = exported(tmp_path, *records)
    written = json.loads((report.folder / "annotations.json").read_text())
    assert [image["id"] for image in written["images"]] == [1, 2, 3, 4, 5]
    assert [ann["id"] for ann in written["annotations"]] == list(range(1, 11))
    assert len({ann["annotation_uuid"] for ann in written["annotations"]}) == 10


def test_region_exported_twice(tmp_path):
    """A superseded act beside the one that counts is refused, not written as a second region."""
    image = asset()
    first = act(image)
    second = replace(act(image), region_id=first.region_id, supersedes=first.id)
    with pytest.raises(ExportError, match=r"a\.png has 1 region with two acts of one rater"):
        exported(tmp_path, ImageRecord(image, (first, second), ()))
    other = replace(second, rater="S")
    report = exported(tmp_path, ImageRecord(image, (first, other), ()))
    assert {ann["rater"] for ann in coco_of(report).anns.values()} == {"R", "S"}
    assert report.manifest["counts"]["annotations_by_rater"] == {"R": 1, "S": 1}


def test_categories_renumbered(tmp_path):
    """Ids follow the label set, whichever labels occur and in whatever order."""
    image = asset()
    report = exported(tmp_path, ImageRecord(image, (act(image, label="angry"),), ()))
    coco = coco_of(report)
    assert {c["id"]: c["name"] for c in coco.cats.values()} == {1: "sad", 2: "happy", 3: "angry"}
    assert coco.anns[1]["category_id"] == 3
    assert report.manifest["counts"]["annotations_by_label"] == {"sad": 0, "happy": 0, "angry": 1}


def test_unicode_names(tmp_path):
    """Names survive a reader that opens the file in the system's encoding, whatever that is."""
    image = asset("Größe 影像 \U0001f600.png")
    record = ImageRecord(image, (act(image, rater="Dr. Müller-Lüdenscheidt"),), ())
    report = exported(tmp_path, record)
    content = (report.folder / "annotations.json").read_bytes()
    assert content.isascii()
    coco = coco_of(report)
    assert coco.imgs[1]["original_file_name"] == image.file_name
    assert coco.anns[1]["rater"] == "Dr. Müller-Lüdenscheidt"


def test_two_files_of_one_name(tmp_path):
    """Both images are there, apart, and each annotation lies on its own."""
    store = PixelStore(tmp_path / "store")
    records = []
    for number, folder in enumerate(("a", "b")):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "Bild Ä.png"
        Image.fromarray(np.full((8, 9, 3), number, np.uint8)).save(path)
        image = ingest_file(path, store).images[0].asset
        records.append(ImageRecord(image, (act(image),), ()))
    report = exported(tmp_path, *records, image_png=lambda a: store.encoded(a.pixels_sha256))
    coco = coco_of(report)
    names = [image["file_name"] for image in coco.imgs.values()]
    assert len(set(names)) == 2
    assert all(name.isascii() and name.startswith("Bild_A-") for name in names)
    for number, name in enumerate(names):
        with Image.open(report.folder / "images" / name) as copy:
            assert np.asarray(copy).tolist() == np.full((8, 9, 3), number).tolist()


def test_lost_provenance(tmp_path):
    """What the machine had said, and which machine, leaves with what people stated."""
    image = asset()
    said = suggestion("sad")
    moved = act(image, Decision.EDITED, region_id=said.id, derived_from=said.id, label="happy")
    report = exported(tmp_path, ImageRecord(image, (moved,), (run(image, said),)))
    (ann,) = coco_of(report).anns.values()
    assert ann["decision"] == "edited"
    assert ann["derived_from"] == str(said.id)
    assert (ann["suggestion_label"], ann["suggestion_score"]) == ("sad", 0.75)
    (model,) = report.manifest["models"]
    assert model == {
        "name": "face",
        "version": "2",
        "sha256": "cd" * 32,
        "method": "excitation backprop",
        "parameters": {"layer": "conv3"},
        "code_version": "0.1.0",
        "runs": 1,
    }


def test_suggestion_of_an_earlier_run(tmp_path):
    image = asset()
    earlier, later = suggestion("sad"), suggestion("angry")
    kept = act(image, Decision.ACCEPTED, region_id=earlier.id, derived_from=earlier.id)
    record = ImageRecord(image, (kept,), (run(image, earlier), run(image, later)))
    report = exported(tmp_path, record)
    (ann,) = coco_of(report).anns.values()
    assert ann["suggestion_label"] == "sad"
    (line,) = (report.folder / "decisions.jsonl").read_text().splitlines()
    assert json.loads(line)["undecided"] == [str(later.id)]


def test_checksums_are_those_of_the_files(tmp_path):
    store = PixelStore(tmp_path / "store")
    Image.fromarray(np.full((8, 9), 3000, np.uint16)).save(tmp_path / "g.png")
    image = ingest_file(tmp_path / "g.png", store).images[0].asset
    report = exported(
        tmp_path, ImageRecord(image, (), ()), image_png=lambda a: store.encoded(a.pixels_sha256)
    )
    stated = json.loads((report.folder / "manifest.json").read_text())
    assert stated == report.manifest
    assert [entry["path"] for entry in stated["files"]] == [
        "README.md",
        "annotations.json",
        "decisions.jsonl",
        "files.sha256",
        "croissant.json",
    ]
    for entry in stated["files"]:
        content = (report.folder / entry["path"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["bytes"] == len(content)
    for line in (report.folder / "files.sha256").read_text().splitlines():
        sha256, name = line.split("  ")
        assert hashlib.sha256((report.folder / name).read_bytes()).hexdigest() == sha256
    with Image.open(report.folder / name) as copy:
        assert np.asarray(copy).tolist() == np.full((8, 9), 3000).tolist()


def test_keypoint_said_to_be_hidden(tmp_path):
    """A point that somebody set is labelled and visible: v = 2 in COCO, 1 is hidden."""
    image = asset()
    acts = (act(image), act(image, region=Landmark(12.5, 20.5)))
    report = exported(tmp_path, ImageRecord(image, acts, ()), format_name="coco-keypoints")
    (annotation,) = coco_of(report).dataset["annotations"]
    assert annotation["keypoints"] == [12.5, 20.5, 2]
    assert annotation["num_keypoints"] == 1
