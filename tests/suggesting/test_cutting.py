"""Cutting maps into regions: planted blobs come back where they were planted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from annotator.domain import SUGGESTION_GEOMETRIES
from annotator.suggest.cutting import CutParameters, cut_regions


def blank(height: int = 40, width: int = 60) -> np.ndarray:
    return np.zeros((height, width), np.float32)


def test_a_rectangle_comes_back_to_the_pixel() -> None:
    values = blank()
    values[10:20, 5:35] = 1
    (region,) = cut_regions(values)
    box = region.box
    assert (box.x, box.y, box.width, box.height) == (5, 10, 30, 10)
    assert region.polygon.bounds == box
    assert region.polygon.area_px == region.mask.area_px == 300
    assert region.strength == pytest.approx(1)


def test_two_blobs_are_two_regions_the_stronger_first() -> None:
    values = blank()
    values[2:8, 2:8] = 0.6
    values[20:30, 40:50] = 1
    first, second = cut_regions(values)
    assert (first.box.x, second.box.x) == (40, 2)
    assert first.strength + second.strength == pytest.approx(1)


def test_weak_regions_and_too_many_are_left_out() -> None:
    values = blank()
    values[20:30, 40:50] = 1
    values[0, 0] = 1
    assert len(cut_regions(values)) == 1
    values[:] = 0
    values[::8, ::8] = 1
    parameters = CutParameters(min_strength=0.0, max_regions=4)
    assert len(cut_regions(values, parameters)) == 4


def test_a_map_without_energy_has_no_region() -> None:
    assert cut_regions(blank()) == ()


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 24), st.integers(1, 24)),
        elements=st.floats(0, 1, width=16),
    )
)
def test_regions_lie_in_the_image_and_share_its_energy(values: np.ndarray) -> None:
    height, width = values.shape
    regions = cut_regions(values, CutParameters(min_strength=0.0, max_regions=1000))
    assert sum(region.strength for region in regions) <= 1 + 1e-5
    strengths = [region.strength for region in regions]
    assert strengths == sorted(strengths, reverse=True)
    for region in regions:
        for bounds in (region.box, region.polygon.bounds):
            assert bounds.x >= 0
            assert bounds.y >= 0
            assert bounds.x + bounds.width <= width
            assert bounds.y + bounds.height <= height
        assert region.mask.bounds == region.box
        inside = values[region.mask.mask(height, width)]
        assert inside.min() >= 0.5 * values.max()
        assert region.polygon.area_px == pytest.approx(inside.size, rel=1e-9)
        region.polygon.check()


def test_a_part_is_drawn_as_the_project_says() -> None:
    values = blank()
    values[10:20, 5:35] = 1
    values[14, 10:20] = 0
    (region,) = cut_regions(values)
    kinds = {geometry: region.drawn(geometry).kind for geometry in SUGGESTION_GEOMETRIES}
    assert kinds == {"box": "box", "polygon": "polygon", "mask": "mask"}
    (hole,) = region.polygon.holes
    assert region.drawn("mask").area_px == region.drawn("polygon").area_px == 290
    assert region.drawn("box").area_px == 300
    assert len(hole) == 4


def test_parts_that_touch_at_a_corner_are_two() -> None:
    values = blank()
    values[10:16, 10:16] = 1
    values[16:22, 16:22] = 1
    first, second = cut_regions(values)
    assert {(r.box.x, r.box.y, r.box.width, r.box.height) for r in (first, second)} == {
        (10, 10, 6, 6),
        (16, 16, 6, 6),
    }


def test_a_pixel_just_at_the_level_belongs_to_the_part() -> None:
    values = blank()
    values[10:20, 10:20] = 0.5
    values[12:18, 12:18] = 1
    (region,) = cut_regions(values, CutParameters(level=0.5))
    assert (region.box.width, region.box.height) == (10, 10)
    (tighter,) = cut_regions(values, CutParameters(level=0.5001))
    assert (tighter.box.width, tighter.box.height) == (6, 6)
