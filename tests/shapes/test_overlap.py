"""How much of two regions is the same: by their pixels, whatever their shapes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotator.domain import BoundingBox, Ellipse, Landmark, Mask, Polygon, iou

masks = arrays(bool, (9, 11)).filter(lambda pixels: pixels.any())
places = st.integers(0, 30)


def ring_of_pixels() -> Mask:
    pixels = np.ones((10, 10), dtype=bool)
    pixels[1:-1, 1:-1] = False
    mask = Mask.of(pixels, 20, 30)
    assert mask is not None
    return mask


def test_a_hole_is_not_shared() -> None:
    ring, full = ring_of_pixels(), BoundingBox(20, 30, 10, 10)
    assert iou(ring, full) == iou(full, ring) == 36 / 100
    inside = BoundingBox(21, 31, 8, 8)
    assert iou(ring, inside) == 0
    (traced,) = ring.polygons()
    assert iou(ring, traced) == 1


@given(masks, masks, places, places)
def test_masks_share_the_pixels_that_both_have(one, other, x, y) -> None:
    canvas = np.zeros((2, 60, 60), dtype=bool)
    canvas[0, 5:14, 7:18] = one
    canvas[1, y : y + 9, x : x + 11] = other
    mine, theirs = Mask.of(canvas[0]), Mask.of(canvas[1])
    assert iou(mine, theirs) == (canvas[0] & canvas[1]).sum() / (canvas[0] | canvas[1]).sum()


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        (BoundingBox(0.25, 0, 10, 10), BoundingBox(5.25, 0, 10, 10), 1 / 3),
        (Landmark(4, 4), Landmark(4.5, 4), 1 / 3),
        (Landmark(4, 4), BoundingBox(40, 4, 5, 5), 0),
        (Ellipse(0, 0, 20, 20), Polygon(((30, 0), (40, 0), (40, 9))), 0),
        (Polygon(((0.6, 0.6), (0.9, 0.6), (0.9, 0.9))), Ellipse(0.6, 0.6, 0.3, 0.3), 1),
        (Polygon(((0, 0), (9, 0), (5, 0))), Ellipse(50, 50, 9, 9), 0),
    ],
)
def test_boxes_points_and_what_has_no_pixel_go_by_boxes(one, other, share) -> None:
    assert iou(one, other) == pytest.approx(share)
    assert iou(other, one) == pytest.approx(share)
