"""The FACS agreement index on examples worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from annotator import figures

UNITS = ("1", "2", "4", "5", "6", "7", "12", "25", "26")


def scored(*codes: str) -> np.ndarray:
    """Which units each image's code names: ``6+12`` is AU 6 and AU 12."""
    return np.array([[unit in code.split("+") for unit in UNITS] for code in codes])


@pytest.mark.parametrize(
    ("first", "second", "index"),
    [
        ("1+2+5+25", "1+2+25", 2 * 3 / 7),
        ("6+12", "6+12", 1.0),
        ("6+12+25", "12", 2 * 1 / 4),
        ("4", "7", 0.0),
        ("1+2+4+5+25", "1+2+4+5+26", 2 * 4 / 10),
        ("6+12", "", 0.0),
    ],
)
def test_an_image_by_hand(first, second, index):
    pair = scored(first), scored(second)
    assert figures.agreement_index(*pair).of_all() == pytest.approx(index)
    assert figures.mean_agreement_index(*pair).of_all() == pytest.approx(index)


def test_pooled_and_mean_differ_and_images_without_a_unit_are_left_out():
    first, second = scored("1+2+5+25", "12", ""), scored("1+2+25", "6", "")
    pooled = figures.measured(figures.agreement_index(first, second), ["a", "b", "c"])
    mean = figures.measured(figures.mean_agreement_index(first, second), ["a", "b", "c"])
    assert (pooled.value, pooled.n) == (pytest.approx(6 / 9), 2)
    assert (mean.value, mean.n) == (pytest.approx(3 / 7), 2)


def test_a_unit_whose_grades_are_too_far_apart_is_not_agreed_on():
    first, second = scored("1+12"), scored("1+12")
    agreed = first & second
    agreed[0, UNITS.index("12")] = False
    assert figures.agreement_index(first, second, agreed).of_all() == pytest.approx(0.5)


def test_neutral_faces_have_no_index():
    nothing = scored("", "")
    for index in (figures.agreement_index, figures.mean_agreement_index):
        figure = figures.measured(index(nothing, nothing), ["a", "b"])
        assert figure.value is None
        assert figure.reason == "On no image did either of the two score a unit."


@pytest.mark.parametrize(
    ("value", "level"),
    [(0.69, "below .70"), (0.7, "at least .70"), (0.79, "at least .70"), (0.8, "at least .80")],
)
def test_the_marks_of_the_trade(value, level):
    assert figures.agreement_level(value) == level
