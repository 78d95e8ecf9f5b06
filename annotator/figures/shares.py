"""Shares, ratios and means over units."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .figure import Floats, Measure
from .nominal import NOT_TWICE


def ratio_of(above: Floats, below: Floats, counted: npt.NDArray[np.bool_], empty: str) -> Measure:
    """Return the ratio of two sums over units.

    Parameters
    ----------
    above, below : ndarray of float, shape (N,)
    counted : ndarray of bool, shape (N,)
    empty : str
        As of `Measure`.
    """
    parts = np.column_stack([above, below]).astype(np.float64) * counted[:, None]
    return Measure(parts, lambda sums: sums[:, 0] / sums[:, 1], counted, empty, empty)


def mean_of(values: Floats, empty: str) -> Measure:
    """Return the mean of values, shape (N,), those that are nan left out."""
    there = ~np.isnan(values)
    return ratio_of(np.where(there, values, 0), np.ones(len(values)), there, empty)


def share_of(right: npt.NDArray[np.bool_], counted: npt.NDArray[np.bool_], empty: str) -> Measure:
    """Return the share of the units that count, shape (N,), which are right."""
    return mean_of(np.where(counted, right, np.nan), empty)


def base_rate(codes: Floats, category: int) -> Measure:
    """Return the share of a category among all codes of units that were coded twice.

    Parameters
    ----------
    codes : ndarray of float, shape (N, R)
        nan where a reader gave none.
    category : int
    """
    given = (~np.isnan(codes)).sum(axis=1)
    return ratio_of((codes == category).sum(axis=1), given, given >= 2, NOT_TWICE)


def within_tolerance(grades: Floats, tolerance: int) -> Measure:
    """Return the share of pairs of readers whose grades differ by no more than a tolerance.

    Parameters
    ----------
    grades : ndarray of float, shape (N, R)
        nan where a reader gave none.
    tolerance : int
        In grades; 0 for the same grade.
    """
    apart = np.abs(grades[:, :, None] - grades[:, None, :])
    first, second = np.triu_indices(grades.shape[1], 1)
    apart = apart[:, first, second]
    pairs = (~np.isnan(apart)).sum(axis=1)
    near = (apart <= tolerance).sum(axis=1)
    return mean_of(np.where(pairs > 0, near / np.maximum(pairs, 1), np.nan), NOT_TWICE)
