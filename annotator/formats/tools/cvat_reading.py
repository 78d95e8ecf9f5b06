"""CVAT's XML for images, version 1.1: coordinates are ours."""

from __future__ import annotations

# The files are read by `xml_reading`; here only the type of their elements is needed.
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...domain import BoundingBox, Ellipse, LabelSet, Landmark, Polygon, Presence, Region
from ...domain.regions import RotatedBox
from ...domain.regions.run_lengths import unpacked
from ...errors import IngestError
from ..detection.turning import TURNED_ELLIPSE, turned_ellipse
from ..import_format import ImportFormat, SizeOf
from ..imported import (
    ENTRY_FAULTS,
    ImportedImage,
    ImportedImages,
    ImportedRegion,
    ImportedValue,
    reason,
)
from ..markup.xml_reading import elements
from ..masks.pixels import mask_of_runs

_MACHINE = "auto"


def read_cvat(path: Path) -> ImportedImages:
    """Yield the images of a file.

    Raises
    ------
    IngestError
        If the file is not CVAT's.
    """
    found = False
    for element in elements(path, "version", "image", "track"):
        found = True
        if element.tag == "version":
            continue
        try:
            yield _image(element) if element.tag == "image" else _track(element)
        except ENTRY_FAULTS as error:
            name = element.get("name", "")
            yield ImportedImage("", faults=(f"Image {name} is left out: {reason(error)}",))
    if not found:
        raise IngestError(f"{path.name} has no images; it is not CVAT's XML for images.")


def _track(element: ET.Element) -> ImportedImage:
    fault = (
        f"A track of {element.get('label')!r} is left out: tracks of films are not taken over; "
        "export the frames from CVAT as images."
    )
    return ImportedImage("", faults=(fault,))


def _image(element: ET.Element) -> ImportedImage:
    regions: list[ImportedRegion] = []
    values, faults, notes = [], [], []
    for shape in element:
        attributes = {a.get("name", ""): a.text or "" for a in shape.iter("attribute")}
        label, rater = shape.get("label", ""), attributes.get("rater", "")
        machine = shape.get("source") == _MACHINE and not rater
        try:
            if shape.tag == "points" or shape.tag in _SHAPES:
                read = _regions(shape)
                regions += [ImportedRegion(label, one, rater, None, machine) for one in read]
                if shape.tag == "ellipse" and isinstance(read[0], Polygon):
                    notes.append(TURNED_ELLIPSE)
            elif shape.tag == "tag":
                values.append(_value(label, attributes, machine))
            else:
                faults.append(f"A {shape.tag} is left out; draw it as a polygon in CVAT.")
        except ENTRY_FAULTS as error:
            faults.append(f"A {shape.tag} of {label!r} is left out: {reason(error)}")
    width, height = (element.get(key) for key in ("width", "height"))
    return ImportedImage(
        element.get("name", ""),
        width,  # type: ignore[arg-type]  # as text; it is made a number there
        height,  # type: ignore[arg-type]
        tuple(regions),
        tuple(values),
        tuple(faults),
        tuple(notes),
    )


def _regions(shape: ET.Element) -> list[Region]:
    if shape.tag == "points":
        return [Landmark(x, y) for x, y in _pairs(shape)]
    return [_SHAPES[shape.tag](shape)]


def _box(shape: ET.Element) -> Region:
    left, top, right, bottom = _numbers(shape, "xtl", "ytl", "xbr", "ybr")
    box = BoundingBox(left, top, right - left, bottom - top)
    return RotatedBox.about_centre(box, float(shape.get("rotation", 0))).simplest


def _ellipse(shape: ET.Element) -> Region:
    x, y, rx, ry = _numbers(shape, "cx", "cy", "rx", "ry")
    ellipse = Ellipse(x - rx, y - ry, 2 * rx, 2 * ry)
    return turned_ellipse(ellipse, float(shape.get("rotation", 0)))


def _mask(shape: ET.Element) -> Region:
    left, top, width, height = map(int, _numbers(shape, "left", "top", "width", "height"))
    counts = [int(count) for count in shape.attrib["rle"].split(",")]
    return mask_of_runs(counts, width, height, x=left, y=top)


def _polygon(shape: ET.Element) -> Region:
    return Polygon(tuple(_pairs(shape)))


_SHAPES: Mapping[str, Callable[[ET.Element], Region]] = {
    "box": _box,
    "ellipse": _ellipse,
    "mask": _mask,
    "polygon": _polygon,
}


def _pairs(shape: ET.Element) -> Iterator[tuple[float, float]]:
    for pair in shape.attrib["points"].split(";"):
        x, y = pair.split(",")
        yield float(x), float(y)


def _numbers(shape: ET.Element, *names: str) -> Iterator[float]:
    return (float(shape.attrib[name]) for name in names)


def _box_place(box: Any) -> tuple[str, str]:
    left, top, right, bottom = box.extent
    return "box", f'xtl="{left!r}" ytl="{top!r}" xbr="{right!r}" ybr="{bottom!r}"'


def _rotated_place(box: Any) -> tuple[str, str]:
    tag, upright = _box_place(replace(box, angle=0.0))
    return tag, f'{upright} rotation="{box.angle % 360!r}"'


def _ellipse_place(ellipse: Any) -> tuple[str, str]:
    rx, ry = ellipse.width / 2, ellipse.height / 2
    centre = f'cx="{ellipse.x + rx!r}" cy="{ellipse.y + ry!r}"'
    return "ellipse", f'{centre} rx="{rx!r}" ry="{ry!r}"'


def _mask_place(mask: Any) -> tuple[str, str]:
    runs = ", ".join(map(str, unpacked(mask.counts).tolist()))
    window = f'left="{mask.x}" top="{mask.y}" width="{mask.width}" height="{mask.height}"'
    return "mask", f'rle="{runs}" {window}'


def _points(region: Region) -> str:
    return ";".join(f"{x!r},{y!r}" for x, y in region.outline)


CVAT_PLACES: Mapping[str, Callable[[Any], tuple[str, str]]] = {
    "box": _box_place,
    "rotated-box": _rotated_place,
    "ellipse": _ellipse_place,
    "mask": _mask_place,
    "polygon": lambda region: ("polygon", f'points="{_points(region)}"'),
    "point": lambda region: ("points", f'points="{_points(region)}"'),
}
"""Element and attributes of each shape."""


def _value(label: str, attributes: dict[str, str], machine: bool) -> ImportedValue:
    return ImportedValue(
        label,
        Presence(attributes.get("value") or Presence.PRESENT),
        attributes.get("rater", ""),
        attributes.get("intensity") or None,
        attributes.get("side") or None,
        suggested=machine,
    )


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del labels, size_of
    return read_cvat(path / "annotations.xml" if path.is_dir() else path)


CVAT = ImportFormat("cvat", "CVAT for images 1.1 (XML)", _read)
