"""Records of images that are made by hand, without a database, and their pictures."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from annotator.domain import Annotation, Decision, ImageAsset, ImageRecord, Region
from annotator.ingest.png import encoded_png

BEGIN = datetime(2026, 5, 1, 12, tzinfo=UTC)
_SHADE = 99


def plain_image(number: int, width: int, height: int, **given: Any) -> ImageAsset:
    """Return an image whose identity, pixels and name follow from its number."""
    pixels = hashlib.sha256(str(number).encode()).hexdigest()
    given = {
        "file_name": f"{number}.png",
        "source_sha256": pixels,
        "id": uuid.UUID(int=number),
    } | given
    return ImageAsset(width=width, height=height, pixels_sha256=pixels, **given)


def drawn(image: ImageAsset, *regions: tuple[str, Region], rater: str = "R") -> ImageRecord:
    """Return what is recorded of an image on which somebody drew regions, one each minute."""
    acts = []
    for place, (label, region) in enumerate(regions):
        own = uuid.uuid5(image.id, str(place))
        head = (own, image.id, own, rater, Decision.ADDED, label, region)
        acts.append(Annotation(*head, created_at=BEGIN + timedelta(minutes=place)))
    return ImageRecord(image, tuple(acts), ())


def plain_png(asset: ImageAsset, shade: int = _SHADE) -> bytes:
    """Return a picture of an image's size and channels, of one value."""
    channels = () if asset.channels == 1 else (asset.channels,)
    return encoded_png(np.full((asset.height, asset.width, *channels), shade, np.uint8))
