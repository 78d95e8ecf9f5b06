"""The way in: files that people have to `ImageAsset` and exact pixels in a store."""

from .importing import (
    IngestedImage,
    IngestOutcome,
    IngestStatus,
    decode_file,
    ingest,
    ingest_file,
)
from .pictures import MAX_MEGAPIXELS, DecodedPicture, GreyWindow, Pixels, shown_with
from .pixel_store import PixelStore, pixels_sha256
from .reading import shown_name

__all__ = [
    "MAX_MEGAPIXELS",
    "DecodedPicture",
    "GreyWindow",
    "IngestOutcome",
    "IngestStatus",
    "IngestedImage",
    "PixelStore",
    "Pixels",
    "decode_file",
    "ingest",
    "ingest_file",
    "pixels_sha256",
    "shown_name",
    "shown_with",
]
