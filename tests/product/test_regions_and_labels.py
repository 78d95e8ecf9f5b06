"""The domain's values: geometry against brute force, JSON there and back, bad input by name."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.domain import (
    BoundingBox,
    Ellipse,
    Label,
    LabelSet,
    Landmark,
    Polygon,
    Region,
    region_from_json,
)
from annotator.errors import NotFoundError, RegionError

number = st.floats(-50, 50, allow_nan=False).map(lambda v: round(v, 2))
extent = st.floats(0.5, 60).map(lambda v: round(v, 2))
boxes = st.builds(BoundingBox, number, number, extent, extent)
ellipses = st.builds(Ellipse, number, number, extent, extent)
polygons = st.lists(st.tuples(number, number), min_size=3, max_size=8).map(
    lambda points: Polygon(tuple(points))
)
landmarks = st.builds(Landmark, number, number)
regions = st.one_of(boxes, ellipses, polygons, landmarks)


@given(regions)
def test_json_there_and_back(region: Region) -> None:
    assert region_from_json(region.to_json()) == region


@given(st.one_of(boxes, ellipses), number, number)
def test_moving_keeps_size(region: BoundingBox | Ellipse, dx: float, dy: float) -> None:
    moved = region.moved(dx, dy)
    assert (moved.width, moved.height) == (region.width, region.height)
    assert (moved.x - dx, moved.y - dy) == pytest.approx((region.x, region.y))


@given(boxes, boxes)
def test_iou_is_symmetric_and_bounded(a: BoundingBox, b: BoundingBox) -> None:
    assert a.iou(b) == pytest.approx(b.iou(a))
    assert 0 <= a.iou(b) <= 1
    assert a.iou(a) == pytest.approx(1)


def test_a_box_of_whole_pixels_masks_just_those() -> None:
    mask = BoundingBox(2, 3, 4, 5).mask(10, 12)
    expected = np.zeros((10, 12), bool)
    expected[3:8, 2:6] = True
    assert (mask == expected).all()


@given(boxes)
def test_a_box_masks_like_its_outline_as_a_polygon(box: BoundingBox) -> None:
    assert (box.mask(40, 40) == Polygon(box.outline).mask(40, 40)).all()


def test_a_concave_polygon_masks_its_area() -> None:
    points = ((0, 0), (40, 0), (40, 40), (20, 10), (0, 40))
    polygon = Polygon(tuple((float(x), float(y)) for x, y in points))
    assert polygon.mask(50, 50).sum() == pytest.approx(polygon.area_px, rel=0.02)


def test_an_ellipse_masks_its_area() -> None:
    ellipse = Ellipse(5, 5, 40, 20)
    assert ellipse.mask(50, 50).sum() == pytest.approx(ellipse.area_px, rel=0.02)
    assert ellipse.area_px == pytest.approx(math.pi * 200)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"type": "circle"}, "circle"),
        ({"type": "box", "x": 1, "y": 2, "width": 3}, "height"),
        ({"type": "box", "x": 1, "y": 2, "width": 3, "height": 0}, "no area"),
        ({"type": "box", "x": math.nan, "y": 2, "width": 3, "height": 1}, "finite"),
        ({"type": "box", "x": "1", "y": 2, "width": 3, "height": 1}, "finite"),
        ({"type": "box", "x": True, "y": 2, "width": 3, "height": 1}, "finite"),
        ({"type": "polygon", "points": [[0, 0], [1, 1]]}, "at least 3"),
        ({"type": "polygon", "points": [[0, 0], [1, 1], [2]]}, r"\[x, y\]"),
        ({"type": "polygon"}, "lacks its points"),
        ({"type": "ellipse", "x": 1, "y": 2, "width": -3, "height": 1}, "no area"),
        ([], "JSON object"),
    ],
)
def test_what_is_no_region_is_refused_in_words(value: object, words: str) -> None:
    with pytest.raises(RegionError, match=words):
        region_from_json(value)


def test_a_label_set_finds_labels_and_lists_them_when_it_does_not() -> None:
    labels = LabelSet((Label("FACS", "AU12", "lip corner puller"), Label("FACS", "AU4", "")))
    assert str(labels["AU12"]) == "AU12 lip corner puller"
    assert labels.codes == ("AU12", "AU4")
    with pytest.raises(NotFoundError, match="AU12, AU4"):
        labels["AU1"]
    with pytest.raises(ValueError, match="AU4"):
        LabelSet((Label("FACS", "AU4", ""), Label("FACS", "AU4", "brow lowerer")))


@given(landmarks)
def test_a_landmark_masks_the_one_pixel_it_lies_in(spot: Landmark) -> None:
    rows, columns = np.nonzero(spot.mask(10, 12))
    if 0 <= spot.x <= 12 and 0 <= spot.y <= 10:
        assert (columns.tolist(), rows.tolist()) == ([min(int(spot.x), 11)], [min(int(spot.y), 9)])
    else:
        assert rows.size == 0
    assert spot.area_px == 0
    assert spot.bounds.moved(0.5, 0.5).x == pytest.approx(spot.x)


def test_a_pixel_centre_on_an_edge_belongs_to_one_of_two_boxes_that_share_it() -> None:
    left, right = BoundingBox(0.5, 0.5, 3, 4).mask(6, 8), BoundingBox(3.5, 0.5, 3, 4).mask(6, 8)
    upper, lower = BoundingBox(0.5, 0.5, 6, 2).mask(6, 8), BoundingBox(0.5, 2.5, 6, 2).mask(6, 8)
    whole = BoundingBox(0.5, 0.5, 6, 4).mask(6, 8)
    for one, other in ((left, right), (upper, lower)):
        assert not (one & other).any()
        assert ((one | other) == whole).all()


def test_a_pixel_centre_on_the_edge_of_an_ellipse_lies_inside() -> None:
    mask = Ellipse(0.5, 0.5, 6, 4).mask(6, 8)
    for row, column in ((2, 0), (2, 6), (0, 3), (4, 3)):  # its four furthest points
        assert mask[row, column], (row, column)
    assert mask.sum(axis=1).tolist() == [1, 5, 7, 5, 1, 0]
