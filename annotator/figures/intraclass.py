"""Intraclass correlation of single ratings by the same readers."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .figure import Floats, Measure

_NOTHING = 1e-12
"""Of the sum of squares about zero, what rounding leaves."""


def intraclass_correlation(ratings: Floats, form: Literal["2,1", "3,1"]) -> Measure:
    """Return ICC(2,1) or ICC(3,1) (Shrout & Fleiss, Psychological Bulletin 86(2), 1979).

    (2,1): absolute agreement, readers drawn from a population. (3,1): consistency of these very
    readers, who may differ by a constant. Units that a reader left out are left out.

    Parameters
    ----------
    ratings : ndarray of float, shape (N, R)
        nan where a reader gave none.
    form : {"2,1", "3,1"}
    """
    readers = ratings.shape[1]
    whole = np.asarray(~np.isnan(ratings).any(axis=1))
    # About their mean: sums of squares of small differences are exact then.
    about = np.where(whole[:, None], ratings - (ratings[whole].mean() if whole.any() else 0), 0)
    row = about.sum(axis=1)
    parts = np.column_stack([whole, (about**2).sum(axis=1), row**2 / readers, about])
    size = float(np.square(ratings[whole]).sum()) * _NOTHING

    def value(sums: Floats) -> Floats:
        n, squares, of_rows, by_reader = sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3:]
        middle = by_reader.sum(axis=1) ** 2 / (n * readers)
        rows = of_rows - middle
        columns = (by_reader**2).sum(axis=1) / n - middle
        error = np.maximum(squares - of_rows - columns, 0)
        between, left = rows / (n - 1), error / ((n - 1) * (readers - 1))
        below = between + (readers - 1) * left
        if form == "2,1":
            below = below + readers * (columns / (readers - 1) - left) / n
        below = np.where((n < 2) | (squares - middle <= size), 0, below)
        return np.asarray(np.where(below == 0, np.nan, (between - left) / below))

    return Measure(
        parts,
        value,
        whole if readers > 1 else np.zeros_like(whole),
        "No image was graded by all of the readers.",
        "It takes at least two images with different grades.",
    )
