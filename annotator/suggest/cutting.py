"""Cut an excitation map into regions: outlines that a person can accept or reshape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from ..domain import BoundingBox, Mask, Polygon, Region
from ..domain.regions.simplifying import simplified
from .canvas import Canvas

FloatMap = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CutParameters:
    """How a map is cut.

    Attributes
    ----------
    level : float
        Share of the map's maximum from which a pixel belongs to a region, in (0, 1).
    min_strength : float
        Share of the map's energy that a region must hold, in [0, 1].
    max_regions : int
        At most so many regions a map, the strongest first.
    """

    level: float = 0.5
    min_strength: float = 0.1
    max_regions: int = 3


DEFAULT = CutParameters()


@dataclass(frozen=True, slots=True)
class CutRegion:
    """A connected part of a map.

    Attributes
    ----------
    part : Mask
        The pixels of the part, in those of the map that was cut.
    strength : float
        Share of the map's energy inside the part, in (0, 1].
    across, down : float
        Pixels of the image to a column and a row of that map, >= 1.
    """

    part: Mask
    strength: float
    across: float = 1.0
    down: float = 1.0

    @property
    def box(self) -> BoundingBox:
        """The box around the part, in whole pixels of the image."""
        left, top, right, bottom = self.part.extent
        x, y = round(left * self.across), round(top * self.down)
        ends = round(right * self.across), round(bottom * self.down)
        return BoundingBox(float(x), float(y), float(ends[0] - x), float(ends[1] - y))

    @property
    def polygon(self) -> Polygon:
        """Its outlines with few corners, which enclose as much as it has pixels: `simplified`."""
        (piece,) = self.part.polygons()
        outer, *holes = (
            tuple((x * self.across, y * self.down) for x, y in ring)
            for ring in simplified(piece.rings)
        )
        return Polygon(outer, tuple(holes))

    @property
    def mask(self) -> Mask:
        """The image's pixels inside: the part, or its outlines filled where it is coarser."""
        if self.across == self.down == 1:
            return self.part
        outline = self.polygon
        left, top, right, bottom = outline.bounds.extent
        x, y = math.floor(left), math.floor(top)
        inside = outline.moved(-x, -y).mask(math.ceil(bottom) - y, math.ceil(right) - x)
        # A part of the map is larger than a pixel of the image: there are some inside.
        return Mask.of(inside, x, y) or self.part

    def drawn(self, geometry: str) -> Region:
        """Return the part as one of `SUGGESTION_GEOMETRIES`."""
        if geometry == "mask":
            return self.mask
        return self.polygon if geometry == "polygon" else self.box


def cut_canvas(canvas: Canvas, parameters: CutParameters = DEFAULT) -> tuple[CutRegion, ...]:
    """Cut a map into regions of its image: `cut_regions`."""
    return on_image(cut_regions(canvas.covered, parameters), canvas)


def on_image(regions: Sequence[CutRegion], canvas: Canvas) -> tuple[CutRegion, ...]:
    """Return regions that were cut on what a map covers of a canvas as regions of its image."""
    return tuple(
        replace(
            one,
            part=one.part.moved(canvas.left, canvas.top),
            across=canvas.across,
            down=canvas.down,
        )
        for one in regions
    )


def cut_regions(values: FloatMap, parameters: CutParameters = DEFAULT) -> tuple[CutRegion, ...]:
    """Cut a map at a share of its maximum into connected regions.

    Parameters
    ----------
    values : ndarray of float32, shape (H, W)
        The map, >= 0.
    parameters : CutParameters

    Returns
    -------
    tuple of CutRegion
        In the map's pixels, the strongest first; empty for a map without energy.
    """
    peak, total = float(values.max(initial=0.0)), float(values.sum(dtype=np.float64))
    if peak <= 0:
        return ()
    above = values >= parameters.level * peak
    rows, columns = np.flatnonzero(above.any(axis=1)), np.flatnonzero(above.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    window = slice(top, int(rows[-1]) + 1), slice(left, int(columns[-1]) + 1)
    count, labelled, boxes, _ = cv2.connectedComponentsWithStats(
        above[window].view(np.uint8), connectivity=4
    )
    parts = np.asarray(labelled, dtype=np.int32)
    energy = np.bincount(parts.ravel(), values[window].ravel(), minlength=count) / total
    strongest = sorted(range(1, count), key=lambda part: -energy[part])
    regions: list[CutRegion] = []
    for part in strongest[: parameters.max_regions]:
        if energy[part] < parameters.min_strength:
            break
        x, y, width, height = (int(v) for v in boxes[part][:4])
        mask = Mask.of(parts[y : y + height, x : x + width] == part, left + x, top + y)
        if mask is not None:
            regions.append(CutRegion(mask, float(energy[part])))
    return tuple(regions)
