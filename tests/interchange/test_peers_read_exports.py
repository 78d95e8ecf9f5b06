"""What is exported, read by the libraries that its users read it with."""

from __future__ import annotations

import csv
import json
import uuid
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from dicom_files import complaints
from PIL import Image
from plain_records import plain_png

from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    Ellipse,
    ImageAsset,
    ImageRecord,
    Label,
    LabelSet,
    LabelValue,
    MapRecord,
    Polygon,
    Presence,
    Provenance,
    Suggestion,
    SuggestionRun,
)
from annotator.export import PlacedMap, Source, export_items
from models.torchvision_on_cpu import import_torchvision

LABELS = LabelSet((Label("FACS", "AU12", "lip corner puller"), Label("x", "Größe / 影", "Befund")))
TIME = datetime(2026, 5, 1, 12, tzinfo=UTC)
MADE = Provenance("face", "2", "cd" * 32, "excitation backprop", {}, "0.1.0")
BOX, ELLIPSE = BoundingBox(1.5, 2, 10.25, 20), Ellipse(20, 5, 20, 30)
OUTLINE = Polygon(((1.0, 1.0), (30.0, 5.0), (10.0, 30.0)))
FOUND = PlacedMap(
    MapRecord("AU12", "dual", "conv3", 0.9, np.ones((2, 2), np.float32) / 4, BOX),
    np.linspace(0, 1, 40 * 60, dtype=np.float32).reshape(40, 60),
)


def a_project() -> list[ImageRecord]:
    """A face with three regions and two label values, and an image nobody looked at."""
    image = ImageAsset("Ä b.png", 60, 40, "0" * 64, "1" * 64, subject="S1", id=uuid.UUID(int=1))
    other = ImageAsset("c.png", 60, 40, "2" * 64, "1" * 64, subject="S2", id=uuid.UUID(int=2))
    said = Suggestion("AU12", BOX, 0.75, 0.5, "dual", 0.9, id=uuid.UUID(int=9))
    run = SuggestionRun(
        image.id, MADE, {"AU12": 0.75}, (said,), id=uuid.UUID(int=8), created_at=TIME
    )

    def act(number: int, region, label="AU12", decision=Decision.ADDED, origin=None):
        own = uuid.UUID(int=number)
        region_id = origin or own
        return Annotation(
            own, image.id, region_id, "Dr. Ä", decision, label, region, origin, created_at=TIME
        )

    acts = (
        act(10, BOX, decision=Decision.ACCEPTED, origin=said.id),
        act(11, ELLIPSE, "Größe / 影"),
        act(12, OUTLINE),
    )
    values = tuple(
        LabelValue(
            uuid.UUID(int=20 + n), image.id, "Dr. Ä", code, value, grade, side, created_at=TIME
        )
        for n, (code, value, grade, side) in enumerate(
            [
                ("AU12", Presence.PRESENT, "C", "L"),
                ("Größe / 影", Presence.UNCERTAIN, None, None),
            ]
        )
    )
    return [ImageRecord(image, acts, (run,), (), values), ImageRecord(other, (), ())]


def exported(tmp_path: Path, name: str, target: str = "out") -> Path:
    source = Source(
        a_project(),
        LABELS,
        "p",
        uuid.UUID(int=7),
        plain_png,
        lambda image: [FOUND] if image.subject == "S1" else [],
    )
    return export_items(source, tmp_path / target, format_name=name).folder


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pycocotools_decodes_run_lengths(tmp_path):
    from pycocotools import mask as coco_mask

    written = json.loads((exported(tmp_path, "coco-rle") / "annotations.json").read_text())
    for annotation, region in zip(written["annotations"], (BOX, ELLIPSE, OUTLINE), strict=True):
        theirs = coco_mask.decode(annotation["segmentation"]).astype(bool)
        assert np.array_equal(theirs, region.mask(40, 60))
        assert annotation["area"] == theirs.sum()
        x, y, width, height = annotation["bbox"]
        rows, columns = np.nonzero(theirs)
        assert (x, y) == (columns.min(), rows.min())
        assert (width, height) == (np.ptp(columns) + 1, np.ptp(rows) + 1)


