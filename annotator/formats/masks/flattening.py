"""Regions that may overlap, laid into one picture in which a pixel is of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
import numpy.typing as npt

from ...domain import BoolMask, Region


@dataclass(frozen=True, slots=True)
class Layer:
    """What a picture holds of one region.

    Attributes
    ----------
    window : (slice, slice)
        Rows and columns around it.
    size_px, seen_px : int
        How many pixels it has, and how many of them no other region is on.
    """

    window: tuple[slice, slice]
    size_px: int
    seen_px: int


def flattened(
    regions: Sequence[Region], height: int, width: int
) -> tuple[npt.NDArray[np.int64], list[Layer]]:
    """Lay regions over each other, the smaller one on top; of two of one size, the later one.

    So a finding inside a large region is seen, whatever order they were stated in.

    Parameters
    ----------
    regions : sequence of Region
    height, width : int
        Of the image, in pixels.

    Returns
    -------
    numbers : ndarray of int64, shape (H, W)
        Of each pixel the place of its region, from 1; 0 where there is none.
    layers : list of Layer
        One a region, in their order.
    """
    parts = [_part(region, height, width) for region in regions]
    sizes = [int(inside.sum()) for _, inside in parts]
    numbers = np.zeros((height, width), dtype=np.int64)
    for place in sorted(range(len(parts)), key=lambda place: -sizes[place]):
        window, inside = parts[place]
        numbers[window][inside] = place + 1
    seen = np.bincount(numbers.ravel(), minlength=len(parts) + 1)[1:]
    return numbers, [
        Layer(window, size, int(left))
        for (window, _), size, left in zip(parts, sizes, seen, strict=True)
    ]


def _part(region: Region, height: int, width: int) -> tuple[tuple[slice, slice], BoolMask]:
    """Return the rows and columns of the image around a region, and its pixels among them."""
    left, top, right, bottom = region.extent
    x, y = min(max(0, floor(left)), width), min(max(0, floor(top)), height)
    x_end, y_end = max(x, min(width, floor(right) + 1)), max(y, min(height, floor(bottom) + 1))
    inside = region.moved(-x, -y).mask(y_end - y, x_end - x)
    return (slice(y, y_end), slice(x, x_end)), inside
