"""Agreement on regions: which belong together, how much they overlap, how far apart they lie."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .figure import Floats, Measure
from .shares import ratio_of

Pixels = npt.NDArray[np.bool_]
_PORTION = 2**22  # distances at once


def matched_pairs(overlaps: Floats, least: float = 0.5) -> int:
    """Return how many regions of two readers can be paired at most, each with one other.

    Parameters
    ----------
    overlaps : ndarray of float, shape (A, B)
        Intersection over union of each of A regions with each of B.
    least : float
        From which on two regions are the same finding.
    """
    partner: dict[int, int] = {}

    def pair(one: int, tried: set[int]) -> bool:
        """Pair a region by moving others along an augmenting path (Berge, 1957)."""
        for other in np.flatnonzero(overlaps[one] >= least):
            if int(other) not in tried:
                tried.add(int(other))
                if int(other) not in partner or pair(partner[int(other)], tried):
                    partner[int(other)] = one
                    return True
        return False

    return sum(pair(one, set()) for one in range(len(overlaps)))


def detection_f1(matched: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike) -> Measure:
    """Return F1 of finding the same regions: 2 x pairs / all regions of both.

    Parameters
    ----------
    matched, first, second : array of int, shape (N,)
        Of each image the pairs, and the regions of each reader; the roles of the readers can be
        exchanged.
    """
    drawn = np.asarray(first, dtype=np.float64) + np.asarray(second, dtype=np.float64)
    twice = 2 * np.asarray(matched, dtype=np.float64)
    return ratio_of(twice, drawn, drawn > 0, "On no image did either of the two draw a region.")


def dice(first: Pixels, second: Pixels) -> float:
    """Return Dice's coefficient of two masks of one shape (Ecology 26(3), 1945); nan if empty."""
    drawn = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / drawn if drawn else math.nan


def boundary_distances_mm(
    first: Pixels, second: Pixels, spacing_mm: tuple[float, float]
) -> tuple[float, float]:
    """Return the mean distance of two outlines, and the 95th percentile, in mm; nan if empty.

    From each pixel at the edge of either mask to the nearest at the edge of the other: the mean
    over both directions (average symmetric surface distance), and the greater of both
    directions' percentiles (Huttenlocher et al., IEEE PAMI 15(9), 1993; Taha & Hanbury, BMC
    Medical Imaging 15:29, 2015).

    Parameters
    ----------
    first, second : ndarray of bool, shape (H, W)
    spacing_mm : (float, float)
        Distance of rows, then of columns.
    """
    one, other = (_edge(mask).astype(np.float64) * spacing_mm for mask in (first, second))
    if not len(one) or not len(other):
        return math.nan, math.nan
    there, back = _nearest(one, other), _nearest(other, one)
    far = max(float(np.percentile(there, 95)), float(np.percentile(back, 95)))
    return float(np.concatenate([there, back]).mean()), far


def _edge(mask: Pixels) -> npt.NDArray[np.int64]:
    """Return row and column of the pixels of a mask with a neighbour, by a side, not in it."""
    padded = np.pad(mask, 1)
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.argwhere(mask & ~inside)


def _nearest(points: Floats, others: Floats) -> Floats:
    """Return the distance of each point to the nearest of others, shape (N,)."""
    portion = max(1, _PORTION // len(others))
    squared = [
        ((points[first : first + portion, None] - others[None]) ** 2).sum(axis=2).min(axis=1)
        for first in range(0, len(points), portion)
    ]
    return np.asarray(np.sqrt(np.concatenate(squared)))
