"""Cut an excitation map into regions: outlines that a person can accept or reshape."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..domain import BoundingBox, Mask, Polygon, Region
from ..domain.regions.simplifying import simplified

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
    """A connected part of a map, in its pixels.

    Attributes
    ----------
    mask : Mask
        The pixels of the part.
    strength : float
        Share of the map's energy inside the part, in (0, 1].
    """

    mask: Mask
    strength: float

    @property
    def box(self) -> BoundingBox:
        """The box around the part."""
        return BoundingBox(*map(float, self.mask.frame))

    @property
    def polygon(self) -> Polygon:
        """Its outlines with few corners, which enclose as much as it has pixels: `simplified`."""
        (piece,) = self.mask.polygons()
        outer, *holes = simplified(piece.rings)
        return Polygon(outer, tuple(holes))

    def drawn(self, geometry: str) -> Region:
        """Return the part as one of `SUGGESTION_GEOMETRIES`."""
        if geometry == "mask":
            return self.mask
        return self.polygon if geometry == "polygon" else self.box


def cut_regions(values: FloatMap, parameters: CutParameters = DEFAULT) -> tuple[CutRegion, ...]:
    """Cut a map at a share of its maximum into connected regions.

    Parameters
    ----------
    values : ndarray of float32, shape (H, W)
        The map in the image's pixels, >= 0.
    parameters : CutParameters

    Returns
    -------
    tuple of CutRegion
        The strongest first; empty for a map without energy.
    """
    peak, total = float(values.max(initial=0.0)), float(values.sum(dtype=np.float64))
    if peak <= 0:
        return ()
    above = (values >= parameters.level * peak).astype(np.uint8)
    count, labelled, boxes, _ = cv2.connectedComponentsWithStats(above, connectivity=4)
    parts = np.asarray(labelled, dtype=np.int32)
    inside = np.flatnonzero(above)
    summed = np.bincount(parts.ravel()[inside], values.ravel()[inside], minlength=count)
    energy = summed / total
    strongest = sorted(range(1, count), key=lambda part: -energy[part])
    regions: list[CutRegion] = []
    for part in strongest[: parameters.max_regions]:
        x, y, width, height = (int(v) for v in boxes[part][:4])
        mask = Mask.of(parts[y : y + height, x : x + width] == part, x, y)
        if mask is None or energy[part] < parameters.min_strength:
            break
        regions.append(CutRegion(mask, float(energy[part])))
    return tuple(regions)
