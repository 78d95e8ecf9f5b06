"""Other tools' files that went wrong once, from file to record: the right value, or why not.

Inputs are made here. Each case: the format, its files, the pictures that the project has, how many
regions are recorded of them, and every line that is said.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from annotator.settings import Settings
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.take_over_report import TakeOverReport
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace

CATEGORIES = [{"id": 7, "name": "cat"}]
IMAGES = [{"id": 1, "file_name": "a.png", "width": 100, "height": 80}]
BOX = {"image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4]}
NOTHING = "Nothing was taken over."
MACHINE = "1 finding that a machine proposed recorded as suggestions, not as the reference"


def coco(*annotations: dict[str, Any], images: Any = IMAGES, categories: Any = CATEGORIES) -> str:
    own = [{"id": n, **BOX, **one} for n, one in enumerate(annotations, 1)]
    return json.dumps({"images": images, "categories": categories, "annotations": own})


def voc(name: str = "a.png", *, corners: tuple[int, ...] = (1, 1, 9, 9), head: str = "") -> str:
    edges = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    box = "".join(f"<{edge}>{value}</{edge}>" for edge, value in edges)
    thing = f"<object><name> cat\n</name><bndbox>{box}</bndbox></object>"
    return f"{head}<annotation><filename>\n {name} </filename>{thing}</annotation>"


def task(**also: Any) -> dict[str, Any]:
    place = {"x": 10, "y": 10, "width": 20, "height": 20, "rectanglelabels": ["cat"]}
    size = {"original_width": 100, "original_height": 80}
    region = {"type": "rectanglelabels", **size, "value": place}
    return {"data": {"image": "a.png"}, "annotations": [{"result": [region]}], **also}


Case = tuple[str, dict[str, str | bytes], int, list[str]]
CASES: dict[str, Case] = {
    "ids of COCO as text and as number are one image": (
        "coco",
        {"c.json": coco({"image_id": "1"}, {"bbox": [5, 5, 3, 3]})},
        2,
        [],
    ),
    "a score as text": ("coco", {"c.json": coco({"score": "0.9"})}, 1, [MACHINE]),
    "a size as text": ("coco", {"c.json": coco({}, images=[{**IMAGES[0], "width": "100"}])}, 1, []),
    "a score in percent": (
        "coco",
        {"c.json": coco({"score": 87})},
        1,
        [MACHINE, "1 score in percent taken over as parts of 1"],
    ),
    "a label with a blank and a capital": (
        "coco",
        {"c.json": coco({}, categories=[{"id": 7, "name": "Cat "}])},
        1,
        ["1 label written 'Cat' taken over as 'cat'"],
    ),
    "one image of COCO without id": (
        "coco",
        {"c.json": coco({}, images=[*IMAGES, {"file_name": "b.png"}])},
        1,
        ["An entry is left out: it is no image with a number in 'id'."],
    ),
    "two images of one name that say the same": (
        "coco",
        {"c.json": coco({}, {"image_id": 2}, images=[*IMAGES, {**IMAGES[0], "id": 2}])},
        1,
        [],
    ),
    "two images of one name that do not": (
        "coco",
        {"c.json": coco({}, images=[*IMAGES, {**IMAGES[0], "id": 2}])},
        0,
        ["2 images of c.json are called a.png and say different things: they and their", NOTHING],
    ),
    "a flat segmentation": ("coco", {"c.json": coco({"segmentation": [1, 1, 9, 1, 9, 9]})}, 1, []),
    "one degenerate part": (
        "coco",
        {"c.json": coco({"segmentation": [[1, 1, 2, 2], [1, 1, 9, 1, 9, 9]]})},
        1,
        ["1 part of regions left out, which enclose nothing"],
    ),
    "a box a hair over the edge": (
        "coco",
        {"c.json": coco({"bbox": [0, 0, 100.6, 80]})},
        1,
        ["1 region that reached over the edge of its image cut there"],
    ),
    "a list of results and the file of its images": (
        "coco",
        {"truth.json": coco(), "results.json": json.dumps([{**BOX, "score": 0.5}])},
        1,
        [MACHINE],
    ),
    "a download of Roboflow as COCO": (
        "coco",
        {"_annotations.coco.json": coco({}), "README.dataset.txt": "# cats", "a.png": b""},
        1,
        [],
    ),
    "a download of Roboflow as YOLO": (
        "yolo",
        {"data.yaml": "names: [dog, cat]", "train/labels/a.txt": "1 .5 .5 .2 .2"},
        1,
        ["1 image found by the end of its name alone"],
    ),
    "names beside YOLO's labels win": (
        "yolo",
        {"data.yaml": "names: [cat]", "labels/a.txt": "\ufeff0.0 .5 .5 .2 .2\n0 .5 .5 .2 .2 .9\n"},
        2,
        [MACHINE],
    ),
    "two dots in a name": (
        "yolo",
        {"classes.txt": "cat", "a.1.txt": "0 .5 .5 .2 .2"},
        0,
        ["a.1.txt is left out: the project has no image of that name.", NOTHING],
    ),
    "one file of YOLO in Latin-1, and the same line twice": (
        "yolo",
        {
            "classes.txt": "cat",
            "a.txt": "0 .5 .5 .2 .2\n0 .5 .5 .2 .2",
            "b.txt": "# f\u00fcr".encode("latin-1"),
        },
        1,
        ["b.txt cannot be read as text; export it again.", "1 repeated line left out"],
    ),
    "a pose": (
        "yolo",
        {
            "data.yaml": "names: [cat]\nkpt_shape: [2, 2]",
            "labels/a.txt": "0 .5 .5 .2 .2 .45 .45 .55 .45",
        },
        3,
        ["2 points of poses taken over as points of the label of their box"],
    ),
    "Pascal VOC in gbk": (
        "voc",
        {"a.xml": voc(head='<?xml version="1.0" encoding="gbk"?>').encode("gbk")},
        1,
        [],
    ),
    "Pascal VOC that counts from 0": (
        "voc",
        {"a.xml": voc(corners=(0, 10, 20, 30))},
        1,
        ["1 file with pixels counted from 0"],
    ),
    "completions of Label Studio": (
        "label-studio",
        {"t.json": json.dumps([task(completions=task()["annotations"], annotations=None)])},
        1,
        [],
    ),
    "a task of Label Studio that is none": (
        "label-studio",
        {"t.json": json.dumps([task(), {"id": 2}])},
        1,
        ["Task 2 is left out: no field before its id names a picture; export it as JSON."],
    ),
    "a table of a spreadsheet": (
        "csv",
        {"t.csv": "File;Label;boxes_xywh_px\r\na.png;cat;1 2 3 4\r\n".encode("utf-16")},
        1,
        [],
    ),
    "CVAT's widths as fractions, and what a machine drew": (
        "cvat",
        {
            "annotations.xml": (
                '<annotations><version>1.1</version><image name="a.png" width="100.0" height="80">'
                '<box label="cat" source="auto" xtl="1" ytl="1" xbr="9" ybr="9"/>'
                '<polyline label="cat" points="1,1;2,2"/></image></annotations>'
            )
        },
        1,
        [
            "A polyline of 'cat' is left out; draw it as a polygon in CVAT.",
            MACHINE,
        ],
    ),
}


@pytest.fixture
def workspace(tmp_path):
    with Workspace.open(
        Settings.from_environment({"ANNOTATOR_HOME": str(tmp_path / "home")}), upgrade=True
    ) as opened:
        create_project(opened, "p", labels=["dog", "cat"])
        for value, name in enumerate(("a.png", "b.png")):
            Image.fromarray(np.full((80, 100), value, np.uint8)).save(tmp_path / name)
        import_paths(opened, "p", [tmp_path / "a.png", tmp_path / "b.png"])
        yield opened


def taken(workspace: Workspace, folder: Path, case: Case) -> TakeOverReport:
    form, files, *_ = case
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    only = folder / next(iter(files)) if len(files) == 1 else folder
    return take_over(workspace, "p", only, format_name=form, reference_of="Old")


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_recorded_and_every_change_is_said(workspace, tmp_path, name):
    case = CASES[name]
    report = taken(workspace, tmp_path / "files", case)
    assert report.regions == case[2]
    lines = list(report.lines())
    assert len(lines) == len(case[3]), lines
    for line, beginning in zip(lines, case[3], strict=True):
        assert line.startswith(beginning)
