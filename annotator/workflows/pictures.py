"""Pixels as they are shown and classified, of recorded images and of files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..domain import ImageAsset, Permission
from ..ingest import PixelStore, decode_file, shown_with
from .authority import needs
from .workspace import Workspace


@needs(Permission.SEE)
def shown_pixels(workspace: Workspace, asset: ImageAsset) -> npt.NDArray[np.uint8]:
    """Return an image's pixels as it is first shown, (H, W) or (H, W, 3) uint8.

    Raises
    ------
    StorageError
        If the pixels are missing or damaged.
    """
    return shown_from(workspace.pixels, asset)


def shown_from(store: PixelStore, asset: ImageAsset) -> npt.NDArray[np.uint8]:
    """Return the same where there is a store of pictures and no record: on another machine."""
    return shown_with(store.get(asset.pixels_sha256), asset.window)


def shown_file(path: Path) -> npt.NDArray[np.uint8]:
    """Return a file's pixels as it would first be shown, (H, W) or (H, W, 3) uint8.

    Raises
    ------
    IngestError
        If the file cannot be read or is no picture.
    """
    picture, _ = decode_file(path)
    return shown_with(picture.pixels, picture.window)
