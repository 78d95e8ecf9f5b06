"""Regions: where on the image something is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import RegionError

Point = tuple[float, float]
BoolMask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def _finite(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
        raise RegionError(f"{name} is {value!r}, not a finite number; give pixels of the image.")
    try:
        return float(value)
    except OverflowError:
        raise RegionError(f"{name} is too large a number; give pixels of the image.") from None


def _check_size(kind: str, x: float, y: float, width: float, height: float) -> None:
    if type(x) is type(y) is type(width) is type(height) is float and (
        width > 0 and height > 0 and math.isfinite(x + y + width + height)
    ):  # as nearly all are, a million of which are read for one export
        return
    for name, value in (("x", x), ("y", y), ("width", width), ("height", height)):
        _finite(f"{kind} {name}", value)
    if width <= 0 or height <= 0:
        raise RegionError(
            f"A {kind} of {width:g} x {height:g} px has no area; give a positive width and height."
        )


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """An axis-parallel rectangle.

    Attributes
    ----------
    x, y : float
        Its top-left corner, in original pixels.
    width, height : float
        Its extent in pixels, both > 0.
    """

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        """Refuse what is not a rectangle."""
        _check_size("box", self.x, self.y, self.width, self.height)

    @property
    def bounds(self) -> BoundingBox:
        """The box itself."""
        return self

    @property
    def area_px(self) -> float:
        """Area in square pixels."""
        return self.width * self.height

    @property
    def outline(self) -> tuple[Point, ...]:
        """Its four corners, clockwise from the top left."""
        x1, y1 = self.x + self.width, self.y + self.height
        return ((self.x, self.y), (x1, self.y), (x1, y1), (self.x, y1))

    def moved(self, dx: float, dy: float) -> BoundingBox:
        """Return the box shifted by (dx, dy) pixels."""
        return BoundingBox(self.x + dx, self.y + dy, self.width, self.height)

    def scaled(self, across: float, down: float) -> BoundingBox:
        """Return the box in the pixels of an image scaled by these factors."""
        return BoundingBox(self.x * across, self.y * down, self.width * across, self.height * down)

    def iou(self, other: BoundingBox) -> float:
        """Return intersection over union with another box, in [0, 1]."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        shared = max(0.0, across) * max(0.0, down)
        return min(1.0, shared / (self.area_px + other.area_px - shared))

    def mask(self, height: int, width: int) -> BoolMask:
        """Return the pixels whose centre lies inside, shape (H, W), bool."""
        rows, columns = _pixel_centres(height, width)
        in_rows = (rows >= self.y) & (rows < self.y + self.height)
        in_columns = (columns >= self.x) & (columns < self.x + self.width)
        return in_rows[:, None] & in_columns[None, :]

    def to_json(self) -> dict[str, Any]:
        """Return the region as JSON-ready values; `region_from_json` reads it back."""
        return {
            "type": "box",
            "x": self.x,
            "y": self.y,
            "width": self.width,
            "height": self.height,
        }


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An axis-parallel ellipse, given by its bounding box.

    Attributes
    ----------
    x, y : float
        Top-left corner of its bounding box, in original pixels.
    width, height : float
        Extent of its bounding box in pixels, both > 0.
    """

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        """Refuse what is not an ellipse."""
        _check_size("ellipse", self.x, self.y, self.width, self.height)

    @property
    def bounds(self) -> BoundingBox:
        """The smallest box around it."""
        return BoundingBox(self.x, self.y, self.width, self.height)

    @property
    def area_px(self) -> float:
        """Area in square pixels."""
        return math.pi * self.width * self.height / 4

    @property
    def outline(self) -> tuple[Point, ...]:
        """A 64-sided polygon on the ellipse, clockwise from the right."""
        angles = [2 * math.pi * k / 64 for k in range(64)]
        rx, ry = self.width / 2, self.height / 2
        return tuple(
            (self.x + rx * (1 + math.cos(a)), self.y + ry * (1 + math.sin(a))) for a in angles
        )

    def moved(self, dx: float, dy: float) -> Ellipse:
        """Return the ellipse shifted by (dx, dy) pixels."""
        return Ellipse(self.x + dx, self.y + dy, self.width, self.height)

    def mask(self, height: int, width: int) -> BoolMask:
        """Return the pixels whose centre lies inside, shape (H, W), bool."""
        rows, columns = _pixel_centres(height, width)
        v = (rows - self.y - self.height / 2) / (self.height / 2)
        u = (columns - self.x - self.width / 2) / (self.width / 2)
        inside: BoolMask = v[:, None] ** 2 + u[None, :] ** 2 <= 1.0
        return inside

    def to_json(self) -> dict[str, Any]:
        """Return the region as JSON-ready values; `region_from_json` reads it back."""
        return {
            "type": "ellipse",
            "x": self.x,
            "y": self.y,
            "width": self.width,
            "height": self.height,
        }


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed outline.

    Attributes
    ----------
    points : tuple of (float, float)
        At least three (x, y) corners in original pixels; the last joins the first.
    """

    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        """Refuse what is not a polygon."""
        if len(self.points) < 3:
            raise RegionError(
                f"A polygon needs at least 3 points and has {len(self.points)}; add points."
            )
        for x, y in self.points:
            _finite("polygon x", x)
            _finite("polygon y", y)

    @property
    def bounds(self) -> BoundingBox:
        """The smallest box around it.

        Raises
        ------
        RegionError
            If all points lie on one row or one column.
        """
        xs, ys = [p[0] for p in self.points], [p[1] for p in self.points]
        return BoundingBox(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

    @property
    def area_px(self) -> float:
        """Area in square pixels, by the shoelace formula."""
        following = self.points[1:] + self.points[:1]
        pairs = zip(self.points, following, strict=True)
        return abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2

    @property
    def outline(self) -> tuple[Point, ...]:
        """Its corners."""
        return self.points

    def moved(self, dx: float, dy: float) -> Polygon:
        """Return the polygon shifted by (dx, dy) pixels."""
        return Polygon(tuple((x + dx, y + dy) for x, y in self.points))

    def mask(self, height: int, width: int) -> BoolMask:
        """Return the pixels whose centre lies inside (even-odd rule), shape (H, W), bool."""
        rows, columns = _pixel_centres(height, width)
        inside = np.zeros((height, width), dtype=bool)
        following = self.points[1:] + self.points[:1]
        for (x0, y0), (x1, y1) in zip(self.points, following, strict=True):
            if y0 == y1:
                continue
            crossed = (y0 <= rows) != (y1 <= rows)
            crossing = x0 + (rows[crossed] - y0) * (x1 - x0) / (y1 - y0)
            inside[crossed] ^= columns[None, :] < crossing[:, None]
        return inside

    def to_json(self) -> dict[str, Any]:
        """Return the region as JSON-ready values; `region_from_json` reads it back."""
        return {"type": "polygon", "points": [list(p) for p in self.points]}


@dataclass(frozen=True, slots=True)
class Landmark:
    """A single point.

    Attributes
    ----------
    x, y : float
        Where it is, in original pixels.
    """

    x: float
    y: float

    def __post_init__(self) -> None:
        """Refuse what is not a point."""
        _finite("point x", self.x)
        _finite("point y", self.y)

    @property
    def width(self) -> float:
        """Its extent: none."""
        return 0.0

    @property
    def height(self) -> float:
        """Its extent: none."""
        return 0.0

    @property
    def bounds(self) -> BoundingBox:
        """A box of one pixel around it, since a box has an area."""
        return BoundingBox(self.x - 0.5, self.y - 0.5, 1.0, 1.0)

    @property
    def area_px(self) -> float:
        """Area in square pixels: none."""
        return 0.0

    @property
    def outline(self) -> tuple[Point, ...]:
        """The point."""
        return ((self.x, self.y),)

    def moved(self, dx: float, dy: float) -> Landmark:
        """Return the point shifted by (dx, dy) pixels."""
        return Landmark(self.x + dx, self.y + dy)

    def mask(self, height: int, width: int) -> BoolMask:
        """Return the pixel that it lies in, if it lies on the image; shape (H, W), bool."""
        inside = np.zeros((height, width), dtype=bool)
        if 0 <= self.x <= width and 0 <= self.y <= height:
            inside[min(int(self.y), height - 1), min(int(self.x), width - 1)] = True
        return inside

    def to_json(self) -> dict[str, Any]:
        """Return the region as JSON-ready values; `region_from_json` reads it back."""
        return {"type": "point", "x": self.x, "y": self.y}


Region = BoundingBox | Ellipse | Polygon | Landmark


def _pixel_centres(height: int, width: int) -> tuple[Floats, Floats]:
    rows = np.arange(height, dtype=np.float64) + 0.5
    columns = np.arange(width, dtype=np.float64) + 0.5
    return rows, columns


def _numbers(value: Mapping[str, Any], names: Sequence[str]) -> list[float]:
    missing = [n for n in names if n not in value]
    if missing:
        raise RegionError(f"A {value.get('type')} lacks {', '.join(missing)}; give all of them.")
    return [_finite(n, value[n]) for n in names]


def region_from_json(value: Any) -> Region:
    """Read a region that `to_json` wrote, or that a browser or an importer sent.

    Parameters
    ----------
    value : mapping
        ``type`` is ``box`` or ``ellipse`` (with ``x``, ``y``, ``width``, ``height``),
        ``polygon`` (with ``points``) or ``point`` (with ``x``, ``y``). Other keys are ignored.

    Returns
    -------
    BoundingBox or Ellipse or Polygon or Landmark

    Raises
    ------
    RegionError
        If the type is unknown, a key is missing, or a number is not finite.
    """
    if type(value) is not dict and not isinstance(value, Mapping):
        raise RegionError(f"A region is a JSON object, not {type(value).__name__}.")
    kind = value.get("type")
    if kind == "box":
        x, y, width, height = map(value.get, ("x", "y", "width", "height"))
        if type(x) is type(y) is type(width) is type(height) is float:
            return BoundingBox(x, y, width, height)
        return BoundingBox(*_numbers(value, ("x", "y", "width", "height")))
    if kind == "ellipse":
        return Ellipse(*_numbers(value, ("x", "y", "width", "height")))
    if kind == "polygon":
        return Polygon(_points(value.get("points")))
    if kind == "point":
        return Landmark(*_numbers(value, ("x", "y")))
    raise RegionError(f"Region type {kind!r} is unknown; use box, ellipse, polygon or point.")


def _points(points: Any) -> tuple[Point, ...]:
    if not isinstance(points, list | tuple):
        raise RegionError("A polygon lacks its points; give a list of [x, y].")
    read: list[Point] = []
    for point in points:
        if not isinstance(point, list | tuple) or len(point) != 2:
            raise RegionError(f"Polygon point {point!r} is not [x, y].")
        read.append((_finite("polygon x", point[0]), _finite("polygon y", point[1])))
    return tuple(read)
