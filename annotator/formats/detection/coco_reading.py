"""COCO object detection JSON: coordinates are ours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...domain import BoundingBox, LabelSet, Landmark, Polygon, Presence, Region, united
from ...domain.regions.run_lengths import unpacked
from ...errors import IngestError, RegionError
from ..import_format import ImportFormat, SizeOf
from ..imported import (
    ENTRY_FAULTS,
    ImportedImage,
    ImportedImages,
    ImportedRegion,
    ImportedValue,
    reason,
)
from ..markup.json_reading import read_json
from ..masks.pixels import mask_of_runs, require_size, some_pixels

_MARKS = ("pixels_sha256", "source_sha256", "image_uuid", "original_file_name")
"""What our own export says of which image it is."""


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    file = path / "annotations.json" if path.is_dir() else path
    whole = read_json(file, dict, "COCO")
    lists = [whole.get(name, []) for name in ("categories", "images", "annotations")]
    if not {"categories", "images"} <= whole.keys() or not all(
        isinstance(entries, list) for entries in lists
    ):
        raise IngestError(f"{file.name} is not COCO: it lacks categories, images or annotations.")
    faults: list[str] = []
    categories, images, annotations = (
        _by_key(entries, key, what, faults)
        for entries, key, what in zip(
            lists, ("id", "id", "image_id"), ("category", "image", "annotation"), strict=True
        )
    )
    for number, own in images.items():
        if len(own) > 1:
            faults.append(
                f"{len(own)} images of {file.name} have the id {number}: they and their "
                "annotations are left out; number them apart."
            )
    faults += [
        f"Annotations of image_id {number} are left out ({len(own)}): no image of {file.name} has "
        "that id."
        for number, own in annotations.items()
        if number not in images
    ]
    if faults:
        yield ImportedImage("", faults=tuple(sorted(faults)))
    for number, own in images.items():
        if len(own) == 1:
            try:
                yield _image(own[0], annotations.get(number, []), categories)
            except ENTRY_FAULTS as error:
                fault = f"The image of id {number} is left out: {reason(error)}"
                yield ImportedImage("", faults=(fault,))


_Entries = dict[str, list[Mapping[str, Any]]]


def _by_key(entries: list[Any], key: str, what: str, faults: list[str]) -> _Entries:
    """Return entries by a number of them, which is the same as text."""
    grouped: _Entries = {}
    for entry in entries:
        number = entry.get(key) if isinstance(entry, Mapping) else None
        if isinstance(number, bool) or not isinstance(number, int | float | str):
            faults.append(f"An entry is left out: it is no {what} with a number in {key!r}.")
        else:
            grouped.setdefault(_number(number), []).append(entry)
    return grouped


def _number(number: float | str) -> str:
    whole = isinstance(number, float) and number.is_integer()
    return str(int(number) if whole else number).strip()


def _label(annotation: Mapping[str, Any], categories: _Entries) -> str:
    number = _number(annotation["category_id"])
    names = {str(category["name"]).strip() for category in categories.get(number, ())}
    if len(names) != 1:
        how_many = "several categories have" if names else "no category of the file has"
        raise IngestError(f"{how_many} its category_id {number}.")
    return names.pop()


def _image(
    image: Mapping[str, Any], annotations: list[Mapping[str, Any]], categories: _Entries
) -> ImportedImage:
    regions: list[ImportedRegion] = []
    faults: list[str] = []
    notes: list[str] = []
    blank = ImportedImage(image.get("file_name", ""), image.get("width"), image.get("height"))
    size: list[Any] = [blank.width, blank.height]
    for annotation in annotations:
        try:
            label = _label(annotation, categories)
            score = annotation.get("score")
            region = ImportedRegion(
                label,
                _region(annotation, size, notes),
                str(annotation.get("rater", "")),
                score,
                annotation.get("decision") == "suggested" or score is not None,
            )
            regions.append(region)
        except ENTRY_FAULTS as error:
            faults.append(f"Annotation {annotation.get('id')} is left out: {reason(error)}")
    return replace(
        blank,
        width=size[0],
        height=size[1],
        regions=tuple(regions),
        values=tuple(_values(image, faults)),
        faults=tuple(faults),
        notes=tuple(notes),
        marks=tuple(image[key] for key in _MARKS if isinstance(image.get(key), str)),
    )


def _region(annotation: Mapping[str, Any], size: list[Any], notes: list[str]) -> Region:
    """Return what an annotation outlines; its box where it has nothing else.

    A mask says the size of its image, where nothing else does.
    """
    segmentation, kind = annotation.get("segmentation"), annotation.get("region_type")
    if annotation.get("iscrowd"):
        notes.append("crowds (iscrowd 1) taken over as single regions")
    if kind == "point" and annotation.get("keypoints"):
        return Landmark(*annotation["keypoints"][:2])
    if annotation.get("keypoints"):
        notes.append("annotations taken over without their keypoints")
    if isinstance(segmentation, Mapping):
        return _of_runs(segmentation, size)
    if not segmentation or kind == "box":
        return BoundingBox(*annotation["bbox"])
    flat = segmentation if isinstance(segmentation[0], list) else [segmentation]
    if len(flat) == 1:
        return _polygon(flat[0])
    outlines = []
    for numbers in flat:
        try:
            outlines.append(_polygon(numbers))
        except ENTRY_FAULTS:
            notes.append("parts of regions left out, which enclose nothing")
    region = _united(outlines)
    if region.kind != "polygon":
        notes.append("regions of several outlines taken over as masks of their pixels")
    return region


def _of_runs(segmentation: Mapping[str, Any], size: list[Any]) -> Region:
    height, width = segmentation["size"]
    if [size[0] or width, size[1] or height] != [width, height]:
        raise RegionError(
            f"its mask is of {width} x {height} px and its image of {size[0]} x {size[1]}; "
            "they are not the same picture."
        )
    counts = segmentation["counts"]
    lengths = unpacked(counts) if isinstance(counts, str) else counts
    mask = mask_of_runs(lengths, width, height, by_columns=True)
    size[:] = width, height
    return mask


def _polygon(numbers: Sequence[float]) -> Polygon:
    return Polygon(tuple(zip(numbers[::2], numbers[1::2], strict=True)))


def _united(parts: list[Polygon]) -> Region:
    """Return the outlines of one annotation as one region: COCO's readers unite their pixels."""
    polygons = united(parts)
    if not polygons:
        raise RegionError("its outlines enclose nothing.")
    if len(polygons) == 1:
        return polygons[0]
    lefts, tops, rights, bottoms = zip(*(polygon.extent for polygon in polygons), strict=True)
    left, top = math.floor(min(lefts)), math.floor(min(tops))
    width, height = math.ceil(max(rights)) - left, math.ceil(max(bottoms)) - top
    require_size(width, height)
    pixels = [polygon.moved(-left, -top).mask(height, width) for polygon in polygons]
    return some_pixels(np.logical_or.reduce(pixels), left, top)


def _values(image: Mapping[str, Any], faults: list[str]) -> Iterator[ImportedValue]:
    """Read what our own export adds of labels on the whole image."""
    for stated in image.get("label_values") or ():
        try:
            yield ImportedValue(
                stated["label"],
                Presence(stated["value"]),
                stated["rater"],
                stated["intensity"],
                stated["side"],
            )
        except ENTRY_FAULTS as error:
            faults.append(f"A value of a label is left out: {reason(error)}")


COCO = ImportFormat("coco", "COCO (JSON)", _read)
