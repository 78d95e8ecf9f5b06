"""Where muscles move the skin: outlines that follow the face, and maps held against them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.domain import BoundingBox, Polygon
from annotator.domain.facs import parse_facs
from annotator.suggest.canvas import Canvas
from annotator.suggest.cutting import CutParameters, cut_regions
from annotator.suggest.cutting_sides import cut_by_side
from annotator.suggest.muscle_regions import (
    energy_in_muscles,
    is_paired,
    muscle_regions,
)

UNITS = [f"AU{n}" for n in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 17, 18, 20, 24, 26, 43)]


def upright_face() -> np.ndarray:
    """68 points of a drawn face, its midline at x = 100, its eyes 60 px apart."""
    right = {
        **{i: (100 - 68 * math.cos(t), 80 + 102 * math.sin(t)) for i, t in enumerate(QUARTER)},
        **dict(zip(range(17, 22), [(48, 72), (55, 65), (65, 63), (76, 65), (86, 69)], strict=True)),
        **dict(zip(range(27, 34), [*BRIDGE, (86, 130), (93, 132), (100, 134)], strict=True)),
        **dict(zip(range(36, 42), EYE, strict=True)),
        **dict(zip(range(48, 52), [(75, 153), (84, 147), (94, 144), (100, 146)], strict=True)),
        **dict(zip(range(57, 60), [(100, 164), (94, 163), (84, 160)], strict=True)),
        **dict(zip(range(60, 63), [(78, 153), (92, 151), (100, 152)], strict=True)),
        **dict(zip(range(66, 68), [(100, 156), (92, 155)], strict=True)),
    }
    pairs = {16 - i: i for i in range(9)} | {43 - i: i for i in range(17, 22)}
    pairs |= {35: 31, 34: 32, 45: 36, 44: 37, 43: 38, 42: 39, 47: 40, 46: 41}
    pairs |= {54: 48, 53: 49, 52: 50, 56: 58, 55: 59, 64: 60, 63: 61, 65: 67}
    left = {i: (200 - right[j][0], right[j][1]) for i, j in pairs.items()}
    return np.array([(left | right)[i] for i in range(68)], dtype=float)


QUARTER = np.linspace(-0.1, math.pi / 2, 9)
BRIDGE = [(100, y) for y in (88, 99, 110, 121)]
EYE = [(57, 88), (65, 83), (75, 83), (83, 89), (75, 92), (65, 92)]
FACE = upright_face()


def centre(outline: Polygon) -> tuple[float, float]:
    return tuple(np.mean(outline.points, axis=0))


@pytest.mark.parametrize("unit", UNITS)
def test_the_two_sides_are_mirrors_and_the_right_one_is_on_the_images_left(unit: str) -> None:
    right, left = muscle_regions(unit, FACE)
    assert (right.side, left.side) == ("R", "L")
    assert centre(right.outline)[0] < 100 < centre(left.outline)[0]
    mirrored = [(200 - x, y) for x, y in right.outline.points]
    assert np.allclose(mirrored, left.outline.points, atol=1e-6)
    assert right.outline.area_px < 0.2 * np.prod(np.ptp(FACE, axis=0))


@pytest.mark.parametrize(
    ("unit", "above", "below"),
    [("AU1", 20, 88), ("AU4", 45, 105), ("AU12", 95, 175), ("AU17", 145, 190), ("AU43", 60, 105)],
)
def test_brows_are_above_and_mouths_below(unit: str, above: float, below: float) -> None:
    for region in muscle_regions(unit, FACE):
        ys = [y for _, y in region.outline.points]
        assert above <= min(ys) < max(ys) <= below


def test_a_code_with_a_side_has_one_and_codes_without_a_muscle_have_none() -> None:
    (left,) = muscle_regions("L12C", FACE)
    assert left.side == "L"
    assert left.muscle == "zygomaticus major"
    for code in ("51", "70", "happy", "", "AU0"):
        assert muscle_regions(code, FACE) == ()


@given(
    st.sampled_from(UNITS),
    st.floats(0.3, 8),
    st.floats(-math.pi, math.pi),
    st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
def test_outlines_turn_grow_and_move_with_the_face(
    unit: str, scale: float, angle: float, shift: tuple[float, float]
) -> None:
    turn = scale * np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    )
    moved = muscle_regions(unit, FACE @ turn.T + shift)
    for before, after in zip(muscle_regions(unit, FACE), moved, strict=True):
        expected = np.array(before.outline.points) @ turn.T + shift
        assert np.allclose(after.outline.points, expected, atol=1e-6 * (1 + scale) * 500)


def test_every_unit_outlined_is_a_code_of_facs_and_every_outline_has_an_area() -> None:
    for unit in UNITS:
        assert parse_facs(unit).codes[0].code == unit
        for region in muscle_regions(unit, FACE):
            assert region.muscle
            assert region.outline.area_px > 50


def test_a_map_in_the_mouth_corners_lies_in_zygomaticus_and_not_in_frontalis() -> None:
    values = np.zeros((220, 200), dtype=np.float32)
    values[148:156, 68:74] = 1
    values[148:156, 126:132] = 1
    values[10:12, 10:14] = 1  # a little elsewhere
    inside = energy_in_muscles(values, muscle_regions("AU12", FACE))
    assert inside == pytest.approx(96 / 104, abs=0.02)
    assert energy_in_muscles(values, muscle_regions("AU1", FACE)) == 0
    assert energy_in_muscles(np.zeros((220, 200), np.float32), muscle_regions("AU12", FACE)) == 0


def test_units_of_the_middle_are_not_paired() -> None:
    paired = {unit for unit in UNITS if is_paired(unit)}
    assert {"AU2", "AU7", "AU12", "AU15", "AU43"} <= paired
    assert not paired & {"AU1", "AU4", "AU10", "AU16", "AU17", "AU18", "AU26"}
    assert not is_paired("L12")
    assert not is_paired("happy")


def over(values: np.ndarray) -> Canvas:
    height, width = values.shape
    return Canvas(values, width, height)


def test_sides_are_found_on_a_canvas_that_is_coarser_than_the_image() -> None:
    values = np.zeros((220, 200), dtype=np.float32)
    values[148:156, 68:74] = 1
    values[148:156, 126:132] = 0.35
    strong, weak = cut_by_side(Canvas(values, 800, 1100), FACE * (4, 5), CutParameters())
    assert (strong.box, weak.box) == (
        BoundingBox(4 * 68, 5 * 148, 24, 40),
        BoundingBox(4 * 126, 5 * 148, 24, 40),
    )


def test_the_weaker_side_is_cut_too_unless_there_is_next_to_nothing() -> None:
    values = np.zeros((220, 200), dtype=np.float32)
    values[148:156, 68:74] = 1
    values[148:156, 126:132] = 0.35
    assert len(cut_regions(values, CutParameters())) == 1
    strong, weak = cut_by_side(over(values), FACE, CutParameters())
    assert (strong.box.x, weak.box.x) == (68, 126)
    assert strong.strength + weak.strength == pytest.approx(1, abs=1e-3)
    values[148:156, 126:132] = 0.1
    (only,) = cut_by_side(over(values), FACE, CutParameters())
    assert only.box.x == 68
    assert cut_by_side(over(np.zeros_like(values)), FACE, CutParameters()) == ()


def test_energy_within_a_region_is_what_counts_even_over_the_edge() -> None:
    (left,) = muscle_regions("L12", FACE)
    values = np.ones((220, 200), dtype=np.float32)
    assert energy_in_muscles(values, (left,), left.outline) == pytest.approx(1.0)
    assert energy_in_muscles(values, (left,), Polygon(((0, 0), (9, 0), (9, 9)))) == 0
    outside = Polygon(((-9.0, -9.0), (-1.0, -9.0), (-1.0, -1.0)))
    assert energy_in_muscles(values, (left,), outside) == 0


def test_energy_within_a_region_is_that_of_its_pixels_on_the_whole_map() -> None:
    random = np.random.default_rng(0)
    values = random.random((220, 200), dtype=np.float32)
    muscles = muscle_regions("AU12", FACE)
    inside = np.any([muscle.outline.mask(220, 200) for muscle in muscles], axis=0)
    for _ in range(20):
        x, y, width, height = random.uniform((-20, -20, 40, 40), (150, 170, 120, 120))
        box = BoundingBox(x, y, width, height)
        within = box.mask(220, 200)
        expected = values[within & inside].sum() / values[within].sum()
        assert energy_in_muscles(values, muscles, box) == pytest.approx(expected, rel=1e-5)
