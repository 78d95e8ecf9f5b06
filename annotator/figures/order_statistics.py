"""A median with an interval that assumes nothing of how values are distributed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .figure import Figure


def median(values: Sequence[float], empty: str) -> Figure:
    """Return the median with the interval between two of the values themselves.

    The narrowest pair of ranks, as far from either end, between which the true median lies in
    95 % of samples or more, by the binomial distribution (Conover, Practical Nonparametric
    Statistics, 3rd ed., 1999, section 3.2). It takes the values as independent.

    Parameters
    ----------
    values : sequence of float
    empty : str
        What is missing where there are none, as a sentence.
    """
    ordered = sorted(values)
    n = len(ordered)
    if not n:
        return Figure(None, 0, None, empty)
    middle = float(np.median(ordered))
    rank, below = 0, 0  # chances of 2**n, as whole numbers
    while (below + math.comb(n, rank)) * 40 <= 2**n:
        below += math.comb(n, rank)
        rank += 1
    if not rank:
        return Figure(middle, n, None, "It takes 6 values at least for an interval.")
    return Figure(middle, n, (float(ordered[rank - 1]), float(ordered[n - rank])))
