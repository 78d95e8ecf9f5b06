"""COCO object detection JSON: coordinates are ours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..domain import BoundingBox, LabelSet, Landmark, Polygon, Presence, Region, united
from ..domain.regions.run_lengths import unpacked
from ..errors import IngestError, RegionError
from .formats import ImportFormat, SizeOf
from .imported import ImportedImage, ImportedImages, ImportedRegion, ImportedValue
from .json_reading import read_json
from .pixels import mask_of_runs, require_size, some_pixels

_MARKS = ("pixels_sha256", "source_sha256", "image_uuid", "original_file_name")
"""What our own export says of which image it is."""


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    file = path / "annotations.json" if path.is_dir() else path
    whole = read_json(file, dict, "COCO")
    try:
        categories = {c["id"]: str(c["name"]) for c in whole["categories"]}
        images = {image["id"]: image for image in whole["images"]}
        by_image: dict[Any, list[Mapping[str, Any]]] = {}
        for annotation in whole.get("annotations", ()):
            by_image.setdefault(annotation["image_id"], []).append(annotation)
    except (KeyError, TypeError, AttributeError) as error:
        raise IngestError(
            f"{file.name} is not COCO: its categories, images or annotations lack {error}."
        ) from None
    for key, image in images.items():
        yield _image(image, by_image.get(key, []), categories)


def _image(
    image: Mapping[str, Any], annotations: list[Mapping[str, Any]], categories: Mapping[Any, str]
) -> ImportedImage:
    regions: list[ImportedRegion] = []
    faults: list[str] = []
    notes: list[str] = []
    size = [image.get("width"), image.get("height")]
    for annotation in annotations:
        try:
            label = categories[annotation["category_id"]]
            region = _region(annotation, size, notes)
            regions.append(
                ImportedRegion(
                    label,
                    region,
                    str(annotation.get("rater", "")),
                    annotation.get("score"),
                    annotation.get("decision") == "suggested" or "score" in annotation,
                )
            )
        except (RegionError, IngestError) as error:
            faults.append(f"Annotation {annotation.get('id')} is left out: {error}")
        except (KeyError, TypeError, ValueError):
            name = annotation.get("id")
            faults.append(f"Annotation {name} is left out: a field of it is missing or no number.")
    return ImportedImage(
        str(image.get("file_name", "")),
        size[0],
        size[1],
        tuple(regions),
        tuple(_values(image)),
        tuple(faults),
        tuple(notes),
        tuple(image[key] for key in _MARKS if isinstance(image.get(key), str)),
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
        height, width = segmentation["size"]
        if [size[0] or width, size[1] or height] != [width, height]:
            raise RegionError(
                f"its mask is of {width} x {height} px and its image of {size[0]} x {size[1]}; "
                "they are not the same picture."
            )
        size[:] = width, height
        counts = segmentation["counts"]
        lengths = unpacked(counts) if isinstance(counts, str) else counts
        return mask_of_runs(lengths, width, height, by_columns=True)
    if not segmentation or kind == "box":
        return BoundingBox(*annotation["bbox"])
    flat = segmentation if isinstance(segmentation[0], list) else [segmentation]
    outlines = [tuple(zip(numbers[::2], numbers[1::2], strict=True)) for numbers in flat]
    if len(outlines) == 1:
        return Polygon(outlines[0])
    region = _united([Polygon(outline) for outline in outlines if len(outline) > 2])
    if region.kind != "polygon":
        notes.append("regions of several outlines taken over as masks of their pixels")
    return region


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


def _values(image: Mapping[str, Any]) -> Iterator[ImportedValue]:
    """Read what our own export adds of labels on the whole image."""
    for said in image.get("label_values", ()):
        yield ImportedValue(
            said["label"],
            Presence(said["value"]),
            said["rater"],
            said["intensity"],
            said["side"],
        )


COCO = ImportFormat("coco", "COCO (JSON)", _read)
