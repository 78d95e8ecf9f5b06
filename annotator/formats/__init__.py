"""What other programs read and write: a format's reader stands beside its writer.

A writer is one file that makes one `ExportFormat`: what it can say, how its files are written and
checked. A reader is one file that makes one `ImportFormat`: other tools' files as values of the
product. Each is one entry in `registry`; installed packages add theirs by the entry points
``excitation_annotator.exporters`` and ``excitation_annotator.importers``. The self-check of an
export reads by the same code as people who take a file over.
"""

from __future__ import annotations

from .capacity import Capacity
from .export_format import ExportFormat
from .import_format import Imported, ImportFormat, SizeOf
from .imported import ImportedImage, ImportedImages, ImportedRegion, ImportedValue
from .imported_plane import ImportedPlane
from .imported_volume import ImportedVolume
from .registry import export_format, export_formats, import_format, import_formats

__all__ = [
    "Capacity",
    "ExportFormat",
    "ImportFormat",
    "Imported",
    "ImportedImage",
    "ImportedImages",
    "ImportedPlane",
    "ImportedRegion",
    "ImportedValue",
    "ImportedVolume",
    "SizeOf",
    "export_format",
    "export_formats",
    "import_format",
    "import_formats",
]
