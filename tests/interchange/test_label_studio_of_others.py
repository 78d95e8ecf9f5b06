"""Label Studio's tasks as other teams have them: addresses, pairs, choices of a region."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from annotator.domain import BoundingBox, Label, LabelSet
from annotator.formats import ImportedImage, import_format

PLACE = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0}
BOX = BoundingBox(10, 8, 20, 16)
SIZE = {"original_width": 100, "original_height": 80}


def read(tmp_path: Path, data: dict[str, str], *results: dict[str, Any]) -> ImportedImage:
    task = {"data": data, "annotations": [{"result": [{**SIZE, **one} for one in results]}]}
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


def row(**own: Any) -> dict[str, Any]:
    """A row of JSON-MIN, in the order of Label Studio's converter."""
    ends = {"annotator": 3, "annotation_id": 8, "created_at": "2026-05-01", "lead_time": 4.5}
    return {"patient": "cat", "image": "/data/upload/1/deadbeef-k.png", "id": 1, **own, **ends}


def read_rows(tmp_path: Path, *rows: Any) -> list[ImportedImage]:
    (tmp_path / "t.json").write_text(json.dumps(rows))
    reader = import_format("label-studio").read
    return list(reader(tmp_path / "t.json", LabelSet(()), lambda name: {"k.png": (50, 40)}[name]))


MANY = [{**PLACE, **SIZE, "rectanglelabels": ["x", "y"]}]


@pytest.mark.parametrize("write", [lambda value: value, json.dumps])
def test_rows_of_the_short_form_are_read_as_what_they_hold(tmp_path, write):
    points = [{"points": [[10, 10], [30, 10], [30, 30]], "polygonlabels": ["z"]}]
    (image,) = read_rows(
        tmp_path,
        row(
            anything=write(MANY),
            other=write(points),
            species="dog",
            seen=write([{"choices": ["p", "q: absent"]}]),
            why=write([{**PLACE, **SIZE, "choices": ["round"]}]),
            grade=write([{"rating": 4}]),
        ),
    )
    assert image.file_name == "k.png"
    assert [(one.label, one.rater) for one in image.regions] == [
        *(("x", "user 3"), ("y", "user 3"), ("z", "user 3"))
    ]
    assert image.regions[0].region == BOX
    # Without a size of its own it is that of the project's image.
    assert image.regions[2].region.extent == (5, 4, 15, 12)
    assert [(one.label, str(one.value)) for one in image.values] == [
        *(("dog", "present"), ("p", "present"), ("q", "absent"))
    ]
    assert image.faults == ()
    assert image.notes[:2] == (
        "attributes 'why' of regions left out: a region has its label only",
        "results of type 'rating' left out, which are no labels",
    )
    assert "no predictions, and no grade or side of a value" in image.notes[2]


def test_a_label_beside_its_region_in_the_short_form_is_known_by_its_place(tmp_path):
    labelled = {**PLACE, **SIZE, "labels": ["x"]}
    elsewhere = {**PLACE, **SIZE, "x": 40}
    (image,) = read_rows(tmp_path, row(box=[{**PLACE, **SIZE}, elsewhere], label=[labelled]))
    assert [(one.label, one.region) for one in image.regions] == [("x", BOX)]
    assert image.faults == ("Task 1: A 'rectangle' is left out: it has no label.",)


def test_several_annotators_of_the_short_form_stay_apart(tmp_path):
    rows = [{**row(label=MANY), "annotator": who} for who in ("a@b.org", 4)]
    first, second = read_rows(tmp_path, *rows)
    assert {one.rater for one in first.regions} == {"a@b.org"}
    assert {one.rater for one in second.regions} == {"user 4"}


def test_a_row_that_names_no_picture_is_left_out_in_words(tmp_path):
    (image,) = read_rows(tmp_path, {"id": 1, "label": MANY, "annotator": 1})
    assert image.faults == (
        "Task 1 is left out: no field before its id names a picture; export it as JSON.",
    )


def test_fields_whose_texts_count_as_choices_are_named(tmp_path):
    # Where the data have an `id` of their own, a field of theirs may stand among the answers.
    (image,) = read_rows(tmp_path, {"image": "k.png", "id": 5, "diagnosis": "x", "annotator": 1})
    assert [one.label for one in image.values] == ["x"]
    assert "texts in the field 'diagnosis' taken as answers" in image.notes


def test_one_choice_without_a_list_is_one_label(tmp_path):
    said = {"type": "choices", "value": {"choices": "nevus"}}
    assert [one.label for one in read(tmp_path, {"image": "k.png"}, said).values] == ["nevus"]


def test_how_sure_a_machine_is_of_absence_is_no_score_of_presence(tmp_path):
    said = {"type": "choices", "value": {"choices": ["x: absent", "y: present"]}, "score": 0.9}
    task = {"data": {"image": "k.png"}, "predictions": [{"result": [said]}]}
    (tmp_path / "t.json").write_text(json.dumps([task]))
    (image,) = import_format("label-studio").read(tmp_path / "t.json", LabelSet(()), lambda _: None)
    assert [(one.label, one.score) for one in image.values] == [("x", None), ("y", 0.9)]


def picture(values: np.ndarray) -> str:
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, "PNG")
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"


def test_masks_that_are_pictures_within_the_file(tmp_path):
    grey = np.zeros((80, 100), np.uint8)
    grey[10:20, 30:50] = 255
    see_through = np.zeros((80, 100, 4), np.uint8)
    see_through[:, :, 3] = grey
    results = [
        {"type": "bitmasklabels", "value": {"imageDataURL": picture(one), "bitmasklabels": ["x"]}}
        for one in (grey, see_through, grey[1:], np.zeros_like(grey))
    ]
    results.append({"type": "bitmasklabels", "value": {**results[0]["value"], "imageDataURL": "a"}})
    image = read(tmp_path, {"image": "a.png"}, *results)
    for one in image.regions:
        assert np.array_equal(one.region.mask(80, 100), grey > 0)
    assert len(image.regions) == 2
    reasons = [
        "its mask has 100 x 79 px and the image 100 x 80; they are not the same picture.",
        "its mask holds no pixel.",
        "its mask is no picture within the file; export with the masks in it.",
    ]
    assert image.faults == tuple(f"Task 1: A 'bitmasklabels' is left out: {r}" for r in reasons)


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
