"""Masks as PNG files: 255 inside, 0 outside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ...domain import BoolMask, ImageAsset
from ..export_format import ExportFormat
from . import mask_files


def _save(path: Path, mask: BoolMask, image: ImageAsset) -> None:
    del image
    Image.fromarray(mask.astype(np.uint8) * 255).save(path, format="PNG")


def _load(path: Path) -> BoolMask:
    with Image.open(path) as picture:
        inside: BoolMask = np.asarray(picture) == 255
    return inside


FORMAT = ExportFormat(
    "png-masks",
    "Masks (PNG)",
    {**mask_files.CONVENTIONS, "values": "255 inside, 0 outside; of the image's size"},
    mask_files.SAYS,
    mask_files.writer(".png", _save),
    mask_files.checker(".png", _load),
    readers_apart=True,
)
