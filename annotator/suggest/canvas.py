"""A map over its image, on no more pixels than it takes to see it: where it is cut and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Self

import numpy as np
import numpy.typing as npt

from ..domain import BoundingBox

FloatMap = npt.NDArray[np.float32]

CANVAS_PX = 512
"""Longest side of a canvas."""
_LEAST_A_CELL = 8
"""Pixels of a canvas to a cell of the map, of an image that has as many."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """A map over an image, in pixels that are not smaller than the image's.

    Attributes
    ----------
    values : ndarray of float32, shape (h, w)
        The map, in [0, 1] of its maximum; all 0 where nothing was left of it.
    width, height : int
        Size of the image in pixels; the canvas is as large, or `CANVAS_PX` on the longer side
        where that is enough to see each cell of the map.
    left, top, right, bottom : int
        Columns and rows that the map covers, up to `right` and `bottom`; there is nothing beyond.
    """

    values: FloatMap
    width: int
    height: int
    left: int = 0
    top: int = 0
    right: int | None = None
    bottom: int | None = None

    @classmethod
    def of(cls, grid: FloatMap, extent: BoundingBox, width: int, height: int) -> Self:
        """Lay a map on its grid over an image.

        Parameters
        ----------
        grid : ndarray of float32, shape (h', w')
        extent : BoundingBox
            Where the grid lies, in pixels of the image.
        width, height : int
            Size of the image in pixels.
        """
        scale = min(1.0, CANVAS_PX / max(width, height))
        cells_down = grid.shape[0] * height / extent.height
        cells_across = grid.shape[1] * width / extent.width
        rows = min(height, round(max(height * scale, _LEAST_A_CELL * cells_down)))
        columns = min(width, round(max(width * scale, _LEAST_A_CELL * cells_across)))
        there = extent.scaled(columns / width, rows / height)
        left, top, right, bottom = there.extent
        return cls(
            place_grid(grid, there, rows, columns),
            width,
            height,
            min(columns, max(0, floor(left))),
            min(rows, max(0, floor(top))),
            min(columns, max(0, ceil(right))),
            min(rows, max(0, ceil(bottom))),
        )

    @property
    def covered(self) -> FloatMap:
        """The part of the values that the map covers, from `left` and `top` on; a view."""
        return self.values[self.top : self.bottom, self.left : self.right]

    @property
    def across(self) -> float:
        """Pixels of the image to a column of the canvas."""
        return self.width / int(self.values.shape[1])

    @property
    def down(self) -> float:
        """Pixels of the image to a row of the canvas."""
        return self.height / int(self.values.shape[0])


def place_grid(grid: FloatMap, extent: BoundingBox, height: int, width: int) -> FloatMap:
    """Resample a map from its grid onto an image, 0 outside the rectangle it covers.

    Parameters
    ----------
    grid : ndarray of float32, shape (h, w)
        Cell (0, 0) covers the top-left h-th by w-th part of the extent.
    extent : BoundingBox
        In the pixels of the target.
    height, width : int
        Size of the target in pixels.

    Returns
    -------
    ndarray of float32, shape (H, W)
        Bilinear between the cells' centres, in [0, 1] of the map's maximum.
    """
    across = _stretched(grid.astype(np.float32).T, extent.x, extent.width, width).T
    placed = _stretched(np.ascontiguousarray(across), extent.y, extent.height, height)
    peak = placed.max(initial=np.float32(0))
    if peak > 0:
        placed /= peak
    return placed


def _stretched(cells: FloatMap, start: float, extent: float, pixels: int) -> FloatMap:
    """Return (pixels, m) values between the cells (n, m) along their first axis.

    Each is of two cells, which are weighed one by one: as a product of matrices it would start
    the threads of NumPy's linear algebra, which wait for more by keeping a processor busy.
    """
    centres = np.arange(pixels) + 0.5
    (inside,) = np.nonzero((centres >= start) & (centres < start + extent))
    last = len(cells) - 1
    at = np.clip((centres[inside] - start) / extent * len(cells) - 0.5, 0, last)
    before = at.astype(np.intp)
    share = (at - before).astype(np.float32)[:, None]
    values = np.zeros((pixels, cells.shape[1]), np.float32)
    if len(inside):
        reached = values[inside[0] : inside[-1] + 1]
        np.multiply(cells[before], 1 - share, out=reached)
        after = cells[np.minimum(before + 1, last)]
        after *= share
        reached += after
    return values