def test_torchvision_reads_pascal_voc(tmp_path):
    import_torchvision()
    from torchvision.datasets import VOCDetection

    folder = exported(tmp_path, "voc")
    (path,) = (folder / "Annotations").glob("A_b-*.xml")
    read = VOCDetection.parse_voc_xml(ET.parse(path).getroot())["annotation"]
    assert [thing["name"] for thing in read["object"]] == ["AU12", "Größe / 影", "AU12"]
    # Pixels 2 to 12 (from 1, both inside) are those that 1.5 to 11.75 touches.
    assert read["object"][0]["bndbox"] == {"xmin": "2", "ymin": "3", "xmax": "12", "ymax": "22"}
    assert (folder / "JPEGImages" / read["filename"]).is_file()
    # CVAT and Datumaro refuse labels that are not VOC's own without it.
    label_map = (folder / "labelmap.txt").read_text("utf-8").splitlines()
    assert label_map[1:] == ["background:::", "AU12:::", "Größe / 影:::"]
    listed = (folder / "ImageSets" / "Main" / "trainval.txt").read_text().split()
    assert len(listed) == 2


def test_yolo_as_ultralytics_documents_it(tmp_path):
    """Its data.yaml by a YAML reader, its rows as `verify_image_label` demands them."""
    import yaml

    folder = exported(tmp_path, "yolo-detect")
    data = yaml.safe_load((folder / "data.yaml").read_text())
    assert data["names"] == {0: "AU12", 1: "Größe / 影"}
    assert "path" not in data  # Ultralytics would look beneath where it is started
    images = [Path(line) for line in (folder / data["train"]).read_text().split()]
    rows = []
    for image in images:
        assert (folder / image).is_file()
        text = (folder / "labels" / f"{image.stem}.txt").read_text()
        rows += [[float(number) for number in line.split()] for line in text.splitlines()]
    table = np.array(rows)
    assert table.shape == (3, 5)
    assert (table[:, 1:] >= 0).all()
    assert (table[:, 1:] <= 1).all()
    x, y, width, height = table[0, 1:] * (60, 40, 60, 40)
    assert [x - width / 2, y - height / 2, width, height] == pytest.approx([1.5, 2, 10.25, 20])


def test_pandas_reads_the_tables(tmp_path):
    import pandas as pd

    for name, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet)):
        folder = exported(tmp_path, name, name)
        labels, regions = read(folder / f"labels.{name}"), read(folder / f"regions.{name}")
        assert len(labels) == 4
        first = labels.iloc[0]
        assert (first["label"], first["value"], first["basis"]) == ("AU12", "present", "stated")
        assert (first["intensity"], first["side"], first["score"]) == ("C", "L", 0.75)
        assert set(labels["value"][2:]) == {"not_assessed"}
        assert regions[["x", "y", "width", "height"]].iloc[0].tolist() == [1.5, 2, 10.25, 20]
        assert regions["suggestion_score"].iloc[0] == 0.75


def test_pillow_and_nibabel_read_masks(tmp_path):
    import nibabel as nib

    for name, load in (
        ("png-masks", lambda p: np.asarray(Image.open(p)) == 255),
        ("nifti", lambda p: nib.load(p).get_fdata()[:, :, 0].T == 1),
    ):
        folder = exported(tmp_path, name, name)
        with (folder / "masks.csv").open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        masks = [load(folder / row["file"]) for row in rows if row["file"]]
        assert np.array_equal(masks[0], BOX.mask(40, 60) | OUTLINE.mask(40, 60))
        assert np.array_equal(masks[1], ELLIPSE.mask(40, 60))
        assert [row["value"] for row in rows if not row["file"]] == ["not_assessed"] * 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_datasets_reads_the_image_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    import datasets

    folder = exported(tmp_path, "hugging-face") / "data"
    datasets.disable_progress_bars()
    read = datasets.load_dataset(
        "imagefolder", data_dir=str(folder), split="train", cache_dir=str(tmp_path / "c")
    )
    assert read.num_rows == 2
    row = next(r for r in read if r["objects"]["category"])
    assert row["objects"]["bbox"][0] == [1.5, 2, 10.25, 20]
    kind = read.features["objects"]["category"]
    names = (getattr(kind, "feature", None) or kind[0]).names
    assert [names[n] for n in row["objects"]["category"]] == ["AU12", "Größe / 影", "AU12"]
    assert np.asarray(row["image"]).shape == (40, 60, 3)


