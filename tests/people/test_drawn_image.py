"""Where regions are only looked at: all of a region is drawn, whatever its shape."""

from __future__ import annotations

import time
import uuid

import numpy as np
from PIL import Image

from annotator.domain import Annotation, Decision, Mask, Polygon
from annotator.ui.drawn_image import with_regions


def drawn(region) -> np.ndarray:
    """Return which pixels of an enlarged black picture of 240 x 180 px a region changes."""
    act = Annotation(uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), "Ada", Decision.ADDED, "", region)
    picture = with_regions(Image.new("RGB", (240, 180)), [act])
    assert picture.size == (720, 540)
    return np.asarray(picture).any(axis=2)


def test_a_mask_is_drawn_with_its_hole_and_all_its_pieces():
    pixels = np.zeros((180, 240), dtype=bool)
    pixels[20:100, 20:100] = True
    pixels[45:75, 45:75] = False
    pixels[120:160, 150:200] = True
    seen = drawn(Mask.of(pixels))
    for x, y in ((20, 60), (60, 20), (45, 60), (75, 60), (150, 140), (200, 140)):
        assert seen[3 * y - 6 : 3 * y + 6, 3 * x - 6 : 3 * x + 6].any(), (x, y)
    for x, y in ((60, 60), (32, 60), (175, 140)):
        assert not seen[3 * y - 3 : 3 * y + 3, 3 * x - 3 : 3 * x + 3].any(), (x, y)


def test_noise_on_a_film_is_drawn_in_seconds():
    pixels = np.random.default_rng(0).random((3000, 3000)) < 0.5
    act = Annotation(*(uuid.uuid4() for _ in range(3)), "Ada", Decision.ADDED, "", Mask.of(pixels))
    begun = time.process_time()
    picture = with_regions(Image.new("RGB", (3000, 3000)), [act])
    assert time.process_time() - begun < 20
    assert np.asarray(picture)[::100, ::100].any()


def test_a_polygon_is_drawn_with_its_hole():
    square = ((20.0, 20.0), (120.0, 20.0), (120.0, 120.0), (20.0, 120.0))
    hole = ((60.0, 60.0), (60.0, 80.0), (80.0, 80.0), (80.0, 60.0))
    seen = drawn(Polygon(square, (hole,)))
    assert seen[3 * 70, 3 * 60 - 3 : 3 * 60 + 3].any()
    assert not seen[3 * 70, 3 * 70]
