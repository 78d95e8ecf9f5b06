"""The way in for other tools' files: what they say of images, as values of the product.

A format is one file that makes one `ImportFormat`, and one entry in `FORMATS`. The self-check of
an export reads by the same code as people who take a file over.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import IngestError
from .coco import COCO
from .csv_tables import CSV
from .cvat import CVAT
from .dota import DOTA
from .facs_tables import BP4D, DISFA, OPENFACE, PY_FEAT
from .formats import ImportFormat, SizeOf
from .imported import ImportedImage, ImportedImages, ImportedRegion, ImportedValue
from .label_maps import MASKS
from .label_studio import LABEL_STUDIO
from .voc import VOC
from .yolo import YOLO, YOLO_OBB

FORMATS: tuple[ImportFormat, ...] = (
    COCO,
    CSV,
    CVAT,
    LABEL_STUDIO,
    VOC,
    YOLO,
    YOLO_OBB,
    DOTA,
    MASKS,
    OPENFACE,
    PY_FEAT,
    DISFA,
    BP4D,
)


def import_formats() -> Mapping[str, ImportFormat]:
    """Return the formats by name."""
    return {form.name: form for form in FORMATS}


def import_format(name: str) -> ImportFormat:
    """Return the format of a name.

    Raises
    ------
    IngestError
        If there is none; the message lists those that exist.
    """
    formats = import_formats()
    if name not in formats:
        raise IngestError(f"There is no format {name!r} to import; use {', '.join(formats)}.")
    return formats[name]


__all__ = [
    "ImportFormat",
    "ImportedImage",
    "ImportedImages",
    "ImportedRegion",
    "ImportedValue",
    "SizeOf",
    "import_format",
    "import_formats",
]
