"""The analysis of Obuchowski and Rockette, and what it says of the next study's size.

A two-way analysis of variance of readers and modalities, corrected for what they share by reading
the same cases (Obuchowski & Rockette, Commun Stat Simul Comput 24(2), 1995), with the degrees of
freedom of Hillis (Statistics in Medicine 26(3), 2007; 33(2), 2014). Every reader reads every case
in both modalities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..distributions import f_power
from ..figure import Figure, Floats
from .ustatistic import CONSTANT, Estimate, reader_covariances, reader_means, with_interval

Covariance = Literal["jackknife", "delong", "unbiased"]

NOT_CROSSED = "Not every reader read every case, so the analysis of variance does not apply."


@dataclass(frozen=True, slots=True)
class Components:
    """Components of variance of a reader's figure of merit in a modality.

    Attributes
    ----------
    reader, modality_reader : float
        Of readers, and of how modalities differ between readers; may be negative.
    cov1, cov2, cov3 : float
        Covariance over cases of one reader in two modalities; of two readers in one; of two
        readers, each in another.
    error : float
        Variance over cases.
    cases : int
        Of how many cases the covariances are.
    """

    reader: float
    modality_reader: float
    cov1: float
    cov2: float
    cov3: float
    error: float
    cases: int


def jackknife_covariances(kernel: Floats) -> Floats:
    """Return covariances over cases, shape (P, P), from leaving out each case in turn.

    Parameters
    ----------
    kernel : ndarray of float, shape (M, R, N0, N1)
        Without nan.
    """
    flat = kernel.reshape(-1, *kernel.shape[2:])
    healthy, diseased = flat.shape[1:]
    whole = flat.mean(axis=(1, 2))[:, None]
    left_out = np.concatenate(
        [
            (whole * healthy - flat.mean(axis=2)) / (healthy - 1),
            (whole * diseased - flat.mean(axis=1)) / (diseased - 1),
        ],
        axis=1,
    )
    cases = healthy + diseased
    return np.asarray(np.atleast_2d(np.cov(left_out)) * (cases - 1) ** 2 / cases)


def delong_covariances(kernel: Floats) -> Floats:
    """Return covariances over cases, shape (P, P), by DeLong (Biometrics 44(3), 1988).

    Parameters as of `jackknife_covariances`.
    """
    flat = kernel.reshape(-1, *kernel.shape[2:])
    parts = [np.atleast_2d(np.cov(flat.mean(axis=axis))) / flat.shape[3 - axis] for axis in (1, 2)]
    return np.asarray(parts[0] + parts[1])


_COVARIANCES = {
    "jackknife": jackknife_covariances,
    "delong": delong_covariances,
    "unbiased": reader_covariances,
}


def or_components(kernel: Floats, covariance: Covariance = "jackknife") -> Components:
    """Return the components of variance of two modalities.

    Parameters
    ----------
    kernel : ndarray of float, shape (2, R, N0, N1)
        See `kernels`; at least two readers, and two cases of each kind.
    covariance : {"jackknife", "delong", "unbiased"}

    Raises
    ------
    ValueError
        If a reader did not read all cases, or there are not two modalities or readers.
    """
    if kernel.shape[0] != 2 or kernel.shape[1] < 2:
        raise ValueError("Components of variance need two modalities, and two readers or more.")
    if np.isnan(kernel).any():
        raise ValueError(NOT_CROSSED)
    readers = kernel.shape[1]
    over = _COVARIANCES[covariance](kernel).reshape(2, readers, 2, readers)
    same = np.eye(readers, dtype=bool)
    own, other = over[[0, 1], :, [0, 1]], over[[0, 1], :, [1, 0]]
    error, cov2 = own[:, same].mean(), own[:, ~same].mean()
    cov1, cov3 = other[:, same].mean(), other[:, ~same].mean()
    of_readers, of_both = _mean_squares(reader_means(kernel))
    return Components(
        float((of_readers - of_both) / 2 - cov1 + cov3),
        float(of_both - error + cov1 + cov2 - cov3),
        float(cov1),
        float(cov2),
        float(cov3),
        float(error),
        sum(kernel.shape[2:]),
    )


def _mean_squares(means: Floats) -> tuple[float, float]:
    """Return the mean squares of readers, and of modalities by readers, of means (2, R)."""
    readers = means.shape[1]
    apart = means[0] - means[1]
    return (
        float(2 * means.mean(axis=0).var(ddof=1)),
        float(((apart - apart.mean()) ** 2).sum() / 2 / (readers - 1)),
    )


def or_difference(kernel: Floats, covariance: Covariance = "jackknife") -> Estimate:
    """Return how far the first of two modalities lies above the second.

    Parameters
    ----------
    kernel : ndarray of float, shape (2, R, N0, N1)
    covariance : {"jackknife", "delong", "unbiased"}

    Raises
    ------
    ValueError
        As of `or_components`.
    """
    parts, readers = or_components(kernel, covariance), kernel.shape[1]
    means = reader_means(kernel)
    square = _mean_squares(means)[1]
    value = float(means[0].mean() - means[1].mean())
    spread = square + readers * max(parts.cov2 - parts.cov3, 0)
    return _estimate(value, 0.0, parts.cases, 2 * spread / readers, spread, square, readers)


def or_mean(kernel: Floats, covariance: Covariance = "jackknife") -> Estimate:
    """Return a modality's mean over readers.

    Parameters
    ----------
    kernel : ndarray of float, shape (R, N0, N1)
    covariance : {"jackknife", "delong", "unbiased"}

    Raises
    ------
    ValueError
        If a reader did not read all cases, or there is one reader.
    """
    readers = len(kernel)
    if readers < 2 or np.isnan(kernel).any():
        raise ValueError(NOT_CROSSED if readers > 1 else "It needs two readers or more.")
    over = _COVARIANCES[covariance](kernel[None])
    cov2 = float(over[~np.eye(readers, dtype=bool)].mean())
    means = reader_means(kernel[None])[0]
    square = float(means.var(ddof=1))
    spread = square + readers * max(cov2, 0)
    cases = sum(kernel.shape[1:])
    return _estimate(float(means.mean()), 0.5, cases, spread / readers, spread, square, readers)


def _estimate(
    value: float,
    null: float,
    cases: int,
    variance: float,
    spread: float,
    square: float,
    readers: int,
) -> Estimate:
    """Return an estimate with Hillis' degrees of freedom."""
    if square < 1e-15:
        return Estimate(Figure(value, cases, None, CONSTANT), variance)
    return with_interval(value, null, cases, variance, (readers - 1) * (spread / square) ** 2)


