"""Label Studio, CVAT, VOC and masks: what their readers accept, and which file an image was."""

from __future__ import annotations

import csv
import json
import uuid
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
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
    LabelValue,
    Presence,
)
from annotator.export import Source, export_items
from annotator.formats import import_format

LABELS = LabelSet((Label("p", "cat", ""), Label("p", "dog", "")))
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def exported(target: Path, name: str) -> Path:
    image = ImageAsset("scan & 1.dcm", 100, 80, "ab" * 32, "cd" * 32, frame=7)
    act = Annotation(
        *(uuid.uuid4(), image.id, uuid.uuid4(), "Dr. Ada", Decision.ADDED, "cat"),
        BoundingBox(1, 2, 3, 4),
        created_at=NOW,
    )
    absent = LabelValue(uuid.uuid4(), image.id, "Dr. Ada", "dog", Presence.ABSENT, created_at=NOW)
    record = ImageRecord(image, (act,), (), (), (absent,))
    source = Source([record], LABELS, "p", uuid.UUID(int=7), licence="CC-BY-4.0", changed_at=NOW)
    return export_items(source, target, format_name=name).folder


def test_fault_14_label_studio_is_given_no_name_for_an_account(tmp_path):
    """Its server refuses a task with `completed_by` that is no account of its own."""
    folder = exported(tmp_path / "out", "label-studio")
    (task,) = json.loads((folder / "label-studio.json").read_text())
    (annotation,) = task["annotations"]
    assert "completed_by" not in annotation
    assert annotation["rater"] == "Dr. Ada"
    (image,) = import_format("label-studio").read(folder, LABELS, lambda _: None)
    assert [one.rater for one in image.regions] == ["Dr. Ada"]


def test_fault_14_cvat_has_a_tag_for_what_is_present_only(tmp_path):
    root = ET.parse(exported(tmp_path / "out", "cvat") / "annotations.xml").getroot()
    assert [tag.get("label") for tag in root.iter("tag")] == ["cat"]


def test_fault_14_coco_has_licence_and_date(tmp_path):
    coco = json.loads((exported(tmp_path / "out", "coco") / "annotations.json").read_text())
    assert [one["name"] for one in coco["licenses"]] == ["CC-BY-4.0"]
    assert coco["info"]["date_created"] == "2026/05/01"


@pytest.mark.parametrize("name", ["label-studio", "cvat", "voc", "png-masks", "coco"])
def test_fault_10_the_file_and_its_frame_are_said(tmp_path, name):
    folder = exported(tmp_path / "out", name)
    if name == "label-studio":
        said = json.loads((folder / "label-studio.json").read_text())[0]["data"]
    elif name == "coco":
        said = json.loads((folder / "annotations.json").read_text())["images"][0]
    elif name == "cvat":
        said = ET.parse(folder / "annotations.xml").getroot().find("image").attrib
    elif name == "voc":
        source = ET.parse(next((folder / "Annotations").iterdir())).getroot().find("source")
        said = {"original_file_name": source.findtext("image"), "frame": source.findtext("frame")}
    else:
        with (folder / "masks.csv").open(encoding="utf-8") as lines:
            said = next(csv.DictReader(lines))
    assert (said["original_file_name"], int(said["frame"])) == ("scan & 1.dcm", 7)
