"""What the files of a data set say of labels, format by format, read without the writers."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from annotator.domain import LabelSet
from annotator.formats import import_format

Fact = tuple[str, str | None, str | None]
"""Value, intensity and side."""


@dataclass
class Facts:
    """What is said of the labels of one image: values, and labels that a region is drawn of."""

    values: dict[str, Fact] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)


ByImage = dict[str, Facts]
"""By the original's name without ending."""


def facts_in(folder: Path, name: str, labels: LabelSet, size: tuple[int, int]) -> ByImage:
    """Read the files of a data set, whose images are called ``NAME.png``, NAME without ``-``."""
    if name in _BY_IMPORTER:
        return _imported(folder, name, labels, size)
    found: ByImage = {}
    for image, label, fact in _READERS[name](folder, labels):
        facts = found.setdefault(_stem(image), Facts())
        if fact is None:
            facts.drawn.add(label)
        elif fact[0]:
            facts.values[label] = fact[0], fact[1] or None, fact[2] or None
    return found


_Line = tuple[str, str, Fact | None]
"""Image, label, and the fact; None for a region."""


def _stem(name: str) -> str:
    return re.split(r"[-.#]", name.replace("\\", "/").rpartition("/")[2])[0]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


_BY_IMPORTER = {
    "yolo-detect": "yolo",
    "yolo-segment": "yolo",
    "yolo-pose": "yolo",
    "coco-keypoints": "coco",
    "yolo-obb": "yolo-obb",
    "dota": "dota",
    "voc": "voc",
    "cvat": "cvat",
    "label-studio": "label-studio",
}


def _imported(folder: Path, name: str, labels: LabelSet, size: tuple[int, int]) -> ByImage:
    found: ByImage = {}
    for image in import_format(_BY_IMPORTER[name]).read(folder, labels, lambda _: size):
        assert not image.faults
        facts = found.setdefault(_stem(image.file_name), Facts())
        facts.drawn |= {region.label for region in image.regions}
        facts.values |= {
            value.label: (value.value.value, value.intensity, value.side) for value in image.values
        }
    return found


