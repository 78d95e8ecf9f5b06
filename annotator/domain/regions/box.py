"""The axis-parallel box, and what is given by one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ...errors import RegionError
from .region import BoolMask, Region, Ring, finite, numbers, pixel_centres

_NAMES = ("x", "y", "width", "height")


@dataclass(frozen=True, slots=True)
class _InBox(Region):
    """What is given by a box: its corner and its extent."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        """Refuse what has no area."""
        x, y, width, height = self.x, self.y, self.width, self.height
        if type(x) is type(y) is type(width) is type(height) is float and (
            width > 0 and height > 0 and math.isfinite(x + y + width + height)
        ):  # as nearly all are, a million of which are read for one export
            return
        for name in _NAMES:
            finite(f"{self.kind} {name}", getattr(self, name))
        if width <= 0 or height <= 0:
            raise RegionError(
                f"A {self.kind} of {width:g} x {height:g} px has no area; give a positive width "
                "and height."
            )

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """Left and top edge, width and height, as they were given."""
        return self.x, self.y, self.width, self.height

    def clamped(self, width: int, height: int) -> Self:
        """Return it with its edges moved onto an image of this size."""
        left, top = max(0.0, self.x), max(0.0, self.y)
        right, bottom = min(width, self.x + self.width), min(height, self.y + self.height)
        return type(self)(left, top, right - left, bottom - top)

    def moved(self, dx: float, dy: float) -> Self:
        """Return it shifted by (dx, dy) pixels."""
        return type(self)(self.x + dx, self.y + dy, self.width, self.height)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values; `region_from_json` reads it back."""
        return {
            "type": self.kind,
            "x": self.x,
            "y": self.y,
            "width": self.width,
            "height": self.height,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        x, y, width, height = map(value.get, _NAMES)
        if type(x) is type(y) is type(width) is type(height) is float:
            return cls(x, y, width, height)
        return cls(*numbers(value, _NAMES))


@dataclass(frozen=True, slots=True)
class BoundingBox(_InBox):
    """An axis-parallel rectangle.

    Attributes
    ----------
    x, y : float
        Its top-left corner, in original pixels.
    width, height : float
        Its extent in pixels, both > 0.
    """

    kind = "box"
    plural = "boxes"

    @property
    def bounds(self) -> BoundingBox:
        """The box itself."""
        return self

    @property
    def area_px(self) -> float:
        """Area in square pixels."""
        return self.width * self.height

    @property
    def rings(self) -> tuple[Ring, ...]:
        """Its four corners, clockwise from the top left."""
        left, top, right, bottom = self.extent
        return (((left, top), (right, top), (right, bottom), (left, bottom)),)

    def scaled(self, across: float, down: float) -> BoundingBox:
        """Return the box in the pixels of an image scaled by these factors."""
        return BoundingBox(self.x * across, self.y * down, self.width * across, self.height * down)

    def iou(self, other: BoundingBox) -> float:
        """Return intersection over union with another box, in [0, 1]."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        shared = max(0.0, across) * max(0.0, down)
        return min(1.0, shared / (self.area_px + other.area_px - shared))

    def clipped(self, width: int, height: int) -> BoundingBox | None:
        """Return the part of it on an image of this size; None where there is none."""
        if not self.reaches_out(width, height):
            return self
        left, top = max(0.0, self.x), max(0.0, self.y)
        across = min(float(width), self.x + self.width) - left
        down = min(float(height), self.y + self.height) - top
        return BoundingBox(left, top, across, down) if across > 0 and down > 0 else None

    def mask(self, height: int, width: int) -> BoolMask:
        """Return the pixels whose centre lies inside, shape (H, W), bool."""
        rows, columns = pixel_centres(height, width)
        in_rows = (rows >= self.y) & (rows < self.y + self.height)
        in_columns = (columns >= self.x) & (columns < self.x + self.width)
        return in_rows[:, None] & in_columns[None, :]


@dataclass(frozen=True, slots=True)
class Ellipse(_InBox):
    """An axis-parallel ellipse, given by its bounding box.

    Attributes
    ----------
    x, y : float
        Top-left corner of its bounding box, in original pixels.
    width, height : float
        Extent of its bounding box in pixels, both > 0.
    """

    kind = "ellipse"
    plural = "ellipses"

    @property
    def area_px(self) -> float:
        """Area in square pixels."""
        return math.pi * self.width * self.height / 4

    @property
    def rings(self) -> tuple[Ring, ...]:
        """A 64-sided polygon on the ellipse, clockwise from the right."""
        angles = [2 * math.pi * k / 64 for k in range(64)]
        rx, ry = self.width / 2, self.height / 2
        return (
            tuple(
                (self.x + rx * (1 + math.cos(a)), self.y + ry * (1 + math.sin(a))) for a in angles
            ),
        )

    def mask(self, height: int, width: int) -> BoolMask:
        """Return the pixels whose centre lies inside, shape (H, W), bool."""
        rows, columns = pixel_centres(height, width)
        v = (rows - self.y - self.height / 2) / (self.height / 2)
        u = (columns - self.x - self.width / 2) / (self.width / 2)
        inside: BoolMask = v[:, None] ** 2 + u[None, :] ** 2 <= 1.0
        return inside
