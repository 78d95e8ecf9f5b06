"""Outlines of pixels with few corners, each of which encloses as much as the pixels do.

By segment collapse that keeps the area (Kronenfeld, Stanislawski, Buttenfield and Brockmeyer,
International Journal of Cartography 6(1), 2020): of corners A, B, C, D that follow each other the
two in the middle become one, E, on the line AB or on the line CD, where the outline encloses what
it did. What is new here: the stairs that pixels make of a slanted edge are levelled first,
collapses are made in rounds, many at once, and each edge knows how far it may lie from the levelled
outline, so that all steps together are bounded, and not each by itself.

The editor has a twin of this with the same sums in the same order, so that both come to the same
corners. Of each ring, by itself:

1. **Stairs.** Walk along the ring from its first corner. An edge BC, neither the first nor the
   last, at whose two ends the ring turns in opposite directions is a step, unless the edge before
   it is. With a, b, c the lengths of AB, BC, CD and f = b c / (a + c), it stays as it is if one of
   the right-angled triangles with legs a / 2 and f, and c / 2 and b - f, is higher over its longest
   side than half a pixel. Otherwise B and C become three corners: the middle of AB,
   E = B + f (C - B) / b, and the middle of CD; a middle that two steps share is written once.
2. **Rounds.** For each edge BC, with p x q the cross product: t = ((B - A) x (C - A) +
   (C - A) x (D - A)) / ((B - A) x (D - A)) and E = A + t (B - A). Its step is the larger of the
   distance of C from the edge ED and, where t < 1, that of B from ED, else that of E from BC. There
   is no E where t is negative or no number, or E lies beyond the bounds of the ring. The same again
   from the other end (D, C, B, A for A, B, C, D); the smaller step counts, the first where both are
   equal. The cost of the edge is its step and the largest of what AB, BC and CD are off already
   (nothing at first); above the tolerance it stays. Those edges collapse whose cost is the lowest
   among the two edges before, itself and the two after; of equal costs the lower `_shuffled` place
   is the lower. All at once, E takes the place of B, C goes, and AE and ED are off by the cost.
   Again, until no edge collapses.

The tolerance of a ring is half a percent of its length along the pixels' edges, and at least half a
pixel. Where outlines come to touch or cross each other or themselves, or a hole to lie outside, the
rounds are made again with a quarter of the tolerances, and with a sixteenth; after that the pixels'
edges are kept. So are they where there are more than `MOST_CORNERS`: such a part is noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .region import Point, Ring

_SHARE = 0.005
"""Of a ring's length, by which its outline may be off."""
_LEAST_PX = 0.5
MOST_CORNERS = 20_000
_Floats = npt.NDArray[np.float64]
_Vectors = _Floats
"""x and y, shape (2, N)."""
_Ints = npt.NDArray[np.int64]


def simplified(rings: Sequence[Ring]) -> tuple[Ring, ...]:
    """Return the outlines of one connected piece of a mask with few corners.

    Parameters
    ----------
    rings : sequence of rings
        Its outline and those of its holes, along the edges of pixels: see `outlines`.

    Returns
    -------
    tuple of rings
        As many, in this order. Each encloses the area that it did (but for rounding), lies within
        the bounds that it had, and off the pixels' edges by about the tolerance and half a pixel.
    """
    if sum(map(len, rings)) > MOST_CORNERS:
        return tuple(rings)
    levelled = [_levelled(ring) for ring in rings]
    tolerances = [max(_LEAST_PX, _SHARE * sum(_lengths(ring))) for ring in rings]
    for share in (1.0, 0.25, 0.0625):
        few = tuple(
            _collapsed(points, share * tolerance, ring)
            for points, tolerance, ring in zip(levelled, tolerances, rings, strict=True)
        )
        if _are_apart(few):
            return few
    return tuple(rings)


def _are_apart(rings: Sequence[Ring]) -> bool:
    import shapely

    outlines = shapely.MultiLineString([(*ring, ring[0]) for ring in rings])
    return bool(
        shapely.is_simple(outlines) and shapely.is_valid(shapely.Polygon(rings[0], rings[1:]))
    )


def _edges(ring: Ring) -> list[Point]:
    return [(u - x, v - y) for (x, y), (u, v) in zip(ring, ring[1:] + ring[:1], strict=True)]


def _lengths(ring: Ring) -> list[float]:
    return [abs(dx) + abs(dy) for dx, dy in _edges(ring)]


