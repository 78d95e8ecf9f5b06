"""Maps drawn over a picture for people to look at."""

from __future__ import annotations

import numpy as np

from annotator.domain import BoundingBox, Mask
from annotator.suggest.overlays import overlay


def white(drawn: np.ndarray) -> np.ndarray:
    """Return the first and last row and column, and the number of white pixels."""
    rows, columns = np.nonzero((drawn == 255).all(axis=-1))
    return np.array([rows.min(), rows.max(), columns.min(), columns.max(), rows.size])


def test_an_outline_is_drawn_on_the_edge_of_its_pixels() -> None:
    picture, values = np.full((60, 80), 90, np.uint8), np.zeros((60, 80), np.float32)
    top, bottom, left, right, _ = white(overlay(picture, values, [BoundingBox(20, 10, 40, 30)]))
    # The edge at 20 lies between the pixels 19 and 20.
    assert {top, left} <= {9, 10, 19, 20}
    assert (bottom - top, right - left) == (30, 40)


def test_the_outline_of_a_hole_is_drawn_too() -> None:
    picture, values = np.full((60, 80), 90, np.uint8), np.zeros((60, 80), np.float32)
    ring = np.ones((30, 40), bool)
    whole, hollow = Mask.of(ring.copy(), 20, 10), ring
    hollow[10:20, 10:30] = False
    with_hole = Mask.of(hollow, 20, 10)
    assert whole is not None
    assert with_hole is not None
    *frame, count = white(overlay(picture, values, [whole]))
    *same, more = white(overlay(picture, values, [with_hole]))
    assert frame == same
    assert more - count == 2 * (10 + 20)
