"""A figure with its n, its interval, or the reason why it has none; and how it is resampled."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DRAWS, SEED = 1000, 2018
_LEAST_DEFINED = 0.95
"""Share of the draws that must have a value, else the percentiles are those of a selection."""
_PORTION = 2**22  # numbers of a portion of draws


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, or why it cannot be.

    Attributes
    ----------
    value : float or None
        Finite.
    n : int
        Units that it rests on.
    interval : (float, float) or None
        95 %, percentiles of the bootstrap over subjects.
    reason : str
        Why there is no value, or no interval; empty where there are both.
    """

    value: float | None
    n: int
    interval: tuple[float, float] | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        numbers = (self.value, *(self.interval or ()))
        if not all(number is None or math.isfinite(number) for number in numbers):
            raise ValueError("A figure without a finite value has none, and a reason.")
        if (self.value is None or self.interval is None) == (not self.reason):
            raise ValueError("A figure lacks its value or its interval exactly for a reason.")

    def to_json(self) -> dict[str, Any]:
        """Return the figure as JSON-ready values; what is missing is None."""
        return {
            "value": self.value,
            "n": self.n,
            "interval": list(self.interval) if self.interval else None,
            "reason": self.reason or None,
        }


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure as a function of sums over units, which makes it quick to resample.

    Attributes
    ----------
    parts : ndarray of float, shape (N, M)
        What each of N units adds to each of M sums.
    value : callable
        From sums, shape (B, M), to values, shape (B,); nan where the figure is not defined.
    counted : ndarray of bool, shape (N,)
        The units that the figure rests on.
    empty : str
        What is missing where no unit counts, as a sentence.
    undefined : str
        What is the matter where the sums of all units have no value, as a sentence.
    """

    parts: Floats
    value: Callable[[Floats], Floats]
    counted: Bools
    empty: str
    undefined: str

    def of_all(self) -> float:
        """Return the value of all units; nan where it is not defined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(self.value(self.parts.sum(axis=0)[None])[0])


def measured(
    measure: Measure,
    subjects: Sequence[Hashable],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Figure:
    """Return a measure's value with its bootstrap interval, whole subjects being drawn.

    Units of one subject are not independent (slices of a volume, stills of a face), so it is
    subjects that are drawn with replacement (Field & Welsh, J R Stat Soc B 69(3), 2007).

    Parameters
    ----------
    measure : Measure
    subjects : sequence of hashable, length N
        Of each unit.
    draws : int
    seed : int
        The same seed, the same interval.
    """
    n = int(measure.counted.sum())
    if not n:
        return Figure(None, 0, None, measure.empty)
    value = measure.of_all()
    if not math.isfinite(value):
        return Figure(None, n, None, measure.undefined)
    kept = [s for s, counts in zip(subjects, measure.counted, strict=True) if counts]
    number = {subject: place for place, subject in enumerate(dict.fromkeys(kept))}
    if len(number) < 2:
        return Figure(value, n, None, "All of it is of one subject, so it has no interval.")
    sums = np.zeros((len(number), measure.parts.shape[1]))
    np.add.at(sums, [number[s] for s in kept], measure.parts[measure.counted])
    return Figure(value, n, *interval_of(_resampled(measure, sums, draws, seed)))


def interval_of(values: Floats) -> tuple[tuple[float, float] | None, str]:
    """Return the 95 % interval of the values of resamples; else None, and the reason.

    Parameters
    ----------
    values : ndarray of float, shape (B,)
        nan where a resample has none.
    """
    defined = values[np.isfinite(values)]
    if defined.size < _LEAST_DEFINED * values.size:
        lost = 100 * (1 - defined.size / values.size)
        return None, f"It is not defined in {lost:.0f} % of the resamples: no interval."
    low, high = np.quantile(defined, (0.025, 0.975))
    return (float(low), float(high)), ""


def _resampled(measure: Measure, sums: Floats, draws: int, seed: int) -> Floats:
    """Return the value of each draw of subjects, shape (draws,)."""
    portion = max(1, _PORTION // len(sums))
    values = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for first in range(0, draws, portion):
            times = times_drawn(len(sums), min(portion, draws - first), seed, first)
            values.append(measure.value(times @ sums))
    return np.concatenate(values)


@lru_cache(maxsize=2)  # the figures of one table have the same subjects
def times_drawn(subjects: int, draws: int, seed: int, first: int) -> Floats:
    """Return how often each subject is drawn in each draw, shape (draws, subjects)."""
    generator = np.random.default_rng([seed, first])
    times = generator.multinomial(subjects, np.full(subjects, 1 / subjects), draws)
    return times.astype(np.float64)
