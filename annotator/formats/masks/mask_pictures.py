"""Label maps that are pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ...errors import IngestError

PICTURES = (".png", ".tif", ".tiff", ".bmp")


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
