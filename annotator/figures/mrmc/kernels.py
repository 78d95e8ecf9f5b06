"""What each reader made of each pair of a case without and a case with the disease.

A figure of merit that is a mean over such pairs is a U-statistic, so that the variances of this
package hold for each of them. A kernel has shape (M, R, N0, N1): M modalities, R readers, N0 cases
without the disease, N1 cases with it; nan where the reader did not read both.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..figure import Floats

Truth = npt.NDArray[np.bool_]


def auc_kernel(ratings: Floats, truth: Truth) -> Floats:
    """Return the kernel of the area under the empirical ROC curve; a tie counts half.

    Parameters
    ----------
    ratings : ndarray of float, shape (M, R, C)
        Higher is more suspicious; nan where a reader did not read the case.
    truth : ndarray of bool, shape (C,)
        Whether the case has the disease.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    if ratings.ndim != 3 or truth.shape != ratings.shape[2:]:
        raise ValueError(
            f"Ratings of shape {ratings.shape} do not fit the truth of {truth.shape} cases."
        )
    return _greater(ratings[:, :, truth][:, :, None, :], ratings[:, :, ~truth][..., None])


def wafroc_kernel(false_marks: Floats, lesions: Floats, weights: Floats) -> Floats:
    """Return the kernel of Chakraborty's weighted AFROC figure of merit.

    Each case with the disease counts the same, however many lesions it has (Chakraborty & Zhai,
    Medical Physics 43(5), 2016).

    Parameters
    ----------
    false_marks : ndarray of float, shape (M, R, N0)
        The highest rating of a mark on each case without the disease; -inf where there is none.
    lesions : ndarray of float, shape (M, R, N1, L)
        The rating of the mark on each lesion; -inf where it was not marked. Cases with fewer
        lesions than L are filled with lesions of weight 0.
    weights : ndarray of float, shape (N1, L)
        What finding each lesion is worth; of each case they add up to 1.

    Raises
    ------
    ValueError
        If the weights of a case do not add up to 1.
    """
    if not np.allclose(weights.sum(axis=1), 1) or (weights < 0).any():
        raise ValueError("The weights of the lesions of a case are not negative and add up to 1.")
    kernel = np.zeros((*false_marks.shape, lesions.shape[2]))
    for lesion in range(lesions.shape[3]):
        found = _greater(lesions[:, :, None, :, lesion], false_marks[..., None])
        kernel += np.where(weights[:, lesion] > 0, weights[:, lesion] * found, 0)
    return kernel


def share_kernel(decisions: Floats) -> Floats:
    """Return the kernel of a share of right decisions: sensitivity, specificity.

    It is the area under the curve against as many cases at the threshold itself, which vary in
    nothing (Gallas, Pennello & Myers, J Opt Soc Am A 24(12), 2007).

    Parameters
    ----------
    decisions : ndarray of float, shape (M, R, N)
        Of the cases with the disease (sensitivity) or of those without it (specificity): 1 where
        the decision is right, 0 where it is wrong, nan where there is none.
    """
    cases = decisions.shape[2]
    return np.repeat(decisions[:, :, None, :], cases, axis=2)


def _greater(high: Floats, low: Floats) -> Floats:
    """Return 1 where `high` exceeds `low`, .5 where they are equal, nan where one is missing."""
    success = (high > low) + 0.5 * (high == low)
    return np.where(np.isnan(high) | np.isnan(low), np.nan, success)
