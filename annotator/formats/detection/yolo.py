"""YOLO: one text file an image, shares of its size, classes by number (Ultralytics' layout)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet, Region
from ..capacity import Capacity
from ..export_format import ExportFormat, WriteItems
from ..imported import ImportedImage
from ..reading_back import ReadBack, of_many_files
from ..self_check import check_by
from .yolo_classes import YoloClasses
from .yolo_reading import read_yolo_file

DETECT = Capacity(shapes=frozenset({"box"}), clipped=True)
SEGMENT = Capacity(shapes=frozenset({"polygon"}), holes=False, joined=False, clipped=True)
ORIENTED = Capacity(shapes=frozenset({"rotated-box"}), clipped=True)

CONVENTIONS = {
    "labels": "labels/NAME.txt for images/NAME.png; a line for each region; empty: no region",
    "class": "place of the label in the project's label set, from 0; names are in data.yaml",
    "coordinates": "shares of the image's width and height; the origin is the outer corner of "
    "the top-left pixel; regions end at the edge of the image",
    "detect": "class, centre x, centre y, width, height",
    "segment": "class, then x and y of each corner",
    "obb": "class, then x and y of the four corners, clockwise; of one that reaches over the edge, "
    "the upright box around its part on the image",
}


def centre_and_size(region: Region, width: int, height: int) -> list[float]:
    """Return the box around a region, as shares of the image's width and height in pixels."""
    x, y, across, down = region.frame
    return [(x + across / 2) / width, (y + down / 2) / height, across / width, down / height]


def _corners(region: Region, width: int, height: int) -> list[float]:
    shares = (share for x, y in region.outline for share in (x / width, y / height))
    return [min(max(share, 0.0), 1.0) for share in shares]  # of what a turn adds to a corner


def writer(capacity: Capacity) -> WriteItems:
    """Return what writes the label files, ``data.yaml`` and the list of each split."""

    def write(
        folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
    ) -> None:
        del project
        numbers = centre_and_size if "box" in capacity.shapes else _corners
        classes = {code: str(number) for number, code in enumerate(labels.codes)}
        (folder / "labels").mkdir()
        parts: dict[str, str] = {}
        for item in items:
            size = item.image.width, item.image.height
            lines = []
            for stated in item.stated:
                for region in capacity.regions(stated.region, *size):
                    shares = map(repr, numbers(region, *size))
                    lines.append(" ".join((classes[stated.label], *shares)) + "\n")
            path = folder / "labels" / f"{item.stem}.txt"
            path.write_text("".join(lines), encoding="ascii", newline="\n")
            list_picture(folder, item, parts)
        write_data(folder, labels, parts)

    return write


def list_picture(folder: Path, item: ExportItem, parts: dict[str, str]) -> None:
    """Add the picture of an image to the list of its split, and that list to those there are."""
    part = item.split or "train"
    parts[part] = f"{part}.txt"
    with (folder / f"{part}.txt").open("a", encoding="ascii", newline="\n") as listed:
        listed.write(f"./images/{item.stem}.png\n")


def write_data(folder: Path, labels: LabelSet, parts: dict[str, str], more: str = "") -> None:
    """Write ``data.yaml``, with more lines of YAML at its end; JSON's strings are YAML's."""
    # Ultralytics asks for a validation set, even where a project is not divided.
    parts = {"val": parts.get("val", "train.txt"), **parts}
    names = "".join(f"  {number}: {json.dumps(code)}\n" for number, code in enumerate(labels.codes))
    lists = "".join(f"{part}: {name}\n" for part, name in sorted(parts.items()))
    # No `path`: Ultralytics takes a relative one from where it is started, not from the file.
    text = f"{lists}names:\n{names}" if names else f"{lists}names: {{}}\n"
    (folder / "data.yaml").write_text(text + more, encoding="ascii", newline="\n")


def _back(capacity: Capacity) -> ReadBack:
    def read(folder: Path, item: ExportItem, labels: LabelSet) -> ImportedImage:
        path = folder / "labels" / f"{item.stem}.txt"
        size = item.image.width, item.image.height
        classes, oriented = YoloClasses.of(labels), "rotated-box" in capacity.shapes
        return read_yolo_file(path, item.file_name, size, classes, oriented=oriented)

    return of_many_files(read, "labels/*.txt")


def _format(name: str, title: str, capacity: Capacity) -> ExportFormat:
    check = check_by(_back(capacity), capacity)
    return ExportFormat(name, title, CONVENTIONS, capacity, writer(capacity), check)


FORMAT_DETECT = _format("yolo-detect", "YOLO (boxes)", DETECT)
FORMAT_SEGMENT = _format("yolo-segment", "YOLO (outlines)", SEGMENT)
FORMAT_ORIENTED = _format("yolo-obb", "YOLO (rotated boxes)", ORIENTED)
