"""Measures of an excitation map, and of numbers that are said of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..domain import BoundingBox
from ..domain.regions import union_mask

FloatMap = npt.NDArray[np.floating]


def maximum_point(values: FloatMap) -> tuple[float, float]:
    """Return the (x, y) of the centre of a map's largest pixel, in the map's pixels.

    Where several pixels share the maximum, the one nearest to their common centre is taken,
    so that a plateau is not judged by its top-left corner.
    """
    rows, columns = np.nonzero(values == values.max())
    middle = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    return float(columns[middle]) + 0.5, float(rows[middle]) + 0.5


def points_at(point: tuple[float, float], boxes: Sequence[BoundingBox]) -> bool:
    """Return whether a point lies in one of the boxes: a hit of the pointing game.

    The pointing game of Zhang et al., IJCV 126(10), 2018, section 5.1, without its 15 px
    tolerance: the maximum itself has to lie in a box.
    """
    x, y = point
    return any(b.x <= x < b.x + b.width and b.y <= y < b.y + b.height for b in boxes)


def energy_inside(values: FloatMap, boxes: Sequence[BoundingBox]) -> float:
    """Return the share of a map's energy inside the union of boxes, in [0, 1].

    Pixels that a box's edge crosses count by where their centre lies.
    """
    total = float(values.sum())
    if total <= 0 or not boxes:
        return 0.0
    inside = union_mask(boxes, *values.shape)
    return float(values[inside].sum() / total)


def best_iou(regions: Sequence[BoundingBox], boxes: Sequence[BoundingBox]) -> float:
    """Return the best intersection over union of any region with any box; 0 without regions."""
    return max((r.iou(b) for r in regions for b in boxes), default=0.0)


def calibration_error(scores: npt.NDArray[np.floating], right: npt.NDArray[np.bool_]) -> float:
    """Return the expected calibration error, over ten bins of equal count.

    Parameters
    ----------
    scores : ndarray of float, shape (N,), N at least 1
        In [0, 1]: how often each is said to be right. Sorted, they are parted into ten bins whose
        counts differ by one at most.
    right : ndarray of bool, shape (N,)

    Returns
    -------
    float
        The mean distance of a bin's mean score from the share that is right, by count; in [0, 1].
    """
    order = np.argsort(scores, kind="stable")
    bins = [one for one in np.array_split(order, 10) if one.size]
    gaps = [one.size * abs(float(scores[one].mean() - right[one].mean())) for one in bins]
    return sum(gaps) / scores.size


def area_under_curve(scores: npt.NDArray[np.floating], positive: npt.NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve, by ranks (Mann-Whitney), ties counted half.

    Parameters
    ----------
    scores : ndarray of float, shape (N,)
    positive : ndarray of bool, shape (N,)

    Returns
    -------
    float
        In [0, 1]; nan if one of the two classes is empty.
    """
    n_positive = int(positive.sum())
    n_negative = positive.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2
    rank_sum = float(mean_rank[inverse][positive].sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)
