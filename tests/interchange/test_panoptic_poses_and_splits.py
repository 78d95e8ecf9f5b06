"""COCO panoptic, YOLO pose and COCO by splits, checked by the rules of those who read them."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from export_projects import LABELS as ANY_LABELS
from export_projects import exported as exported_any
from export_projects import projects_of_images
from hypothesis import HealthCheck, given, settings
from PIL import Image
from plain_records import BEGIN, drawn, plain_image, plain_png

from annotator.domain import (
    BoundingBox,
    ImageRecord,
    Label,
    LabelSet,
    Landmark,
    Mode,
    Reading,
    ReadingRecord,
    Region,
    Round,
)
from annotator.export import Consensus, Selection, Source, export_items
from annotator.formats import import_format

LABELS = LabelSet(
    (
        Label("x", "face", ""),
        Label("x", "left eye", ""),
        Label("x", "nose", ""),
        Label("x", "hat", ""),
    )
)
WIDTH, HEIGHT = 60, 40
SPLITS = {"train": 0.5, "val": 0.5}
NO_PLACE = ("points outside every box", "points of a label that their", "regions without area")

AGREED = Selection(consensus=Consensus.MAJORITY, unfinished=True)


def an_image(number: int, *regions: tuple[str, Region]) -> ImageRecord:
    """A signed image with regions."""
    record = drawn(plain_image(number, WIDTH, HEIGHT), *regions)
    head = (uuid.UUID(int=9000 + number), uuid.UUID(int=7), record.image.id, "R")
    signed = Reading(*head, Round.FIRST, Mode.SUGGESTIONS_FIRST, BEGIN, BEGIN)
    return replace(record, readings=(ReadingRecord(signed, record.annotations, ()),))


def exported(target: Path, name: str, *records: ImageRecord, **chosen):
    source = Source(list(records), LABELS, "p", uuid.UUID(int=7), plain_png)
    selection = Selection(unfinished=True, **chosen)
    return export_items(source, target, format_name=name, selection=selection)


def panoptic(folder: Path, part: str = "train"):
    """Each image's entry, the ids of its pixels and its segments, by the rules of panopticapi.

    Its ids are R + 256 G + 65536 B, each segment has pixels, and each pixel's id a segment
    (panopticapi/utils.py and evaluation.py, by hand).
    """
    file = folder / "annotations" / f"panoptic_{part}.json"
    said = json.loads(file.read_text())
    categories = {one["id"]: one for one in said["categories"]}
    assert all(one["isthing"] in (0, 1) for one in categories.values())
    entries = {one["image_id"]: one for one in said["annotations"]}
    assert [one["id"] for one in said["images"]] == list(entries)
    for image in said["images"]:
        entry = entries[image["id"]]
        colours = np.array(Image.open(file.with_suffix("") / entry["file_name"]), dtype=np.uint8)
        assert colours.shape == (image["height"], image["width"], 3)
        red, green, blue = (colours[:, :, n].astype(np.int64) for n in range(3))
        ids = red + 256 * green + 256 * 256 * blue
        areas = Counter(ids[ids > 0].tolist())
        segments = {one["id"]: one for one in entry["segments_info"]}
        assert set(areas) == set(segments)
        for number, segment in segments.items():
            assert segment["category_id"] in categories
            assert segment["area"] == areas[number]
            rows, columns = np.nonzero(ids == number)
            assert segment["bbox"] == [
                columns.min(),
                rows.min(),
                np.ptp(columns) + 1,
                np.ptp(rows) + 1,
            ]
        yield image, ids, segments, categories


def test_panoptic_has_the_smaller_region_on_top_and_counts_what_is_hidden(tmp_path):
    large, small = BoundingBox(0, 0, 20, 20), BoundingBox(5, 5, 4, 4)
    hidden, later = BoundingBox(30, 0, 5, 5), BoundingBox(30, 0, 5, 5)
    regions = [("hat", small), ("face", large), ("nose", hidden), ("face", later)]
    report = exported(tmp_path / "out", "coco-panoptic", an_image(1, *regions), an_image(2))
    (_, ids, segments, categories), (_, empty, nothing, _) = panoptic(report.folder)
    named = {number: categories[one["category_id"]]["name"] for number, one in segments.items()}
    assert named[ids[6, 6]] == "hat"
    assert named[ids[1, 1]] == "face"
    assert named[ids[1, 31]] == "face"
    assert sorted(one["area"] for one in segments.values()) == [16, 25, 20 * 20 - 16]
    assert not empty.any()
    assert not nothing
    losses = report.manifest["losses"]
    assert losses["regions partly under smaller ones, without the pixels that they share"] == 1
    assert losses["regions wholly under smaller ones, left out"] == 1


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=projects_of_images)
def test_any_project_keeps_panopticapis_rules(records):
    with tempfile.TemporaryDirectory() as parent:
        report = exported_any(records, Path(parent) / "out", "coco-panoptic", AGREED)
        images = list(panoptic(report.folder))
        assert len(images) == len(records)
        left = sum(len(segments) for _, _, segments, _ in images)
        assert left <= report.manifest["counts"]["annotations"]
        assert {one["name"] for one in images[0][3].values()} == set(ANY_LABELS.codes)


def test_panoptic_by_splits_comes_back_by_our_reader(tmp_path):
    records = [an_image(n, ("face", BoundingBox(n, 2, 9, 9))) for n in range(1, 7)]
    folder = exported(tmp_path / "out", "coco-panoptic", *records, splits=SPLITS, seed="3").folder
    for part in SPLITS:
        for image, *_ in panoptic(folder, part):
            assert (folder / "images" / part / image["file_name"]).is_file()
    form = import_format("coco")
    read = list(form.read(folder, LABELS, lambda _: (WIDTH, HEIGHT)))
    places = sorted(one.region.frame for image in read for one in image.regions)
    assert places == [(n, 2, 9, 9) for n in range(1, 7)]


def pose_lines(folder: Path) -> dict[str, np.ndarray]:
    """The labels as Ultralytics checks them (ultralytics/data/utils.py, by hand)."""
    data = yaml.safe_load((folder / "data.yaml").read_text())
    number, dimensions = data["kpt_shape"]
    assert number > 0
    assert dimensions == 3
    assert [len(names) for names in data["kpt_names"].values()] == [number] * len(data["names"])
    read = {}
    for file in (folder / "labels").iterdir():
        rows = [line.split() for line in file.read_text().strip().splitlines()]
        table = np.array(rows or np.zeros((0, 5)), dtype=np.float32)
        if rows:
            assert table.shape[1] == 5 + number * dimensions
            assert table[:, 5:].reshape(-1, dimensions)[:, :2].max() <= 1
            assert table[:, 1:5].max() <= 1
            assert table.min() >= 0
            assert table[:, 0].max() < len(data["names"])
        read[file.stem] = table
    return read


def test_points_go_to_the_smallest_box_around_them_in_the_labels_order(tmp_path):
    outer, inner = BoundingBox(0, 0, 40, 40), BoundingBox(10, 10, 12, 12)
    regions = [
        ("hat", outer),
        ("nose", Landmark(15, 18)),
        ("face", inner),
        ("left eye", Landmark(12, 12)),
        ("nose", Landmark(16, 18)),
        ("nose", Landmark(35, 5)),
        ("nose", Landmark(58, 5)),
    ]
    report = exported(tmp_path / "out", "yolo-pose", an_image(1, *regions), an_image(2))
    data = yaml.safe_load((report.folder / "data.yaml").read_text())
    assert data["names"] == dict(enumerate(LABELS.codes))
    assert data["kpt_names"] == {key: ["left eye", "nose"] for key in range(4)}
    by_name = {name.partition("-")[0]: table for name, table in pose_lines(report.folder).items()}
    assert len(by_name["2"]) == 0
    around, face = by_name["1"]
    assert around[0] == 3
    assert around[5:] == pytest.approx([0, 0, 0, 35 / 60, 5 / 40, 2])
    assert face[0] == 0
    assert face[1:5] * (60, 40, 60, 40) == pytest.approx([16, 16, 12, 12])
    assert face[5:] == pytest.approx([12 / 60, 12 / 40, 2, 15 / 60, 18 / 40, 2])
    losses = report.manifest["losses"]
    assert losses["points outside every box, left out"] == 1
    assert losses["points of a label that their box has a point of already, left out"] == 1


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=projects_of_images)
def test_any_project_passes_ultralytics_check_of_poses(records):
    with tempfile.TemporaryDirectory() as parent:
        folder = exported_any(records, Path(parent) / "out", "yolo-pose", AGREED).folder
        assert len(pose_lines(folder)) == len(records)


def test_poses_come_back_by_our_reader_points_with_their_labels(tmp_path):
    regions = [
        ("face", BoundingBox(10, 10, 12, 12)),
        ("nose", Landmark(15, 18)),
        ("hat", BoundingBox(0, 0, 5, 5)),
        ("left eye", Landmark(0, 0)),
    ]
    folder = exported(tmp_path / "out", "yolo-pose", an_image(1, *regions)).folder
    other = LabelSet(LABELS.labels[::-1])
    (image,) = import_format("yolo").read(folder, other, lambda _: (WIDTH, HEIGHT))
    assert not image.faults
    assert not image.notes
    read = sorted((one.label, one.region.frame[:2]) for one in image.regions)
    assert [label for label, _ in read] == ["face", "hat", "left eye", "nose"]
    assert [place for _, place in read] == [
        pytest.approx(place) for place in ((10, 10), (0, 0), (0, 0), (15, 18))
    ]
    # Of another project, whose labels the points are none of, they are of the label of their box.
    fewer = LabelSet(LABELS.labels[:1])
    (image,) = import_format("yolo").read(folder, fewer, lambda _: (WIDTH, HEIGHT))
    assert sorted(one.label for one in image.regions) == ["face", "face", "hat", "hat"]
    assert len(image.notes) == 2


def keypoints_of(folder: Path, name: str = "annotations.json") -> list[tuple[str, dict, int]]:
    """The boxes as pycocotools has them: label, what was marked by name, and their number."""
    from pycocotools.coco import COCO

    coco = COCO(str(folder / name))
    read = []
    for one in coco.anns.values():
        category = coco.cats[one["category_id"]]
        triples = np.reshape(one["keypoints"], (-1, 3))
        assert len(triples) == len(category["keypoints"])
        assert not triples[triples[:, 2] == 0].any()
        assert set(triples[:, 2]) <= {0, 2}
        named = zip(category["keypoints"], triples.tolist(), strict=True)
        marked = {point: tuple(place[:2]) for point, place in named if place[2]}
        assert one["area"] > 0
        read.append((category["name"], marked, one["num_keypoints"]))
    return read


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_coco_keypoints_are_of_the_smallest_box_and_come_back_with_their_labels(tmp_path):
    regions = [
        ("hat", BoundingBox(0, 0, 40, 40)),
        ("nose", Landmark(15, 18)),
        ("face", BoundingBox(10, 10, 12, 12)),
        ("left eye", Landmark(12, 12)),
        ("nose", Landmark(16, 18)),
        ("nose", Landmark(35, 5)),
        ("nose", Landmark(58, 5)),
        ("hat", BoundingBox(50, 20, 5, 5)),
    ]
    report = exported(tmp_path / "out", "coco-keypoints", an_image(1, *regions), an_image(2))
    assert keypoints_of(report.folder) == [
        ("hat", {"nose": (35, 5)}, 1),
        ("face", {"left eye": (12, 12), "nose": (15, 18)}, 2),
        ("hat", {}, 0),
    ]
    losses = report.manifest["losses"]
    assert losses["points outside every box, left out"] == 1
    assert losses["points of a label that their box has a point of already, left out"] == 1
    file = json.loads((report.folder / "annotations.json").read_text())
    assert {tuple(one["keypoints"]) for one in file["categories"]} == {("left eye", "nose")}
    stated = [one["region_uuid"] for one in file["annotations"][1]["keypoint_annotations"]]
    assert len(set(stated)) == 2
    first, second = import_format("coco").read(report.folder, LABELS, lambda _: (WIDTH, HEIGHT))
    assert not first.faults
    assert not first.notes
    read = {(one.label, one.region) for one in first.regions}
    assert read == {regions[at] for at in (0, 1, 2, 3, 5, 7)}
    assert not second.regions


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=projects_of_images)
def test_any_project_is_read_by_pycocotools_as_keypoints_and_no_point_is_lost_unsaid(records):
    with tempfile.TemporaryDirectory() as parent:
        report = exported_any(records, Path(parent) / "out", "coco-keypoints", AGREED)
        boxes = keypoints_of(report.folder)
    assert all(len(marked) == number for _, marked, number in boxes)
    left_out = sum(n for loss, n in report.manifest["losses"].items() if loss.startswith(NO_PLACE))
    written = len(boxes) + sum(number for _, _, number in boxes)
    assert written + left_out == report.manifest["counts"]["annotations"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_coco_keypoints_by_splits_have_the_same_names_in_each(tmp_path):
    box = ("face", BoundingBox(2, 2, 30, 30))
    records = [an_image(n, box, ("nose", Landmark(n, 9))) for n in range(3, 9)]
    report = exported(tmp_path / "out", "coco-keypoints", *records, splits=SPLITS, seed="3")
    for part, number in report.manifest["counts"]["splits"].items():
        boxes = keypoints_of(report.folder, f"annotations/instances_{part}.json")
        assert len(boxes) == number
        assert all(marked.keys() == {"nose"} for _, marked, _ in boxes)


def test_plain_coco_has_no_box_without_area_for_a_point(tmp_path):
    regions = [("face", BoundingBox(10, 10, 12, 12)), ("nose", Landmark(15, 18))]
    report = exported(tmp_path / "out", "coco", an_image(1, *regions))
    (annotation,) = json.loads((report.folder / "annotations.json").read_text())["annotations"]
    assert annotation["bbox"] == [10, 10, 12, 12]
    assert report.manifest["losses"]["points left out: the format has none"] == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["coco", "coco-rle"])
def test_coco_by_splits_is_laid_out_as_cocos_own(tmp_path, name):
    from pycocotools.coco import COCO

    records = [an_image(n, ("nose", BoundingBox(n, 2, 9, 9))) for n in range(1, 9)]
    report = exported(tmp_path / "out", name, *records, splits=SPLITS, seed="3")
    folder = report.folder
    assert not (folder / "annotations.json").exists()
    images: list[int] = []
    annotations: list[int] = []
    for part, number in report.manifest["counts"]["splits"].items():
        coco = COCO(str(folder / "annotations" / f"instances_{part}.json"))
        assert len(coco.imgs) == len(coco.anns) == number
        assert {one["split"] for one in coco.imgs.values()} == {part}
        for image in coco.imgs.values():
            assert (folder / "images" / part / image["file_name"]).is_file()
        images += coco.imgs
        annotations += coco.anns
        assert [one["name"] for one in coco.cats.values()] == list(LABELS.codes)
    # So that the files of the splits can be joined.
    assert sorted(images) == sorted(annotations) == list(range(1, 9))
    read = list(import_format("coco").read(folder, LABELS, lambda _: (WIDTH, HEIGHT)))
    assert len(read) == 8
    assert sorted(one.region.frame[0] for image in read for one in image.regions) == list(
        range(1, 9)
    )
