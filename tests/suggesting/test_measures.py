"""The measures of a map against values worked out by hand or by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.domain import BoundingBox
from annotator.suggest import measures


def test_maximum_point_is_a_pixel_centre_and_the_middle_of_a_plateau() -> None:
    values = np.zeros((5, 7), np.float32)
    values[1, 5] = 1
    assert measures.maximum_point(values) == (5.5, 1.5)
    values[1, 3:6] = 1
    assert measures.maximum_point(values) == (4.5, 1.5)


def test_pointing_counts_the_box_edges_as_half_open() -> None:
    box = BoundingBox(2, 3, 4, 5)
    assert measures.points_at((2, 3), [box])
    assert not measures.points_at((6, 3), [box])
    assert not measures.points_at((2, 8), [box])
    assert measures.points_at((2, 3), [BoundingBox(90, 90, 1, 1), box])


def test_energy_inside_overlapping_boxes_is_not_counted_twice() -> None:
    values = np.ones((10, 10), np.float32)
    boxes = [BoundingBox(0, 0, 5, 10), BoundingBox(2, 0, 5, 10)]
    assert measures.energy_inside(values, boxes) == pytest.approx(0.7)
    assert measures.energy_inside(values * 0, boxes) == 0
    assert measures.energy_inside(values, []) == 0


def test_best_iou() -> None:
    boxes = [BoundingBox(0, 0, 10, 10)]
    assert measures.best_iou([BoundingBox(5, 0, 10, 10), BoundingBox(50, 0, 1, 1)], boxes) == (
        pytest.approx(1 / 3)
    )
    assert measures.best_iou([], boxes) == 0


@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40).filter(
        lambda rows: 0 < sum(positive for _, positive in rows) < len(rows)
    )
)
def test_area_under_curve_is_the_share_of_pairs_in_order(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in rows], float)
    positive = np.array([p for _, p in rows])
    pairs = [(a, b) for a in scores[positive] for b in scores[~positive]]
    expected = np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs])
    assert measures.area_under_curve(scores, positive) == pytest.approx(expected)


def test_area_under_curve_without_one_class_is_not_a_number() -> None:
    assert np.isnan(measures.area_under_curve(np.ones(3), np.ones(3, bool)))
