"""The agreement index of FACS: twice the units agreed on, over all units scored."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .figure import Floats, Measure
from .shares import mean_of, ratio_of

CERTIFIED, GOOD = 0.70, 0.80
"""What the FACS final test asks for, and what studies commonly ask of their coders."""
_EMPTY = "On no image did either of the two score a unit."

Scored = npt.NDArray[np.bool_]


def agreement_index(first: Scored, second: Scored, agreed: Scored | None = None) -> Measure:
    """Return the index pooled: over all images together.

    2 x units that both agree on / (units that the first scored + units that the second scored)
    (Wexler, 1972; Ekman, Friesen & Hager, FACS Investigator's Guide, 2002).

    Parameters
    ----------
    first, second : ndarray of bool, shape (N, U)
        Whether each of two coders scored a unit on an image; False in both where either called it
        not assessable.
    agreed : ndarray of bool, shape (N, U), optional
        Where they agree; where both scored the unit, if not given.
    """
    twice, scored = _counts(first, second, agreed)
    return ratio_of(twice, scored, scored > 0, _EMPTY)


def mean_agreement_index(first: Scored, second: Scored, agreed: Scored | None = None) -> Measure:
    """Return the mean over images of the index of each.

    An image on which neither scored a unit has none and is left out. Parameters as of
    `agreement_index`.
    """
    twice, scored = _counts(first, second, agreed)
    return mean_of(np.where(scored > 0, twice / np.maximum(scored, 1), np.nan), _EMPTY)


def agreement_level(value: float) -> str:
    """Return how an index stands to the usual marks, for example ``at least .70``."""
    if value < CERTIFIED:
        return "below .70"
    return "at least .70" if value < GOOD else "at least .80"


def _counts(first: Scored, second: Scored, agreed: Scored | None) -> tuple[Floats, Floats]:
    both = first & second if agreed is None else agreed & first & second
    scored = first.sum(axis=1) + second.sum(axis=1)
    return 2.0 * both.sum(axis=1), scored.astype(np.float64)
