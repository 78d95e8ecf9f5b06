"""A figure has its value or a reason; subjects are drawn whole; nothing depends on the order."""

from __future__ import annotations

import math

import numpy as np
import pytest

from annotator import figures
from annotator.figures import Figure

nan = math.nan
ALL = {
    "percent": figures.percent_agreement,
    "fleiss": figures.fleiss_kappa,
    "gwet": figures.gwet_coefficient,
    "pabak": figures.pabak,
    "cohen": figures.cohen_kappa,
    "alpha": figures.krippendorff_alpha,
    "icc": lambda codes, _: figures.intraclass_correlation(codes, "2,1"),
    "icc3": lambda codes, _: figures.intraclass_correlation(codes, "3,1"),
    "base rate": lambda codes, _: figures.base_rate(codes, 1),
    "tolerance": lambda codes, _: figures.within_tolerance(codes, 1),
}
ONE_SIDED = {"percent": 1.0, "gwet": 1.0, "pabak": 1.0, "base rate": 0.0, "tolerance": 1.0}
"""What has a value where all codes are one category; the others need two."""


@pytest.mark.parametrize("value", [nan, math.inf])
def test_a_figure_is_never_nan(value):
    with pytest.raises(ValueError, match="finite"):
        Figure(value, 3, (0.0, 1.0))
    with pytest.raises(ValueError, match="finite"):
        Figure(0.5, 3, (0.0, value))


def test_what_is_missing_has_a_reason_and_nothing_else_has():
    Figure(0.5, 3, (0.4, 0.6))
    Figure(0.5, 3, None, "One subject.")
    Figure(None, 0, None, "No image.")
    for missing in ((None, 0, None), (0.5, 3, None), (0.5, 3, (0.4, 0.6), "why")):
        with pytest.raises(ValueError, match="reason"):
            Figure(*missing)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "codes",
    [
        np.zeros((0, 2)),
        np.full((3, 2), nan),
        np.array([[0, nan], [nan, 1.0]]),
    ],
    ids=["no images", "missing all", "nobody twice"],
)
def test_degenerate_without_two_codes(name, codes):
    figure = figures.measured(ALL[name](codes, 2), list(range(len(codes))))
    assert figure.value is None
    assert figure.n == 0
    assert figure.reason.startswith("No image was")


@pytest.mark.parametrize("name", ALL)
def test_degenerate_one_category(name):
    figure = figures.measured(ALL[name](np.zeros((8, 2)), 2), list(range(8)))
    assert figure.n == 8
    if name in ONE_SIDED:
        assert figure == Figure(ONE_SIDED[name], 8, (ONE_SIDED[name],) * 2)
    else:
        assert figure.value is None
        assert "one category" in figure.reason or "different grades" in figure.reason


@pytest.mark.parametrize("name", ALL)
def test_degenerate_one_subject(name):
    codes = np.array([[0.0, 0], [1, 1], [1, 0], [1, 1]])
    figure = figures.measured(ALL[name](codes, 2), ["a"] * 4)
    assert figure.value is not None
    assert figure.interval is None
    assert "one subject" in figure.reason


def test_degenerate_one_unit():
    figure = figures.measured(figures.percent_agreement(np.array([[0.0, 1.0]]), 2), ["a"])
    assert (figure.value, figure.n) == (0.0, 1)
    figure = figures.measured(figures.intraclass_correlation(np.array([[0.0, 1.0]]), "2,1"), ["a"])
    assert figure.value is None


@pytest.mark.parametrize("name", ALL)
def test_readers_and_images_may_come_in_any_order(name):
    generator = np.random.default_rng(1)
    codes = generator.integers(0, 2, (30, 2)).astype(float)
    value = ALL[name](codes, 2).of_all()
    assert ALL[name](generator.permutation(codes), 2).of_all() == pytest.approx(value)
    assert ALL[name](codes[:, ::-1], 2).of_all() == pytest.approx(value)


def test_subjects_are_drawn_whole():
    """Ten slices of each subject say no more than one: the interval is that of the subjects."""
    generator = np.random.default_rng(3)
    of_subject = (generator.random(20) < 0.7).astype(float)
    codes = np.column_stack([np.zeros(200), np.repeat(1 - of_subject, 10)])
    agreement = figures.percent_agreement(codes, 2)
    whole = figures.measured(agreement, np.repeat(np.arange(20), 10).tolist())
    alone = figures.measured(agreement, list(range(200)))
    twenty = figures.measured(figures.percent_agreement(codes[::10], 2), list(range(20)))
    assert whole.interval == pytest.approx(twenty.interval)
    assert whole.interval[1] - whole.interval[0] > 2 * (alone.interval[1] - alone.interval[0])


def test_the_same_seed_gives_the_same_interval():
    codes = np.random.default_rng(5).integers(0, 3, (40, 2)).astype(float)
    kappa = figures.cohen_kappa(codes, 3)
    first = figures.measured(kappa, list(range(40)))
    assert first == figures.measured(kappa, list(range(40)))
    assert first != figures.measured(kappa, list(range(40)), seed=1)


def test_an_interval_covers_what_it_promises():
    """Of 400 samples of 60 subjects, the 95 % interval of a share holds the true one in most."""
    generator = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        codes = np.column_stack([np.zeros(60), (generator.random(60) < 0.3).astype(float)])
        low, high = figures.measured(
            figures.percent_agreement(codes, 2), list(range(60)), draws=300
        ).interval
        held += low <= 0.7 <= high
    assert 0.90 <= held / 400 <= 0.98


def test_a_figure_that_most_resamples_lack_has_no_interval():
    codes = np.array([[0.0, 0]] * 30 + [[1, 1]])
    figure = figures.measured(figures.cohen_kappa(codes, 2), list(range(31)))
    assert figure.value == pytest.approx(1)
    assert figure.interval is None
    assert "% of the resamples" in figure.reason


def test_base_rate_and_tolerance_by_hand():
    codes = np.array([[0.0, 1], [1, 1], [nan, 1], [0, 0]])
    assert figures.base_rate(codes, 1).of_all() == pytest.approx(3 / 6)
    grades = np.array([[0.0, 2, 1], [3, 3, nan], [5, 1, nan]])
    assert figures.within_tolerance(grades, 0).of_all() == pytest.approx((0 + 1 + 0) / 3)
    assert figures.within_tolerance(grades, 1).of_all() == pytest.approx((2 / 3 + 1 + 0) / 3)
