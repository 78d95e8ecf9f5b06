"""Figures of reader studies on examples worked by hand, and where there is nothing to figure."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from annotator.figures import mrmc

NAN, NONE = math.nan, -math.inf
FOUR = np.array([False, False, True, True])


def drawn(shape, seed=5, grades=5) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, grades, shape).astype(float)


def test_a_tie_counts_half():
    # With: 3, 2. Without: 1, 3. Right: 3 > 1, 2 > 1; 3 = 3 counts half; 2 < 3 is wrong.
    kernel = mrmc.auc_kernel(np.array([[[1.0, 3.0, 3.0, 2.0]]]), FOUR)
    assert mrmc.reader_means(kernel).tolist() == [[2.5 / 4]]


def test_what_a_reader_did_not_read_counts_nowhere():
    kernel = mrmc.auc_kernel(np.array([[[1.0, NAN, 3.0, 2.0], [NAN, NAN, 3.0, 2.0]]]), FOUR)
    assert mrmc.reader_means(kernel)[0, 0] == 1
    assert math.isnan(mrmc.reader_means(kernel)[0, 1])


def test_the_unbiased_covariance_of_readers_is_that_of_its_definition():
    """Means of products over pairs of pairs of cases that share none are taken apart."""
    ratings = drawn((1, 2, 9))
    truth = np.arange(9) >= 4
    one, other = mrmc.auc_kernel(ratings, truth)[0]
    apart = [
        one[i, j] * other[k, m]
        for i, k in itertools.permutations(range(4), 2)
        for j, m in itertools.permutations(range(5), 2)
    ]
    expected = one.mean() * other.mean() - np.mean(apart)
    covariances = mrmc.reader_covariances(mrmc.auc_kernel(ratings, truth))
    assert covariances[0, 1] == pytest.approx(expected, abs=1e-12)


def test_modalities_without_a_reader_or_a_case_in_common_are_independent():
    ratings = np.full((2, 6, 40), NAN)
    ratings[0, :3, ::2] = drawn((3, 20), 1)
    ratings[1, 3:, 1::2] = drawn((3, 20), 2)
    kernel = mrmc.auc_kernel(ratings, np.arange(40) >= 20)
    difference = mrmc.difference_estimate(kernel[0], kernel[1])
    single = [mrmc.mean_estimate(one).variance for one in kernel]
    assert difference.variance == pytest.approx(sum(single), abs=1e-12)
    assert difference.figure.n == 40


def test_sensitivity_has_the_variance_of_a_mean_over_readers_and_cases():
    """Products of the same reader and case, of one in common, and of none, as by hand."""
    right = drawn((1, 4, 12), grades=2)
    x, readers, cases = right[0], 4, 12
    estimate = mrmc.mean_estimate(mrmc.share_kernel(right)[0], cases=cases)
    products = np.einsum("ri,sj->rsij", x, x)
    same_r = np.eye(readers, dtype=bool)[:, :, None, None]
    same_c = np.eye(cases, dtype=bool)[None, None]
    apart = products[np.broadcast_to(~same_r & ~same_c, products.shape)].mean()
    assert estimate.figure.value == pytest.approx(x.mean())
    assert estimate.variance == pytest.approx(x.mean() ** 2 - apart, abs=1e-12)
    assert estimate.figure.n == 12


def test_wafroc_of_an_example_worked_by_hand():
    # Two cases without: no mark; a mark rated 2. Two cases with: lesions of weight .6 and .4
    # rated 3 and not marked; one lesion rated 2.
    false_marks = np.array([[[NONE, 2.0]]])
    lesions = np.array([[[[3.0, NONE], [2.0, NONE]]]])
    weights = np.array([[0.6, 0.4], [1.0, 0.0]])
    kernel = mrmc.wafroc_kernel(false_marks, lesions, weights)
    # First case with: .6 x 1 + .4 x .5 against no mark; .6 x 1 + .4 x 0 against 2.
    # Second: 1 against no mark; .5 against 2.
    assert kernel[0, 0] == pytest.approx(np.array([[0.8, 1.0], [0.6, 0.5]]))
    assert mrmc.reader_means(kernel)[0, 0] == pytest.approx(2.9 / 4)


def test_wafroc_of_one_lesion_a_case_is_the_area_under_the_curve():
    ratings, truth = drawn((2, 3, 20)), np.arange(20) >= 9
    marks = mrmc.wafroc_kernel(ratings[..., ~truth], ratings[..., truth, None], np.ones((11, 1)))
    assert np.array_equal(marks, mrmc.auc_kernel(ratings, truth))


def test_weights_of_a_case_add_up_to_one():
    with pytest.raises(ValueError, match="add up to 1"):
        mrmc.wafroc_kernel(np.zeros((1, 1, 1)), np.zeros((1, 1, 1, 2)), np.array([[0.5, 0.4]]))


def test_ratings_fit_their_truth():
    with pytest.raises(ValueError, match="do not fit"):
        mrmc.auc_kernel(np.zeros((1, 1, 3)), FOUR)


@pytest.mark.parametrize(
    ("ratings", "reason", "value"),
    [
        (np.full((1, 2, 4), NAN), "No reader", None),
        (drawn((1, 1, 4)), "one reader", ...),
        (np.array([[[1.0, NAN, 2.0, 3.0], [1.0, NAN, 4.0, 3.0]]]), "one case of a kind", 1),
        (np.array([[[1.0, 2.0, 3.0, 4.0]] * 2]), "Nothing varies", 1),
    ],
)
def test_no_interval_without_its_reason(ratings, reason, value):
    figure = mrmc.mean_estimate(mrmc.auc_kernel(ratings, FOUR)[0]).figure
    assert figure.interval is None
    assert reason in figure.reason
    assert value is ... or figure.value == value


def test_a_negative_variance_is_said():
    # Each reader is right where the other is wrong: less than nothing is left for the cases.
    ratings = np.array([[[1.0, 2.0, 3.0, 0.0], [2.0, 1.0, 0.0, 3.0]]])
    kernel = mrmc.auc_kernel(ratings, FOUR)[0]
    estimate = mrmc.mean_estimate(kernel)
    assert estimate.variance < 0
    assert "negative" in estimate.figure.reason
    assert mrmc.mean_estimate(kernel, "mle").variance >= 0


def test_a_modality_does_not_differ_from_itself():
    kernel = mrmc.auc_kernel(drawn((1, 3, 30)), np.arange(30) >= 15)[0]
    estimate = mrmc.difference_estimate(kernel, kernel)
    assert estimate.figure.value == 0
    assert "Nothing varies" in estimate.figure.reason
