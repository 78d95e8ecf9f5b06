"""The way out: what people stated, as data sets in the formats that others read.

Everything that is the same for all formats (`annotator.formats`): what is taken, the folder that
appears whole or not at all, the record of every act, the copies of the images, the losses, the
manifest, the check of a data set by its manifest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..dataset.items import Assessment, ExportItem, PlacedMap
from ..dataset.selection import EVERYTHING, FINISHED, Consensus, Selection, Take
from ..dataset.splits import read_shares
from ..formats.capacity import Capacity
from ..formats.export_format import ExportFormat
from ..formats.registry import export_format, export_formats
from .comparing import Comparison, compare_datasets
from .dataset import write_dataset
from .report import ExportReport
from .source import ImageMaps, ImagePng, Source
from .verifying import verify_dataset


def export_items(
    source: Source,
    target: Path,
    *,
    format_name: str = "coco",
    selection: Selection = EVERYTHING,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write a data set; the folder appears whole, after a check, or not at all.

    Parameters
    ----------
    source : Source
        Close its records yourself if they hold a connection.
    target : Path
        A folder that does not exist or is empty.
    format_name : str
        One of `export_formats`.
    selection : Selection
        What goes in.
    progress : callable, optional
        Called with the number of steps done, two for each image: written, and read back (both
        at once for one that is left out); what it raises cancels the export.

    Returns
    -------
    ExportReport

    Raises
    ------
    ExportError
        If the format is unknown, the target is not empty, a label is not in the label set, a
        subject would be in two splits, several readers read one image and the format has one list
        of regions, the disk does not take the files, or the self-check finds a difference.
        Nothing is left.
    """
    return write_dataset(source, target, export_format(format_name), selection, progress)


__all__ = [
    "EVERYTHING",
    "FINISHED",
    "Assessment",
    "Capacity",
    "Comparison",
    "Consensus",
    "ExportFormat",
    "ExportItem",
    "ExportReport",
    "ImageMaps",
    "ImagePng",
    "PlacedMap",
    "Selection",
    "Source",
    "Take",
    "compare_datasets",
    "export_format",
    "export_formats",
    "export_items",
    "read_shares",
    "verify_dataset",
]
