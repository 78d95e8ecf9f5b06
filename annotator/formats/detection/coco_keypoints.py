"""COCO keypoints: a box and its points in one annotation, as tools for poses read them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from ...dataset.items import ExportItem
from ...dataset.json_lines import json_bytes, read_lines
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet
from ..capacity import SAYS_ALL
from ..export_format import ExportFormat
from ..self_check import require
from .coco import (
    CONVENTIONS,
    category_entry,
    facts_of,
    file_of,
    head_of,
    image_entry,
    pictures,
    polygon_entry,
)
from .coco_files import CocoFiles
from .poses import point_names, poses

SAYS = replace(SAYS_ALL, shapes=frozenset({"box", "point"}), posed=True)
_HIDDEN = (0, 0, 0)
"""Of a point that nobody marked; a marked one ends in 2: labelled and visible."""

_CONVENTIONS = {
    **CONVENTIONS,
    "segmentation": "the box as its 4 corners",
    "area": "of the box in square pixels",
    "keypoints": "x, y and visibility of each point: 2, or 0 0 0 where nobody marked it; a point "
    "is of the smallest box that it lies in; each category has the same names: the project's "
    "labels, in its order, of those that have points in this data set (all, where none has)",
    "keypoint_annotations": "the annotation keys of each point that was marked, and its label",
}


@dataclass(frozen=True, slots=True)
class _Image:
    """An image as it is written, but for the order of the points, known after the last image."""

    number: int
    split: str
    entry: Mapping[str, Any]
    boxes: Sequence[tuple[Mapping[str, Any], Mapping[str, Sequence[float]]]]
    """The annotation of each box without its points, and these: label to x, y, visibility."""


def _image(item: ExportItem, category_ids: Mapping[str, int]) -> _Image:
    width, height = item.image.width, item.image.height
    made = [(s, r) for s in item.stated for r in SAYS.regions(s.region, width, height)]
    boxes = [(stated, region) for stated, region in made if region.kind == "box"]
    # Of points of one label in one place the first one counts.
    marked = {(s.label, r): s for s, r in reversed(made) if r.kind == "point"}
    written = []
    posed = poses((stated.label, region) for stated, region in made)[0]
    for (stated, box), pose in zip(boxes, posed, strict=True):
        entry = {
            "image_id": item.number,
            "category_id": category_ids[stated.label],
            "bbox": list(box.frame),
            "area": box.area_px,
            **polygon_entry(box, item.image),
            "iscrowd": 0,
            "num_keypoints": len(pose.points),
            **facts_of(item, stated),
            "region_type": box.kind,
            "keypoint_annotations": [
                {"label": label, **facts_of(item, marked[label, point])}
                for label, point in pose.points.items()
            ],
        }
        points = {label: (point.x, point.y, 2) for label, point in pose.points.items()}
        written.append((entry, points))
    return _Image(item.number, item.split, image_entry(item), written)


def _files(labels: LabelSet, names: Sequence[str]) -> CocoFiles[_Image]:
    def annotations(image: _Image) -> Iterator[dict[str, Any]]:
        for entry, points in image.boxes:
            numbers = [number for name in names for number in points.get(name, _HIDDEN)]
            yield {**entry, "keypoints": numbers}

    of_points = {"keypoints": list(names), "skeleton": []}
    categories = [{**category_entry(n, one), **of_points} for n, one in enumerate(labels, 1)]
    return CocoFiles(file_of, categories, lambda image: image.entry, annotations)


def _images(items: Iterable[ExportItem], labels: LabelSet, used: set[str]) -> Iterator[_Image]:
    """Yield the images, and note the labels of their points."""
    ids = labels.numbered(1)
    for image in map(partial(_image, category_ids=ids), items):
        used.update(name for _, points in image.boxes for name in points)
        yield image


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
) -> None:
    used: set[str] = set()
    # The file begins with the names of the points: until they are known the images wait in another.
    with TemporaryFile(dir=folder) as waiting:
        for image in _images(items, labels, used):
            row = [image.number, image.split, image.entry, image.boxes]
            waiting.write(json_bytes(row) + b"\n")
        waiting.seek(0)
        images = (_Image(*json.loads(line)) for line in waiting)
        _files(labels, point_names(labels, used)).write(folder, images, head_of(project))


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    used: set[str] = set()
    names = _written_names(folder)
    _files(labels, names).check(folder, _images(items, labels, used))
    require(names == point_names(labels, used), "the names of points")


def _written_names(folder: Path) -> list[str]:
    """Return the names of the points as the first file has them."""
    file = next(iter(sorted(folder.glob(file_of("*")))), folder / file_of(""))
    with file.open("rb") as lines:
        for category in read_lines(lines, "categories"):
            return [str(name) for name in json.loads(category)["keypoints"]]
    return []


FORMAT = ExportFormat(
    "coco-keypoints",
    "COCO keypoints (boxes with points)",
    _CONVENTIONS,
    SAYS,
    _write,
    _check,
    pictures=pictures,
    prefixed=True,
)
