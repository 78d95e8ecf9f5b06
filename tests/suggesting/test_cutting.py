"""Cutting maps into regions: planted blobs come back where they were planted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from annotator.domain import SUGGESTION_GEOMETRIES, BoundingBox, Mask
from annotator.suggest.canvas import CANVAS_PX, Canvas, place_grid
from annotator.suggest.cutting import CutParameters, cut_canvas, cut_regions


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


@pytest.mark.parametrize("size", [(3000, 2500), (700, 900), (513, 40), (20, 4000)])
@pytest.mark.parametrize("seed", range(4))
def test_regions_of_a_large_image_are_those_of_its_pixels(size: tuple[int, int], seed: int) -> None:
    """Cut on a canvas they lie within half a cell of the grid of those cut at every pixel."""
    height, width = size
    random = np.random.default_rng(seed)
    grid = random.random((14, 14), dtype=np.float32) * 0.2
    row, column = random.integers(3, 11, 2)
    grid[row - 1 : row + 2, column - 1 : column + 2] += 1
    extent = BoundingBox(0, 0, width, height)

    canvas = Canvas.of(grid, extent, width, height)
    (found,) = cut_canvas(canvas)
    (exact,) = cut_regions(place_grid(grid, extent, height, width))

    assert canvas.values.size <= CANVAS_PX**2
    assert found.strength == pytest.approx(exact.strength, abs=0.02)
    cell = (width / 14, height / 14)
    drawn = {geometry: found.drawn(geometry) for geometry in SUGGESTION_GEOMETRIES}
    for region in drawn.values():
        for edge, wanted, axis in zip(
            region.bounds.extent, exact.box.extent, (0, 1, 0, 1), strict=True
        ):
            assert abs(edge - wanted) <= cell[axis] / 2
        assert not region.reaches_out(width, height)
    inside = drawn["mask"].mask(height, width)
    assert np.array_equal(inside, drawn["polygon"].mask(height, width))
    shared = (inside & exact.mask.mask(height, width)).sum()
    assert 2 * shared / (inside.sum() + exact.mask.area_px) > (0.97 if min(size) > 100 else 0.8)


def test_an_image_that_is_no_larger_than_a_canvas_is_cut_at_its_own_pixels() -> None:
    random = np.random.default_rng(0)
    grid, extent = random.random((7, 9), dtype=np.float32), BoundingBox(-3, 4, 200, 140)
    canvas = Canvas.of(grid, extent, 210, 160)
    assert (canvas.values.shape, canvas.across, canvas.down) == ((160, 210), 1, 1)
    assert np.array_equal(canvas.values, place_grid(grid, extent, 160, 210))
    for region in cut_canvas(canvas):
        assert isinstance(region.drawn("mask"), Mask)
        assert region.drawn("mask") == region.part
        assert region.box == region.part.bounds


def test_a_map_of_nothing_is_cut_into_nothing_on_a_canvas() -> None:
    canvas = Canvas.of(np.zeros((4, 4), np.float32), BoundingBox(0, 0, 900, 900), 900, 900)
    assert cut_canvas(canvas) == ()


def test_a_map_lies_on_the_image_as_its_cells_do() -> None:
    """A grid of one cell fills its rectangle; between two cells values go in a straight line."""
    one = place_grid(np.ones((1, 1), np.float32), BoundingBox(2, 1, 3, 2), 5, 8)
    assert np.array_equal(one > 0, BoundingBox(2, 1, 3, 2).mask(5, 8))
    two = place_grid(np.array([[0, 1]], np.float32), BoundingBox(0, 0, 8, 1), 1, 8)
    assert two[0] == pytest.approx(np.clip((np.arange(8) + 0.5 - 2) / 4, 0, 1))


def test_a_map_is_laid_as_the_matrices_of_interpolation_have_it() -> None:
    """Also where the grid begins before the image and ends after it, or on it."""
    random = np.random.default_rng(0)
    for _ in range(50):
        grid = random.random(random.integers(1, 20, 2), dtype=np.float32)
        height, width = (int(side) for side in random.integers(1, 90, 2))
        extent = BoundingBox(*random.uniform(-30, 30, 2), *random.uniform(1, 120, 2))
        rows, columns = (
            between(cells, start, length, pixels)
            for cells, start, length, pixels in zip(
                grid.shape,
                (extent.y, extent.x),
                (extent.height, extent.width),
                (height, width),
                strict=True,
            )
        )
        exact = rows @ grid @ columns.T
        placed = place_grid(grid, extent, height, width)
        assert placed.dtype == np.float32
        assert placed == pytest.approx(exact / (exact.max() or 1), abs=1e-6)


def between(cells: int, start: float, length: float, pixels: int) -> np.ndarray:
    centres = np.arange(pixels) + 0.5
    at = np.clip((centres - start) / length * cells - 0.5, 0, cells - 1)
    weights = np.clip(1 - np.abs(at[:, None] - np.arange(cells)), 0, None)
    return weights * ((centres >= start) & (centres < start + length))[:, None]
