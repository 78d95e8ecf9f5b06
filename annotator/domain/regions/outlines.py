"""Masks and their outlines: pixel edges, exactly, both ways.

An outline runs along the edges of pixels, from corner to corner: clockwise around pixels (y points
down), counter-clockwise around a hole, from its topmost corner, of these the leftmost. Pixels that
share a corner only are separate pieces.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from .region import BoolMask, Ring

_Ints = npt.NDArray[np.intp]


def filled(rings: Sequence[Ring], height: int, width: int) -> BoolMask:
    """Return the pixels whose centre an odd number of outlines encloses.

    Parameters
    ----------
    rings : sequence of rings
        In pixels; they may leave the image.
    height, width : int

    Returns
    -------
    ndarray of bool, shape (H, W)
    """
    inside = np.zeros((height, width), dtype=bool)
    if not rings:
        return inside
    start = np.array([point for ring in rings for point in ring], dtype=np.float64)
    following = np.arange(1, len(start) + 1)
    lengths = [len(ring) for ring in rings]
    following[np.cumsum(lengths) - 1] -= lengths  # from the last corner of each to its first
    end = start[following]
    upper, lower = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    # Rows whose centre lies in [upper, lower): the upper end belongs to an edge.
    first = np.clip(np.ceil(upper - 0.5), 0, height).astype(np.intp)
    count = np.clip(np.ceil(lower - 0.5), 0, height).astype(np.intp) - first
    edge = np.repeat(np.arange(len(start)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    (x0, y0), (x1, y1) = start[edge].T, end[edge].T
    crossing = x0 + (row + 0.5 - y0) * (x1 - x0) / (y1 - y0)
    column = np.clip(np.ceil(crossing - 0.5), 0, width).astype(np.intp)
    if not len(row):
        return inside
    # No more than the window that edges cross is gone through.
    top, left, right = int(row.min()), int(column.min()), int(column.max())
    crossed = np.zeros((int(row.max()) + 1 - top, right + 1 - left), dtype=bool)
    np.logical_xor.at(crossed, (row - top, column - left), True)
    within = np.logical_xor.accumulate(crossed, axis=1)[:, :-1]  # all are left by the last edge
    inside[top : top + len(within), left:right] = within
    return inside


def rings_of(mask: BoolMask) -> tuple[Ring, ...]:
    """Return the outlines of a mask; `filled` gives the mask back.

    Parameters
    ----------
    mask : ndarray of bool, shape (H, W)

    Returns
    -------
    tuple of rings
        Corners of pixels, without those on a straight edge, in the order of where they start.
    """
    return tuple(ring for _, ring in _traced(mask))


def piece_count(mask: BoolMask) -> int:
    """Return how many connected pieces a mask has.

    Parameters
    ----------
    mask : ndarray of bool, shape (H, W)
    """
    return int(cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)[0]) - 1


def pieces_of(mask: BoolMask) -> tuple[tuple[Ring, ...], ...]:
    """Return for each connected piece of a mask its outline and then those of its holes.

    Parameters
    ----------
    mask : ndarray of bool, shape (H, W)
    """
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    pieces: dict[int, list[Ring]] = {}
    for is_hole, ring in _traced(mask):
        x, y = (int(v) for v in ring[0])
        # A ring starts at the top left of a pixel, or of a hole below a pixel.
        pieces.setdefault(int(labels[y - is_hole, x]), []).append(ring)
    return tuple(map(tuple, pieces.values()))


def _traced(mask: BoolMask) -> list[tuple[bool, Ring]]:
    """Return whether each outline is a hole's, and the outline."""
    if not mask.any():
        return []
    rows, columns, beside, above = _corners(mask)
    points = list(zip(columns.tolist(), rows.tolist(), strict=True))
    across, along = beside.tolist(), above.tolist()
    passed = bytearray(len(points))
    rings: list[tuple[bool, Ring]] = []
    for first, (x, y) in enumerate(points):
        if passed[first]:
            continue
        corners, place = [], first
        while not passed[place]:
            passed[place] = 1
            corners.append(points[place])
            place = across[place]
            passed[place] = 1
            corners.append(points[place])
            place = along[place]
        is_hole = not mask[y, x]
        if is_hole:
            corners[1:] = corners[:0:-1]
        rings.append((is_hole, tuple((float(u), float(v)) for u, v in corners)))
    return rings


def _corners(mask: BoolMask) -> tuple[_Ints, _Ints, _Ints, _Ints]:
    """Return rows and columns of all corners, and each one's next along a row and a column.

    A corner where two pixels touch is there twice, once for either pixel. Along a row, and
    along a column, corners are joined in pairs.
    """
    height, width = mask.shape
    padded = np.zeros((height + 2, width + 2), dtype=bool)
    padded[1:-1, 1:-1] = mask
    nw, ne, sw, se = padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]
    falling, rising = nw & se & ~ne & ~sw, ne & sw & ~nw & ~se
    is_corner = (nw ^ ne ^ sw ^ se) | falling | rising
    rows, columns = np.nonzero(is_corner)
    double = (falling | rising)[rows, columns]
    times = 1 + double
    rising_here = np.repeat(rising[rows, columns], times)
    rows, columns = np.repeat(rows, times), np.repeat(columns, times)
    # Of two at one place the first ends the edge from the left, the second begins that to the
    # right. The first goes up where the pixels touch falling, down where they touch rising.
    second = np.zeros(len(rows), dtype=bool)
    second[1:] = (rows[1:] == rows[:-1]) & (columns[1:] == columns[:-1])
    downwards = np.lexsort((second ^ rising_here, rows, columns))
    return rows, columns, _paired(np.arange(len(rows))), _paired(downwards)


def _paired(order: _Ints) -> _Ints:
    """Return each one's partner, of those that follow each other two and two."""
    partner = np.empty_like(order)
    partner[order[0::2]], partner[order[1::2]] = order[1::2], order[0::2]
    return partner
