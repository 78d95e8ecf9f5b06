"""CVAT's XML, version 1.1, for images or video: coordinates are ours."""

from __future__ import annotations

# The files are read by `xml_reading`; here only the type of their elements is needed.
import xml.etree.ElementTree as ET
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
    left_out,
    reason,
)
from ..markup.one_file import one_file
from ..markup.xml_reading import elements, text_of
from ..masks.pixels import mask_of_runs

_MACHINE = "auto"


def read_cvat(path: Path, codes: Collection[str] = frozenset()) -> ImportedImages:
    """Yield the images of a file, then the frames of its film that tracks have key frames on.

    Parameters
    ----------
    path : Path
    codes : collection of str
        The project's labels, which points of a skeleton may be called by.

    Raises
    ------
    IngestError
        If the file is not CVAT's.
    """
    is_cvat = False
    film = _Film()
    for element in elements(path, "version", "meta", "image", "track"):
        is_cvat = True
        try:
            if element.tag == "meta":
                film = _Film.of(element)
            elif element.tag == "image":
                yield _image(element, codes)
            elif element.tag == "track":
                film.add(element, codes)
        except ENTRY_FAULTS as error:
            what = element.get("name") or element.get("label") or ""
            fault = f"The {element.tag} {what!r} is left out: {reason(error)}"
            yield ImportedImage("", faults=(fault,))
    yield from film.images()
    if not is_cvat:
        raise IngestError(f"{path.name} has no images; it is not CVAT's XML.")


class _Film:
    """What tracks say of the frames of a film, at their key frames."""

    def __init__(self, name: str = "", width: str = "", height: str = "") -> None:
        self._name, self._size = name, (width, height)
        self._frames: dict[int, list[_Part]] = {}

    @classmethod
    def of(cls, meta: ET.Element) -> _Film:
        """Return the film that the head of a file names."""
        name = next((s.text for s in meta.iter("source") if s.text), "")
        return cls(name, *(text_of(meta, f"*/original_size/{side}") for side in _SIDES))

    def add(self, track: ET.Element, codes: Collection[str]) -> None:
        """Take a track."""
        if not self._name:
            raise IngestError(
                'it is of no film that the file names; export from CVAT as "CVAT for images".'
            )
        for shape in track:
            if shape.get("outside") != "1" and shape.get("keyframe", "1") == "1":
                for key in ("label", "source"):
                    shape.set(key, track.get(key, ""))
                self._frames.setdefault(int(shape.attrib["frame"]), []).append(_part(shape, codes))

    def images(self) -> ImportedImages:
        """Yield the frames, the first first."""
        for frame, parts in sorted(self._frames.items()):
            image = _joined(self._name, *self._size, parts)
            yield replace(image, frame=frame, notes=(*image.notes, _BY_KEY_FRAMES))


_SIDES = ("width", "height")
_BY_KEY_FRAMES = "frames of films taken over by the key frames of tracks, what is between left out"
_OWN = frozenset({"rater", "value", "intensity", "side"})
"""Attributes in which our own export says what CVAT has no place for."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What became of one element of an image."""

    regions: tuple[ImportedRegion, ...] = ()
    values: tuple[ImportedValue, ...] = ()
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _image(element: ET.Element, codes: Collection[str]) -> ImportedImage:
    parts = [_part(shape, codes) for shape in element]
    name, width, height = (element.get(key, "") for key in ("name", *_SIDES))
    return _joined(name, width, height, parts)


def _joined(name: str, width: str, height: str, parts: Sequence[_Part]) -> ImportedImage:
    return ImportedImage(
        name,
        width,  # type: ignore[arg-type]  # as text; it is made a number there
        height,  # type: ignore[arg-type]
        tuple(region for part in parts for region in part.regions),
        tuple(value for part in parts for value in part.values),
        tuple(fault for part in parts for fault in part.faults),
        tuple(note for part in parts for note in part.notes),
    )


def _part(shape: ET.Element, codes: Collection[str]) -> _Part:
    """Read a shape or a tag."""
    attributes = {a.get("name", ""): a.text or "" for a in shape.iter("attribute")}
    label, rater = shape.get("label", ""), attributes.get("rater", "")
    machine = shape.get("source") == _MACHINE and not rater
    notes = list(left_out({k: v for k, v in attributes.items() if k not in _OWN}))
    notes += left_out({"occluded": shape.get("occluded")})
    try:
        if shape.tag == "tag":
            return _Part(values=(_value(label, attributes, machine),), notes=tuple(notes))
        if shape.tag == "skeleton":
            places = list(_joints(shape, label, codes))
            notes.append("points of skeletons taken over as points by themselves")
        elif shape.tag == "points" or shape.tag in _SHAPES:
            places = [(label, region) for region in _regions(shape)]
        else:
            fault = f"A {shape.tag} of {label!r} is left out; draw it as a polygon in CVAT."
            return _Part(faults=(fault,))
        if shape.tag == "ellipse" and isinstance(places[0][1], Polygon):
            notes.append(TURNED_ELLIPSE)
        regions = (ImportedRegion(one, place, rater, None, machine) for one, place in places)
        return _Part(tuple(regions), notes=tuple(notes))
    except ENTRY_FAULTS as error:
        return _Part(faults=(f"A {shape.tag} of {label!r} is left out: {reason(error)}",))


def _joints(
    skeleton: ET.Element, label: str, codes: Collection[str]
) -> Iterator[tuple[str, Region]]:
    """Yield the points of a skeleton that are seen, each of its own label where there is one."""
    for joint in skeleton.iter("points"):
        own = joint.get("label", "")
        if joint.get("outside") != "1":
            yield from ((own if own in codes else label, one) for one in _regions(joint))


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


def _read_file(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del size_of
    return read_cvat(one_file(path, ["*.xml"], "annotations.xml"), labels.codes)


CVAT = ImportFormat("cvat", "CVAT 1.1 (XML), for images or video", _read_file)
