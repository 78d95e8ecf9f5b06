"""What other tools turned: boxes and ellipses about their centre, boxes by their corners."""

from __future__ import annotations

import math

from ...domain import Ellipse, Polygon, Region
from ...domain.regions import RotatedBox

TURNED_ELLIPSE = "rotated ellipses taken over as polygons"

_ROUNDING_PX = 0.5
"""How far a corner of a rectangle may lie from where it should: whole pixels of other tools."""


def turned_ellipse(ellipse: Ellipse, angle: float) -> Region:
    """Return an ellipse turned likewise: itself by half turns, else a polygon on it."""
    if not angle % 180:
        return ellipse
    turned = RotatedBox.about_centre(ellipse.bounds, angle)
    if not angle % 90:
        left, top, right, bottom = turned.extent
        return Ellipse(left, top, right - left, bottom - top)
    (x0, y0), (x1, y1), _, (x3, y3) = turned.outline
    shares = [
        ((x - ellipse.x) / ellipse.width, (y - ellipse.y) / ellipse.height)
        for x, y in ellipse.outline
    ]
    return Polygon(
        tuple(
            (x0 + u * (x1 - x0) + v * (x3 - x0), y0 + u * (y1 - y0) + v * (y3 - y0))
            for u, v in shares
        )
    )


def rectangle_of(region: Region) -> Region:
    """Return an outline of four corners as a rotated box, if it is a rectangle up to rounding."""
    corners = region.outline
    if region.kind != "polygon" or len(corners) != 4:
        return region
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    if (x2 - x0) * (y3 - y1) < (x3 - x1) * (y2 - y0):  # counter-clockwise on the screen
        corners = corners[::-1]
    box = RotatedBox.through(corners)
    apart = max(math.dist(one, other) for one, other in zip(corners, box.outline, strict=True))
    return box if apart <= _ROUNDING_PX else region
