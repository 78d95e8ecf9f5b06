"""COCO as other tools write it: turned boxes, points, results, panoptic, folders of files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.domain import BoundingBox, Label, LabelSet, Mask, Polygon
from annotator.domain.regions import RotatedBox
from annotator.errors import IngestError
from annotator.formats import ImportedImage, import_format

LABELS = LabelSet((Label("own", "face", ""), Label("own", "nose", "")))
IMAGES = [{"id": 1, "file_name": "a.png", "width": 100, "height": 80}]
CATEGORIES = [{"id": 3, "name": "face", "keypoints": ["nose", "chin", "ear"]}]


def read(path: Path) -> list[ImportedImage]:
    return list(import_format("coco").read(path, LABELS, lambda _: None))


def written(path: Path, *annotations: dict, **also: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    own = [{"id": n, "image_id": 1, "category_id": 3, **a} for n, a in enumerate(annotations, 1)]
    whole = {"images": IMAGES, "categories": CATEGORIES, "annotations": own, **also}
    path.write_text(json.dumps(whole))
    return path


@pytest.mark.parametrize(
    "segmentation", [None, [], [[20.0, 30.0, 60.0, 30.0, 60.0, 50.0, 20.0, 50.0]]]
)
def test_boxes_that_cvat_turned_are_rotated_boxes(tmp_path, segmentation):
    turned = {"attributes": {"rotation": 30.0, "occluded": False}, "segmentation": segmentation}
    (image,) = read(written(tmp_path / "c.json", {"bbox": [20.0, 30.0, 40.0, 20.0], **turned}))
    assert image.regions[0].region == RotatedBox(40.0, 40.0, 40.0, 20.0, 30.0)
    assert (image.notes, image.faults) == ((), ())


def test_an_outline_that_cvat_did_not_turn_stays_as_it_is(tmp_path):
    outline = {"segmentation": [[20, 30, 60, 30, 55, 50]], "attributes": {"rotation": 0.0}}
    (image,) = read(written(tmp_path / "c.json", {"bbox": [20, 30, 40, 20], **outline}))
    assert image.regions[0].region == Polygon(((20, 30), (60, 30), (55, 50)))


def test_attributes_of_regions_are_said_to_be_left_out(tmp_path):
    attributes = {"grade": "II", "occluded": True, "truncated": False, "rotation": 0.0, "note": ""}
    (image,) = read(written(tmp_path / "c.json", {"bbox": [1, 2, 3, 4], "attributes": attributes}))
    assert image.notes == (
        "attributes 'grade' of regions left out: a region has its label only",
        "attributes 'occluded' of regions left out: a region has its label only",
    )


def test_keypoints_are_points_of_their_own_label_where_the_project_has_it(tmp_path):
    points = [10, 11, 2, 20, 21, 1, 0, 0, 0]
    (image,) = read(written(tmp_path / "c.json", {"bbox": [5, 5, 20, 20], "keypoints": points}))
    seen = [(one.label, one.region.extent[:2]) for one in image.regions]
    assert seen == [("face", (5, 5)), ("nose", (10, 11)), ("face", (20, 21))]
    assert image.notes == (
        "points marked as hidden (visibility 1) taken over as points",
        "points of poses taken over as points of the label of their box",
    )


def test_a_pose_without_a_box_and_points_that_are_cut_off(tmp_path):
    bare = {"bbox": [0, 0, 0, 0], "keypoints": [10, 11, 2]}
    cut = {"bbox": [5, 5, 20, 20], "keypoints": [10, 11]}
    (image,) = read(written(tmp_path / "c.json", bare, cut, {"keypoints": [0, 0, 0]}))
    assert [(one.label, one.region.kind) for one in image.regions] == [("nose", "point")]
    assert image.faults == (
        "Annotation 2 is left out: its keypoints are 2 numbers, not x, y and visibility.",
        "Annotation 3 is left out: it outlines nothing.",
    )


@pytest.mark.parametrize(
    ("scores", "read_as"), [([87, 9.5, 0], [0.87, 0.095, 0]), ([1, 0], [1, 0])]
)
def test_scores_of_a_whole_file_in_percent(tmp_path, scores, read_as):
    own = [{"bbox": [1, 2, 3, 4], "score": score} for score in scores]
    (image,) = read(written(tmp_path / "c.json", *own))
    assert [one.score for one in image.regions] == pytest.approx(read_as)
    assert len(image.notes) == (3 if max(scores) > 1 else 0)


def test_a_score_a_hair_above_1_is_no_percent(tmp_path):
    (image,) = read(written(tmp_path / "c.json", {"bbox": [1, 2, 3, 4], "score": 1.0000001}))
    assert (image.regions, len(image.faults)) == ((), 1)


@pytest.mark.parametrize("below", [".", "r.json"])
def test_results_are_suggestions_of_the_images_beside_them(tmp_path, below):
    written(tmp_path / "truth.json", {"bbox": [50, 50, 9, 9]})
    results = [
        {"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.9},
        {"image_id": "1", "category_id": 8, "bbox": [1, 2, 3, 4], "score": 0.9},
    ]
    (tmp_path / "r.json").write_text(json.dumps(results))
    (image,) = read(tmp_path / below)
    ((one),) = image.regions
    assert (one.region, one.score, one.suggested) == (BoundingBox(1, 2, 3, 4), 0.9, True)
    assert image.faults == (
        "An annotation is left out: no category of the file has its category_id 8.",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_in_any_unicode(tmp_path, encoding):
    text = written(tmp_path / "c.json", {"bbox": [1, 2, 3, 4]}).read_text()
    (tmp_path / "c.json").write_bytes(text.replace("a.png", "\u00e9.png").encode(encoding))
    assert [image.file_name for image in read(tmp_path / "c.json")] == ["\u00e9.png"]


def test_results_alone_say_what_they_need(tmp_path):
    (tmp_path / "r.json").write_text('[{"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4]}]')
    with pytest.raises(IngestError, match=r"r\.json is a list of results.*put the COCO file"):
        read(tmp_path / "r.json")


@pytest.mark.parametrize("folder", ["p", "."])
def test_panoptic_segments_are_masks_of_their_colour(tmp_path, folder):
    pixels = np.zeros((80, 100, 3), np.uint8)
    pixels[10:20, 30:50] = (1, 2, 0)
    (tmp_path / folder).mkdir(exist_ok=True)
    Image.fromarray(pixels).save(tmp_path / folder / "a.png")
    segments = [{"id": 513, "category_id": 3}, {"id": 7, "category_id": 3}]
    own = {"image_id": 1, "file_name": "../../a.png", "segments_info": segments}
    whole = {"images": IMAGES, "categories": CATEGORIES, "annotations": [own]}
    (tmp_path / "p.json").write_text(json.dumps(whole))
    (image,) = read(tmp_path / "p.json")
    assert [one.region for one in image.regions] == [Mask.of(pixels[:, :, 0] == 1)]
    assert image.faults == ("A segment of ../../a.png is left out: no pixel has its colour.",)


def test_panoptic_segments_with_a_score_are_a_machines(tmp_path):
    pixels = np.zeros((80, 100, 3), np.uint8)
    pixels[10:20, 30:50, 0], pixels[40:50, 30:50, 0] = 1, 2
    Image.fromarray(pixels).save(tmp_path / "a.png")
    segments = [{"id": 1, "category_id": 3, "score": 0.5}, {"id": 2, "category_id": 3}]
    own = {"image_id": 1, "file_name": "a.png", "segments_info": segments}
    whole = {"images": IMAGES, "categories": CATEGORIES, "annotations": [own]}
    (tmp_path / "p.json").write_text(json.dumps(whole))
    (image,) = read(tmp_path / "p.json")
    assert [(one.score, one.suggested) for one in image.regions] == [(0.5, True), (None, False)]


def test_panoptic_without_its_pictures_says_where_to_put_them(tmp_path):
    own = {"image_id": 1, "file_name": "x.png", "segments_info": []}
    whole = {"images": IMAGES, "categories": CATEGORIES, "annotations": [own]}
    (tmp_path / "p.json").write_text(json.dumps(whole))
    (image,) = read(tmp_path)
    (fault,) = image.faults
    assert "its picture x.png is neither beside p.json nor in the folder p; put it" in fault


def test_a_download_of_roboflow_is_read_with_the_folders_of_its_parts(tmp_path):
    for part in ("train", "valid"):
        written(tmp_path / part / "_annotations.coco.json", {"bbox": [1, 2, 3, 4]})
        (tmp_path / part / "a.png").write_bytes(b"")
    (tmp_path / "README.dataset.txt").write_text("# faces")
    assert [image.file_name for image in read(tmp_path)] == ["train/a.png", "valid/a.png"]
    assert [image.file_name for image in read(tmp_path / "train")] == ["a.png"]


def test_a_folder_of_several_files_asks_for_one(tmp_path):
    for name in ("first.json", "second.json"):
        written(tmp_path / name)
    with pytest.raises(IngestError, match=r"has 2 files \*\.json \(first.json, second.json\)"):
        read(tmp_path)
    (tmp_path / "second.json").unlink()
    assert [image.file_name for image in read(tmp_path)] == ["a.png"]


def test_files_of_splits_are_of_the_folders_of_their_names(tmp_path):
    for part in ("train2017", "val2017"):
        written(tmp_path / "annotations" / f"instances_{part}.json")
    assert [image.file_name for image in read(tmp_path)] == ["train2017/a.png", "val2017/a.png"]
