"""Regions as formats want them: as boxes, as polygons, inside the image."""

from __future__ import annotations

from collections.abc import Callable

from ..domain import BoundingBox, Polygon, Region

Point = tuple[float, float]


def box_around(region: Region) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a region; a line-shaped polygon has no area."""
    if not isinstance(region, Polygon):
        return region.x, region.y, region.x + region.width, region.y + region.height
    xs, ys = zip(*region.outline, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def reaches_out(region: Region, width: int, height: int) -> bool:
    """Tell whether any of a region lies outside its image."""
    left, top, right, bottom = box_around(region)
    return left < 0 or top < 0 or right > width or bottom > height


def box_inside(region: Region, width: int, height: int) -> BoundingBox | None:
    """Return the part of the box around a region that is on the image; None where none is."""
    left, top, right, bottom = box_around(region)
    left, top = max(0.0, left), max(0.0, top)
    across, down = min(float(width), right) - left, min(float(height), bottom) - top
    if across <= 0 or down <= 0:
        return None
    return BoundingBox(left, top, across, down)


def polygon_inside(region: Region, width: int, height: int) -> Polygon | None:
    """Return the part of a region's outline that is on the image; None where none is.

    By Sutherland and Hodgman, CACM 17(1), 1974: pieces of a concave outline that the edge
    parts from each other stay joined along the edge.
    """
    if not reaches_out(region, width, height):
        return Polygon(region.outline)
    points = list(region.outline)
    edges: tuple[tuple[int, float, Callable[[float, float], bool]], ...] = (
        (0, 0.0, float.__ge__),
        (0, float(width), float.__le__),
        (1, 0.0, float.__ge__),
        (1, float(height), float.__le__),
    )
    for axis, limit, inside in edges:
        points = _cut(points, axis, limit, inside)
    return Polygon(tuple(points)) if len(points) >= 3 else None


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
