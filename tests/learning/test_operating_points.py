"""Operating points from a few confirmed images: better ones are taken, others stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.learning.operating_points import fit_operating_point


def camera(seed: int, present: int, absent: int, shift: float):
    """Scores of a camera that shifts all of them down by some log odds."""
    noise = np.random.default_rng(seed)
    odds = np.concatenate([noise.normal(2, 1, present), noise.normal(-2, 1, absent)]) - shift
    truth = [True] * present + [False] * absent
    return 1 / (1 + np.exp(-odds)), truth, [f"person {n}" for n in range(present + absent)]


def test_the_point_of_another_camera_follows_its_scores():
    scores, truth, people = camera(0, 20, 30, shift=3)
    fitted = fit_operating_point("AU12", scores, truth, people, 0.5)
    assert not fitted.kept
    # Halfway between -1 and -5 in log odds.
    assert np.log(fitted.now / (1 - fitted.now)) == pytest.approx(-3, abs=0.7)
    assert fitted.before_rates.sensitivity < 0.4
    assert fitted.now_rates.sensitivity > 0.85
    others, *_ = camera(1, 500, 500, shift=3)
    told = others >= fitted.now
    assert told[:500].mean() > 0.9
    assert told[500:].mean() < 0.1


def test_a_point_that_is_right_stays():
    fitted = [fit_operating_point("x", *camera(n, 20, 30, shift=0), 0.5) for n in range(20)]
    moved = [point for point in fitted if not point.kept]
    assert {point.now for point in fitted if point.kept} == {0.5}
    # The error of a difference is not its largest: some move, and those lose little by it.
    assert len(moved) <= 4
    scores, *_ = camera(99, 2000, 2000, shift=0)
    right = (scores[:2000] >= 0.5).mean() + (scores[2000:] < 0.5).mean()
    for point in moved:
        told = (scores[:2000] >= point.now).mean() + (scores[2000:] < point.now).mean()
        assert told > right - 0.1


def test_a_point_is_judged_by_subjects_it_was_not_chosen_by():
    """Three persons' own levels say nothing of the label, however many images they give."""
    noise = np.random.default_rng(3)
    people, truth, scores = [], [], []
    for person, (level, has) in enumerate([(0.2, True), (0.4, False), (0.3, True), (0.1, False)]):
        people += [f"person {person}"] * 12
        truth += [has] * 12
        scores += list(level + noise.uniform(-0.01, 0.01, 12))
    alone = fit_operating_point("node", scores, truth, [str(n) for n in range(48)], 0.5)
    together = fit_operating_point("node", scores, truth, people, 0.5)
    assert not alone.kept
    assert together.kept == "no better so far"


@pytest.mark.parametrize(
    ("truth", "reason"),
    [
        ([True] * 4 + [False] * 20, "fewer than 5 confirmed images with it"),
        ([True] * 20 + [False] * 4, "fewer than 5 confirmed images without it"),
        ([], "fewer than 5 confirmed images with it"),
    ],
)
def test_too_few_images_leave_the_point(truth, reason):
    fitted = fit_operating_point("x", [0.5] * len(truth), truth, ["a"] * len(truth), 0.3)
    assert (fitted.kept, fitted.now, fitted.now_rates) == (reason, 0.3, None)


@given(st.data())
def test_whatever_the_scores_a_point_is_a_score_and_an_old_one_stays_for_a_reason(data):
    cases = data.draw(
        st.lists(
            st.tuples(st.floats(0, 1), st.booleans(), st.sampled_from("abcd")), max_size=40
        )
    )  # fmt: skip
    point = data.draw(st.floats(0, 1))
    scores, truth, people = zip(*cases, strict=True) if cases else ((), (), ())
    fitted = fit_operating_point("x", scores, truth, people, point)
    assert fitted.present + fitted.absent == len(cases)
    assert fitted.now == point if fitted.kept else 0 <= fitted.now <= 1
