"""COCO object detection JSON: coordinates are ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..domain import BoundingBox, LabelSet, Landmark, Mask, Polygon, Presence, Region
from ..domain.regions.run_lengths import from_run_lengths, unpacked
from ..errors import IngestError, RegionError
from .formats import ImportFormat, SizeOf
from .imported import ImportedImage, ImportedImages, ImportedRegion, ImportedValue
from .json_reading import read_json


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
    for annotation in annotations:
        try:
            label = categories[annotation["category_id"]]
            said = [
                ImportedRegion(
                    label,
                    region,
                    str(annotation.get("rater", "")),
                    annotation.get("score"),
                    annotation.get("decision") == "suggested" or "score" in annotation,
                )
                for region in _regions(annotation)
            ]
            regions += said
        except (RegionError, IngestError) as error:
            faults.append(f"Annotation {annotation.get('id')} is left out: {error}")
        except (KeyError, TypeError, ValueError):
            name = annotation.get("id")
            faults.append(f"Annotation {name} is left out: a field of it is missing or no number.")
    return ImportedImage(
        str(image.get("file_name", "")),
        image.get("width"),
        image.get("height"),
        tuple(regions),
        tuple(_values(image)),
        tuple(faults),
    )


def _regions(annotation: Mapping[str, Any]) -> Iterator[Region]:
    """Yield the outlines of an annotation; its box where it has no other."""
    segmentation, kind = annotation.get("segmentation"), annotation.get("region_type")
    if kind == "point" and annotation.get("keypoints"):
        yield Landmark(*annotation["keypoints"][:2])
    elif isinstance(segmentation, Mapping):
        height, width = segmentation["size"]
        counts = segmentation["counts"]
        lengths = unpacked(counts) if isinstance(counts, str) else counts
        pixels = from_run_lengths(lengths, height * width).reshape((height, width), order="F")
        mask = Mask.of(pixels)
        if mask is None:
            raise RegionError("its mask holds no pixel.")
        yield mask
    elif segmentation and kind != "box":
        for numbers in segmentation:
            yield Polygon(tuple(zip(numbers[::2], numbers[1::2], strict=True)))
    else:
        yield BoundingBox(*annotation["bbox"])


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
