"""YOLO pose: a box and its points in a line, as Ultralytics reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

from ...dataset.items import ExportItem
from ...dataset.json_lines import json_bytes
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet
from ..capacity import Capacity
from ..export_format import ExportFormat
from ..self_check import require
from .poses import point_names, poses
from .yolo import CONVENTIONS, centre_and_size, list_picture, write_data

SAYS = Capacity(shapes=frozenset({"box", "point"}), clipped=True, posed=True)
_HIDDEN = "0.0 0.0 0"
"""Of a point that nobody marked; a marked one ends in 2: labelled and visible."""

_CONVENTIONS = {
    **{key: CONVENTIONS[key] for key in ("labels", "class", "coordinates")},
    "pose": "class, centre x, centre y, width, height, then x, y and visibility of each point: 2, "
    "or 0 0 0 where nobody marked it",
    "points": "a point is of the smallest box that it lies in; their order is that of the "
    "project's labels, of those that have points in this data set (all, where none has); it is in "
    "data.yaml under kpt_names",
}


def _rows(item: ExportItem, classes: Mapping[str, int]) -> list[tuple[str, dict[str, str]]]:
    """Return of each box its class, centre and size, and by label its points, as written."""
    width, height = item.image.width, item.image.height
    made = [(s.label, r) for s in item.stated for r in SAYS.regions(s.region, width, height)]
    rows = []
    for pose in poses(made)[0]:
        numbers = " ".join(map(repr, centre_and_size(pose.box, width, height)))
        points = {
            name: f"{point.x / width!r} {point.y / height!r} 2"
            for name, point in pose.points.items()
        }
        rows.append((f"{classes[pose.label]} {numbers}", points))
    return rows


def _text(rows: Iterable[tuple[str, Mapping[str, str]]], names: Sequence[str]) -> str:
    """Return the file of an image, the points of its boxes in the order of these labels."""
    return "".join(
        " ".join((head, *(points.get(name, _HIDDEN) for name in names))) + "\n"
        for head, points in rows
    )


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
) -> None:
    del project
    classes = labels.numbered(0)
    used: set[str] = set()
    parts: dict[str, str] = {}
    (folder / "labels").mkdir()
    # Which labels have points is known after the last image: until then the rows wait in a file.
    with TemporaryFile(dir=folder) as waiting:
        for item in items:
            rows = _rows(item, classes)
            used.update(name for _, points in rows for name in points)
            waiting.write(json_bytes([item.stem, rows]) + b"\n")
            list_picture(folder, item, parts)
        waiting.seek(0)
        names = point_names(labels, used)
        for line in waiting:
            stem, rows = json.loads(line)
            path = folder / "labels" / f"{stem}.txt"
            path.write_text(_text(rows, names), encoding="ascii", newline="\n")
    write_data(folder, labels, parts, _points(labels, names))


def _points(labels: LabelSet, names: Sequence[str]) -> str:
    """Return the lines of ``data.yaml`` on the points; JSON is YAML."""
    # Ultralytics wants their names for each class.
    of_class = "".join(f"  {n}: {json.dumps(list(names))}\n" for n in range(len(labels)))
    return f"kpt_shape: [{len(names)}, 3]\nkpt_names:\n{of_class}" if names else ""


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    import yaml

    classes = labels.numbered(0)
    data = yaml.safe_load((folder / "data.yaml").read_text("ascii"))
    names = (data.get("kpt_names") or {0: []})[0]
    used: set[str] = set()
    number = 0
    for item in items:
        number += 1
        rows = _rows(item, classes)
        used.update(name for _, points in rows for name in points)
        path = folder / "labels" / f"{item.stem}.txt"
        same = path.is_file() and path.read_text("ascii") == _text(rows, names)
        require(same, f"the lines of image {item.number}")
    require(names == point_names(labels, used), "the names of points")
    require(sum(1 for _ in (folder / "labels").iterdir()) == number, "the number of images")


FORMAT = ExportFormat("yolo-pose", "YOLO (boxes with points)", _CONVENTIONS, SAYS, _write, _check)
