"""Variances of a figure of merit over readers and cases: the U-statistic of Gallas.

The one-shot estimate of Gallas (Academic Radiology 13(3), 2006) for any design, with the moments
M1 to M8 of Barrett, Kupinski & Clarkson as in Gallas, Bandos, Samuelson & Wagner (Commun Stat
Theory Methods 38(15), 2009), as iMRMC of the U.S. Food and Drug Administration has it. Both of its
estimates are here: the unbiased one, which may be negative in small studies, and the maximum
likelihood one ("mle"), which cannot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..distributions import t_p_value, t_quantile
from ..figure import Figure, Floats

Variance = Literal["unbiased", "mle"]

_WITHOUT_SAME = np.array([[1.0, 0.0], [-1.0, 1.0]])  # what is the same is in the sum over all
_FROM_SUMS = np.kron(_WITHOUT_SAME, np.kron(_WITHOUT_SAME, _WITHOUT_SAME))
_COMPONENT = np.array([[1.0, -1.0], [0.0, 1.0]])
_COMPONENTS = np.kron(_COMPONENT, np.kron(_COMPONENT, _COMPONENT))
_HEALTHY, _DISEASED, _READER = 6, 5, 3
"""Rows of `_COMPONENTS`: what differs between cases without, cases with, and readers alone."""
NEGATIVE = "Too few readers or cases: the estimate of the variance is negative."
CONSTANT = "Nothing varies between readers or cases, so it has no interval."
_AS_NORMAL = 50
"""Degrees of freedom from which on iMRMC takes the normal distribution."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over pairs of readings, of two modalities or of one with itself.

    Attributes
    ----------
    means : (float, float)
        The figure of merit in each modality, over all that was read.
    unbiased, mle : ndarray of float, shape (8,)
        M1 to M8 by each estimate: the mean product of two successes, M1 of the same reader and
        both cases the same, M8 of two readers and no case the same.
    coefficients : ndarray of float, shape (8,)
        What each moment weighs in the covariance.
    """

    means: tuple[float, float]
    unbiased: Floats
    mle: Floats
    coefficients: Floats

    def covariance(self, variance: Variance) -> float:
        """Return the covariance of the two figures of merit."""
        return float(self.coefficients @ (self.mle if variance == "mle" else self.unbiased))

    def components(self, variance: Variance) -> Floats:
        """Return the components of variance of cases without, with, and readers, shape (3,)."""
        moments = self.mle if variance == "mle" else self.unbiased
        parts = (_COMPONENTS @ moments)[[_HEALTHY, _DISEASED, _READER]]
        return np.where(~self.shared(), 0, parts)

    def degrees(self) -> Floats:
        """Return the degrees of freedom of each of `components`, shape (3,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.rint(1 / self._weights() - 1))

    def shared(self) -> npt.NDArray[np.bool_]:
        """Return whether two modalities have cases without, with, and readers in common."""
        return np.asarray(self._weights() > 0)

    def _weights(self) -> Floats:
        weights = self.coefficients @ np.linalg.inv(_COMPONENTS)
        return np.asarray(weights[[_HEALTHY, _DISEASED, _READER]])


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of merit, or a difference of two, as of other readers and other cases.

    Attributes
    ----------
    figure : Figure
        n is the number of cases. The interval is 95 %, of Student's t.
    variance : float or None
    degrees : float or None
        Degrees of freedom of the variance.
    p_value : float or None
        Two-sided: of a difference of 0, or of a figure of merit of .5.
    """

    figure: Figure
    variance: float | None = None
    degrees: float | None = None
    p_value: float | None = None


def reader_means(kernel: Floats) -> Floats:
    """Return the figure of merit of each reader in each modality, shape (M, R).

    nan where a reader read no case of one kind.

    Parameters
    ----------
    kernel : ndarray of float, shape (M, R, N0, N1)
        See `kernels`.
    """
    read = ~np.isnan(kernel)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(kernel, axis=(2, 3)) / read.sum(axis=(2, 3)))


def reader_covariances(kernel: Floats) -> Floats:
    """Return the covariances of the figures of merit of all readers and modalities over cases.

    Unbiased; shape (P, P), P = M times R readers in modalities, a modality's readers together. nan
    where two have fewer than two cases of a kind in common.
    """
    flat = kernel.reshape(-1, *kernel.shape[2:])
    above, below = _pair_sums(flat, flat)
    unbias = _FROM_SUMS[:4, :4]
    above_apart = np.einsum("ij,jpq->ipq", unbias, above)
    below_apart = np.einsum("ij,jpq->ipq", unbias, below)
    with np.errstate(divide="ignore", invalid="ignore"):
        moments = np.where(below_apart != 0, above_apart / below_apart, 0)
        parts = (below_apart / below[3] * moments).sum(axis=0) - moments[3]
        return np.asarray(np.where(below_apart[3] > 0, parts, np.nan))


def moments(first: Floats, second: Floats) -> Moments:
    """Return the moments of two modalities, or of a modality with itself.

    Parameters
    ----------
    first, second : ndarray of float, shape (R, N0, N1)
        The kernels of the same readers and cases; nan where a reader did not read.
    """
    above, below = _pair_sums(first, second)
    own, other = (np.concatenate([_trace(x), x.sum(axis=(1, 2))]) for x in (above, below))
    above_apart, below_apart = _FROM_SUMS @ own, _FROM_SUMS @ other
    with np.errstate(divide="ignore", invalid="ignore"):
        coefficients = below_apart / other[7]
        unbiased = np.where(below_apart != 0, above_apart / below_apart, 0)
        mle = np.where(other != 0, own / other, 0)
        means = tuple(float(np.nansum(k) / (~np.isnan(k)).sum()) for k in (first, second))
    coefficients[7] -= 1
    return Moments((means[0], means[1]), unbiased, mle, coefficients)


def _trace(sums: Floats) -> Floats:
    return np.asarray(np.trace(sums, axis1=1, axis2=2))


def _pair_sums(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Return sums of products and how many, shape (4, P, Q), of each two readers.

    Of pairs of the same two cases; of the same case with; of the same case without; of any.
    """
    sums = []
    for one, other in ((first, second), (~np.isnan(first), ~np.isnan(second))):
        views = [_views(np.nan_to_num(x.astype(np.float64))) for x in (one, other)]
        sums.append(np.stack([a @ b.T for a, b in zip(*views, strict=True)]))
    return sums[0], sums[1]


