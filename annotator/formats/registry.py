"""The formats by name: ours, and those of installed packages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..errors import ExportError, IngestError
from ..plugins import EXPORTERS, IMPORTERS, plugins
from .detection import (
    coco,
    coco_keypoints,
    coco_panoptic,
    coco_reading,
    dota,
    dota_reading,
    voc,
    voc_reading,
    yolo,
    yolo_pose,
    yolo_reading,
)
from .dicom import dicom_map, dicom_seg, dicom_sr, objects_reading
from .export_format import ExportFormat
from .facs import bp4d, disfa, facs_events, facs_reading, openface, py_feat
from .import_format import ImportFormat
from .masks import label_maps, nifti_masks, png_masks, single_maps
from .tables import csv_reading, csv_tables, hugging_face, kaggle_reading, parquet_tables
from .tools import (
    cvat,
    cvat_reading,
    label_studio,
    label_studio_reading,
    labelme_reading,
    via_reading,
)

WRITTEN = (
    coco.FORMAT,
    coco.FORMAT_RLE,
    coco_keypoints.FORMAT,
    coco_panoptic.FORMAT,
    yolo.FORMAT_DETECT,
    yolo.FORMAT_SEGMENT,
    yolo.FORMAT_ORIENTED,
    yolo_pose.FORMAT,
    dota.FORMAT,
    voc.FORMAT,
    cvat.FORMAT,
    label_studio.FORMAT,
    csv_tables.FORMAT,
    parquet_tables.FORMAT,
    png_masks.FORMAT,
    nifti_masks.FORMAT,
    single_maps.NNUNET,
    single_maps.MONAI,
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

READ = (
    coco_reading.COCO,
    csv_reading.CSV,
    cvat_reading.CVAT,
    label_studio_reading.LABEL_STUDIO,
    labelme_reading.LABELME,
    via_reading.VIA,
    kaggle_reading.KAGGLE,
    voc_reading.VOC,
    yolo_reading.YOLO,
    yolo_reading.YOLO_OBB,
    dota_reading.DOTA,
    label_maps.MASKS,
    facs_reading.OPENFACE,
    facs_reading.PY_FEAT,
    facs_reading.DISFA,
    facs_reading.BP4D,
    objects_reading.SEGMENTATIONS,
    objects_reading.STRUCTURES,
    objects_reading.REPORTS,
)


@cache
def export_formats() -> Mapping[str, ExportFormat]:
    """Return the formats that are written by name, those of installed packages last.

    Raises
    ------
    ExportError
        If an installed package offers something else than a format, or takes a name of ours.
    """
    formats = {form.name: form for form in WRITTEN}
    for entry, offered in plugins(EXPORTERS).items():
        if not isinstance(offered, ExportFormat) or offered.name in formats:
            raise ExportError(_no_format(entry, "exporter", "ExportFormat"))
        formats[offered.name] = offered
    return formats


@cache
def import_formats() -> Mapping[str, ImportFormat]:
    """Return the formats that are read by name, those of installed packages last.

    Raises
    ------
    IngestError
        If an installed package offers something else than a format, or takes a name of ours.
    """
    formats = {form.name: form for form in READ}
    for entry, offered in plugins(IMPORTERS).items():
        if not isinstance(offered, ImportFormat) or offered.name in formats:
            raise IngestError(_no_format(entry, "importer", "ImportFormat"))
        formats[offered.name] = offered
    return formats


def _no_format(entry: str, kind: str, value: str) -> str:
    return (
        f"The installed {kind} {entry!r} is no {value} of a name of its own; ask its author to "
        "mend it, or uninstall it."
    )


def export_format(name: str) -> ExportFormat:
    """Return the format to write of a name.

    Raises
    ------
    ExportError
        If there is none; the message lists those that exist.
    """
    formats = export_formats()
    if name not in formats:
        raise ExportError(f"There is no format {name!r}; use {', '.join(formats)}.")
    return formats[name]


def import_format(name: str) -> ImportFormat:
    """Return the format to read of a name.

    Raises
    ------
    IngestError
        If there is none; the message lists those that exist.
    """
    formats = import_formats()
    if name not in formats:
        raise IngestError(f"There is no format {name!r} to import; use {', '.join(formats)}.")
    return formats[name]
