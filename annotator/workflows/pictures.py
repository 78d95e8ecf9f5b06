"""Pixels of recorded images, as they are shown and classified."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..domain import ImageAsset
from ..ingest import shown_with
from .workspace import Workspace


def shown_pixels(workspace: Workspace, asset: ImageAsset) -> npt.NDArray[np.uint8]:
    """Return an image's pixels as it is first shown, (H, W) or (H, W, 3) uint8.

    Raises
    ------
    StorageError
        If the pixels are missing or damaged.
    """
    return shown_with(workspace.pixels.get(asset.pixels_sha256), asset.window)
