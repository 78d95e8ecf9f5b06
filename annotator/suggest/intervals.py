"""95 % confidence intervals of what is measured on a sample of images."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Interval = tuple[float, float]

_Z = 1.959964
"""Of the normal distribution, 95 % two-sided."""
_DRAWS = 2000
_SEED = 2018


def of_share(successes: int, n: int) -> Interval:
    """Return Wilson's score interval of a share (Wilson, JASA 22(158), 1927), in [0, 1].

    Parameters
    ----------
    successes : int
        From 0 to n.
    n : int
        At least 1.
    """
    share, more = successes / n, _Z**2 / n
    middle = (share + more / 2) / (1 + more)
    reach = _Z / (1 + more) * math.sqrt(share * (1 - share) / n + more / (4 * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def of_mean(values: Sequence[float] | npt.NDArray[np.floating]) -> Interval:
    """Return the percentile bootstrap interval of a mean, from 2,000 seeded draws."""
    sample = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(_SEED)
    means = [generator.choice(sample, sample.size).mean() for _ in range(_DRAWS)]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def of_mean_share(parts: Sequence[tuple[int, int]]) -> Interval:
    """Return the bootstrap interval of the mean of several shares, each (successes, n)."""
    generator = np.random.default_rng(_SEED)
    draws = [generator.binomial(n, successes / n, _DRAWS) / n for successes, n in parts]
    low, high = np.quantile(np.mean(draws, axis=0), (0.025, 0.975))
    return float(low), float(high)


def of_area(scores: npt.NDArray[np.floating], positive: npt.NDArray[np.bool_]) -> Interval:
    """Return the interval of an area under the ROC curve.

    DeLong's variance (Biometrics 44(3), 1988) on the logit scale, which keeps it in [0, 1]. Where
    the two classes are apart altogether the variance is 0, and the lower end is the area below
    which that would happen in 2.5 % of samples of the smaller class's size.

    Parameters
    ----------
    scores : ndarray of float, shape (N,)
    positive : ndarray of bool, shape (N,)
        Both classes must be there.
    """
    ranks = _mean_ranks(scores)
    of_positive = (ranks[positive] - _mean_ranks(scores[positive])) / (~positive).sum()
    of_negative = 1 - (ranks[~positive] - _mean_ranks(scores[~positive])) / positive.sum()
    area = float(of_positive.mean())
    parts = [part.var(ddof=1) / part.size for part in (of_positive, of_negative) if part.size > 1]
    error = math.sqrt(sum(parts))
    if error == 0 or not 0 < area < 1:
        bound = 0.025 ** (1 / min(of_positive.size, of_negative.size))
        return min(area, bound), max(area, 1 - bound)
    logit, reach = math.log(area / (1 - area)), _Z * error / (area * (1 - area))
    return 1 / (1 + math.exp(reach - logit)), 1 / (1 + math.exp(-reach - logit))


def _mean_ranks(scores: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return ranks from 1, ties sharing their mean."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks: npt.NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return ranks
