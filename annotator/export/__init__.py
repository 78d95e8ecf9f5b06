"""The way out: what people stated, as data sets in the formats that others read.

A format is one file that makes one `ExportFormat` (how to write its files and how to check
them), and one entry in `FORMATS`. Everything else is the same for all: the folder that appears
whole or not at all, the record of every act, the copies of the images, the manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ..domain import ImageRecord, LabelSet
from ..errors import ExportError
from . import coco
from .dataset import ExportReport, ImagePng, write_dataset
from .formats import ExportFormat
from .items import ExportItem, Review

FORMATS: Mapping[str, ExportFormat] = {form.name: form for form in (coco.FORMAT,)}
"""The formats by name."""


def export_items(
    records: Iterable[ImageRecord],
    labels: LabelSet,
    target: Path,
    *,
    project: str,
    format_name: str = "coco",
    image_png: ImagePng | None = None,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write a data set; the folder appears whole, after a check, or not at all.

    Parameters
    ----------
    records : iterable of ImageRecord
        The images in order, gone through once, one at a time. Close it yourself if it holds a
        connection.
    labels : LabelSet
        The project's labels.
    target : Path
        A folder that does not exist or is empty.
    project : str
        Name of the project.
    format_name : str
        One of `FORMATS`.
    image_png : callable, optional
        Returns an image's pixels as a PNG file, for example ``PixelStore.encoded`` of its
        ``pixels_sha256``; with it the images are copied into ``images/``.
    progress : callable, optional
        Called with the number of images done; what it raises cancels the export.

    Returns
    -------
    ExportReport

    Raises
    ------
    ExportError
        If the format is unknown, the target is not empty, a label is not in the label set, the
        disk does not take the files, or the self-check finds a difference. Nothing is left.
    """
    if format_name not in FORMATS:
        raise ExportError(f"There is no format {format_name!r}; use {', '.join(FORMATS)}.")
    return write_dataset(
        records,
        labels,
        target,
        project=project,
        form=FORMATS[format_name],
        image_png=image_png,
        progress=progress,
    )


__all__ = [
    "FORMATS",
    "ExportFormat",
    "ExportItem",
    "ExportReport",
    "ImagePng",
    "Review",
    "export_items",
]
