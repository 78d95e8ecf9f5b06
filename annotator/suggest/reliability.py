"""How often suggestions are right: a logistic model of what was measured of them, calibrated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.card_reliability import FARTHEST, Reliability

from ..domain.plurals import counted
from ..errors import SuggestError

__all__ = ["Reliability", "Tried", "fitted"]

_Floats = npt.NDArray[np.float64]

LEAST, LEAST_OF_EACH = 60, 15
"""Suggestions that it takes to fit on, and how many of them right, and wrong."""
_PENALTY = 3.0
"""On the squares of weights; intercepts are free but for what keeps them finite."""
_FREE = 1e-3
_FOLDS = 10
_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Tried:
    """A suggestion that was put to the test, and whether it is right."""

    label: str
    signals: Mapping[str, float]
    right: bool


def fitted(tried: Sequence[Tried], made: Mapping[str, Any]) -> Reliability:
    """Fit a reliability.

    Weights shrink as there are few suggestions. Slope and intercept of the whole are then those of
    predictions for suggestions that did not teach them (Platt, 1999; ten folds).

    Parameters
    ----------
    tried : sequence of Tried
        Suggestions on one image follow one another.
    made : mapping
        The other attributes of a `Reliability`: of which weights, on which images.

    Raises
    ------
    SuggestError
        If there are too few, or too few right or wrong ones.
    """
    right = np.array([one.right for one in tried], dtype=np.float64)
    hits = int(right.sum())
    if len(tried) < LEAST or min(hits, len(tried) - hits) < LEAST_OF_EACH:
        raise SuggestError(
            f"{counted(len(tried), 'suggestions')}, {hits} of them right, say too little of how "
            f"often they are: {LEAST} are needed, {LEAST_OF_EACH} of them right and as many wrong."
        )
    names = sorted(set[str].intersection(*(set(one.signals) for one in tried)))
    labels = sorted({one.label for one in tried})
    signals = np.array([[one.signals[name] for name in names] for one in tried])
    means, scales = signals.mean(0), signals.std(0)
    scales = np.where(scales > 0, scales, 1.0)
    of_label = np.array([[one.label == label for label in labels] for one in tried], np.float64)
    inputs = np.hstack([of_label, np.clip((signals - means) / scales, -FARTHEST, FARTHEST)])
    penalties = np.r_[np.full(len(labels), _FREE), np.full(len(names), _PENALTY)]
    folds = np.arange(len(tried)) * _FOLDS // len(tried)
    apart = np.zeros(len(tried))
    for fold in range(_FOLDS):
        others = folds != fold
        apart[~others] = inputs[~others] @ _logistic(inputs[others], right[others], penalties)
    slope, shift = _logistic(np.stack([apart, np.ones_like(apart)], 1), right, np.full(2, _FREE))
    weights = slope * _logistic(inputs, right, penalties)
    return Reliability(
        signals=tuple(names),
        means=_rounded(means),
        scales=_rounded(scales),
        weights=_rounded(weights[len(labels) :]),
        intercepts=dict(zip(labels, _rounded(weights[: len(labels)] + shift), strict=True)),
        **made,
    )


def _logistic(inputs: _Floats, right: _Floats, penalties: _Floats) -> _Floats:
    """Return a logistic model's weights by Newton's method, with penalties on their squares."""
    weights = np.zeros(inputs.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (chance - right) + penalties * weights
        bend = (inputs.T * (chance * (1 - chance))) @ inputs + np.diag(penalties)
        step = np.linalg.solve(bend, slope)
        weights = weights - step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-9))
        if np.abs(step).max() < 1e-8:
            break
    return weights


def _rounded(values: _Floats) -> tuple[float, ...]:
    return tuple(float(f"{value:.6g}") for value in values)
