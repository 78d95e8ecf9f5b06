"""Label maps that are pictures."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ...domain import Mask
from ...errors import IngestError, RegionError
from .pixels import some_pixels

PICTURES = (".png", ".tif", ".tiff", ".bmp")
_HALF = 128
"""How bright or opaque a pixel of a mask is at least, of 255."""


def read_label_picture(file: Path) -> npt.NDArray[Any]:
    """Return the values of a label map that is a picture, shape (H, W).

    Raises
    ------
    IngestError
        If it cannot be read, or its pixels are colours or fractions.
    """
    try:
        with Image.open(file) as picture:
            values = np.asarray(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise IngestError(f"{file.name} cannot be read as a picture; save it again.") from None
    if values.ndim != 2 or values.dtype.kind not in "biu":
        raise IngestError(
            f"{file.name} is no label map: its pixels are colours or fractions; save it with one "
            "whole number a pixel."
        )
    return values


def picture_mask(address: str, width: int, height: int) -> Mask:
    """Return the mask of an image that a picture in a data URL is: where it is opaque, or bright.

    Parameters
    ----------
    address : str
        ``data:image/png;base64,...``.
    width, height : int
        Of the image.

    Raises
    ------
    RegionError
        If it is none, or not of an image of this size, or there is no pixel.
    """
    head, _, data = str(address).partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise RegionError("its mask is no picture within the file; export with the masks in it.")
    try:
        with Image.open(BytesIO(base64.b64decode(data, validate=True))) as picture:
            size = picture.size
            values = np.asarray(picture.convert("LA")) if size == (width, height) else None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise RegionError("its mask cannot be read as a picture; export it again.") from None
    if values is None:
        raise RegionError(
            f"its mask has {size[0]} x {size[1]} px and the image {width} x {height}; they are not "
            "the same picture."
        )
    bright, opaque = values[:, :, 0], values[:, :, 1]
    return some_pixels((bright if opaque.all() else opaque) >= _HALF)
