"""What regions have in common."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from .box import BoundingBox
from .mask import Mask
from .region import BoolMask, Region


def iou(one: Region, other: Region) -> float:
    """Return intersection over union, in [0, 1].

    By the pixels whose centre is inside; of two boxes, of points and lines, and where no pixel's
    centre is inside, by the boxes around them.
    """
    of_boxes = one.box_around.iou(other.box_around)
    boxes = isinstance(one, BoundingBox) and isinstance(other, BoundingBox)
    if boxes or not of_boxes or not one.area_px or not other.area_px:
        return of_boxes
    _, _, (mine, theirs) = _in_one_window((one, other))
    covered = int((mine | theirs).sum())
    return int((mine & theirs).sum()) / covered if covered else of_boxes


def majority(regions: Sequence[Region]) -> Mask | None:
    """Return the pixels that more than half of some regions have; None where there is none."""
    x, y, masks = _in_one_window(regions)
    return Mask.of(2 * np.sum(masks, axis=0) > len(regions), x, y)


def union_mask(regions: Iterable[Region], height: int, width: int) -> BoolMask:
    """Return the pixels of an image, shape (H, W), whose centre lies in any of some regions."""
    mask = np.zeros((height, width), dtype=bool)
    for region in regions:
        mask |= region.mask(height, width)
    return mask


def _in_one_window(regions: Sequence[Region]) -> tuple[int, int, list[BoolMask]]:
    """Return the first column and row that regions reach, and their pixels from there on."""
    left, top, right, bottom = zip(*(region.extent for region in regions), strict=True)
    x, y = math.floor(min(left)), math.floor(min(top))
    size = math.ceil(max(bottom)) - y, math.ceil(max(right)) - x
    return x, y, [region.moved(-x, -y).mask(*size) for region in regions]
