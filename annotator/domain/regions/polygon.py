"""The polygon, with holes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ...errors import RegionError
from .outlines import filled
from .region import BoolMask, Point, Region, Ring, finite, shortened

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_AREA_TOLERANCE = 1e-9
"""Share of an area by which two sums of it may differ."""
_MOST_CROSSINGS = 500


@dataclass(frozen=True, slots=True)
class Polygon(Region):
    """A closed outline, with holes or without.

    Attributes
    ----------
    points : tuple of (float, float)
        At least three (x, y) corners in original pixels; the last joins the first.
    holes : tuple of tuple of (float, float)
        Outlines of what it leaves out, inside it and apart from each other.
    """

    points: Ring
    holes: tuple[Ring, ...] = ()
    kind = "polygon"
    plural = "polygons"

    def __post_init__(self) -> None:
        """Refuse what is not a polygon."""
        for ring in self.rings:
            flat = [*chain.from_iterable(ring)]
            pairs_of_floats = {*map(len, ring)} == {2} and {*map(type, flat)} == {float}
            # As nearly all are: noise has millions of corners.
            if len(ring) >= 3 and pairs_of_floats and math.isfinite(sum(flat)):
                continue
            if len(ring) < 3:
                raise RegionError(
                    f"A polygon needs at least 3 points and has {len(ring)}; add points."
                )
            for x, y in ring:
                finite("polygon x", x)
                finite("polygon y", y)

    def __repr__(self) -> str:
        """Name the holes only where there are any: files taken over earlier are known by this."""
        holes = f", holes={self.holes!r}" if self.holes else ""
        return f"Polygon(points={self.points!r}{holes})"

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge; a line-shaped polygon has no area between them."""
        xs, ys = zip(*self.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def area_px(self) -> float:
        """Area in square pixels, by the shoelace formula, without the holes."""
        return abs(_shoelace(self.points)) - sum(abs(_shoelace(hole)) for hole in self.holes)

    @property
    def rings(self) -> tuple[Ring, ...]:
        """Its outer outline and those of its holes."""
        return (self.points, *self.holes)

    def polygons(self) -> tuple[Polygon, ...]:
        """Return the polygon itself."""
        return (self,)

    def clamped(self, width: int, height: int) -> Polygon:
        """Return the polygon with its corners moved onto an image of this size."""
        return self._with_corners(lambda x, y: (min(max(x, 0.0), width), min(max(y, 0.0), height)))

    def moved(self, dx: float, dy: float) -> Polygon:
        """Return the polygon shifted by (dx, dy) pixels."""
        return self._with_corners(lambda x, y: (x + dx, y + dy))

    def _with_corners(self, changed: Callable[[float, float], Point]) -> Polygon:
        points, *holes = (tuple(changed(x, y) for x, y in ring) for ring in self.rings)
        return Polygon(points, tuple(holes))

    def mask(self, height: int, width: int) -> BoolMask:
        """Return the pixels whose centre lies inside (even-odd rule), shape (H, W), bool."""
        return filled(self.rings, height, width)

    def clipped(self, width: int, height: int) -> Polygon | None:
        """Return the part of it on an image of this size; None where there is none.

        By Sutherland and Hodgman, CACM 17(1), 1974: pieces of a concave outline that the edge
        parts from each other stay joined along the edge.
        """
        if not self.reaches_out(width, height):
            return self
        points, *holes = (_clipped(ring, width, height) for ring in self.rings)
        return Polygon(points, tuple(h for h in holes if len(h) >= 3)) if len(points) >= 3 else None

    def check(self) -> None:
        """Refuse an outline that crosses itself, or encloses nothing."""
        box_px = self.bounds.area_px  # refuses what lies on one row or column
        if _crosses_itself(self.rings):
            raise RegionError(
                "The outline crosses itself, so that it does not tell inside from outside; move "
                "a corner, or draw it anew."
            )
        if self.area_px <= _AREA_TOLERANCE * box_px:
            raise RegionError("The outline lies on one line and encloses nothing; draw it anew.")

    def to_json(self) -> dict[str, Any]:
        """Return the polygon as JSON-ready values; `region_from_json` reads it back."""
        value: dict[str, Any] = {"type": self.kind, "points": [list(p) for p in self.points]}
        if self.holes:
            value["holes"] = [[list(p) for p in hole] for hole in self.holes]
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        holes = value.get("holes") or ()
        if not isinstance(holes, list | tuple):
            raise RegionError("The holes of a polygon are no list of outlines.")
        return cls(_ring(value.get("points")), tuple(map(_ring, holes)))


def _ring(points: Any) -> Ring:
    if not isinstance(points, list | tuple):
        raise RegionError("A polygon lacks its points; give a list of [x, y].")
    read: list[Point] = []
    for point in points:
        if not isinstance(point, list | tuple) or len(point) != 2:
            raise RegionError(f"Polygon point {shortened(point)} is not [x, y].")
        read.append((finite("polygon x", point[0]), finite("polygon y", point[1])))
    return tuple(read)


def _shoelace(ring: Ring) -> float:
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return sum(x * v - u * y for (x, y), (u, v) in pairs) / 2


def _crosses_itself(rings: tuple[Ring, ...]) -> bool:
    """Tell whether outlines enclose another area than their corners sum up to.

    Corners may touch, as those of pixel edges do: then both are the same.
    """
    import shapely

    outer, *holes = rings
    polygon = shapely.Polygon(outer, holes)
    if shapely.is_valid(polygon):
        return False
    if _is_tangled(rings):
        return True
    summed = abs(_shoelace(outer)) - sum(abs(_shoelace(hole)) for hole in holes)
    enclosed = float(shapely.area(shapely.make_valid(polygon)))
    return abs(enclosed - summed) > _AREA_TOLERANCE * max(enclosed, abs(summed))


def _is_tangled(rings: tuple[Ring, ...]) -> bool:
    """Tell whether edges cross so often that it would take minutes to tell what they enclose."""
    import shapely

    ends = [end for ring in rings for end in zip(ring, ring[1:] + ring[:1], strict=True)]
    edges = np.asarray(shapely.linestrings(np.array(ends)))
    tree, pairs = shapely.STRtree(edges.tolist()), 0
    for first in range(0, len(edges), 16):
        pairs += tree.query(edges[first : first + 16], predicate="crosses").shape[1]
        if pairs > 2 * _MOST_CROSSINGS:
            return True
    return False


def mended(rings: tuple[Ring, ...]) -> tuple[Polygon, ...]:
    """Return what outlines enclose by the even-odd rule, as polygons that do not cross themselves.

    Nothing is returned of what encloses nothing, or crosses itself many hundred times.
    """
    import shapely

    if _is_tangled(rings):
        return ()
    even_odd = shapely.make_valid(shapely.MultiLineString([]))
    for ring in rings:
        even_odd = shapely.symmetric_difference(even_odd, shapely.make_valid(shapely.Polygon(ring)))
    return _polygons_of(even_odd)


def united(polygons: Iterable[Polygon]) -> tuple[Polygon, ...]:
    """Return what any of the polygons encloses, holes aside, as polygons that lie apart."""
    import shapely

    return _polygons_of(
        shapely.union_all([shapely.make_valid(shapely.Polygon(p.points)) for p in polygons])
    )


def _polygons_of(geometry: BaseGeometry) -> tuple[Polygon, ...]:
    import shapely

    parts = chain.from_iterable(map(shapely.get_parts, shapely.get_parts(geometry)))
    return tuple(
        Polygon(
            tuple(part.exterior.coords)[:-1],
            tuple(tuple(hole.coords)[:-1] for hole in part.interiors),
        )
        for part in parts
        if part.geom_type == "Polygon" and part.area > 0
    )


def _clipped(ring: Ring, width: int, height: int) -> Ring:
    points = list(ring)
    edges: tuple[tuple[int, float, Callable[[float, float], bool]], ...] = (
        (0, 0.0, float.__ge__),
        (0, float(width), float.__le__),
        (1, 0.0, float.__ge__),
        (1, float(height), float.__le__),
    )
    for axis, limit, inside in edges:
        points = _cut(points, axis, limit, inside)
    return tuple(points)


def _cut(
    points: list[Point], axis: int, limit: float, inside: Callable[[float, float], bool]
) -> list[Point]:
    """Keep what lies on one side of a line parallel to an axis."""
    kept: list[Point] = []
    for previous, point in zip(points[-1:] + points[:-1], points, strict=True):
        if inside(float(previous[axis]), limit) != inside(float(point[axis]), limit):
            share = (limit - previous[axis]) / (point[axis] - previous[axis])
            crossing = [p + share * (q - p) for p, q in zip(previous, point, strict=True)]
            crossing[axis] = limit
            kept.append((crossing[0], crossing[1]))
        if inside(float(point[axis]), limit):
            kept.append(point)
    return kept
