"""A label's operating point from images that people confirmed, and whether it is better there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FEWEST = 5
"""Images with a label, and without it, that say where its operating point lies."""
_CLOSEST = 1e-6  # of a score to 0 and 1: their log odds are infinite
_GRID = 512
_LEAST_WIDTH = 0.05  # in log odds: scores that are all the same have no width of their own


@dataclass(frozen=True, slots=True)
class Rates:
    """What an operating point says yes to.

    Attributes
    ----------
    sensitivity, specificity : float
        Shares of the images with a label, and without it, that are told right.
    """

    sensitivity: float
    specificity: float

    @property
    def youden(self) -> float:
        """Youden's J, sensitivity + specificity - 1 (Youden, Cancer 3(1), 1950)."""
        return self.sensitivity + self.specificity - 1


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A label's operating point, and what confirmed images say of it.

    Attributes
    ----------
    label : str
    present, absent : int
        Confirmed images with the label, and without it.
    before, now : float
        The score from which it is suggested; equal where the point is kept.
    before_rates, now_rates : Rates or None
        On those images; `now_rates` with each image told by a point that was chosen without the
        images of its subject. None where there are too few images.
    kept : str
        Why the point stays; empty where it changes.
    """

    label: str
    present: int
    absent: int
    before: float
    now: float
    before_rates: Rates | None = None
    now_rates: Rates | None = None
    kept: str = ""


def fit_operating_point(
    label: str,
    scores: Sequence[float],
    truth: Sequence[bool],
    subjects: Sequence[str],
    point: float,
) -> OperatingPoint:
    """Return the operating point that confirmed images ask for, or the one that stands.

    The point lies where Youden's J is largest, the scores' log odds being smoothed by a normal
    kernel: with few images that errs less than the largest J of the images themselves (Fluss,
    Faraggi and Reiser, Biometrical Journal 47(4), 2005). It replaces the one that stands only if
    points chosen without an image's own subject tell the images better, by more than the standard
    error of the difference.

    Parameters
    ----------
    label : str
    scores : sequence of float, in [0, 1]
        One a confirmed image.
    truth : sequence of bool
        Whether the image has the label.
    subjects : sequence of str
        Whose it is: images of one subject are set apart together.
    point : float
        The operating point that stands.
    """
    odds, has = _log_odds(np.asarray(scores, dtype=float)), np.asarray(truth, dtype=bool)
    present, absent = int(has.sum()), int((~has).sum())
    if min(present, absent) < FEWEST:
        few = f"fewer than {FEWEST} confirmed images {'with' if present < FEWEST else 'without'} it"
        return OperatingPoint(label, present, absent, point, point, kept=few)
    stands = odds >= _log_odds(np.array([point]))[0]
    told = _told_by_others(odds, has, np.asarray(subjects))
    before, now = _rates(stands, has), _rates(told, has)
    fitted = float(1 / (1 + math.exp(-_best(odds, has))))
    measured = OperatingPoint(label, present, absent, point, round(fitted, 4), before, now)
    if now.youden - before.youden > _error_of_difference(stands, told, has):
        return measured
    return OperatingPoint(label, present, absent, point, point, before, now, "no better so far")


def _log_odds(scores: Floats) -> Floats:
    inside = scores.clip(_CLOSEST, 1 - _CLOSEST)
    odds: Floats = np.log(inside / (1 - inside))
    return odds


def _best(odds: Floats, has: Bools) -> float:
    """Return the log odds where the smoothed J is largest."""
    grid = np.linspace(odds.min(), odds.max(), _GRID)
    youden = _share_from(odds[has], grid) - _share_from(odds[~has], grid)
    # Of a plateau, its middle.
    return float(grid[youden >= youden.max() - 1e-9].mean())


def _share_from(odds: Floats, grid: Floats) -> Floats:
    """Return the smoothed share of values from each place of a grid on."""
    quarters = np.subtract(*np.quantile(odds, (0.75, 0.25))) / 1.34
    spread = min(odds.std(ddof=1), quarters) if quarters > 0 else odds.std(ddof=1)
    width = max(0.9 * spread * len(odds) ** -0.2, _LEAST_WIDTH)  # Silverman's rule
    steps = (odds[None] - grid[:, None]) / (width * math.sqrt(2))
    shares: Floats = 0.5 * (1 + np.vectorize(math.erf)(steps)).mean(axis=1)
    return shares


def _told_by_others(odds: Floats, has: Bools, subjects: npt.NDArray[np.str_]) -> Bools:
    """Return whether each image reaches the point that is chosen without its subject's images."""
    told = np.zeros(len(odds), dtype=bool)
    for subject in np.unique(subjects):
        own = subjects == subject
        rest = ~own
        if has[rest].sum() < 2 or (~has[rest]).sum() < 2:
            told[own] = ~has[own]  # the subject is all there is to learn from: nothing is shown
        else:
            told[own] = odds[own] >= _best(odds[rest], has[rest])
    return told


def _rates(told: Bools, has: Bools) -> Rates:
    return Rates(float(told[has].mean()), float((~told[~has]).mean()))


def _error_of_difference(one: Bools, other: Bools, has: Bools) -> float:
    """Return the standard error of the difference of two J on the same images."""
    differences = np.where(has, 1.0, -1.0) * (other.astype(float) - one.astype(float))
    return math.sqrt(sum(differences[part].var(ddof=1) / part.sum() for part in (has, ~has)))
