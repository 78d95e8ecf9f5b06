"""Statistics of regions: the table of examples that Python and the editor are held against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotator.domain import ImageAsset, region_from_json

TABLE = json.loads(Path(__file__).with_name("statistics.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", TABLE["regions"], ids=lambda example: example["name"])
def test_a_region_of_the_table(example: dict[str, Any]) -> None:
    stored = np.array(TABLE["stored"], dtype=np.float64)
    region = region_from_json(example["region"])
    inside = region.mask(*stored.shape)
    assert inside.sum() == example["pixels"]
    quantities = (stored * TABLE["slope"] + TABLE["intercept"])[inside]
    figures = {"mean": np.mean, "deviation": np.std, "minimum": np.min, "maximum": np.max}
    for name, figure in figures.items():
        expected = example[name]
        assert (expected is None) == (not quantities.size)
        if expected is not None:
            assert figure(quantities) == pytest.approx(expected)


@pytest.mark.parametrize("example", TABLE["regions"], ids=lambda example: example["name"])
def test_an_area_of_the_table(example: dict[str, Any]) -> None:
    image = ImageAsset("a.dcm", 14, 10, "ab" * 32, "cd" * 32, display=TABLE)
    area = region_from_json(example["region"]).area_px
    assert area == pytest.approx(example["area_px"])
    assert image.area_mm2(area) == pytest.approx(example["area_mm2"])