def test_label_studio_by_its_documented_format(tmp_path):
    """Percent of the size, one result a region; predictions beside annotations."""
    folder = exported(tmp_path, "label-studio")
    first, second = json.loads((folder / "label-studio.json").read_text())
    box = first["annotations"][0]["result"][0]
    assert box["type"] == "rectanglelabels"
    assert box["value"]["x"] * box["original_width"] / 100 == pytest.approx(1.5)
    assert box["value"]["rectanglelabels"] == ["AU12"]
    assert first["predictions"][0]["result"][0]["score"] == 0.75
    assert second["annotations"] == second["predictions"] == []
    config = ET.parse(folder / "label-config.xml").getroot()
    names = {control.get("name") for control in config}
    assert "keypoint" not in names  # its converter would make every label one of a skeleton
    assert {r["from_name"] for r in first["annotations"][0]["result"]} <= names


def test_highdicom_and_pydicom_read_the_report(tmp_path):
    from highdicom import sr

    folder = exported(tmp_path, "dicom-sr")
    (path,) = folder.glob("dicom/A_b-*/report-1.dcm")
    report = sr.srread(path)
    groups = report.content.get_planar_roi_measurement_groups()
    assert [group.finding_type.value for group in groups] == ["AU12", "LABEL2", "AU12"]
    assert groups[0].roi.value[0].tolist() == [1.5, 2]
    assert [group.roi.graphic_type.value for group in groups] == ["POLYLINE", "ELLIPSE", "POLYLINE"]
    kinds = [c.observer_type.meaning for c in report.content.get_observer_contexts()]
    assert kinds == ["Person", "Device"]
    values = report.content.get_image_measurement_groups()
    said = [e.value.meaning for e in values[0].get_qualitative_evaluations()]
    assert said == ["Present", "Intensity C", "Side L"]


def test_highdicom_reads_the_segmentation(tmp_path):
    from highdicom import seg

    (path,) = exported(tmp_path, "dicom-seg").glob("dicom/A_b-*/segmentation.dcm")
    read = seg.segread(path)
    kinds = [segment.SegmentAlgorithmType for segment in read.SegmentSequence]
    assert kinds == ["SEMIAUTOMATIC", "MANUAL"]
    pixels = read.pixel_array.astype(bool)
    assert np.array_equal(pixels[0], BOX.mask(40, 60) | OUTLINE.mask(40, 60))
    assert np.array_equal(pixels[1], ELLIPSE.mask(40, 60))


def test_pydicom_reads_the_parametric_map(tmp_path):
    import pydicom

    (path,) = exported(tmp_path, "dicom-map").glob("dicom/*/map.dcm")
    read = pydicom.dcmread(path)
    values = np.frombuffer(read.FloatPixelData, "<f4").reshape(40, 60)
    assert np.array_equal(values, FOUND.values)


@pytest.mark.dciodvfy
@pytest.mark.parametrize("name", ["dicom-sr", "dicom-seg", "dicom-map"])
def test_dciodvfy_has_nothing_to_say_that_is_not_explained(tmp_path, name):
    objects = list(exported(tmp_path, name).rglob("*.dcm"))
    assert objects
    for path in objects:
        assert complaints(path) == []


def test_nine_is_not_coded_in_bp4d(tmp_path):
    folder = exported(tmp_path, "bp4d") / "coder-1"
    with (folder / "AU_OCC" / "S1.csv").open() as lines:
        head, row = csv.reader(lines)
    codes = dict(zip(head[1:], row[1:], strict=True))
    assert codes.pop("12") == "1"
    assert set(codes.values()) == {"9"}
    assert (folder / "AU_INT" / "AU12" / "S1_AU12.csv").read_text() == "1,3\n"
