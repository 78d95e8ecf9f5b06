"""The point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from .box import BoundingBox
from .polygon import Polygon
from .region import BoolMask, Region, Ring, finite, numbers


@dataclass(frozen=True, slots=True)
class Landmark(Region):
    """A single point.

    Attributes
    ----------
    x, y : float
        Where it is, in original pixels.
    """

    x: float
    y: float
    kind = "point"
    plural = "points"

    def __post_init__(self) -> None:
        """Refuse what is not a point."""
        finite("point x", self.x)
        finite("point y", self.y)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """The point, twice."""
        return self.x, self.y, self.x, self.y

    @property
    def bounds(self) -> BoundingBox:
        """A box of one pixel around it, since a box has an area."""
        return BoundingBox(self.x - 0.5, self.y - 0.5, 1.0, 1.0)

    @property
    def area_px(self) -> float:
        """Area in square pixels: none."""
        return 0.0

    @property
    def rings(self) -> tuple[Ring, ...]:
        """The point."""
        return (((self.x, self.y),),)

    @property
    def pieces(self) -> int:
        """How many `polygons` it has: none."""
        return 0

    def polygons(self) -> tuple[Polygon, ...]:
        """Return none: a point encloses nothing."""
        return ()

    def clipped(self, width: int, height: int) -> Landmark | None:
        """Return the point, if it lies on an image of this size."""
        return None if self.reaches_out(width, height) else self

    def clamped(self, width: int, height: int) -> Landmark:
        """Return the point moved onto an image of this size."""
        return Landmark(min(max(self.x, 0.0), width), min(max(self.y, 0.0), height))

    def moved(self, dx: float, dy: float) -> Self:
        """Return the point shifted by (dx, dy) pixels."""
        return type(self)(self.x + dx, self.y + dy)

    def mask(self, height: int, width: int) -> BoolMask:
        """Return the pixel that it lies in, if it lies on the image; shape (H, W), bool."""
        inside = np.zeros((height, width), dtype=bool)
        if 0 <= self.x <= width and 0 <= self.y <= height:
            inside[min(int(self.y), height - 1), min(int(self.x), width - 1)] = True
        return inside

    def to_json(self) -> dict[str, Any]:
        """Return the point as JSON-ready values; `region_from_json` reads it back."""
        return {"type": self.kind, "x": self.x, "y": self.y}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(*numbers(value, ("x", "y")))
