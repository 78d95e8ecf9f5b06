"""What is probably there by several readers' codes, and how good each reader is, with no truth.

The model of Dawid & Skene (Applied Statistics 28(1), 1979): readers err independently of each other
where the truth is the same, each in their own way. Its likelihood is climbed by EM from the
readers' votes, so that the same codes always give the same figures.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from .figure import SEED, Bools, Figure, Floats, interval_of, times_drawn
from .nominal import counts_of

TOO_FEW = "Fewer than three readers: what is there and how they err cannot be told apart."
NO_UNIT = "The reader coded no unit of which this could be told."
UNSETTLED = "The estimate did not settle."
_DRAWS = 200  # each is an estimate of its own, from many steps
_LEAST = 1e-10  # of a probability, so that it has a logarithm
_CLOSE = 1e-10  # change of a probability in a step
_CLOSE_OF_DRAWS = 1e-5
_STEPS = 5000


@dataclass(frozen=True, slots=True)
class LatentClasses:
    """What codes say of the truth and of the readers.

    Attributes
    ----------
    probabilities : ndarray of float, shape (N, K)
        Of each category in each unit; nan where nobody gave a code.
    prevalence : ndarray of float, shape (K,)
        Of each category over units.
    errors : ndarray of float, shape (R, K, K)
        Of each reader: how often a unit of category t is given category c, at [reader, t, c]; nan
        where a reader gave no code.
    settled : bool
        Whether the estimate stopped to change.
    """

    probabilities: Floats
    prevalence: Floats
    errors: Floats
    settled: bool

    def consensus(self) -> Floats:
        """Return the most probable category of each unit, shape (N,); nan if there are two."""
        return _single_best(self.probabilities)


@dataclass(frozen=True, slots=True)
class ReaderQuality:
    """Estimates of one category against all others, without a truth.

    Attributes
    ----------
    prevalence : Figure
    sensitivity, specificity : tuple of Figure
        Of each reader; n is the number of units the reader coded.
    """

    prevalence: Figure
    sensitivity: tuple[Figure, ...]
    specificity: tuple[Figure, ...]


def majority(codes: Floats, categories: int) -> Floats:
    """Return the category most readers gave each unit, shape (N,); nan on a tie or without codes.

    Parameters
    ----------
    codes : ndarray of float, shape (N, R)
        From 0 to categories - 1; nan where a reader gave none.
    categories : int
    """
    return _single_best(counts_of(codes, categories))


def _single_best(weights: Floats) -> Floats:
    best = weights.max(axis=1, keepdims=True)
    alone = (np.abs(weights - best) < 1e-9).sum(axis=1) == 1
    return np.where(alone, weights.argmax(axis=1), np.nan)


def dawid_skene(codes: Floats, categories: int) -> LatentClasses:
    """Return the maximum likelihood estimate from the readers' codes.

    Parameters as of `majority`.
    """
    coded: Bools = np.asarray(~np.isnan(codes).all(axis=1))
    given, pattern = _patterns(codes[coded], categories)
    shares, prevalence, errors, settled = _climbed(given, pattern.sum(axis=0, keepdims=True))
    probabilities = np.full((len(codes), categories), np.nan)
    probabilities[coded] = pattern @ shares[0]
    return LatentClasses(probabilities, prevalence[0], errors[0], settled)


def reader_quality(
    codes: Floats,
    categories: int,
    subjects: Sequence[Hashable],
    *,
    category: int = 1,
    draws: int = _DRAWS,
    seed: int = SEED,
) -> ReaderQuality:
    """Return prevalence, and each reader's sensitivity and specificity, without a truth.

    Intervals are percentiles of the bootstrap over subjects, the model being fitted to each draw.

    Parameters
    ----------
    codes, categories
        As of `majority`.
    subjects : sequence of hashable, length N
        Of each unit.
    category : int
        What is sensed; the others are its absence.
    draws, seed : int
    """
    coded: Bools = np.asarray(~np.isnan(codes).all(axis=1))
    rated = (~np.isnan(codes)).sum(axis=0)
    if (rated > 0).sum() < 3:
        none = tuple(Figure(None, int(n), None, TOO_FEW) for n in rated)
        return ReaderQuality(Figure(None, int(coded.sum()), None, TOO_FEW), none, none)
    given, pattern = _patterns(codes[coded], categories)
    kept = [s for s, counts in zip(subjects, coded, strict=True) if counts]
    number = {subject: place for place, subject in enumerate(dict.fromkeys(kept))}
    times = times_drawn(len(number), draws, seed, 0)[:, [number[s] for s in kept]]
    _, whole, whole_errors, settled = _climbed(given, pattern.sum(axis=0, keepdims=True))
    _, drawn, drawn_errors, _ = _climbed(given, times @ pattern, _CLOSE_OF_DRAWS)
    estimates = [
        np.concatenate(both)
        for both in zip(
            _quality(whole, whole_errors, category),
            _quality(drawn, drawn_errors, category),
            strict=True,
        )
    ]
    reason = "" if settled else UNSETTLED
    if len(number) < 2:
        reason = reason or "All of it is of one subject, so it has no interval."
    prevalence, sensitivity, specificity = estimates

    def figure(values: Floats, n: int) -> Figure:
        if not n or not np.isfinite(values[0]):
            return Figure(None, n, None, NO_UNIT)
        if reason:
            return Figure(float(values[0]), n, None, reason)
        return Figure(float(values[0]), n, *interval_of(values[1:]))

    return ReaderQuality(
        figure(prevalence, int(coded.sum())),
        tuple(figure(sensitivity[:, r], int(n)) for r, n in enumerate(rated)),
        tuple(figure(specificity[:, r], int(n)) for r, n in enumerate(rated)),
    )


def _patterns(codes: Floats, categories: int) -> tuple[Floats, Floats]:
    """Return the patterns of codes that occur, and which unit has which, shape (N, U).

    Of each of U patterns, shape (U, R, K): 1 where a reader gave the category.
    """
    different, place = np.unique(np.nan_to_num(codes, nan=-1), axis=0, return_inverse=True)
    given = different[:, :, None] == np.arange(categories)
    pattern = place.reshape(-1, 1) == np.arange(len(different))
    return given.astype(np.float64), pattern.astype(np.float64)


def _climbed(
    given: Floats, weights: Floats, close: float = _CLOSE
) -> tuple[Floats, Floats, Floats, bool]:
    """Return probabilities (B, N, K), prevalence (B, K), errors (B, R, K, K), and if it settled.

    `weights`, shape (B, N), says how often each unit counts in each of B estimates. A category
    that nobody gave stays at none; the errors of a category that no unit has are nan.
    """
    units, readers, categories = given.shape
    flat = given.reshape(units, -1)
    votes = given.sum(axis=1)
    shares = np.tile(votes / votes.sum(axis=1, keepdims=True), (len(weights), 1, 1))
    settled = False
    for step in range(_STEPS + 1):
        weighted = shares * weights[:, :, None]
        prevalence = weighted.sum(axis=1) / weights.sum(axis=1, keepdims=True)
        counts = weighted.swapaxes(1, 2) @ flat
        counts = counts.reshape(-1, categories, readers, categories).swapaxes(1, 2)
        totals = counts.sum(axis=3, keepdims=True)
        errors = np.divide(counts, totals, out=np.full_like(counts, np.nan), where=totals > 0)
        if settled or step == _STEPS:
            break
        logs = np.log(np.fmax(errors, _LEAST)).swapaxes(1, 2)
        likely = flat @ logs.reshape(len(weights), categories, -1).swapaxes(1, 2)
        with np.errstate(divide="ignore"):
            likely += np.log(prevalence)[:, None]
        before, shares = shares, np.exp(likely - likely.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        settled = bool(np.abs(shares - before).max(initial=0) < close)
    return shares, prevalence, errors, settled


def _quality(prevalence: Floats, errors: Floats, category: int) -> tuple[Floats, Floats, Floats]:
    """Return prevalence (B,), sensitivity and specificity (B, R) of one category."""
    others = np.arange(prevalence.shape[1]) != category
    absent = 1 - errors[:, :, others, category]
    weight = prevalence[:, others] / np.maximum(prevalence[:, others].sum(axis=1), _LEAST)[:, None]
    specificity = np.where(weight[:, None] > 0, absent * weight[:, None], 0).sum(axis=2)
    unknown = np.isnan(absent).all(axis=2)
    return (
        prevalence[:, category],
        errors[:, :, category, category],
        np.where(unknown, np.nan, specificity),
    )
