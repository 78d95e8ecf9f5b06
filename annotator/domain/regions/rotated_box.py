"""The box that is turned about its centre."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ...errors import RegionError
from .box import BoundingBox
from .outlines import filled
from .region import BoolMask, Region, Ring, finite, numbers

_NAMES = ("cx", "cy", "width", "height", "angle")
_ROUNDING_PX = 1e-6
"""What a sine adds to a corner."""
_ROUNDING_DEGREES = 7e-10
_AS_SMALL = 1e-9
"""Share of an area by which a box must be smaller to be turned for it."""


@dataclass(frozen=True, slots=True)
class RotatedBox(Region):
    """A rectangle whose sides run along no axis.

    Attributes
    ----------
    cx, cy : float
        Its centre, in original pixels.
    width, height : float
        Its sides in pixels, both > 0.
    angle : float
        In degrees, clockwise on the screen, from the x axis to the side called width; in
        [-180, 180).
    """

    cx: float
    cy: float
    width: float
    height: float
    angle: float
    kind = "rotated-box"
    plural = "rotated boxes"

    def __post_init__(self) -> None:
        """Refuse what is not a rectangle."""
        for name in _NAMES:
            finite(f"rotated box {name}", getattr(self, name))
        if self.width <= 0 or self.height <= 0:
            raise RegionError(
                f"A rotated box of {self.width:g} x {self.height:g} px has no area; give a "
                "positive width and height."
            )
        if not -180 <= self.angle < 180:
            raise RegionError(
                f"A rotated box is turned by {self.angle:g} degrees; give an angle from -180 to "
                "below 180."
            )

    @classmethod
    def turned(cls, cx: float, cy: float, width: float, height: float, angle: float) -> Self:
        """Return one of any angle in degrees: full turns are taken off."""
        return cls(cx, cy, width, height, (angle + 180) % 360 - 180)

    @classmethod
    def about_centre(cls, box: BoundingBox, angle: float = 0.0) -> Self:
        """Return a box turned about its centre."""
        centre = box.x + box.width / 2, box.y + box.height / 2
        return cls.turned(*centre, box.width, box.height, angle)

    @classmethod
    def through(cls, corners: Ring) -> Self:
        """Return the rectangle of four corners; its width runs from the first to the second."""
        (x0, y0), (x1, y1), (x2, y2), _ = corners
        width, height = math.hypot(x1 - x0, y1 - y0), math.hypot(x2 - x1, y2 - y1)
        angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
        return cls.turned((x0 + x2) / 2, (y0 + y2) / 2, width, height, angle)

    @classmethod
    def around(cls, region: Region) -> Self:
        """Return the smallest around a region; one that is not turned where that is as small.

        Raises
        ------
        RegionError
            If the region lies on one row or one column.
        """
        import shapely

        upright = cls.about_centre(region.bounds)
        points = np.array(region.far_out)
        with np.errstate(all="ignore"):  # of points on one line
            rectangle = shapely.oriented_envelope(shapely.multipoints(points))
        corners = shapely.get_coordinates(rectangle)
        if len(corners) != 5:
            return upright
        if not min(math.dist(*corners[k : k + 2]) for k in (0, 1)) >= _ROUNDING_PX:
            return upright
        found = cls.through(tuple((float(x), float(y)) for x, y in corners[:-1]))
        if found.area_px >= upright.area_px * (1 - _AS_SMALL):
            return upright
        quarters, rest = divmod(found.angle + 45, 90)  # the width is the side closer to the x axis
        across, down = (found.width, found.height)[:: -1 if quarters % 2 else 1]
        return cls(found.cx, found.cy, across, down, rest - 45)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge."""
        xs, ys = zip(*self.outline, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def area_px(self) -> float:
        """Area in square pixels."""
        return self.width * self.height

    @property
    def rings(self) -> tuple[Ring, ...]:
        """Its four corners, clockwise from the one that is the top left before it is turned."""
        quarters, rest = divmod(self.angle, 90)
        cos, sin = math.cos(math.radians(rest)), math.sin(math.radians(rest))
        for _ in range(int(quarters) % 4):  # a quarter turn is exact
            cos, sin = -sin, cos
        a, b = self.width / 2, self.height / 2
        corners = ((-a, -b), (a, -b), (a, b), (-a, b))
        return (
            tuple((self.cx + x * cos - y * sin, self.cy + x * sin + y * cos) for x, y in corners),
        )

    @property
    def simplest(self) -> Region:
        """The box that it is, where it is not turned."""
        if abs(self.angle) > _ROUNDING_DEGREES:
            return self
        return BoundingBox(
            self.cx - self.width / 2, self.cy - self.height / 2, self.width, self.height
        )

    def moved(self, dx: float, dy: float) -> Self:
        """Return it shifted by (dx, dy) pixels."""
        return type(self)(self.cx + dx, self.cy + dy, self.width, self.height, self.angle)

    def clamped(self, width: int, height: int) -> Self:
        """Return it moved onto an image of this size, as far as it fits."""
        left, top, right, bottom = self.extent
        return self.moved(
            max(0.0, -left) - max(0.0, right - width), max(0.0, -top) - max(0.0, bottom - height)
        )

    def reaches_out(self, width: int, height: int) -> bool:
        """Tell whether it reaches over an image's edge by more than rounding."""
        left, top, right, bottom = self.extent
        return max(-left, -top, right - width, bottom - height) > _ROUNDING_PX

    def mask(self, height: int, width: int) -> BoolMask:
        """Return the pixels whose centre lies inside, shape (H, W), bool."""
        return filled(self.rings, height, width)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values; `region_from_json` reads it back."""
        return {"type": self.kind, **{name: getattr(self, name) for name in _NAMES}}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(*numbers(value, _NAMES))