def power(components: Components, effect: float, readers: int, cases: int) -> float:
    """Return the power of a study of two modalities: how likely it is to find a difference.

    At a level of .05, two-sided, with as many cases with the disease among all as in the study
    that the components are of (Hillis, Obuchowski & Berbaum, Academic Radiology 18(2), 2011).

    Parameters
    ----------
    components : Components
        Of an earlier study.
    effect : float
        The difference to be found.
    readers, cases : int
        Of the study planned.
    """
    scale = components.cases / cases
    shared = max(components.cov2 - components.cov3, 0)
    own = max(components.modality_reader, 0)
    apart = components.error - components.cov1
    spread = own + scale * (apart + (readers - 1) * shared)
    degrees = (readers - 1) * (spread / (own + scale * (apart - shared))) ** 2
    return f_power(effect**2 * readers / 2 / spread, degrees)


def cases_needed(
    components: Components, effect: float, readers: int, least: float = 0.8, most: int = 2000
) -> int | None:
    """Return the fewest cases with which a study has the power; None if `most` are too few.

    Parameters
    ----------
    components, effect, readers
        As of `power`.
    least : float
        The power asked for.
    most : int
    """
    if power(components, effect, readers, most) < least:
        return None
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if power(components, effect, readers, middle) >= least:
            high = middle
        else:
            low = middle + 1
    return low
