"""Label Studio's JSON: what people stated as annotations, what the machine said as predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...dataset.items import ExportItem
from ...dataset.json_lines import append
from ...dataset.project_facts import ProjectFacts
from ...dataset.stated import Read
from ...domain import BoundingBox, LabelSet, Presence, Region
from ..capacity import SAYS_ALL
from ..export_format import ExportFormat
from ..markup.xml_writing import xml_escape
from ..masks.pixels import brush_bytes
from ..reading_back import of_one_file
from ..self_check import check_by
from .label_studio_reading import read_tasks

FILE_NAME = "label-studio.json"
CONFIG_FILE = "label-config.xml"

SAYS = replace(SAYS_ALL, holes=False, suggestions=True)

CONVENTIONS = {
    "coordinates": "percent of the image's width and height, from the outer corner of the "
    "top-left pixel; not rounded; rotation in degrees, clockwise about the first corner of a box",
    "brushlabels": "masks, and polygons with holes, in Label Studio's run lengths of RGBA",
    "annotations": "one for each rater and round; rater is the rater's name (Label Studio "
    "takes no name as completed_by: that is the number of an account of its own)",
    "predictions": "the suggestions of the current run, each result with its score",
    "choices": "value of a label on the whole image, as `LABEL: value`; intensity and side in meta",
    "label-config.xml": "the labelling interface to make a project with",
    "data.original_file_name, data.frame": "the file that was imported, and which of its frames, "
    "from 0",
    "data.review": "reviewed, in progress or not reviewed",
    "data.not_offered": "labels that could not be chosen when the image was signed",
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


_PLACES: Mapping[str, Callable[[Any, int, int], _Place]] = {
    "box": _box_place,
    "rotated-box": _rotated_place,
    "ellipse": _ellipse_place,
    "polygon": _polygon_place,
    "point": _point_place,
    "mask": _mask_place,
}
"""Name and coordinates of each shape on an image of this width and height."""


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
) -> None:
    del project
    drawn: set[str] = set()
    with (folder / FILE_NAME).open("wb") as out:
        out.write(b"[")
        for item in items:
            task = _task(item)
            append(out, item.number, task)
            drawn |= {result["type"] for result in _all_results(task)}
        out.write(b"\n]\n")
    config = "".join(_config_lines(labels, drawn))
    (folder / CONFIG_FILE).write_text(config, encoding="ascii", newline="\n")


def _task(item: ExportItem) -> dict[str, Any]:
    people = [read for read in item.reads if not read.by_machine]
    return {
        "id": item.number,
        "data": {
            "image": _address(item),
            "image_uuid": str(item.image.id),
            "original_file_name": item.image.file_name,
            **({} if item.image.frame is None else {"frame": item.image.frame}),
            "review": str(item.review),
            **({"split": item.split} if item.split else {}),
            **({"not_offered": item.not_offered} if item.not_offered else {}),
        },
        "annotations": [_annotation(item, number, read) for number, read in enumerate(people, 1)],
        "predictions": [_prediction(item)] if item.proposed else [],
    }


def _address(item: ExportItem) -> str:
    if "://" in item.prefix or item.prefix.startswith("/data/"):
        return f"{item.prefix}{quote(item.file_name)}"
    if item.prefix:
        return item.address
    copied = item.file_name == f"{item.stem}.png"
    return f"images/{item.file_name}" if copied else item.file_name


def _annotation(item: ExportItem, number: int, read: Read) -> dict[str, Any]:
    results = [
        {
            **result,
            "meta": {"decision": stated.decision, "round": stated.round},
        }
        for stated in read.regions
        for result in _results(str(stated.id), stated.label, stated.region, item)
    ]
    results += [
        {
            "id": f"{item.number}-{number}-{place}",
            "type": "choices",
            "from_name": "value",
            "to_name": "image",
            "value": {"choices": [f"{said.label}: {said.value.value}"]},
            "meta": {"intensity": said.intensity, "side": said.side, "round": said.round},
        }
        for place, said in enumerate(read.values, start=1)
    ]
    return {
        "id": 1000 * item.number + number,
        "rater": read.rater,
        "was_cancelled": False,
        "ground_truth": read.round == "adjudication",
        "result": results,
    }


def _prediction(item: ExportItem) -> dict[str, Any]:
    return {
        "model_version": item.record.runs[-1].provenance.model_name,
        "result": [
            result if s.score is None else {**result, "score": s.score}
            for s in item.proposed
            for result in _results(str(s.id), s.label, s.region, item)
        ],
    }


def _results(name: str, label: str, region: Region, item: ExportItem) -> Iterator[dict[str, Any]]:
    width, height = item.image.width, item.image.height
    for made in SAYS.regions(region, width, height):
        shape, place = _PLACES[made.kind](made, width, height)
        yield {
            "id": name,
            "type": f"{shape}labels",
            "from_name": shape,
            "to_name": "image",
            "original_width": width,
            "original_height": height,
            "image_rotation": 0,
            "value": {**place, f"{shape}labels": [label]},
        }


def _all_results(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in (*task["annotations"], *task["predictions"]):
        yield from part["result"]


def _config_lines(labels: LabelSet, drawn: set[str]) -> Iterator[str]:
    yield '<View>\n  <Image name="image" value="$image" zoom="true"/>\n'
    # Where points can be drawn, Label Studio's converter takes all labels for those of a skeleton;
    # where a brush is, all regions for masks.
    more = [tag for tag in ("KeyPoint", "Brush") if f"{tag.lower()}labels" in drawn]
    for shape in ("Rectangle", "Ellipse", "Polygon", *more):
        yield f'  <{shape}Labels name="{shape.lower()}" toName="image">\n'
        for code in labels.codes:
            yield f'    <Label value="{xml_escape(code)}"/>\n'
        yield f"  </{shape}Labels>\n"
    yield '  <Choices name="value" toName="image" choice="multiple">\n'
    for code in labels.codes:
        for value in Presence:
            yield f'    <Choice value="{xml_escape(f"{code}: {value.value}")}"/>\n'
    yield "  </Choices>\n</View>\n"


FORMAT = ExportFormat(
    "label-studio",
    "Label Studio (JSON)",
    CONVENTIONS,
    SAYS,
    _write,
    check_by(of_one_file(read_tasks, FILE_NAME), SAYS),
    prefixed=True,
    readers_apart=True,
)
