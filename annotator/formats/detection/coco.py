"""COCO object detection JSON: boxes, polygons and masks, negatives kept.

COCO's coordinates are ours: pixels of the image, x the column, y the row, the origin at the
outer corner of the top-left pixel, so nothing is shifted. Further keys hold what COCO has no
place for; readers of COCO pass over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...dataset.stated import StatedRegion
from ...domain import ImageAsset, Label, LabelSet, Mask, Region
from ...domain.regions.run_lengths import packed, run_lengths
from ..capacity import SAYS_ALL, Capacity
from ..export_format import CheckItems, ExportFormat, WriteItems
from .coco_files import CocoFiles

FILE_NAME = "annotations.json"

CONVENTIONS = {
    "files": "annotations.json and images; of a divided data set annotations/instances_SPLIT.json "
    "and images/SPLIT, as COCO's own",
    "coordinates": (
        "pixels of the image as shown (EXIF orientation applied); x is the column, y the row; "
        "the origin is the outer corner of the top-left pixel"
    ),
    "bbox": "[x, y, width, height] of the region, as drawn, not rounded and not clipped",
    "segmentation": (
        "coco: one polygon; a box as its 4 corners, an ellipse as a polygon of 64 corners; "
        "masks and polygons with holes, and in coco-rle everything: "
        "the pixels whose centre lies inside, as compressed run lengths"
    ),
    "area": (
        "of the region itself in square pixels; of an ellipse exactly, not of its polygon; of run "
        "lengths the number of pixels"
    ),
    "iscrowd": "always 0",
    "category_id": "place of the label in the project's label set, from 1; the name is its code",
    "review": (
        "of an image: 'reviewed' (no annotation means no finding, but for labels not offered), "
        "'in progress' or 'not reviewed' (no annotation means nothing)"
    ),
    "window": "of an image of more than 8 bits: the stored values that are shown black and white",
    "not_offered": (
        "of an image: labels that could not be chosen when it was signed; no annotation of them "
        "means nothing"
    ),
    "annotation keys": (
        "annotation_uuid, region_uuid, region_type, rater, decision, round, created_at; of the "
        "suggestion it began as: derived_from, suggestion_label, suggestion_score"
    ),
    "label_values": "of an image: label, value, rater, round, intensity, side, as stated or by a "
    "region that stands",
    "decisions": (
        "accepted, edited and added regions are annotations; rejected, undecided and withdrawn "
        "ones are in decisions.jsonl only, beside everything else that is recorded"
    ),
}


def writer(capacity: Capacity) -> WriteItems:
    """Return what writes the files, one image in memory at a time."""

    def write(
        folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
    ) -> None:
        _files(labels, capacity).write(folder, items, head_of(project))

    return write


def checker(capacity: Capacity) -> CheckItems:
    """Return what compares the files item by item with what was recorded."""

    def check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
        _files(labels, capacity).check(folder, items)

    return check


def _files(labels: LabelSet, capacity: Capacity) -> CocoFiles[ExportItem]:
    ids = labels.numbered(1)
    categories = [category_entry(number, label) for number, label in enumerate(labels, start=1)]
    annotations = partial(_annotations, category_ids=ids, capacity=capacity)
    return CocoFiles(file_of, categories, image_entry, annotations)


def file_of(split: str) -> str:
    """Return the file of a split, inside the data set; of no split where it is not divided."""
    return f"annotations/instances_{split}.json" if split else FILE_NAME


def pictures(item: ExportItem) -> str:
    """Return the folder of an image, inside the data set."""
    return f"images/{item.split}" if item.split else "images"


def head_of(project: ProjectFacts) -> dict[str, Any]:
    """Return what stands before the lists."""
    info: dict[str, Any] = {"description": project.name, "version": "1.0"}
    if project.changed_at is not None:
        day = project.changed_at
        info |= {"year": day.year, "date_created": f"{day:%Y/%m/%d}"}
    licences = [{"id": 1, "name": project.licence, "url": ""}] if project.licence else []
    return {"info": info, "licenses": licences}


def category_entry(number: int, label: Label) -> dict[str, Any]:
    """Return the entry of a label, by its place from 1."""
    return {
        "id": number,
        "name": label.code,
        "supercategory": label.scheme,
        "meaning": label.meaning,
    }


def image_entry(item: ExportItem) -> dict[str, Any]:
    """Return the entry of an image."""
    image = item.image
    return {
        "id": item.number,
        "file_name": item.address,
        "width": image.width,
        "height": image.height,
        "original_file_name": image.file_name,
        **({} if image.frame is None else {"frame": image.frame}),
        "image_uuid": image.id,
        "pixels_sha256": image.pixels_sha256,
        "source_sha256": image.source_sha256,
        "modality": image.modality,
        "review": str(item.review),
        "raters": item.raters,
        **({"window": list(image.window)} if image.window else {}),
        **({"subject": image.subject} if image.subject else {}),
        **({"split": item.split} if item.split else {}),
        **({"label_values": _values(item)} if item.values else {}),
        **({"not_offered": item.not_offered} if item.not_offered else {}),
    }


def _values(item: ExportItem) -> list[dict[str, Any]]:
    return [
        {
            "label": said.label,
            "value": said.value.value,
            "rater": said.rater,
            "round": said.round,
            "intensity": said.intensity,
            "side": said.side,
        }
        for said in item.values
    ]


def _annotations(
    item: ExportItem, category_ids: Mapping[str, int], capacity: Capacity
) -> Iterator[dict[str, Any]]:
    for stated in item.stated:
        for region in capacity.regions(stated.region, item.image.width, item.image.height):
            yield {
                "image_id": item.number,
                "category_id": category_ids[stated.label],
                **_place(region, stated.region, item.image),
                "iscrowd": 0,
                **facts_of(item, stated),
            }


def facts_of(item: ExportItem, stated: StatedRegion) -> dict[str, Any]:
    """Return who stated a region, and how it came about."""
    return {
        "annotation_uuid": stated.id,
        "region_uuid": stated.region_id,
        "region_type": stated.region.kind,
        "rater": stated.rater,
        "decision": stated.decision,
        "round": stated.round,
        "created_at": stated.created_at,
        **_origin(item, stated),
    }


def _place(region: Region, stated: Region, image: ImageAsset) -> dict[str, Any]:
    """Return ``bbox``, ``area`` and ``segmentation``: of run lengths those of their pixels."""
    whole = region if region.kind == Mask.kind else stated
    shape = (_run_lengths if region.kind == Mask.kind else polygon_entry)(region, image)
    return {"bbox": list(whole.frame), "area": whole.area_px, **shape}


def polygon_entry(region: Region, image: ImageAsset) -> dict[str, Any]:
    """Return ``segmentation`` of a region that is one outline."""
    del image
    return {"segmentation": [list(chain.from_iterable(region.outline))]}


def _run_lengths(region: Region, image: ImageAsset) -> dict[str, Any]:
    counts = run_length_text(region, image)
    return {"segmentation": {"size": [image.height, image.width], "counts": counts}}


def run_length_text(region: Region, image: ImageAsset) -> str:
    """Return the pixels of a region as COCO's compressed run lengths of the whole image."""
    return packed(run_lengths(region.mask(image.height, image.width).ravel(order="F")))


def _origin(item: ExportItem, stated: StatedRegion) -> dict[str, Any]:
    if stated.derived_from is None:
        return {}
    suggestion = item.suggestions.get(stated.derived_from)
    if suggestion is None:
        return {"derived_from": stated.derived_from}
    score = {} if suggestion.score is None else {"suggestion_score": suggestion.score}
    return {
        "derived_from": stated.derived_from,
        "suggestion_label": suggestion.label,
        **score,
    }


_SAYS = replace(SAYS_ALL, shapes=frozenset({"box", "polygon", "mask"}), holes=False)
_SAYS_PIXELS = replace(_SAYS, shapes=frozenset({"mask"}))

FORMAT = ExportFormat(
    "coco",
    "COCO (boxes, polygons and masks)",
    CONVENTIONS,
    _SAYS,
    writer(_SAYS),
    checker(_SAYS),
    pictures=pictures,
    prefixed=True,
)
FORMAT_RLE = ExportFormat(
    "coco-rle",
    "COCO (masks as run lengths)",
    CONVENTIONS,
    _SAYS_PIXELS,
    writer(_SAYS_PIXELS),
    checker(_SAYS_PIXELS),
    pictures=pictures,
    prefixed=True,
)
