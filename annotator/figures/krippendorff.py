"""Krippendorff's alpha: any number of readers, gaps, and three kinds of scales."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .figure import Floats, Measure
from .nominal import NOT_TWICE, counts_of

Scale = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(codes: Floats, categories: int, scale: Scale = "nominal") -> Measure:
    """Return Krippendorff's alpha (Content Analysis, 2nd ed., 2004, chapter 11).

    Parameters
    ----------
    codes : ndarray of float, shape (N, R)
        Categories from 0 to K - 1, in their order; nan where a reader gave none.
    categories : int
        K.
    scale : {"nominal", "ordinal", "interval"}
        On an interval scale, categories are one apart.
    """
    counts = counts_of(codes, categories)
    given = counts.sum(axis=1)
    twice = given >= 2
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(categories)
    pairs[:, diagonal, diagonal] -= counts
    pairs = np.where(twice[:, None, None], pairs / np.maximum(given - 1, 1)[:, None, None], 0)

    def value(sums: Floats) -> Floats:
        together = sums.reshape(-1, categories, categories)
        totals = together.sum(axis=2)
        expected = totals[:, :, None] * totals[:, None, :]
        expected[:, diagonal, diagonal] -= totals
        expected /= totals.sum(axis=1)[:, None, None] - 1
        apart = _squared_distances(totals, scale)
        return np.asarray(
            1 - (together * apart).sum(axis=(1, 2)) / (expected * apart).sum(axis=(1, 2))
        )

    undefined = "All of it is of one category, so that nobody could have disagreed."
    return Measure(pairs.reshape(len(codes), categories**2), value, twice, NOT_TWICE, undefined)


def _squared_distances(totals: Floats, scale: Scale) -> Floats:
    """Return the squared difference of each pair of categories, shape (B, K, K)."""
    count = totals.shape[1]
    steps = np.subtract.outer(np.arange(count), np.arange(count)).astype(np.float64)
    if scale == "nominal":
        return np.broadcast_to(steps != 0, (len(totals), count, count)).astype(np.float64)
    if scale == "interval":
        return np.broadcast_to(steps**2, (len(totals), count, count))
    # How many codes lie between two categories, half of those in either included.
    middle = np.cumsum(totals, axis=1) - totals / 2
    return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)
