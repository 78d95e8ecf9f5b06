"""Label Studio's tasks as other teams have them: addresses, pairs, choices of a region."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotator.domain import BoundingBox, Label, LabelSet
from annotator.formats import ImportedImage, import_format

PLACE = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0}
BOX = BoundingBox(10, 8, 20, 16)


def read(tmp_path: Path, data: dict[str, str], *results: dict[str, Any]) -> ImportedImage:
    size = {"original_width": 100, "original_height": 80}
    task = {"data": data, "annotations": [{"result": [{**size, **one} for one in results]}]}
    (tmp_path / "t.json").write_text(json.dumps([task]))
    (image,) = import_format("label-studio").read(tmp_path / "t.json", LabelSet(()), lambda _: None)
    return image


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("s3://bucket/p%20q/a%20b.png", "p q/a b.png"),
        ("https://host/p/b.png?X-Amz=1&f=/z.png", "p/b.png"),
        ("/data/local-files/?d=dir/c.png", "dir/c.png"),
        ("https://host/data/local-files/?d=dir/c%20d.png", "dir/c d.png"),
        ("https://host/data/upload/1/deadbeef-d.png", "d.png"),
        ("/data/upload/1/deadbeef-d.png", "d.png"),
        ("/tasks/7/resolve/?fileuri=s3%3A%2F%2Fbucket%2Fp%2Fe.png", "p/e.png"),
        ("f.png", "f.png"),
        ("film.mp4#000003", "film.mp4#000003"),
        ("/data/local-files/?d=a+b%23.png", "a+b#.png"),
    ],
)
def test_addresses_name_the_picture_and_nothing_else(tmp_path, address, name):
    assert read(tmp_path, {"image": address}).file_name == name


def test_blanks_of_a_name_that_was_uploaded_are_underscores(tmp_path):
    image = read(tmp_path, {"image": "/data/upload/1/deadbeef-a_b.png"})
    assert (image.file_name, image.marks) == ("a_b.png", ("", "a b.png"))


def test_the_files_that_label_studio_writes_for_others_have_its_prefix_too(tmp_path):
    labels = LabelSet((Label("own", "x", ""),))
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}
    entry = {"id": 1, "file_name": "images\\1\\deadbeef-a_b.png"}
    whole = {"images": [entry], "categories": [{"id": 1, "name": "x"}], "annotations": [box]}
    (tmp_path / "result.json").write_text(json.dumps(whole))
    (image,) = import_format("coco").read(tmp_path / "result.json", labels, lambda _: None)
    assert image.marks == ("images/1/a_b.png", "images/1/a b.png")
    whole["images"] = [{"id": 1, "file_name": "20240131-a.png"}]  # which is a date
    (tmp_path / "result.json").write_text(json.dumps(whole))
    (image,) = import_format("coco").read(tmp_path / "result.json", labels, lambda _: None)
    assert image.marks == ()
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "deadbeef-a_b.txt").write_text("0 .5 .5 .2 .2")
    (tmp_path / "classes.txt").write_text("x\n")
    sizes = {"a b": (100, 80)}
    (image,) = import_format("yolo").read(tmp_path, labels, sizes.get)
    assert (image.file_name, len(image.regions)) == ("a b", 1)


def test_the_key_of_the_picture_may_be_another(tmp_path):
    assert read(tmp_path, {"patient": "p1", "scan": "h.png"}).file_name == "h.png"


def test_the_short_form_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "t.json").write_text(json.dumps([{"image": "k.png", "label": [PLACE]}]))
    (image,) = import_format("label-studio").read(tmp_path / "t.json", LabelSet(()), lambda _: None)
    assert image.faults == (
        "Task 1 is left out: it has no data; export from Label Studio as JSON, not as JSON-MIN.",
    )


def test_a_region_and_the_label_beside_it_are_one(tmp_path):
    image = read(
        tmp_path,
        {"image": "a.png"},
        {"id": "r", "type": "rectangle", "value": PLACE},
        {"id": "r", "type": "labels", "value": {**PLACE, "labels": ["x"]}},
        {"id": "s", "type": "rectangle", "value": PLACE},
    )
    assert [(one.label, one.region) for one in image.regions] == [("x", BOX)]
    assert image.faults == ("Task 1: A 'rectangle' is left out: it has no label.",)


def test_every_label_of_a_region_is_taken(tmp_path):
    result = {"type": "rectanglelabels", "value": {**PLACE, "rectanglelabels": ["x", "y"]}}
    image = read(tmp_path, {"image": "a.png"}, result)
    assert [(one.label, one.region) for one in image.regions] == [("x", BOX), ("y", BOX)]


def test_a_choice_of_a_region_is_an_attribute_that_regions_do_not_have(tmp_path):
    own = {"type": "choices", "value": {"choices": ["x"]}}
    regions = {"type": "choices", "from_name": "grade", "value": {**PLACE, "choices": ["y"]}}
    text = {"type": "textarea", "from_name": "why", "value": {**PLACE, "text": ["round"]}}
    image = read(tmp_path, {"image": "a.png"}, own, regions, text)
    assert [one.label for one in image.values] == ["x"]
    assert image.notes == (
        "attributes 'grade' of regions left out: a region has its label only",
        "attributes 'why' of regions left out: a region has its label only",
    )


def test_results_that_are_no_labels_are_said(tmp_path):
    results = [
        {"type": "number", "value": {"number": 4}},
        {"type": "taxonomy", "value": {"taxonomy": [["x"]]}},
        {"type": "relation", "from_id": "a", "to_id": "b"},
        {"type": "video", "value": {}},
    ]
    image = read(tmp_path, {"image": "a.png"}, *results)
    assert image.notes == (
        "results of type 'number' left out, which are no labels",
        "results of type 'taxonomy' left out, which are no labels",
        "results of type 'relation' left out, which are no labels",
    )
    assert image.faults == ("Task 1: A 'video' is left out: video has no counterpart here.",)


def test_a_turned_view_does_not_move_regions(tmp_path):
    result = {"type": "rectanglelabels", "value": {**PLACE, "rectanglelabels": ["x"]}}
    image = read(tmp_path, {"image": "a.png"}, {**result, "image_rotation": 90})
    assert image.regions[0].region == BOX
    (note,) = image.notes
    assert "turned view (image_rotation)" in note


def tasks(tmp_path: Path, *own: dict[str, Any]) -> list[ImportedImage]:
    (tmp_path / "t.json").write_text(json.dumps([{"data": {"image": "a.png"}, **t} for t in own]))
    reader = import_format("label-studio").read
    return list(reader(tmp_path / "t.json", LabelSet(()), lambda _: None))


SIZE = {"original_width": 100, "original_height": 80}
REGION = {**SIZE, "type": "rectanglelabels", "value": {**PLACE, "rectanglelabels": ["x"]}}
CHOICE = {"type": "choices", "value": {"choices": ["y"]}}


def test_completions_of_earlier_versions_are_annotations(tmp_path):
    (image,) = tasks(tmp_path, {"completions": [{"result": [REGION]}]})
    assert [(one.region, one.suggested) for one in image.regions] == [(BOX, False)]


@pytest.mark.parametrize(("scores", "read_as"), [((0.4, 0.9), (0.4, 0.9)), ((40, 90), (0.4, 0.9))])
def test_a_predictions_own_score_is_that_of_its_results(tmp_path, scores, read_as):
    own = {**REGION, "score": scores[1]}
    results = [{**REGION, "score": None}, own, CHOICE]
    (image,) = tasks(tmp_path, {"predictions": [{"score": scores[0], "result": results}]})
    assert [one.score for one in image.regions] == [read_as[0], read_as[1]]
    assert [one.score for one in image.values] == [read_as[0]]


def test_reasons_have_the_number_of_their_task(tmp_path):
    bad = {**REGION, "value": {"rectanglelabels": ["x"]}}
    first, second, third = tasks(
        tmp_path, {"annotations": [{"result": [REGION]}]}, {"annotations": [{"result": [bad]}]}, {}
    )
    assert (first.faults, third.faults) == ((), ())
    assert second.faults[0].startswith("Task 2: A 'rectanglelabels' is left out: a field of it")
