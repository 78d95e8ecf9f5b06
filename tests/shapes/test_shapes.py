"""Shapes: the table of examples that Python and JavaScript share, and what holds for any mask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotator.domain import (
    REGION_TYPES,
    Mask,
    MaskChange,
    Polygon,
    mended,
    region_from_json,
    stated_region_from_json,
)
from annotator.domain.regions import RotatedBox
from annotator.domain.regions.outlines import filled, pieces_of, rings_of
from annotator.domain.regions.run_lengths import from_run_lengths, packed, run_lengths, unpacked
from annotator.errors import RegionError
from annotator.suggest.cutting import CutParameters, cut_regions

TABLE = json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8"))
masks = arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))
some = masks.filter(lambda pixels: pixels.any())


def pixels_of(rows: list[str]) -> np.ndarray:
    """Return a mask that the table has in rows of ``#`` and ``.``."""
    return np.array([[letter == "#" for letter in row] for row in rows])


def lists(rings: Any) -> list[list[list[float]]]:
    return [[list(point) for point in ring] for ring in rings]


@pytest.mark.parametrize("example", TABLE["masks"], ids=lambda example: example["name"])
def test_a_mask_of_the_table(example: dict[str, Any]) -> None:
    pixels = pixels_of(example["rows"])
    mask = region_from_json(example["region"])
    assert Mask.of(pixels) == mask
    assert mask.mask(*pixels.shape).tolist() == pixels.tolist()
    assert lists(mask.rings) == example["rings"]
    assert [lists(polygon.rings) for polygon in mask.polygons()] == example["pieces"]
    assert mask.area_px == example["area_px"] == pixels.sum()
    assert filled(mask.rings, *pixels.shape).tolist() == pixels.tolist()


@pytest.mark.parametrize("example", TABLE["regions"], ids=lambda example: example["name"])
def test_a_region_of_the_table(example: dict[str, Any]) -> None:
    region = region_from_json(example["region"])
    assert region.to_json() == example["region"]
    assert region.extent == pytest.approx(example["extent"])
    assert region.area_px == pytest.approx(example["area_px"])
    assert region.pieces == len(region.polygons())
    if "rows" in example:
        pixels = pixels_of(example["rows"])
        assert region.mask(*pixels.shape).tolist() == pixels.tolist()
    if example.get("refused"):
        with pytest.raises(RegionError):
            region.check()
    else:
        region.check()


@pytest.mark.parametrize("example", TABLE["changes"], ids=lambda example: example["name"])
def test_a_change_of_the_table(example: dict[str, Any]) -> None:
    change = stated_region_from_json(example["change"])
    assert isinstance(change, MaskChange)
    assert change.to_json() == example["change"]
    before, after = (region_from_json(example[key]) for key in ("before", "after"))
    assert change.applied_to(before) == after
    assert change.applied_to(after) == before, "undone by the same flips"


@pytest.mark.parametrize("example", TABLE["parts"], ids=lambda example: example["name"])
def test_a_map_of_the_table_is_cut_into_its_parts(example: dict[str, Any]) -> None:
    values = np.array([[int(digit) for digit in row] for row in example["values"]], np.float32)
    parts = cut_regions(values, CutParameters(example["level"], min_strength=0.02, max_regions=4))
    assert len(parts) == len(example["parts"])
    for part, expected in zip(parts, example["parts"], strict=True):
        assert part.mask == region_from_json(expected["region"])
        assert lists(part.polygon.rings) == expected["rings"], "to the last bit"
        assert part.polygon.area_px == pytest.approx(expected["area_px"], rel=1e-12)
        assert part.mask.area_px == expected["area_px"]
        part.polygon.check()


def test_the_table_has_every_shape() -> None:
    assert {example["region"]["type"] for example in TABLE["regions"]} >= set(REGION_TYPES)


@given(masks)
def test_from_a_mask_to_its_outlines_and_back(pixels: np.ndarray) -> None:
    rings = rings_of(pixels)
    assert (filled(rings, *pixels.shape) == pixels).all()
    assert sorted(ring for piece in pieces_of(pixels) for ring in piece) == sorted(rings)
    for ring in rings:
        assert ring[0] == min(ring, key=lambda point: (point[1], point[0]))
        for (x, y), (u, v) in zip(ring, ring[1:] + ring[:1], strict=True):
            assert (x == u) != (y == v), "each edge runs along a row or a column, and turns"


@given(some)
def test_pieces_have_the_pixels_and_the_area_of_the_mask(pixels: np.ndarray) -> None:
    mask = Mask.of(pixels)
    assert mask is not None
    assert region_from_json(mask.to_json()) == mask
    polygons = mask.polygons()
    assert len(polygons) == mask.pieces
    together = sum(polygon.mask(*pixels.shape).astype(int) for polygon in polygons)
    assert (together == pixels).all(), "each pixel lies in one piece"
    assert sum(polygon.area_px for polygon in polygons) == mask.area_px == pixels.sum()
    for polygon in polygons:
        polygon.check()


