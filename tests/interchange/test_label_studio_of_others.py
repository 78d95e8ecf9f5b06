"""Label Studio's tasks as other teams have them: addresses, pairs, choices of a region."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotator.domain import BoundingBox, LabelSet
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


def test_a_choice_of_a_region_is_no_value_of_the_image(tmp_path):
    own = {"type": "choices", "value": {"choices": ["x"]}}
    regions = {"type": "choices", "value": {**PLACE, "choices": ["y"]}}
    image = read(tmp_path, {"image": "a.png"}, own, regions)
    assert [one.label for one in image.values] == ["x"]
    (fault,) = image.faults
    assert fault.startswith("Task 1: A 'choices' is left out: it is of a region, not of the image")
