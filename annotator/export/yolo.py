"""YOLO: one text file an image, shares of its size, classes by number (Ultralytics' layout)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from ..domain import BoundingBox, LabelSet, Region
from ..importers.imported import ImportedImage
from ..importers.yolo import read_yolo_file
from .capacity import Capacity, Geometry
from .formats import ExportFormat, WriteItems
from .items import ExportItem
from .reading_back import of_many_files
from .self_check import check_by

DETECT = Capacity(geometry=Geometry.BOX, shapes=frozenset({"box"}), clipped=True)
SEGMENT = Capacity(shapes=frozenset({"polygon"}), clipped=True)

CONVENTIONS = {
    "labels": "labels/NAME.txt for images/NAME.png; a line for each region; empty: no region",
    "class": "place of the label in the project's label set, from 0; names are in data.yaml",
    "coordinates": "shares of the image's width and height; the origin is the outer corner of "
    "the top-left pixel; regions end at the edge of the image",
    "detect": "class, centre x, centre y, width, height",
    "segment": "class, then x and y of each corner",
}

Numbers = Callable[[Region, int, int], list[float]]


def box_numbers(region: Region, width: int, height: int) -> list[float]:
    """Return centre and size of a box as shares of the image."""
    if not isinstance(region, BoundingBox):
        raise TypeError(f"{type(region).__name__} is not a box")
    x, y = region.x + region.width / 2, region.y + region.height / 2
    return [x / width, y / height, region.width / width, region.height / height]


def outline_numbers(region: Region, width: int, height: int) -> list[float]:
    """Return the corners of an outline as shares of the image."""
    return [share for x, y in region.outline for share in (x / width, y / height)]


def writer(capacity: Capacity, numbers: Numbers) -> WriteItems:
    """Return what writes the label files, ``data.yaml`` and the list of each split."""

    def write(folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: str) -> None:
        del project
        classes = {code: str(number) for number, code in enumerate(labels.codes)}
        (folder / "labels").mkdir()
        parts: dict[str, str] = {}
        for item in items:
            size = item.image.width, item.image.height
            lines = []
            for stated in item.stated:
                region = capacity.region(stated.region, *size)
                if region is not None:
                    shares = map(repr, numbers(region, *size))
                    lines.append(" ".join((classes[stated.label], *shares)) + "\n")
            path = folder / "labels" / f"{item.stem}.txt"
            path.write_text("".join(lines), encoding="ascii", newline="\n")
            part = item.split or "train"
            parts[part] = f"{part}.txt"
            with (folder / f"{part}.txt").open("a", encoding="ascii", newline="\n") as listed:
                listed.write(f"./images/{item.stem}.png\n")
        _write_data(folder, labels, parts)

    return write


def _write_data(folder: Path, labels: LabelSet, parts: dict[str, str]) -> None:
    """Write ``data.yaml``; JSON's strings are YAML's."""
    # Ultralytics asks for a validation set, even where a project is not divided.
    parts = {"val": parts.get("val", "train.txt"), **parts}
    names = "".join(f"  {number}: {json.dumps(code)}\n" for number, code in enumerate(labels.codes))
    lists = "".join(f"{part}: {name}\n" for part, name in sorted(parts.items()))
    # No `path`: Ultralytics takes a relative one from where it is started, not from the file.
    text = f"{lists}names:\n{names}" if names else f"{lists}names: {{}}\n"
    (folder / "data.yaml").write_text(text, encoding="ascii", newline="\n")


def _read(folder: Path, item: ExportItem, labels: LabelSet) -> ImportedImage:
    path = folder / "labels" / f"{item.stem}.txt"
    return read_yolo_file(path, item.file_name, (item.image.width, item.image.height), labels)


_BACK = of_many_files(_read, "labels/*.txt")

FORMAT_DETECT = ExportFormat(
    "yolo-detect",
    "YOLO (boxes)",
    CONVENTIONS,
    DETECT,
    writer(DETECT, box_numbers),
    check_by(_BACK, DETECT),
)
FORMAT_SEGMENT = ExportFormat(
    "yolo-segment",
    "YOLO (outlines)",
    CONVENTIONS,
    SEGMENT,
    writer(SEGMENT, outline_numbers),
    check_by(_BACK, SEGMENT),
)
