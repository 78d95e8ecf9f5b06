"""CVAT's XML for images, version 1.1: coordinates are ours."""

from __future__ import annotations

# The files are read by `xml_reading`; here only the type of their elements is needed.
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from ..domain import BoundingBox, Ellipse, LabelSet, Landmark, Polygon, Presence, Region
from ..errors import IngestError, RegionError
from .formats import ImportFormat, SizeOf
from .imported import ImportedImage, ImportedImages, ImportedRegion, ImportedValue
from .pixels import mask_of_runs
from .turning import TURNED_ELLIPSE, turned_box, turned_ellipse
from .xml_reading import elements

_MACHINE = "auto"
_SHAPES = ("box", "ellipse", "polygon", "points", "mask")


def read_cvat(path: Path) -> ImportedImages:
    """Yield the images of a file.

    Raises
    ------
    IngestError
        If the file is not CVAT's.
    """
    found = False
    for element in elements(path, "version", "image"):
        found = True
        if element.tag == "image":
            yield _image(element)
    if not found:
        raise IngestError(f"{path.name} has no images; it is not CVAT's XML for images.")


def _image(element: ET.Element) -> ImportedImage:
    regions: list[ImportedRegion] = []
    values, faults, notes = [], [], []
    for shape in element:
        attributes = {a.get("name", ""): a.text or "" for a in shape.iter("attribute")}
        label, rater = shape.get("label", ""), attributes.get("rater", "")
        machine = shape.get("source") == _MACHINE and not rater
        try:
            if shape.tag in _SHAPES:
                read = _regions(shape)
                regions += [ImportedRegion(label, one, rater, None, machine) for one in read]
                if shape.tag == "ellipse" and isinstance(read[0], Polygon):
                    notes.append(TURNED_ELLIPSE)
            elif shape.tag == "tag":
                values.append(_value(label, attributes))
            else:
                faults.append(f"A {shape.tag} is left out; draw it as a polygon in CVAT.")
        except (KeyError, ValueError, RegionError) as error:
            faults.append(f"A {shape.tag} of {label!r} is left out: {error}")
    width, height = (int(element.get(key) or 0) for key in ("width", "height"))
    return ImportedImage(
        element.get("name", ""),
        width or None,
        height or None,
        tuple(regions),
        tuple(values),
        tuple(faults),
        tuple(notes),
    )


def _regions(shape: ET.Element) -> list[Region]:
    angle = float(shape.get("rotation", 0))
    if shape.tag == "box":
        left, top, right, bottom = _numbers(shape, "xtl", "ytl", "xbr", "ybr")
        return [turned_box(BoundingBox(left, top, right - left, bottom - top), angle)]
    if shape.tag == "ellipse":
        x, y, rx, ry = _numbers(shape, "cx", "cy", "rx", "ry")
        return [turned_ellipse(Ellipse(x - rx, y - ry, 2 * rx, 2 * ry), angle)]
    if shape.tag == "mask":
        left, top, width, height = map(int, _numbers(shape, "left", "top", "width", "height"))
        counts = [int(count) for count in shape.attrib["rle"].split(",")]
        return [mask_of_runs(counts, width, height, x=left, y=top)]
    pairs = [pair.split(",") for pair in shape.attrib["points"].split(";")]
    points = tuple((float(x), float(y)) for x, y in pairs)
    return [Polygon(points)] if shape.tag == "polygon" else [Landmark(x, y) for x, y in points]


def _numbers(shape: ET.Element, *names: str) -> Iterator[float]:
    return (float(shape.attrib[name]) for name in names)


def _value(label: str, attributes: dict[str, str]) -> ImportedValue:
    return ImportedValue(
        label,
        Presence(attributes.get("value") or Presence.PRESENT),
        attributes.get("rater", ""),
        attributes.get("intensity") or None,
        attributes.get("side") or None,
    )


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    return read_cvat(path / "annotations.xml" if path.is_dir() else path)


CVAT = ImportFormat("cvat", "CVAT for images 1.1 (XML)", _read)
