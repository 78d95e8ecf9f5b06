"""95 % intervals: known values, and that they hold what they promise on planted truths."""

from __future__ import annotations

import numpy as np
import pytest

from annotator.suggest import intervals
from annotator.suggest.measures import area_under_curve


def test_wilson_has_the_published_values() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    for successes, n, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        assert intervals.of_share(successes, n) == pytest.approx((low, high), abs=1e-4)
    assert intervals.of_share(20, 20)[1] == 1


def test_bootstrap_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    generator = np.random.default_rng(0)
    held = 0
    for _ in range(40):
        low, high = intervals.of_mean(generator.beta(2, 5, 60))
        held += low <= 2 / 7 <= high
    assert held >= 34
    assert intervals.of_mean([0.4, 0.4]) == pytest.approx((0.4, 0.4))
    low, high = intervals.of_mean_share([(9, 10), (50, 100)])
    assert low < 0.7 < high
    assert high - low > 0.15


def test_intervals_of_areas_hold_the_truth_and_stay_in_range() -> None:
    generator = np.random.default_rng(1)
    positive = np.arange(120) < 40
    truth, held = 0.7602, 0  # Phi(1 / sqrt(2)), of two normal distributions one apart
    for _ in range(40):
        scores = generator.normal(positive.astype(float), 1)
        low, high = intervals.of_area(scores, positive)
        assert 0 <= low <= area_under_curve(scores, positive) <= high <= 1
        held += low <= truth <= high
    assert held >= 34
    low, high = intervals.of_area(positive.astype(float), positive)
    assert high == 1
    assert 0.85 < low < 0.95
    assert intervals.of_area(np.array([0.1, 0.9]), np.array([False, True]))[0] < 0.1
