"""Outlines with few corners: as large as the pixels, near to them, and never across themselves."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotator.domain import Polygon
from annotator.domain.regions.outlines import pieces_of
from annotator.domain.regions.simplifying import MOST_CORNERS, simplified

any_pixels = arrays(bool, st.tuples(st.integers(1, 16), st.integers(1, 16)))


@st.composite
def blobs(draw: st.DrawFn) -> np.ndarray:
    """Draw what a network's map looks like where it is cut."""
    cells = arrays(np.float32, (5, 5), elements=st.floats(0, 1, width=16))
    size = (draw(st.integers(8, 90)), draw(st.integers(8, 90)))
    values = cv2.resize(draw(cells), size, interpolation=cv2.INTER_LINEAR)
    return (
        values >= np.float32(draw(st.floats(0.2, 0.9)) * float(values.max()))
        if (values.max() > 0)
        else values > 0
    )


def tolerance_px(ring: tuple[tuple[float, float], ...]) -> float:
    ends = itertools.pairwise((*ring, ring[0]))
    return max(0.5, 0.005 * sum(abs(u - x) + abs(v - y) for (x, y), (u, v) in ends))


@settings(max_examples=150, deadline=None)
@given(st.one_of(any_pixels, blobs()))
def test_each_ring_keeps_its_area_its_bounds_and_its_place(pixels: np.ndarray) -> None:
    for exact in pieces_of(pixels):
        few = simplified(exact)
        Polygon(few[0], few[1:]).check()
        assert len(few) == len(exact)
        for ring, before in zip(few, exact, strict=True):
            assert len(ring) <= len(before) + len(before) // 2
            one, other = shapely.LinearRing(ring), shapely.LinearRing(before)
            assert shapely.Polygon(one).area == pytest.approx(shapely.Polygon(other).area, rel=1e-9)
            (left, top, right, bottom), (x0, y0, x1, y1) = one.bounds, other.bounds
            assert x0 <= left < right <= x1
            assert y0 <= top < bottom <= y1
            off = shapely.hausdorff_distance(one, other, densify=0.05)
            assert off <= tolerance_px(before) + 0.5 + 1e-9


def disc(radius: float) -> np.ndarray:
    size = int(2 * radius) + 4
    y, x = np.mgrid[:size, :size] + 0.5
    return (x - size / 2) ** 2 + (y - size / 2) ** 2 <= radius**2


@pytest.mark.parametrize(("radius", "most"), [(5, 16), (20, 24), (100, 24), (250, 24)])
def test_a_disc_has_few_corners_and_covers_its_pixels(radius: float, most: int) -> None:
    pixels = disc(radius)
    (exact,) = pieces_of(pixels)
    (ring,) = simplified(exact)
    assert len(ring) <= most < len(exact[0])
    one, other = shapely.Polygon(ring), shapely.Polygon(exact[0])
    assert one.intersection(other).area / one.union(other).area > 0.9
    assert one.area == pytest.approx(pixels.sum(), rel=1e-12)


def test_what_is_straight_stays_to_the_pixel() -> None:
    block = ((3.0, 2.0), (13.0, 2.0), (13.0, 40.0), (3.0, 40.0))
    assert simplified([block]) == (block,)
    (letter,) = pieces_of(np.kron(np.array([[1, 0], [1, 1]], bool), np.ones((20, 20), bool)))
    assert simplified(letter) == letter


def test_a_slanted_edge_of_pixels_becomes_one_line() -> None:
    below = np.tri(40, 40, dtype=bool)
    (exact,) = pieces_of(below)
    (ring,) = simplified(exact)
    assert len(exact[0]) > 70
    assert len(ring) <= 5


def test_outlines_that_would_cross_keep_closer_to_the_pixels() -> None:
    # Two long arms, a pixel apart: half a percent of their length is far more than between them.
    y, x = np.mgrid[:400, :700] + 0.5
    path = 200 + 60 * np.sin(x / 25)
    arms = ((abs(y - path + 6) < 5) | (abs(y - path - 6) < 5)) & (x < 690)
    arms[:, :20] = abs(y - 205)[:, :20] < 60
    exact = max(pieces_of(arms), key=lambda rings: len(rings[0]))
    few = simplified(exact)
    Polygon(few[0], few[1:]).check()
    assert tolerance_px(exact[0]) > 15
    assert sum(map(len, few)) < sum(map(len, exact)) / 3
    assert Polygon(few[0], few[1:]).area_px == pytest.approx(Polygon(exact[0], exact[1:]).area_px)


def test_noise_is_left_as_it_is_before_it_takes_long() -> None:
    pixels = np.random.default_rng(17).random((400, 400)) < 0.7
    exact = max(pieces_of(pixels), key=lambda rings: sum(map(len, rings)))
    assert sum(map(len, exact)) > MOST_CORNERS
    assert simplified(exact) == exact
