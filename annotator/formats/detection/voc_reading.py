"""Pascal VOC: one XML file an image, boxes in whole pixels, counted from 1, both ends inside."""

from __future__ import annotations

import math
import re

# The files are read by `xml_reading`; here only the type of their elements is needed.
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ...domain import BoundingBox, LabelSet, Polygon, Region
from ...domain.regions import RotatedBox
from ...errors import IngestError
from ..import_format import ImportFormat, SizeOf
from ..imported import (
    ENTRY_FAULTS,
    ImportedImage,
    ImportedImages,
    ImportedRegion,
    left_out,
    reason,
)
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
    name, there = "", False
    size: tuple[int | None, int | None] = (None, None)
    regions, faults = [], []
    notes: list[str] = []
    for element in elements(path, "filename", "path", "size", "object"):
        there = there or element.tag != "path"
        if element.tag in ("filename", "path"):
            name = name or PurePosixPath((element.text or "").strip().replace("\\", "/")).name
        elif element.tag == "size":
            size = _pixels(text_of(element, "width")), _pixels(text_of(element, "height"))
        else:
            try:
                region = _region(element, from_zero)
                regions.append(ImportedRegion(text_of(element, "name").strip(), region))
                notes += left_out(_attributes(element))
            except ENTRY_FAULTS as error:
                faults.append(f"An object of {path.name} is left out: {reason(error)}")
    if not there:
        raise IngestError(f"{path.name} names no image; it is not an annotation of Pascal VOC.")
    return ImportedImage(
        name or path.stem, *size, tuple(regions), faults=tuple(faults), notes=tuple(notes)
    )


def _attributes(element: ET.Element) -> dict[str, str]:
    """Return what an object says beside its name and place; parts of persons by their number."""
    own = {key: text_of(element, key).strip() for key in ("difficult", "truncated", "occluded")}
    pose = text_of(element, "pose").strip()
    parts = len(element.findall("part"))
    return {**own, "pose": "" if pose == "Unspecified" else pose, "part": str(parts)}


def _region(element: ET.Element, from_zero: bool) -> Region:
    first = 0 if from_zero else 1
    if element.find("robndbox") is not None:  # of roLabelImg: in radians, clockwise, from 0
        *sides, angle = (float(text_of(element, f"robndbox/{name}")) for name in _ROTATED)
        x, y, width, height = sides
        return RotatedBox.turned(x, y, width, height, math.degrees(angle)).simplest
    corners = _corners(element)
    if len(corners) > 2:  # of Roboflow: points, which lie in the middle of pixels counted from 1
        return Polygon(tuple((x - first / 2, y - first / 2) for x, y in corners))
    left, top, right, bottom = (float(text_of(element, f"bndbox/{edge}")) for edge in _EDGES)
    return BoundingBox(left - first, top - first, right - left + first, bottom - top + first)


def _corners(element: ET.Element) -> list[tuple[float, float]]:
    """Return the corners of an outline, x1, y1, x2 and so on; none where there is no outline."""
    corners: list[tuple[float, float]] = []
    while text := text_of(element, f"polygon/x{len(corners) + 1}").strip():
        corners.append((float(text), float(text_of(element, f"polygon/y{len(corners) + 1}"))))
    return corners


_ZERO = re.compile(rb"<(xmin|ymin)>\s*0+(\.0*)?\s*<")
_EDGES = ("xmin", "ymin", "xmax", "ymax")
_ROTATED = ("cx", "cy", "w", "h", "angle")


def _pixels(text: str) -> int | None:
    return (int(float(text)) or None) if text.strip().replace(".", "", 1).isdigit() else None


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
                notes = ("files with pixels counted from 0", *image.notes)
                image = replace(image, notes=notes)
            inside = file.parent.relative_to(folder) if folder.is_dir() else Path()
            yield replace(image, file_name=(inside / image.file_name).as_posix())
        except ENTRY_FAULTS as error:
            yield ImportedImage(file.stem, faults=(reason(error),))


VOC = ImportFormat("voc", "Pascal VOC", _read)
