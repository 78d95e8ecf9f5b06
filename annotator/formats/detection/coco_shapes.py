"""What an annotation of COCO outlines: boxes, outlines, run lengths and points."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...domain import BoundingBox, Landmark, Polygon, Region, united
from ...domain.regions import RotatedBox
from ...domain.regions.run_lengths import unpacked
from ...errors import RegionError
from ..imported import ENTRY_FAULTS
from ..masks.pixels import mask_of_runs, one_region

_TURNED = "rotation"
"""The attribute in which CVAT writes by how many degrees a box is turned about its centre."""
_HIDDEN, _SEEN = 1, 2
HIDDEN = "points marked as hidden (visibility 1) taken over as points"
OF_THEIR_BOX = "points of poses taken over as points of the label of their box"


def outline_of(annotation: Mapping[str, Any], size: list[Any], notes: list[str]) -> Region | None:
    """Return what an annotation outlines; its box where it has nothing else, None for points only.

    Parameters
    ----------
    annotation : mapping
    size : list of int or None
        Width and height of its image in pixels, as far as they are known; a mask says them where
        nothing else does.
    notes : list of str
        Takes what became of it, where that is something else.

    Raises
    ------
    RegionError
        If it outlines nothing that a region can be.
    """
    segmentation, kind = annotation.get("segmentation"), annotation.get("region_type")
    if isinstance(segmentation, Mapping):
        return _of_runs(segmentation, size)
    if kind == "point" or (annotation.get("keypoints") and not _has_area(annotation)):
        return None
    if not segmentation or kind == "box" or _only_its_box(segmentation, annotation):
        return _box(annotation)
    flat = segmentation if isinstance(segmentation[0], list) else [segmentation]
    outlines = []
    for numbers in flat:
        try:
            polygon = Polygon(tuple(zip(numbers[::2], numbers[1::2], strict=True)))
            polygon.bounds  # noqa: B018 - refuses what lies on one row or column
            outlines.append(polygon)
        except ENTRY_FAULTS:
            notes.append("parts of regions left out, which enclose nothing")
    if not outlines and _has_area(annotation):
        notes.append("regions whose outlines enclose nothing taken over as the boxes around them")
        return _box(annotation)
    region = united_outlines(outlines)
    if region.kind != "polygon":
        notes.append("regions of several outlines taken over as masks of their pixels")
    return region


def is_crowd(annotation: Mapping[str, Any]) -> bool:
    """Tell whether an annotation is of many things, which COCO's own evaluation passes over."""
    return str(annotation.get("iscrowd") or 0).strip().lower() not in ("0", "false")


def points_of(
    annotation: Mapping[str, Any],
    label: str,
    names: Sequence[Any],
    codes: Collection[str],
    notes: list[str],
) -> Iterator[tuple[str, Landmark]]:
    """Yield the points that somebody marked, each with its label.

    Parameters
    ----------
    annotation : mapping
    label : str
        Of the annotation; that of each point which has no name of a label of the project.
    names : sequence
        Of the points, in their order, as the category has them.
    codes : collection of str
        The project's labels.
    notes : list of str
        Takes what became of them.
    """
    numbers = annotation.get("keypoints") or ()
    if len(numbers) % 3 == 2 and annotation.get("region_type") == "point":
        numbers = (*numbers, _SEEN)
    if len(numbers) % 3:
        raise RegionError(f"its keypoints are {len(numbers)} numbers, not x, y and visibility.")
    for at in range(0, len(numbers), 3):
        x, y, visible = numbers[at : at + 3]
        if not visible:
            continue
        own = str(names[at // 3]) if at // 3 < len(names) else ""
        named = own in codes
        if visible == _HIDDEN:
            notes.append(HIDDEN)
        if not named and annotation.get("region_type") != "point":
            notes.append(OF_THEIR_BOX)
        yield (own if named else label), Landmark(x, y)


def _has_area(annotation: Mapping[str, Any]) -> bool:
    box = annotation.get("bbox")
    return isinstance(box, list) and len(box) == 4 and box[2] > 0 and box[3] > 0


def _only_its_box(segmentation: Any, annotation: Mapping[str, Any]) -> bool:
    """Tell whether an outline is the upright box itself, of an annotation that is turned."""
    if not _attributes(annotation).get(_TURNED) or not _has_area(annotation):
        return False
    (x, y, width, height), corners = annotation["bbox"], segmentation[0]
    across, down = (x, x + width), (y, y + height)
    return (
        isinstance(corners, list) and {*corners[::2]} == {*across} and {*corners[1::2]} == {*down}
    )


def _attributes(annotation: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = annotation.get("attributes")
    return attributes if isinstance(attributes, Mapping) else {}


def attributes_of(annotation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the attributes of an annotation that its shape does not say."""
    return {key: value for key, value in _attributes(annotation).items() if key != _TURNED}


def _box(annotation: Mapping[str, Any]) -> Region:
    numbers = annotation["bbox"]
    if not isinstance(numbers, list) or len(numbers) != 4:
        raise RegionError("its bbox is not four numbers: x, y, width, height.")
    box = BoundingBox(*numbers)
    angle = float(_attributes(annotation).get(_TURNED) or 0)
    return RotatedBox.about_centre(box, angle).simplest if angle else box


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


def united_outlines(parts: list[Polygon]) -> Region:
    """Return the outlines of one annotation as one region: COCO's readers unite their pixels.

    Raises
    ------
    RegionError
        If they enclose nothing, or more than an image has.
    """
    with np.errstate(all="ignore"):  # of corners beyond all images
        return one_region(parts if len(parts) == 1 else united(parts))
