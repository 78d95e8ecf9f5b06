"""Regions: pairs, F1, Dice, and distances of outlines, held against MONAI."""

from __future__ import annotations

import math

import numpy as np
import pytest

from annotator import figures


@pytest.mark.parametrize(
    ("overlaps", "pairs"),
    [
        ([], 0),
        ([[0.6]], 1),
        ([[0.4]], 0),
        ([[0.9, 0.6], [0.6, 0.1]], 2),  # the best first would pair one only
        ([[0.9, 0.8, 0.7]], 1),
        ([[0.5, 0.0], [0.5, 0.0]], 1),
    ],
)
def test_as_many_regions_are_paired_as_can_be(overlaps, pairs):
    assert figures.matched_pairs(np.array(overlaps)) == pairs


def test_f1_by_hand():
    f1 = figures.measured(figures.detection_f1([1, 0, 0], [2, 1, 0], [1, 0, 0]), ["a", "b", "c"])
    assert (f1.value, f1.n) == (pytest.approx(2 / 4), 2)


def test_dice_by_hand():
    one, other = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    assert math.isnan(figures.dice(one, other))
    one[:2], other[1:3] = True, True
    assert figures.dice(one, other) == pytest.approx(0.5)


@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.5, 2.0)])
@pytest.mark.parametrize("seed", range(3))
def test_distances_are_those_of_monai(seed, spacing):
    torch = pytest.importorskip("torch")
    metrics = pytest.importorskip("monai.metrics")
    generator = np.random.default_rng(seed)
    masks = []
    for _ in range(2):
        y, x = generator.integers(8, 24, 2)
        rows, columns = np.indices((40, 40))
        masks.append((rows - y) ** 2 + 2 * (columns - x) ** 2 < generator.integers(20, 60))
    given = [torch.tensor(mask)[None, None].float() for mask in masks]
    how = {"include_background": True, "spacing": list(spacing)}
    mean = metrics.compute_average_surface_distance(*given, symmetric=True, **how)
    far = metrics.compute_hausdorff_distance(*given, percentile=95, **how)
    own = figures.boundary_distances_mm(*masks, spacing)
    assert own == pytest.approx((float(mean), float(far)), abs=1e-5)


def test_distances_of_nothing_are_none():
    nothing, something = np.zeros((5, 5), bool), np.ones((5, 5), bool)
    assert all(map(math.isnan, figures.boundary_distances_mm(nothing, something, (1.0, 1.0))))
    assert figures.boundary_distances_mm(something, something, (1.0, 1.0)) == (0.0, 0.0)
