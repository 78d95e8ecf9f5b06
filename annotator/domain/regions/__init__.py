"""Regions: where on the image something is. A shape is a class, named in `REGION_TYPES`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import RegionError
from .box import BoundingBox, Ellipse
from .landmark import Landmark
from .mask import Mask, MaskChange
from .overlap import iou, majority, union_mask
from .polygon import Polygon, mended, united
from .region import BoolMask, Region, shortened
from .rotated_box import RotatedBox

__all__ = [
    "REGION_TYPES",
    "BoolMask",
    "BoundingBox",
    "Ellipse",
    "Landmark",
    "Mask",
    "MaskChange",
    "Polygon",
    "Region",
    "RotatedBox",
    "iou",
    "majority",
    "mended",
    "region_from_json",
    "stated_region_from_json",
    "union_mask",
    "united",
]

REGION_TYPES: Mapping[str, type[Region]] = {
    shape.kind: shape for shape in (BoundingBox, RotatedBox, Ellipse, Polygon, Mask, Landmark)
}
"""All shapes, by the ``type`` of their JSON."""


def region_from_json(value: Any) -> Region:
    """Read a region that `Region.to_json` wrote, or that a browser or an importer sent.

    Parameters
    ----------
    value : mapping
        ``type`` is one of `REGION_TYPES`, which reads the rest. Other keys are ignored.

    Raises
    ------
    RegionError
        If the type is unknown, a key is missing, or a number is not finite.
    """
    if type(value) is not dict and not isinstance(value, Mapping):
        raise RegionError(f"A region is a JSON object, not {type(value).__name__}.")
    kind = value.get("type")
    shape = REGION_TYPES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        *kinds, last = REGION_TYPES
        raise RegionError(
            f"Region type {shortened(kind)} is unknown; use {', '.join(kinds)} or {last}."
        )
    return shape.from_json(value)


def stated_region_from_json(value: Any) -> Region | MaskChange:
    """Read the region of an act as it was sent: a mask may be the change of another act's.

    Raises
    ------
    RegionError
        See `region_from_json`.
    """
    if isinstance(value, Mapping) and value.get("type") == Mask.kind and "changes" in value:
        return MaskChange.from_json(value)
    return region_from_json(value)
