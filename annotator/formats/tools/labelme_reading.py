"""LabelMe's JSON, one file an image: coordinates are ours.

Read likewise by other tools that go on from it, such as X-AnyLabeling, which adds scores and
rotated boxes.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from ...domain import BoundingBox, Ellipse, LabelSet, Landmark, Polygon, Presence, Region
from ...errors import IngestError, RegionError
from ..detection.coco_shapes import united_outlines
from ..detection.turning import rectangle_of
from ..import_format import ImportFormat, SizeOf
from ..imported import (
    ENTRY_FAULTS,
    ImportedImage,
    ImportedImages,
    ImportedRegion,
    ImportedValue,
    left_out,
    reason,
)
from ..markup.json_reading import read_json
from ..masks.pixels import require_size, some_pixels

_Points = Sequence[Sequence[float]]
_GROUPED = "outlines of one group (group_id) taken over as one region"


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    others = []
    for file in files:
        folder = file.parent.relative_to(path).as_posix() if path.is_dir() else ""
        try:
            whole = read_json(file, dict, "LabelMe's JSON")
            if not {"shapes", "imagePath"} <= whole.keys():
                raise IngestError(f"{file.name} is not LabelMe's: it lacks shapes or imagePath.")
            yield _image(whole, folder)
        except ENTRY_FAULTS as error:
            others.append(file)
            yield ImportedImage("", faults=(f"{file.name} is left out: {reason(error)}",))
    if len(others) == len(files):
        raise IngestError(
            f"{path.name} has no file of LabelMe; name its folder, or a file with shapes and "
            "imagePath."
        )


def _image(whole: Mapping[str, Any], folder: str) -> ImportedImage:
    faults: list[str] = []
    notes: list[str] = []
    regions = list(_regions(whole["shapes"], faults, notes))
    ticked = [str(flag) for flag, on in (whole.get("flags") or {}).items() if on is True]
    return ImportedImage(
        _name(whole["imagePath"], folder),
        whole.get("imageWidth"),
        whole.get("imageHeight"),
        tuple(regions),
        tuple(ImportedValue(flag, Presence.PRESENT) for flag in ticked),
        tuple(faults),
        tuple(notes),
    )


def _name(path: str, folder: str) -> str:
    """Return the path of a picture, which is written as seen from the file's own folder."""
    steps = PurePosixPath(folder, path.replace("\\", "/")).parts
    return "/".join(step for step in steps if step not in ("..", "/"))


def _regions(
    shapes: Sequence[Mapping[str, Any]], faults: list[str], notes: list[str]
) -> Iterator[ImportedRegion]:
    """Yield regions; outlines of one label and one group are one of several pieces.

    What a machine proposed is a group of its own, as sure as its least sure piece.
    """
    groups: dict[tuple[str, str, bool], list[tuple[Polygon, Any]]] = {}
    for shape in shapes:
        try:
            label, score = shape["label"], shape.get("score")
            region = _region(shape)
            notes += left_out(_attributes(shape))
            if shape.get("group_id") is not None and isinstance(region, Polygon):
                key = label, str(shape["group_id"]), score is not None
                groups.setdefault(key, []).append((region, score))
            else:
                yield ImportedRegion(label, region, score=score, suggested=score is not None)
        except ENTRY_FAULTS as error:
            kind = shape.get("shape_type") if isinstance(shape, Mapping) else "shape"
            faults.append(f"A {kind or 'polygon'} is left out: {reason(error)}")
    for (label, _, machine), pieces in groups.items():
        try:
            notes += [_GROUPED] * (len(pieces) > 1)
            score = min(float(score) for _, score in pieces) if machine else None
            region = united_outlines([polygon for polygon, _ in pieces])
            yield ImportedRegion(label, region, score=score, suggested=machine)
        except ENTRY_FAULTS as error:
            faults.append(f"A group of {label!r} is left out: {reason(error)}")


def _attributes(shape: Mapping[str, Any]) -> dict[str, Any]:
    flags = shape.get("flags")
    own = {key: shape.get(key) for key in ("description", "difficult")}
    return {**own, **(flags if isinstance(flags, Mapping) else {})}


def _region(shape: Mapping[str, Any]) -> Region:
    kind = shape.get("shape_type") or "polygon"
    if kind == "mask":
        return _mask(shape)
    if kind not in _SHAPES:
        raise RegionError("it has no counterpart here; draw it as a polygon.")
    return _SHAPES[kind](shape["points"])


def _box(points: _Points) -> Region:
    # Of two corners; some versions write all four.
    xs, ys = zip(*points, strict=True)
    return BoundingBox(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _circle(points: _Points) -> Region:
    (x, y), on_edge = points
    radius = math.dist((x, y), on_edge)
    return Ellipse(x - radius, y - radius, 2 * radius, 2 * radius)


def _point(points: _Points) -> Region:
    ((x, y),) = points
    return Landmark(x, y)


def _polygon(points: _Points) -> Polygon:
    return Polygon(tuple((x, y) for x, y in points))


def _rotated(points: _Points) -> Region:
    return rectangle_of(_polygon(points))


_SHAPES: Mapping[str, Callable[[_Points], Region]] = {
    "polygon": _polygon,
    "rectangle": _box,
    "circle": _circle,
    "point": _point,
    "rotation": _rotated,
    "oriented_rectangle": _rotated,
}


def _mask(shape: Mapping[str, Any]) -> Region:
    """Return pixels: a picture of the window between two corners.

    Its last row and column, beyond the second corner's, is empty, or not there at the image's edge.
    """
    (left, top), (right, bottom) = ([int(number) for number in point] for point in shape["points"])
    width, height = right - left + 1, bottom - top + 1
    require_size(width, height)
    try:
        with Image.open(io.BytesIO(base64.b64decode(shape["mask"]))) as picture:
            across, down = picture.size
            if not (width - 1 <= across <= width and height - 1 <= down <= height):
                raise RegionError(
                    f"its mask is of {across} x {down} px and its corners are of {width} x "
                    f"{height}."
                )
            pixels = np.asarray(picture.convert("L")) > 0
    except (OSError, SyntaxError, Image.DecompressionBombError):
        raise RegionError("its mask cannot be read as a picture.") from None
    return some_pixels(pixels, left, top)


LABELME = ImportFormat("labelme", "LabelMe (JSON)", _read)
