"""How much of two regions is the same."""

from __future__ import annotations

import math

from .box import BoundingBox
from .region import Region


def iou(one: Region, other: Region) -> float:
    """Return intersection over union, in [0, 1].

    By the pixels whose centre is inside; of two boxes, of points and lines, and where no pixel's
    centre is inside, by the boxes around them.
    """
    of_boxes = one.box_around.iou(other.box_around)
    boxes = isinstance(one, BoundingBox) and isinstance(other, BoundingBox)
    if boxes or not of_boxes or not one.area_px or not other.area_px:
        return of_boxes
    left, top, right, bottom = zip(one.extent, other.extent, strict=True)
    dx, dy = math.floor(min(left)), math.floor(min(top))
    size = math.ceil(max(bottom)) - dy, math.ceil(max(right)) - dx
    mine, theirs = (region.moved(-dx, -dy).mask(*size) for region in (one, other))
    covered = int((mine | theirs).sum())
    return int((mine & theirs).sum()) / covered if covered else of_boxes
