"""The way in: files that people have to `ImageAsset` and exact pixels in a store."""

from .deidentification import BurnedInText, Deidentification, Deidentifier
from .importing import decode_file, decode_pictures, ingest, ingest_file
from .outcomes import IngestedImage, Ingestion, IngestOutcome, IngestStatus
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
from .pseudonyms import Pseudonyms, key_mark_of
from .reading import shown_name
from .reading_child import ReadingLimits
from .tracking import FaceFinder
from .video import FrameChoice

__all__ = [
    "MAX_MEGAPIXELS",
    "BurnedInText",
    "DecodedPicture",
    "Deidentification",
    "Deidentifier",
    "Display",
    "FaceFinder",
    "FrameChoice",
    "GreyWindow",
    "IngestOutcome",
    "IngestStatus",
    "IngestedImage",
    "Ingestion",
    "NamedWindow",
    "PixelStore",
    "Pixels",
    "Pseudonyms",
    "ReadingLimits",
    "decode_file",
    "decode_pictures",
    "ingest",
    "ingest_file",
    "key_mark_of",
    "pixels_sha256",
    "shown_name",
    "shown_with",
]
