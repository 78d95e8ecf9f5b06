"""Slices of noise: pictures that differ from one another, for what does not look at them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image


def noise_slices(
    folder: Path,
    count: int,
    heights: Sequence[int] = (64,),
    width: int = 64,
    *,
    name: str = "slice{:03d}.png",
) -> Path:
    """Write pictures into a folder, their heights in turn; return the folder."""
    folder.mkdir(exist_ok=True)
    noise = np.random.default_rng(0)
    for place in range(count):
        size = heights[place % len(heights)], width
        pixels = noise.integers(0, 256, size, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name.format(place))
    return folder
