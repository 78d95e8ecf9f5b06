"""Label Studio's JSON: coordinates in percent of the image's width and height."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..domain import BoundingBox, Ellipse, LabelSet, Landmark, Polygon, Presence, Region
from ..domain.regions import RotatedBox
from ..errors import IngestError, RegionError
from .formats import ImportFormat, SizeOf
from .imported import (
    ENTRY_FAULTS,
    ImportedImage,
    ImportedImages,
    ImportedRegion,
    ImportedValue,
    reason,
)
from .json_reading import read_json
from .pixels import brush_bytes, brush_mask
from .turning import TURNED_ELLIPSE, turned_ellipse

_UPLOAD = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the name of a file that was uploaded."""


def read_tasks(path: Path) -> ImportedImages:
    """Yield the images of a file that has one task a line, as our export writes it.

    Raises
    ------
    IngestError
        If it has no such lines.
    """
    with path.open(encoding="utf-8") as lines:
        if next(lines, "") != "[\n":
            raise IngestError(f"{path.name} does not have one task a line.")
        for line in lines:
            if line != "]\n":
                yield read_task(json.loads(line.removesuffix("\n").removesuffix(",")))


def read_task(task: Mapping[str, Any]) -> ImportedImage:
    """Read one task: its annotations as stated, its predictions as suggested."""
    parts = [(a, False) for a in task.get("annotations") or [] if not a.get("was_cancelled")]
    parts += [(p, True) for p in task.get("predictions") or []]
    regions: list[ImportedRegion] = []
    values, faults, notes = [], [], []
    size = None
    for part, machine in parts:
        by = str(part.get("model_version") or "") if machine else _person(part.get("completed_by"))
        for result in part.get("result") or []:
            try:
                if result.get("type") == "choices":
                    values += list(_values(result, by, machine))
                elif (found := _region(result)) is not None:
                    label, region, size = found
                    score = result.get("score", part.get("score")) if machine else None
                    regions.append(ImportedRegion(label, region, by, score, machine))
                    if result["type"] == "ellipselabels" and isinstance(region, Polygon):
                        notes.append(TURNED_ELLIPSE)
            except ENTRY_FAULTS as error:
                kind = result.get("type") if isinstance(result, Mapping) else "result"
                faults.append(f"A {kind!r} is left out: {reason(error)}")
    width, height = size or (None, None)
    name = _file_name(task)
    return ImportedImage(
        name, width, height, tuple(regions), tuple(values), tuple(faults), tuple(notes)
    )


def _file_name(task: Mapping[str, Any]) -> str:
    data = task.get("data") or {}
    address = str(data.get("image") or next(iter(data.values()), ""))
    if address.startswith("/data/local-files/?d="):
        address = unquote(address.removeprefix("/data/local-files/?d="))
    uploaded = address.startswith("/data/upload/")
    name = address.rsplit("/", 1)[-1]
    return _UPLOAD.sub("", unquote(name)) if uploaded else name


def _person(completed_by: Any) -> str:
    if isinstance(completed_by, Mapping):
        return str(completed_by.get("email") or completed_by.get("id") or "")
    return "" if completed_by is None else f"user {completed_by}"


def _region(result: Mapping[str, Any]) -> tuple[str, Region, tuple[int, int]] | None:
    """Return label, outline and the image's size; None for what is no region."""
    kind, value = str(result.get("type")), result["value"]
    shape = kind.removesuffix("labels")
    if shape not in _SHAPES:
        if kind in ("relation", "textarea", "rating"):
            return None
        raise RegionError(f"{kind} has no counterpart here.")
    size = int(result["original_width"]), int(result["original_height"])
    label = value.get(f"{shape}labels", [""])[0]
    return label, _SHAPES[shape](value, *size), size


def _polygon(value: Any, width: int, height: int) -> Region:
    return Polygon(tuple((x * width / 100, y * height / 100) for x, y in value["points"]))


def _point(value: Any, width: int, height: int) -> Region:
    return Landmark(value["x"] * width / 100, value["y"] * height / 100)


