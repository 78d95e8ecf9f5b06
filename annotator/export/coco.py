"""COCO object detection JSON: boxes, polygons and ellipses, negatives kept.

COCO's coordinates are ours: pixels of the image, x the column, y the row, the origin at the
outer corner of the top-left pixel, so nothing is shifted. Further keys hold what COCO has no
place for; readers of COCO pass over them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..domain import Annotation, Decision, Label, LabelSet, Polygon, Region, region_from_json
from ..errors import ExportError
from .formats import ExportFormat
from .items import ExportItem
from .json_lines import append, json_line, read_list

FILE_NAME = "annotations.json"

CONVENTIONS = {
    "coordinates": (
        "pixels of the image as shown (EXIF orientation applied); x is the column, y the row; "
        "the origin is the outer corner of the top-left pixel"
    ),
    "bbox": "[x, y, width, height] of the region, as drawn, not rounded and not clipped",
    "segmentation": "one polygon; a box as its 4 corners, an ellipse as a polygon of 64 corners",
    "area": "of the region itself in square pixels; of an ellipse exactly, not of its polygon",
    "iscrowd": "always 0",
    "category_id": "place of the label in the project's label set, from 1; the name is its code",
    "review": (
        "of an image: 'reviewed' (no annotation means no finding), 'in progress' or "
        "'not reviewed' (no annotation means nothing)"
    ),
    "annotation keys": (
        "annotation_uuid, region_uuid, region_type, rater, decision, created_at; of the "
        "suggestion it began as: derived_from, suggestion_label, suggestion_score"
    ),
    "decisions": (
        "accepted, edited and added regions are annotations; rejected, undecided and withdrawn "
        "ones are in decisions.jsonl only, beside everything else that is recorded"
    ),
}


def write_coco(folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: str) -> None:
    """Write ``annotations.json`` into a folder, one image in memory at a time.

    Parameters
    ----------
    folder : Path
        An existing folder.
    items : iterable of ExportItem
        The images in order.
    labels : LabelSet
        The categories, in order.
    project : str
        Its name, for ``info``.

    Raises
    ------
    ExportError
        If an annotation has a label that is not in the label set.
    """
    category_ids = {code: number for number, code in enumerate(labels.codes, start=1)}
    written = 0
    # Images and annotations are two lists of one JSON object: the second waits in a file.
    with (
        (folder / FILE_NAME).open("w", encoding="ascii", newline="\n") as out,
        tempfile.TemporaryFile("w+", encoding="ascii", newline="\n", dir=folder) as waiting,
    ):
        info = {"description": project, "version": "1.0"}
        out.write(f'{{\n"info": {json_line(info)},\n"licenses": [],\n"categories": [')
        for number, label in enumerate(labels, start=1):
            append(out, number, _category(number, label))
        out.write('\n],\n"images": [')
        for item in items:
            append(out, item.number, _image(item))
            for act in item.stated:
                written += 1
                category_id = _category_id(category_ids, act)
                append(waiting, written, _annotation(written, item, act, category_id))
        out.write('\n],\n"annotations": [')
        waiting.seek(0)
        shutil.copyfileobj(waiting, out)
        out.write("\n]\n}\n")


def check_coco(folder: Path, recorded: Iterable[dict[str, Any]], labels: LabelSet) -> None:
    """Compare ``annotations.json`` item by item with what was recorded.

    Parameters
    ----------
    folder : Path
    recorded : iterable of dict
        `ExportItem.to_json` of each image, in order.
    labels : LabelSet

    Raises
    ------
    ExportError
        At the first difference.
    """
    codes = dict(enumerate(labels.codes, start=1))
    path = folder / FILE_NAME
    # Two readers of one file: its images and its annotations are walked side by side.
    with path.open(encoding="ascii") as first, path.open(encoding="ascii") as second:
        categories = [(c["id"], c["name"]) for c in read_list(first, "categories")]
        _require(categories == list(codes.items()), "the categories")
        images, annotations = read_list(first, "images"), read_list(second, "annotations")
        number = 0
        for image in recorded:
            _check_image(next(images, {}), image)
            for act in image["acts"]:
                if Decision(act["decision"]).states_region:
                    number += 1
                    _check_annotation(next(annotations, {}), number, image, act, codes)
        _require(next(images, None) is None, "the number of images")
        _require(next(annotations, None) is None, "the number of annotations")
        _require(second.read() == "}\n", "the end")


def _category(number: int, label: Label) -> dict[str, Any]:
    return {
        "id": number,
        "name": label.code,
        "supercategory": label.scheme,
        "meaning": label.meaning,
    }


def _image(item: ExportItem) -> dict[str, Any]:
    image = item.image
    return {
        "id": item.number,
        "file_name": item.file_name,
        "width": image.width,
        "height": image.height,
        "original_file_name": image.file_name,
        "image_uuid": str(image.id),
        "pixels_sha256": image.pixels_sha256,
        "modality": image.modality,
        "review": str(item.review),
        "raters": item.raters,
    }


def _category_id(category_ids: dict[str, int], act: Annotation) -> int:
    if act.label not in category_ids:
        raise ExportError(
            f"An annotation has the label {act.label!r}, which is not in the project's label set "
            f"({', '.join(category_ids)}); add the label, then export again."
        )
    return category_ids[act.label]


def _annotation(number: int, item: ExportItem, act: Annotation, category_id: int) -> dict[str, Any]:
    return {
        "id": number,
        "image_id": item.number,
        "category_id": category_id,
        **_geometry(act.region),
        "iscrowd": 0,
        "annotation_uuid": str(act.id),
        "region_uuid": str(act.region_id),
        "region_type": act.region.to_json()["type"],
        "rater": act.rater,
        "decision": str(act.decision),
        "created_at": act.created_at.isoformat(),
        **_origin(item, act),
    }


def _geometry(region: Region) -> dict[str, Any]:
    # Not by `Region.bounds`: a polygon may be a line, whose box has no area, and stays as it is.
    xs, ys = zip(*region.outline, strict=True)
    bbox = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    if not isinstance(region, Polygon):
        bbox = [region.x, region.y, region.width, region.height]
    polygon = [number for point in region.outline for number in point]
    return {"bbox": bbox, "area": region.area_px, "segmentation": [polygon]}


def _origin(item: ExportItem, act: Annotation) -> dict[str, Any]:
    if act.derived_from is None:
        return {}
    suggestion = item.suggestions.get(act.derived_from)
    said = suggestion and {
        "suggestion_label": suggestion.label,
        "suggestion_score": suggestion.score,
    }
    return {"derived_from": str(act.derived_from), **(said or {})}


def _check_image(written: dict[str, Any], recorded: dict[str, Any]) -> None:
    _require(written.get("id") == recorded["number"], f"the id of image {recorded['number']}")
    keys = ("file_name", "original_file_name", "image_uuid", "width", "height", "review")
    for key in keys:
        _require(written.get(key) == recorded[key], f"{key} of image {recorded['number']}")


def _check_annotation(
    written: dict[str, Any],
    number: int,
    image: dict[str, Any],
    act: dict[str, Any],
    codes: dict[int, str],
) -> None:
    name = f"annotation {number}"
    _require(written.get("id") == number, f"the id of {name}")
    _require(written.get("image_id") == image["number"], f"the image of {name}")
    _require(codes.get(written.get("category_id", 0)) == act["label"], f"the label of {name}")
    for key in ("annotation_uuid", "region_uuid", "rater", "decision", "created_at"):
        _require(written.get(key) == act[key], f"{key} of {name}")
    _require(written.get("derived_from") == act["derived_from"], f"the origin of {name}")
    region = region_from_json(act["region"])
    for key, value in _geometry(region).items():
        _require(written.get(key) == value, f"{key} of {name}")


def _require(equal: bool, what: str) -> None:
    if not equal:
        raise ExportError(
            f"The self-check found {what} not as recorded, so nothing was exported; export "
            "again, and report this if it stays."
        )


FORMAT = ExportFormat("coco", (FILE_NAME,), CONVENTIONS, write=write_coco, check=check_coco)
