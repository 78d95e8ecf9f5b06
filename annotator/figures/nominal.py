"""Chance-corrected agreement on categories: kappas, PABAK, Gwet's AC1 and AC2.

Codes are arrays of shape (N, R): N units, R readers, each a category from 0 to K - 1 or nan where
a reader gave none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from .figure import Bools, Floats, Measure

Weighting = Literal["identity", "linear", "quadratic"]
NOT_TWICE = "No image was coded by two of the readers."
_ByChance = Callable[[Floats, Floats], Floats]
"""From rates of categories, shape (B, K), and weights to agreement by chance, shape (B,)."""
ONE_CATEGORY = "All of it is of one category, so that chance alone would explain every agreement."


def weights_of(categories: int, weighting: Weighting = "identity") -> Floats:
    """Return how much each pair of categories agrees, from 0 to 1, shape (K, K).

    Identity: not at all unless they are the same; linear and quadratic as of Cohen, Psychological
    Bulletin 70(4), 1968.
    """
    steps = np.abs(np.subtract.outer(np.arange(categories), np.arange(categories)))
    if weighting == "identity":
        return np.asarray(steps == 0, dtype=np.float64)
    return np.asarray(1 - (steps / (categories - 1)) ** (1 if weighting == "linear" else 2))


def counts_of(codes: Floats, categories: int) -> Floats:
    """Return how many readers gave each unit each category, shape (N, K)."""
    return np.stack([(codes == k).sum(axis=1) for k in range(categories)], axis=1).astype(float)


def percent_agreement(codes: Floats, categories: int, weights: Floats | None = None) -> Measure:
    """Return the share of pairs of readers of a unit who agree, as a mean over units.

    Parameters
    ----------
    codes : ndarray of float, shape (N, R)
    categories : int
    weights : ndarray of float, shape (K, K), optional
        See `weights_of`.
    """
    return _chance_corrected(codes, categories, weights, 0)


def fleiss_kappa(codes: Floats, categories: int, weights: Floats | None = None) -> Measure:
    """Return Fleiss' kappa (Psychological Bulletin 76(5), 1971).

    Where readers left units out, as generalised by Gwet (Handbook of Inter-Rater Reliability,
    4th ed., 2014, chapter 2): a category's rate is the mean over units of its share of the unit's
    codes. Parameters as of `percent_agreement`.
    """

    def by_chance(rates: Floats, w: Floats) -> Floats:
        return np.asarray(np.einsum("bk,kl,bl->b", rates, w, rates))

    return _chance_corrected(codes, categories, weights, by_chance)


def gwet_coefficient(codes: Floats, categories: int, weights: Floats | None = None) -> Measure:
    """Return Gwet's AC1, or with weights AC2 (Br J Math Stat Psychol 61(1), 2008).

    Unlike kappa it stays near the share of agreement where nearly all is of one category.
    Parameters as of `percent_agreement`.
    """

    def by_chance(rates: Floats, w: Floats) -> Floats:
        spread = (rates * (1 - rates)).sum(axis=1)
        return np.asarray(w.sum() * spread / (categories * (categories - 1)))

    return _chance_corrected(codes, categories, weights, by_chance)


def pabak(codes: Floats, categories: int) -> Measure:
    """Return the prevalence- and bias-adjusted kappa (Byrt et al., J Clin Epidemiol 46(5), 1993).

    Agreement by chance is that of categories which are all as frequent: 1 / K.
    Parameters as of `percent_agreement`.
    """
    return _chance_corrected(codes, categories, None, 1 / categories)


def _chance_corrected(
    codes: Floats, categories: int, weights: Floats | None, by_chance: _ByChance | float
) -> Measure:
    """Return (p - e) / (1 - e), p over units with two codes, category rates over units with one."""
    w = weights_of(categories) if weights is None else weights
    counts = counts_of(codes, categories)
    given = counts.sum(axis=1)
    pairs = np.maximum(given * (given - 1), 1)
    agreed = (counts * (counts @ w - 1)).sum(axis=1) / pairs
    twice: Bools = given >= 2
    once: Bools = given >= 1
    shares = counts / np.maximum(given, 1)[:, None]
    parts = np.column_stack([np.where(twice, agreed, 0), twice, once, shares])

    def value(sums: Floats) -> Floats:
        rates = sums[:, 3:] / sums[:, 2:3]
        chance = by_chance(rates, w) if callable(by_chance) else np.full(len(rates), by_chance)
        # What is 1 but for the last digit is 1: all of one category.
        left = np.where(1 - chance < 1e-12, 0, 1 - chance)
        return np.asarray((sums[:, 0] / sums[:, 1] - chance) / left)

    counted = once if callable(by_chance) and twice.any() else twice
    return Measure(parts, value, counted, NOT_TWICE, ONE_CATEGORY)


def cohen_kappa(codes: Floats, categories: int, weights: Floats | None = None) -> Measure:
    """Return Cohen's kappa of two readers (Educ Psychol Meas 20(1), 1960), weighted if asked.

    Parameters
    ----------
    codes : ndarray of float, shape (N, 2)
    categories : int
    weights : ndarray of float, shape (K, K), optional
        See `weights_of` (Cohen, Psychological Bulletin 70(4), 1968).
    """
    w = weights_of(categories) if weights is None else weights
    both = np.asarray(~np.isnan(codes).any(axis=1))
    cell = np.where(both, np.nan_to_num(codes[:, 0]) * categories + np.nan_to_num(codes[:, 1]), -1)
    parts = (cell[:, None] == np.arange(categories**2)).astype(np.float64)

    def value(sums: Floats) -> Floats:
        table = sums.reshape(-1, categories, categories) / sums.sum(axis=1)[:, None, None]
        agreed = (table * w).sum(axis=(1, 2))
        chance = np.einsum("bk,kl,bl->b", table.sum(axis=2), w, table.sum(axis=1))
        left = np.where(1 - chance < 1e-12, 0, 1 - chance)
        return np.asarray((agreed - chance) / left)

    return Measure(parts, value, both, NOT_TWICE, ONE_CATEGORY)
