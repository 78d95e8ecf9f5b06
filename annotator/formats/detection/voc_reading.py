"""Pascal VOC: one XML file an image, boxes in whole pixels, counted from 1, both ends inside."""

from __future__ import annotations

import math
import re

# The files are read by `xml_reading`; here only the type of their elements is needed.
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

from ...domain import BoundingBox, LabelSet, Region
from ...domain.regions import RotatedBox
from ...errors import IngestError
from ..import_format import ImportFormat, SizeOf
from ..imported import ENTRY_FAULTS, ImportedImage, ImportedImages, ImportedRegion, reason
from ..markup.xml_reading import elements, text_of


def read_voc_file(path: Path, *, from_zero: bool = False) -> ImportedImage:
    """Read the annotation of one image, after the VOC2012 development kit.

    Parameters
    ----------
    path : Path
    from_zero : bool
        Whether its pixels are counted from 0, the last one outside, as many tools do.

    Raises
    ------
    IngestError
        If the file is not VOC's.
    """
    name, size = "", (0, 0)
    regions, faults = [], []
    for element in elements(path, "filename", "size", "object"):
        if element.tag == "filename":
            name = (element.text or "").strip()
        elif element.tag == "size":
            size = _whole(text_of(element, "width")), _whole(text_of(element, "height"))
        else:
            try:
                regions.append(
                    ImportedRegion(text_of(element, "name").strip(), _box(element, from_zero))
                )
            except ENTRY_FAULTS as error:
                faults.append(f"An object of {path.name} is left out: {reason(error)}")
    if not name:
        raise IngestError(f"{path.name} names no image; it is not an annotation of Pascal VOC.")
    width, height = size
    return ImportedImage(name, width or None, height or None, tuple(regions), (), tuple(faults))


def _box(element: ET.Element, from_zero: bool) -> Region:
    if element.find("robndbox") is not None:  # of roLabelImg: in radians, clockwise, from 0
        *sides, angle = (float(text_of(element, f"robndbox/{name}")) for name in _ROTATED)
        x, y, width, height = sides
        return RotatedBox.turned(x, y, width, height, math.degrees(angle)).simplest
    left, top, right, bottom = (float(text_of(element, f"bndbox/{edge}")) for edge in _EDGES)
    first = 0 if from_zero else 1
    return BoundingBox(left - first, top - first, right - left + first, bottom - top + first)


_ZERO = re.compile(rb"<(xmin|ymin)>\s*0+(\.0*)?\s*<")
_EDGES = ("xmin", "ymin", "xmax", "ymax")
_ROTATED = ("cx", "cy", "w", "h", "angle")


def _whole(text: str) -> int:
    return int(float(text)) if text.strip().replace(".", "", 1).isdigit() else 0


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""  # reading it says so


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    folder = path / "Annotations" if (path / "Annotations").is_dir() else path
    files = sorted(folder.rglob("*.xml")) if folder.is_dir() else [folder]
    if not files:
        raise IngestError(f"There are no annotations (*.xml) in {path.name}; name their folder.")
    from_zero = any(_ZERO.search(_content(file)) for file in files)
    for file in files:
        try:
            image = read_voc_file(file, from_zero=from_zero)
            if from_zero and image.regions:
                image = replace(image, notes=("files whose pixels are counted from 0",))
            inside = file.parent.relative_to(folder) if folder.is_dir() else Path()
            yield replace(image, file_name=(inside / image.file_name).as_posix())
        except ENTRY_FAULTS as error:
            yield ImportedImage(file.stem, faults=(reason(error),))


VOC = ImportFormat("voc", "Pascal VOC", _read)
