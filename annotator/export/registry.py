"""The formats by name: ours, and those of installed packages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..errors import ExportError
from ..plugins import EXPORTERS, plugins
from . import (
    bp4d,
    coco,
    csv_tables,
    cvat,
    dicom_map,
    dicom_seg,
    dicom_sr,
    disfa,
    dota,
    facs_events,
    hugging_face,
    label_studio,
    nifti_masks,
    openface,
    parquet_tables,
    png_masks,
    py_feat,
    voc,
    yolo,
)
from .formats import ExportFormat

OURS = (
    coco.FORMAT,
    coco.FORMAT_RLE,
    yolo.FORMAT_DETECT,
    yolo.FORMAT_SEGMENT,
    yolo.FORMAT_ORIENTED,
    dota.FORMAT,
    voc.FORMAT,
    cvat.FORMAT,
    label_studio.FORMAT,
    csv_tables.FORMAT,
    parquet_tables.FORMAT,
    png_masks.FORMAT,
    nifti_masks.FORMAT,
    hugging_face.FORMAT,
    dicom_sr.FORMAT,
    dicom_seg.FORMAT,
    dicom_map.FORMAT,
    openface.FORMAT,
    py_feat.FORMAT,
    disfa.FORMAT,
    bp4d.FORMAT,
    facs_events.FORMAT,
)


@cache
def export_formats() -> Mapping[str, ExportFormat]:
    """Return the formats by name, those of installed packages last.

    Raises
    ------
    ExportError
        If an installed package offers something else than a format, or takes a name of ours.
    """
    formats = {form.name: form for form in OURS}
    for entry, offered in plugins(EXPORTERS).items():
        if not isinstance(offered, ExportFormat) or offered.name in formats:
            raise ExportError(
                f"The installed exporter {entry!r} is no ExportFormat of a name of its own; ask "
                "its author to mend it, or uninstall it."
            )
        formats[offered.name] = offered
    return formats


def export_format(name: str) -> ExportFormat:
    """Return the format of a name.

    Raises
    ------
    ExportError
        If there is none; the message lists those that exist.
    """
    formats = export_formats()
    if name not in formats:
        raise ExportError(f"There is no format {name!r}; use {', '.join(formats)}.")
    return formats[name]
