"""What no region can be is refused in a short sentence, whatever stands in its fields."""

from __future__ import annotations

import time

import numpy as np
import pytest

from annotator.domain import region_from_json
from annotator.domain.regions import mended
from annotator.domain.regions.run_lengths import packed
from annotator.errors import RegionError

MASK = {"type": "mask", "x": 1, "y": 2, "width": 2, "height": 2, "counts": packed([0, 4])}
GOOD = (
    MASK,
    {"type": "box", "x": 1, "y": 2, "width": 3, "height": 4},
    {"type": "ellipse", "x": 1, "y": 2, "width": 3, "height": 4},
    {"type": "point", "x": 1, "y": 2},
    {"type": "rotated-box", "cx": 5, "cy": 5, "width": 3, "height": 4, "angle": 10},
    {"type": "polygon", "points": [[1, 1], [9, 1], [9, 9]], "holes": [[[4, 2], [5, 2], [5, 3]]]},
)
NO_FIELD = (
    *(None, True, float("nan"), float("inf"), 10**400, -(10**400), "", "1", "\ud800", "é"),
    *("\x00", "o" * 100_000, {}, {"x": 1}, [1], [[1]], [[[1]]], [["1", 2]], ["x" * 100_000]),
)


@pytest.mark.parametrize("good", GOOD, ids=lambda good: good["type"])
def test_each_field_refuses_what_it_cannot_be_in_a_short_sentence(good):
    region_from_json(good).check()
    for name in good:
        for value in NO_FIELD:
            if name == "holes" and not value:
                continue
            with pytest.raises(RegionError) as refused:
                region_from_json({**good, name: value})
            assert len(str(refused.value)) < 300, (name, value)


@pytest.mark.parametrize("side", [46_340, 1 << 31, 1 << 40])
def test_a_mask_beyond_all_images_is_placed_and_refused_without_its_pixels(side):
    for x, y, width, height in ((0, 0, side, side), (1 << 60, 0, 1, 1), (0, -(1 << 60), 1, 1)):
        value = {"x": x, "y": y, "width": width, "height": height}
        counts = packed([0, min(width * height, 1 << 40)])
        if width * height <= 1 << 31 and max(abs(x), abs(y)) < 1 << 31:
            assert region_from_json({**MASK, **value, "counts": counts}).extent[2] == side
            continue
        with pytest.raises(RegionError):
            region_from_json({**MASK, **value, "counts": counts})


@pytest.mark.parametrize("corners", [300, 3000])
def test_a_scribble_that_crosses_itself_everywhere_is_refused_at_once(corners):
    points = (np.random.default_rng(1).random((corners, 2)) * 200).tolist()
    scribble = region_from_json({"type": "polygon", "points": points})
    begun = time.process_time()
    with pytest.raises(RegionError, match="crosses itself"):
        scribble.check()
    assert mended(scribble.rings) == ()
    assert time.process_time() - begun < 5