def _views(kernel: Floats) -> tuple[Floats, ...]:
    return (
        kernel.reshape(len(kernel), -1),
        kernel.sum(axis=1),
        kernel.sum(axis=2),
        kernel.sum(axis=(1, 2))[:, None],
    )


def mean_estimate(
    kernel: Floats, variance: Variance = "unbiased", *, cases: int | None = None
) -> Estimate:
    """Return a modality's figure of merit over all readers.

    Parameters
    ----------
    kernel : ndarray of float, shape (R, N0, N1)
    variance : {"unbiased", "mle"}
    cases : int, optional
        How many it rests on, where that is not the N0 + N1 that were read (`share_kernel`).
    """
    own, lacking = moments(kernel, kernel), _lacking(kernel)
    value, n = own.means[0], _cases(~np.isnan(kernel)) if cases is None else cases
    if lacking:
        return Estimate(Figure(value if math.isfinite(value) else None, n, None, lacking))
    parts, degrees = own.components("mle"), own.degrees()
    spread = float((parts**2 / degrees**3).sum())
    return _estimate(value, 0.5, n, own.covariance(variance), spread, float(degrees.min()))


def difference_estimate(
    first: Floats, second: Floats, variance: Variance = "unbiased", *, cases: int | None = None
) -> Estimate:
    """Return how far a modality's figure of merit lies above another's.

    Parameters
    ----------
    first, second : ndarray of float, shape (R, N0, N1)
        Of the same readers and cases; nan where a reader did not read, so that neither readers
        nor cases need be the same in both (split-plot designs).
    variance : {"unbiased", "mle"}
    cases : int, optional
        As of `mean_estimate`.
    """
    one, two, both = moments(first, first), moments(second, second), moments(first, second)
    value, lacking = one.means[0] - two.means[0], _lacking(first) or _lacking(second)
    n = _cases(~np.isnan(first) | ~np.isnan(second)) if cases is None else cases
    if lacking:
        return Estimate(Figure(value if math.isfinite(value) else None, n, None, lacking))
    parts = [part.components("mle") for part in (one, two, both)]
    degrees = np.minimum(one.degrees(), two.degrees())
    spread = np.where(
        both.shared(),
        (parts[0] + parts[1] - 2 * parts[2]) ** 2 / degrees**3,
        parts[0] ** 2 / one.degrees() ** 3 + parts[1] ** 2 / two.degrees() ** 3,
    )
    total = one.covariance(variance) + two.covariance(variance) - 2 * both.covariance(variance)
    return _estimate(value, 0.0, n, total, float(spread.sum()), float(degrees.min()))


def _estimate(
    value: float, null: float, cases: int, variance: float, spread: float, least: float
) -> Estimate:
    """Return an estimate with the interval of Student's t, its degrees as Satterthwaite's.

    `spread` is the sum of squared mean squares over their degrees (Obuchowski, Gallas & Hillis,
    Academic Radiology 19(12), 2012), `least` the fewest degrees of one of them (Gaylor & Hopper,
    Technometrics 11(4), 1969). As iMRMC does, degrees are at least 2 and whole in the interval.
    """
    if variance < 0:
        return Estimate(Figure(value, cases, None, NEGATIVE), variance)
    if variance < 1e-15 or spread <= 0:
        return Estimate(Figure(value, cases, None, CONSTANT), variance)
    degrees = max(variance**2 / spread, least, 2.0)
    return with_interval(value, null, cases, variance, degrees, whole=True)


def with_interval(
    value: float, null: float, cases: int, variance: float, degrees: float, *, whole: bool = False
) -> Estimate:
    """Return an estimate with its 95 % interval and p value, from Student's t.

    Parameters
    ----------
    value, null : float
        The estimate, and what the p value compares it with.
    cases : int
    variance, degrees : float
    whole : bool
        Whether to round degrees down, and to take the normal distribution from 50 on.
    """
    used = degrees
    if whole:
        used = math.inf if degrees >= _AS_NORMAL else math.floor(degrees)
    error = math.sqrt(variance)
    half = t_quantile(used) * error
    p_value = t_p_value((value - null) / error, used)
    return Estimate(Figure(value, cases, (value - half, value + half)), variance, degrees, p_value)


def _cases(read: npt.NDArray[np.bool_]) -> int:
    return int(read.any(axis=(0, 2)).sum() + read.any(axis=(0, 1)).sum())


def _lacking(kernel: Floats) -> str:
    """Return why a kernel tells nothing of other readers and cases; empty if it does."""
    read = ~np.isnan(kernel)
    if not read.any():
        return "No reader read a case with and a case without the disease."
    if min(read.any(axis=(0, 1)).sum(), read.any(axis=(0, 2)).sum()) < 2:
        return "There is only one case of a kind, so it has no interval."
    if read.any(axis=(1, 2)).sum() < 2:
        return "It is of one reader, so it has no interval that holds for others."
    return ""