def _levelled(ring: Ring) -> list[Point]:
    """Return a ring without its stairs."""
    edges, lengths = _edges(ring), _lengths(ring)
    turns = [
        px * qy > py * qx for (px, py), (qx, qy) in zip(edges[-1:] + edges[:-1], edges, strict=True)
    ]
    points: list[Point] = []
    k, after_step = 0, False
    while k < len(ring):
        (x, y), (dx, dy) = ring[k], edges[k]
        is_step = 0 < k < len(ring) - 1 and turns[k] != turns[k + 1]
        if is_step:
            a, b, c = lengths[k - 1 : k + 2]
            first = b * c / (a + c)
            is_step = max(_height(a / 2, first), _height(c / 2, b - first)) <= _LEAST_PX
        if not is_step:
            points.append((x, y))
            k, after_step = k + 1, False
            continue
        if not after_step:
            points.append((x - edges[k - 1][0] / 2, y - edges[k - 1][1] / 2))
        (u, v), (du, dv) = ring[k + 1], edges[k + 1]
        points += [(x + first * dx / b, y + first * dy / b), (u + du / 2, v + dv / 2)]
        k, after_step = k + 2, True
    return points


def _height(p: float, q: float) -> float:
    """Return the height of a right-angled triangle over its longest side."""
    return p * q / math.sqrt(p * p + q * q)


def _collapsed(levelled: Sequence[Point], tolerance: float, ring: Ring) -> Ring:
    """Return a levelled ring with as few corners as a tolerance lets it have."""
    if len(ring) == 4:  # a rectangle has none too many
        return ring
    points = np.array(levelled).T
    off = np.zeros(points.shape[1])
    corners = np.array(ring).T
    bounds = corners.min(axis=1, keepdims=True), corners.max(axis=1, keepdims=True)
    while True:
        best, steps = _best(points, bounds)
        around = _around(off, 1, 1)
        costs = steps + np.maximum(np.maximum(around[:-2], off), around[2:])
        costs[~(costs <= tolerance)] = np.inf
        ranks = np.empty(len(off), dtype=np.int64)
        place = np.arange(len(off))
        ranks[np.lexsort((_shuffled(place), costs))] = place
        (chosen,) = np.nonzero(_lowest_of_five(ranks) & (costs < np.inf))
        if not chosen.size:
            return tuple(zip(*points.tolist(), strict=True))
        points[:, chosen] = best[:, chosen]
        off[chosen] = off[chosen - 1] = costs[chosen]
        kept = np.ones(len(off), dtype=bool)
        kept[(chosen + 1) % len(off)] = False
        points, off = points[:, kept], off[kept]


def _around(row: npt.NDArray[np.generic], before: int, after: int) -> npt.NDArray[Any]:
    """Return what a ring has, along the last axis, with some of its end before its begin."""
    size = row.shape[-1]
    return row[..., np.arange(-before, size + after) % size]


def _lowest_of_five(ranks: _Ints) -> npt.NDArray[np.bool_]:
    around = _around(ranks, 2, 2)
    of_two = np.minimum(around[:-1], around[1:])
    lowest: npt.NDArray[np.bool_] = ranks <= np.minimum(of_two[:-3], of_two[3:])
    return lowest


def _best(points: _Vectors, bounds: tuple[_Vectors, _Vectors]) -> tuple[_Vectors, _Floats]:
    """Return the E of each edge and its step, which is infinite where there is none."""
    size = points.shape[1]
    row = _around(points, 1, 2)
    a, b, c, d = (row[:, k : k + size] for k in range(4))
    ends = [np.concatenate(pair, axis=1) for pair in ((a, d), (b, c), (c, b), (d, a))]
    e, step = _on_first(*ends)
    step[~((e >= bounds[0]) & (e <= bounds[1])).all(axis=0)] = np.inf
    one, other = step[:size], step[size:]
    return np.where(one <= other, e[:, :size], e[:, size:]), np.minimum(one, other)


def _on_first(a: _Vectors, b: _Vectors, c: _Vectors, d: _Vectors) -> tuple[_Vectors, _Floats]:
    """Return E on AB and its step."""
    ab, ac, ad = b - a, c - a, d - a
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (_cross(ab, ac) + _cross(ac, ad)) / _cross(ab, ad)
        e = a + t * ab
        short = t < 1
        near = _distance(np.where(short, b, e), np.where(short, e, b), np.where(short, d, c))
        step = np.maximum(near, _distance(c, e, d))
    return e, np.where(t >= 0, step, np.inf)


def _cross(p: _Vectors, q: _Vectors) -> _Floats:
    product: _Floats = p[0] * q[1] - p[1] * q[0]
    return product


def _distance(p: _Vectors, u: _Vectors, v: _Vectors) -> _Floats:
    """Return how far points lie from edges UV, which may be points themselves."""
    edge, from_u = v - u, p - u
    square = edge[0] * edge[0] + edge[1] * edge[1]
    along = (from_u[0] * edge[0] + from_u[1] * edge[1]) / np.where(square > 0, square, 1.0)
    rest = from_u - np.minimum(np.maximum(along, 0.0), 1.0) * edge
    distance: _Floats = np.sqrt(rest[0] * rest[0] + rest[1] * rest[1])
    return distance


def _shuffled(place: _Ints) -> _Ints:
    """Return by what places of equal cost are ordered: neighbours are to be far apart."""
    return place * 2654435761 % (1 << 32)
