"""Records of images that are made by hand, without a database, and their pictures."""

from __future__ import annotations

import numpy as np

from annotator.domain import ImageAsset
from annotator.ingest.png import encoded_png


def plain_png(asset: ImageAsset) -> bytes:
    """Return a picture of an image's size and channels, of one value."""
    channels = () if asset.channels == 1 else (asset.channels,)
    return encoded_png(np.full((asset.height, asset.width, *channels), 99, np.uint8))
