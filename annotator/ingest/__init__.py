"""The way in: files that people have to `ImageAsset` and exact pixels in a store."""

from .importing import (
    IngestedImage,
    IngestOutcome,
    IngestStatus,
    decode_file,
    decode_pictures,
    ingest,
    ingest_file,
)
from .pictures import (
    MAX_MEGAPIXELS,
    DecodedPicture,
    Display,
    GreyWindow,
    NamedWindow,
    Pixels,
    shown_with,
)
from .pixel_store import PixelStore, pixels_sha256
from .reading import shown_name

__all__ = [
    "MAX_MEGAPIXELS",
    "DecodedPicture",
    "Display",
    "GreyWindow",
    "IngestOutcome",
    "IngestStatus",
    "IngestedImage",
    "NamedWindow",
    "PixelStore",
    "Pixels",
    "decode_file",
    "decode_pictures",
    "ingest",
    "ingest_file",
    "pixels_sha256",
    "shown_name",
    "shown_with",
]
