"""The analysis of variance of reader studies, against its definition and RJafroc's text."""

from __future__ import annotations

import math

import numpy as np
import pytest

from annotator.figures import mrmc
from annotator.figures.mrmc.obuchowski import delong_covariances, jackknife_covariances

VAN_DYKE = mrmc.Components(
    math.nan, 0.00020040252, 0.00034661371, 0.00034407483, 0.00023902837, 0.00080228827, 114
)
"""Of the study of Van Dyke et al. (1993), in RJafroc's manual of `SsPowerGivenJK`, example 4A."""


def large() -> np.ndarray:
    generator, truth = np.random.default_rng(4), np.arange(200) >= 100
    readers = generator.normal(0, 0.3, (2, 6, 1)) * truth
    cases = generator.normal(0, 0.7, (2, 1, 200)) + generator.normal(0, 0.7, 200) + truth
    return mrmc.auc_kernel(readers + cases + generator.normal(0, 0.7, (2, 6, 200)), truth)


def small() -> np.ndarray:
    ratings = np.random.default_rng(3).integers(0, 5, (2, 3, 11)).astype(float)
    return mrmc.auc_kernel(ratings, np.arange(11) >= 5)


def test_the_variance_is_that_of_the_u_statistic_unless_a_component_is_negative():
    kernel = large()
    parts = mrmc.or_components(kernel, "unbiased")
    assert parts.cov2 > parts.cov3
    own = mrmc.or_difference(kernel, "unbiased").variance
    assert own == pytest.approx(mrmc.difference_estimate(kernel[0], kernel[1]).variance, abs=1e-12)


def test_jackknife_covariances_are_those_of_leaving_out_each_case():
    kernel = small()
    without = [mrmc.reader_means(np.delete(kernel, case, axis=2)).ravel() for case in range(5)]
    without += [mrmc.reader_means(np.delete(kernel, case, axis=3)).ravel() for case in range(6)]
    apart = np.array(without) - np.mean(without, axis=0)
    expected = (11 - 1) / 11 * sum(np.outer(one, one) for one in apart)
    assert jackknife_covariances(kernel) == pytest.approx(expected, abs=1e-12)


def test_delong_covariances_are_those_of_structural_components():
    kernel = small().reshape(6, 5, 6)
    means = kernel.mean(axis=(1, 2))
    expected = np.zeros((6, 6))
    for one, other in np.ndindex(6, 6):
        for case in range(6):
            apart = [kernel[k, :, case].mean() - means[k] for k in (one, other)]
            expected[one, other] += apart[0] * apart[1] / 5 / 6
        for case in range(5):
            apart = [kernel[k, case].mean() - means[k] for k in (one, other)]
            expected[one, other] += apart[0] * apart[1] / 4 / 5
    assert delong_covariances(small()) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("covariance", ["jackknife", "delong", "unbiased"])
def test_estimates_of_covariance_agree_in_a_large_study(covariance):
    kernel = large()
    own = mrmc.or_difference(kernel, covariance)
    expected = mrmc.difference_estimate(kernel[0], kernel[1]).variance
    assert own.variance == pytest.approx(expected, rel=0.01)
    assert own.figure.interval[0] < own.figure.value < own.figure.interval[1]
    assert own.figure.n == 200


@pytest.mark.parametrize(
    ("effect", "readers", "cases", "power"),
    [(-0.043800322, 10, 165, 0.80541995)],  # RJafroc, tests/testthat/test-SsSampleSizeRoc.R
)
def test_power_is_that_of_rjafroc(effect, readers, cases, power):
    assert mrmc.power(VAN_DYKE, effect, readers, cases) == pytest.approx(power, abs=2e-7)


def test_the_fewest_cases_are_those_with_the_power_asked_for():
    cases = mrmc.cases_needed(VAN_DYKE, 0.05, 8)
    assert mrmc.power(VAN_DYKE, 0.05, 8, cases) >= 0.8
    assert mrmc.power(VAN_DYKE, 0.05, 8, cases - 1) < 0.8
    assert mrmc.cases_needed(VAN_DYKE, 0.01, 8) is None


def test_an_analysis_of_variance_needs_every_reading():
    kernel = small()
    kernel[1, 2, 0] = math.nan
    with pytest.raises(ValueError, match="Not every reader read every case"):
        mrmc.or_difference(kernel)
    with pytest.raises(ValueError, match="Not every reader read every case"):
        mrmc.or_mean(kernel[1])
    with pytest.raises(ValueError, match="two readers or more"):
        mrmc.or_difference(small()[:, :1])


def test_modalities_that_differ_by_the_same_for_every_reader_have_no_interval():
    kernel = small()
    figure = mrmc.or_difference(np.stack([kernel[0], kernel[0]])).figure
    assert figure.value == 0
    assert "Nothing varies" in figure.reason