def _ellipse(value: Any, width: int, height: int) -> Region:
    x, y = width / 100, height / 100  # pixels of a percent
    rx, ry = value["radiusX"], value["radiusY"]
    ellipse = Ellipse((value["x"] - rx) * x, (value["y"] - ry) * y, 2 * rx * x, 2 * ry * y)
    return turned_ellipse(ellipse, float(value.get("rotation") or 0))


def _rectangle(value: Any, width: int, height: int) -> Region:
    x, y = width / 100, height / 100
    box = BoundingBox(value["x"] * x, value["y"] * y, value["width"] * x, value["height"] * y)
    turned = RotatedBox.about_centre(box, float(value.get("rotation") or 0))
    left, top = turned.outline[0]  # it is turned about this corner there
    return turned.moved(box.x - left, box.y - top).simplest


def _brush(value: Any, width: int, height: int) -> Region:
    if value["format"] != "rle":
        raise RegionError(f"its mask is in {value['format']!r}, not in run lengths.")
    return brush_mask(value["rle"], width, height)


_SHAPES: Mapping[str, Callable[[Any, int, int], Region]] = {
    "rectangle": _rectangle,
    "ellipse": _ellipse,
    "polygon": _polygon,
    "keypoint": _point,
    "brush": _brush,
}


_Place = tuple[str, dict[str, Any]]


def _box_place(region: Any, width: int, height: int) -> _Place:
    x, y = 100 / width, 100 / height
    size = {"width": region.width * x, "height": region.height * y}
    return "rectangle", {"x": region.x * x, "y": region.y * y, **size, "rotation": 0}


def _rotated_place(region: Any, width: int, height: int) -> _Place:
    (left, top), *_ = region.outline  # it is turned about this corner there
    box = BoundingBox(left, top, region.width, region.height)
    shape, place = _box_place(box, width, height)
    return shape, {**place, "rotation": region.angle % 360}


def _ellipse_place(region: Any, width: int, height: int) -> _Place:
    x, y = 100 / width, 100 / height
    rx, ry = region.width / 2, region.height / 2
    centre = {"x": (region.x + rx) * x, "y": (region.y + ry) * y}
    return "ellipse", {**centre, "radiusX": rx * x, "radiusY": ry * y, "rotation": 0}


def _polygon_place(region: Any, width: int, height: int) -> _Place:
    x, y = 100 / width, 100 / height
    return "polygon", {"points": [[p * x, q * y] for p, q in region.outline], "closed": True}


def _point_place(region: Any, width: int, height: int) -> _Place:
    return "keypoint", {"x": region.x * 100 / width, "y": region.y * 100 / height, "width": 0.5}


def _mask_place(region: Any, width: int, height: int) -> _Place:
    return "brush", {"format": "rle", "rle": list(brush_bytes(region.mask(height, width)))}


LABEL_STUDIO_PLACES: Mapping[str, Callable[[Any, int, int], _Place]] = {
    "box": _box_place,
    "rotated-box": _rotated_place,
    "ellipse": _ellipse_place,
    "polygon": _polygon_place,
    "point": _point_place,
    "mask": _mask_place,
}
"""Name and coordinates of each shape on an image of this width and height."""


def _values(result: Mapping[str, Any], rater: str, machine: bool) -> Iterator[ImportedValue]:
    """Read choices ``LABEL: value``; a choice without a value says that the label is present."""
    meta = result.get("meta") or {}
    for choice in result["value"]["choices"]:
        label, found, value = str(choice).rpartition(": ")
        if found and value in set(Presence):
            yield ImportedValue(
                label,
                Presence(value),
                rater,
                meta.get("intensity"),
                meta.get("side"),
                suggested=machine,
            )
        else:
            yield ImportedValue(str(choice), Presence.PRESENT, rater, suggested=machine)


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    file = path / "label-studio.json" if path.is_dir() else path
    for number, task in enumerate(read_json(file, list, "a list of Label Studio's tasks"), 1):
        try:
            yield read_task(task)
        except ENTRY_FAULTS:
            fault = f"Task {number} is left out: it is not one of Label Studio's."
            yield ImportedImage("", faults=(fault,))


LABEL_STUDIO = ImportFormat("label-studio", "Label Studio (JSON)", _read)
