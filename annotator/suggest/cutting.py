"""Cut an excitation map into regions: outlines that a person can accept or reshape."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..domain import BoundingBox, Polygon

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
    box : BoundingBox
        The box around the part, in the map's pixels.
    polygon : Polygon
        Its outer outline, simplified to within half a percent of its length.
    strength : float
        Share of the map's energy inside the part, in (0, 1].
    """

    box: BoundingBox
    polygon: Polygon
    strength: float


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
    energy = np.bincount(parts.ravel(), weights=values.ravel(), minlength=count) / total
    strongest = sorted(range(1, count), key=lambda part: -energy[part])
    return tuple(
        _cut_one(parts, part, np.asarray(boxes[part], dtype=np.int32), float(energy[part]))
        for part in strongest[: parameters.max_regions]
        if energy[part] >= parameters.min_strength
    )


def _cut_one(
    parts: npt.NDArray[np.int32], part: int, stats: npt.NDArray[np.int32], strength: float
) -> CutRegion:
    x, y, width, height = (int(v) for v in stats[:4])
    # Every pixel is drawn as 2 x 2 with a margin, so that contours, which run through pixel
    # centres, come within a quarter of a pixel of the outer edge that our coordinates mean.
    window = (parts[y : y + height, x : x + width] == part).astype(np.uint8)
    doubled = cv2.copyMakeBorder(
        cv2.resize(window, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST),
        1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0,
    )  # fmt: skip
    contours, _ = cv2.findContours(doubled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    longest = max(contours, key=cv2.contourArea)
    simple = cv2.approxPolyDP(longest, 0.005 * cv2.arcLength(longest, closed=True), closed=True)
    outline = (longest if len(simple) < 3 else simple).reshape(-1, 2).astype(np.float64)
    points = (outline - 0.5) / 2 + (x, y)
    box = BoundingBox(float(x), float(y), float(width), float(height))
    return CutRegion(box, Polygon(_corners(points, box)), strength)


def _corners(points: npt.NDArray[np.float64], box: BoundingBox) -> tuple[tuple[float, float], ...]:
    if len(points) < 3:  # a part one pixel thin
        return box.outline
    return tuple((round(float(px), 2), round(float(py), 2)) for px, py in points)