def _coco(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    file = json.loads((folder / "annotations.json").read_text())
    names = {image["id"]: image["file_name"] for image in file["images"]}
    categories = {category["id"]: category["name"] for category in file["categories"]}
    yield from _label_values(file)
    for one in file["annotations"]:
        yield names[one["image_id"]], categories[one["category_id"]], None


def _panoptic(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    file = json.loads((folder / "annotations" / "panoptic_train.json").read_text())
    yield from _label_values(file)
    names = {image["id"]: image["file_name"] for image in file["images"]}
    categories = {category["id"]: category["name"] for category in file["categories"]}
    for one in file["annotations"]:
        for segment in one["segments_info"]:
            yield names[one["image_id"]], categories[segment["category_id"]], None


def _label_values(file: Mapping[str, Any]) -> Iterator[_Line]:
    for image in file["images"]:
        for said in image.get("label_values", ()):
            fact = said["value"], said["intensity"], said["side"]
            yield image["file_name"], said["label"], fact


def _csv(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    yield from _tables(_rows(folder / "labels.csv"), _rows(folder / "regions.csv"))


def _parquet(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    import pandas as pd

    tables = (
        pd.read_parquet(folder / f"{name}.parquet").to_dict("records")
        for name in ("labels", "regions")
    )
    yield from _tables(*tables)


def _tables(values: list[dict[str, str]], regions: list[dict[str, str]]) -> Iterator[_Line]:
    yield from _labels_of(values)
    for row in regions:
        yield row["file_name"], row["label"], None


def _labels_of(values: list[dict[str, str]]) -> Iterator[_Line]:
    for row in values:
        if row["basis"] != "none":
            name = row.get("original_file_name") or row["file_name"]
            yield name, row["label"], (row["value"], row["intensity"], row["side"])


def _masks(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    rows = _rows(folder / "masks.csv")
    names = (
        {row["image_uuid"]: row["original_file_name"] for row in rows}
        if ("original_file_name" in rows[0])
        else _names_of_record(folder)
    )
    for row in rows:
        if row["basis"] != "none":
            image = names[row["image_uuid"]]
            yield image, row["label"], (row["value"], row["intensity"], row["side"])
            if row.get("file_name") or row.get("mask"):
                yield image, row["label"], None


def _names_of_record(folder: Path) -> Mapping[str, str]:
    lines = (folder / "decisions.jsonl").read_text().splitlines()
    records = map(json.loads, lines)
    return {one["image_uuid"]: one["original_file_name"] for one in records}


def _label_maps(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    (listing,) = folder.rglob("dataset.json")
    names = {
        str(key): str(value) for key, value in json.loads(listing.read_text())["labels"].items()
    }
    numbers = names if "0" in names else {number: name for name, number in names.items()}
    for path in folder.rglob("labels*/*.png"):
        with Image.open(path) as picture:
            for number in set(np.unique(np.asarray(picture)).tolist()) - {0}:
                yield path.name, numbers[str(number)], None


def _hugging_face(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    import pyarrow.parquet as pq

    for row in pq.read_table(folder / "data" / "train" / "metadata.parquet").to_pylist():
        values = row["values"]
        keys = ("category", "value", "intensity", "side")
        for category, *fact in zip(*(values[key] for key in keys), strict=True):
            yield row["file_name"], labels.codes[category], tuple(fact)
        for category in row["objects"]["category"]:
            yield row["file_name"], labels.codes[category], None


def _dicom_sr(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    from highdicom import sr

    regions = {
        act["region_uuid"]: act["label"]
        for line in (folder / "decisions.jsonl").read_text().splitlines()
        for act in json.loads(line)["acts"]
    }
    for path in folder.rglob("report*.dcm"):
        content, image = sr.srread(path).content, path.parent.name
        for group in content.get_planar_roi_measurement_groups():
            yield image, regions[group.tracking_identifier], None
        for group in content.get_image_measurement_groups():
            said = {e.name.value: e.value for e in group.get_qualitative_evaluations()}
            if "VALUE" in said:
                letters = (said[key].value[-1] if key in said else "" for key in _LETTERS)
                value = _SNOMED.get(said["VALUE"].value, said["VALUE"].value.lower())
                label = group.tracking_identifier.rpartition(" ")[0]
                yield image, label, (value, *letters)


_LETTERS = ("INTENSITY", "SIDE")
_SNOMED = {"52101004": "present", "2667000": "absent", "82334004": "uncertain"}


def _dicom_seg(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    import pydicom

    for path in folder.rglob("segmentation*.dcm"):
        for segment in pydicom.dcmread(path).SegmentSequence:
            yield path.parent.name, segment.SegmentLabel, None


_CELLS = {"0": "absent", "1": "present", "0.0": "absent", "1.0": "present"}


def _grade(text: str) -> str:
    return " ABCDE"[int(text or 0)].strip()


def _numbered(labels: LabelSet) -> Mapping[int, str]:
    units = ((re.fullmatch(r"A[UD](\d+)", code), code) for code in labels.codes)
    return {int(match[1]): code for match, code in units if match}


def _openface(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    codes = _numbered(labels)
    for row in _rows(folder / "coder-1" / "stills.csv"):
        for key, cell in row.items():
            if (match := re.fullmatch(r"AU(\d\d)_c", key)) and int(match[1]) in codes and cell:
                grade = _grade(row.get(f"AU{match[1]}_r", ""))
                fact = _CELLS[cell], grade, row[f"AU{match[1]}_side"]
                yield row["original_file_name"], codes[int(match[1])], fact


def _py_feat(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    codes = _numbered(labels)
    for row in _rows(folder / "coder-1" / "py-feat.csv"):
        for key, cell in row.items():
            if (match := re.fullmatch(r"AU(\d\d)", key)) and int(match[1]) in codes and cell:
                grade = _grade(row[f"intensity_{match[1]}"])
                fact = _CELLS[cell], grade, row[f"side_{match[1]}"]
                yield row["original_file_name"], codes[int(match[1])], fact


def _frames(folder: Path, key: str) -> Mapping[tuple[str, int], str]:
    return {
        (row[key], int(row["frame"])): row["original_file_name"]
        for row in _rows(folder / "frames.csv")
    }


def _disfa(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    codes, images = _numbered(labels), _frames(folder, "sequence_number")
    for path in folder.glob("coder-1/ActionUnit_Labels/SN*/*.txt"):
        number, unit = re.fullmatch(r"SN0*(\d+)_au(\d+)", path.stem).groups()
        for line in path.read_text().split():
            frame, grade = map(int, line.split(","))
            fact = ("present" if grade else "absent", _grade(str(grade)), None)
            yield images[number, frame], codes[int(unit)], fact


def _bp4d(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    codes, images = _numbered(labels), _frames(folder, "sequence")
    root = folder / "coder-1"
    grades = {
        (int(path.parent.name[2:]), *map(int, line.split(","))): path
        for path in root.glob("AU_INT/*/*.csv")
        for line in path.read_text().split()
    }
    for path in root.glob("AU_OCC/*.csv"):
        with path.open() as lines:
            (_, *units), *rows = csv.reader(lines)
        for frame, *cells in rows:
            for unit, cell in zip(map(int, units), cells, strict=True):
                if cell != "9" and unit in codes:
                    grade = next((g for g in range(1, 6) if (unit, int(frame), g) in grades), 0)
                    fact = (_CELLS[cell], _grade(str(grade)), None)
                    yield images[path.stem, int(frame)], codes[unit], fact


def _facs_events(folder: Path, labels: LabelSet) -> Iterator[_Line]:
    images = _frames(folder, "sequence")
    for row in _rows(folder / "codes.csv"):
        for frame in range(int(row["from_frame"]), int(row["to_frame"]) + 1):
            fact = row["value"], row["intensity"], row["side"]
            yield images[row["sequence"], frame], row["unit"], fact


_READERS: dict[str, Callable[[Path, LabelSet], Iterator[_Line]]] = {
    "coco": _coco,
    "coco-rle": _coco,
    "coco-panoptic": _panoptic,
    "csv": _csv,
    "parquet": _parquet,
    "png-masks": _masks,
    "nifti": _masks,
    "nnunet": _label_maps,
    "monai": _label_maps,
    "hugging-face": _hugging_face,
    "dicom-sr": _dicom_sr,
    "dicom-seg": _dicom_seg,
    "dicom-map": lambda folder, labels: iter(()),
    "openface": _openface,
    "py-feat": _py_feat,
    "disfa": _disfa,
    "bp4d": _bp4d,
    "facs-events": _facs_events,
}
READ = frozenset(_READERS) | frozenset(_BY_IMPORTER)