@given(some, some)
def test_a_change_leads_from_any_mask_to_any_other(one: np.ndarray, other: np.ndarray) -> None:
    before, after = Mask.of(one, 3, 2), Mask.of(other)
    assert before is not None
    assert after is not None
    flips = before.flipped(after)
    assert (flips is None) == (before == after)
    if flips is not None:
        assert before.flipped(flips) == after


@given(masks)
def test_run_lengths_are_cocos(pixels: np.ndarray) -> None:
    from pycocotools import mask as coco

    counts = run_lengths(pixels.ravel(order="F"))
    encoded = coco.encode(np.asfortranarray(pixels.astype(np.uint8)))
    assert packed(counts).encode() == encoded["counts"]
    assert unpacked(packed(counts)).tolist() == counts.tolist()
    assert (from_run_lengths(counts, pixels.size) == pixels.ravel(order="F")).all()


@given(st.lists(st.integers(0, 2**40), max_size=30))
def test_any_numbers_come_back_from_their_text(counts: list[int]) -> None:
    assert unpacked(packed(counts)).tolist() == counts


corner = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda p: (p[0] / 2, p[1] / 2))


@settings(max_examples=300)
@given(st.lists(corner, min_size=3, max_size=9).map(tuple))
def test_an_outline_is_refused_exactly_where_its_area_is_not_what_it_encloses(points: Any) -> None:
    polygon = Polygon(points)
    parts = mended(polygon.rings)
    for part in parts:
        part.check()
    enclosed = sum(part.area_px for part in parts)
    try:
        polygon.check()
    except RegionError:
        assert not enclosed or enclosed != pytest.approx(polygon.area_px)
    else:
        assert enclosed > 0
        assert enclosed == pytest.approx(polygon.area_px)


def test_a_bow_tie_is_refused_in_words_and_mended_into_two() -> None:
    bow_tie = Polygon(((0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)))
    with pytest.raises(RegionError, match="crosses itself"):
        bow_tie.check()
    assert [part.area_px for part in mended(bow_tie.rings)] == [25, 25]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"width": 0}, "holds no pixel"),
        ({"width": 3}, "do not fill"),
        ({"x": 0.5}, "whole number"),
        ({"x": True}, "whole number"),
        ({"width": 2, "counts": "22"}, "edge without pixels"),
        ({"counts": 4}, "no text"),
        ({"counts": "o"}, "within a number"),
        ({"counts": "Ä"}, "COCO"),
        ({"counts": "o" * 20 + "1"}, "beyond all images"),
        ({"width": 10**9, "height": 10**9}, "more than an image"),
        ({"counts": None}, "no text"),
    ],
)
def test_what_is_no_mask_is_refused_in_words(change: dict[str, Any], words: str) -> None:
    whole = {"type": "mask", "x": 1, "y": 1, "width": 2, "height": 2, "counts": "04"}
    assert region_from_json(whole).area_px == 4
    with pytest.raises(RegionError, match=words):
        region_from_json({**whole, **change})


def test_a_mask_that_reaches_out_is_cut_and_one_that_lies_outside_is_nothing() -> None:
    mask = Mask.of(np.ones((4, 4), bool), 8, -2)
    assert mask is not None
    assert mask.clipped(10, 10) == Mask.of(np.ones((2, 2), bool), 8, 0)
    assert mask.moved(0, -2.4).clipped(10, 10) is None


def test_a_rotated_box_over_the_edge_by_rounding_is_moved_and_full_turns_are_taken_off() -> None:
    box = RotatedBox.turned(5, 5, 8, 4, 450)
    assert (box.angle, box.extent) == (90, (3, 1, 7, 9))
    assert box.moved(-3.25, 0).clamped(10, 10) == RotatedBox(2, 5, 8, 4, 90)
    with pytest.raises(RegionError, match=r"turned by 180 degrees"):
        RotatedBox(5, 5, 8, 4, 180)
    with pytest.raises(RegionError, match=r"no area"):
        RotatedBox(5, 5, 8, 0, 0)


def test_between_the_corners_far_out_lies_the_whole_mask():
    import shapely

    random = np.random.default_rng(3)
    for share in (0.002, 0.02, 0.5):
        mask = Mask.of(random.random((40, 60)) < share, 7, 5)
        hulls = [
            shapely.convex_hull(shapely.multipoints(corners))
            for corners in (
                np.array(mask.far_out),
                np.array([p for ring in mask.rings for p in ring]),
            )
        ]
        assert hulls[0].equals(hulls[1])
