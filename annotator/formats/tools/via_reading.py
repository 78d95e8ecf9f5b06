"""VGG Image Annotator (VIA): coordinates are ours; what a region shows is one of its attributes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ...domain import BoundingBox, Ellipse, LabelSet, Landmark, Polygon, Presence, Region
from ...errors import IngestError, RegionError
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
from .via_files import Options, ViaFile, via_file, via_files

_USUAL = ("label", "class", "name", "type")
"""What the attribute is mostly called that says what a region shows."""
_ON = (True, "true", "1", 1)


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del size_of
    values, options = via_files(path)
    files, faults = [], []
    for number, value in enumerate(values, start=1):
        try:
            if isinstance(value, IngestError):
                raise value
            files.append(via_file(value))
        except ENTRY_FAULTS as error:
            faults.append(f"Entry {number} of {path.name} is left out: {reason(error)}")
    if faults:
        yield ImportedImage("", faults=tuple(faults))
    labelled = _Labelled.of(files, options, labels, path)
    for file in files:
        try:
            yield _image(file, labelled)
        except ENTRY_FAULTS as error:
            yield ImportedImage("", faults=(f"An image is left out: {reason(error)}",))


@dataclass(frozen=True, slots=True)
class _Labelled:
    """Which attribute of a region says what it shows, and by which words.

    Attributes
    ----------
    attribute : str
    options : mapping of str to mapping of str to str
    codes : frozenset of str
        The project's labels, in small letters.
    """

    attribute: str
    options: Options
    codes: frozenset[str]

    @classmethod
    def of(
        cls, files: Sequence[ViaFile], options: Options, labels: LabelSet, path: Path
    ) -> _Labelled:
        """Look through the attributes of all regions."""
        codes = frozenset(code.casefold() for code in labels.codes)
        blank = cls("", options, codes)
        meant: Counter[str] = Counter()
        for file in files:
            for _, attributes in file.regions:
                for name, value in attributes.items() if isinstance(attributes, Mapping) else ():
                    words = blank.words(str(name), value)
                    meant[str(name)] += sum(word.casefold() in codes for word in words)
        most = max(meant.values(), default=0)
        names = [name for name, count in meant.items() if count == most]
        usual = [name for name in _USUAL for own in names if own.lower() == name]
        if len(names) > 1 and not usual:
            raise IngestError(
                f"{path.name} has {len(names)} attributes of regions ({', '.join(sorted(names))}) "
                "and none has the project's labels for values; give the project those of one."
            )
        chosen = next((own for own in names if own.lower() == usual[0]), "") if usual else ""
        return cls(chosen or next(iter(names), ""), options, codes)

    def words(self, attribute: str, value: Any) -> list[str]:
        """Return what an attribute says: of check boxes those that are ticked."""
        if isinstance(value, Mapping):
            chosen = [str(key) for key, ticked in value.items() if ticked in _ON]
        else:
            text = str(value).strip()
            several = attribute in self.options and "," in text and text not in self.options
            chosen = [one.strip() for one in text.split(",")] if several else [text]
        options = self.options.get(attribute, {})
        return [self._in_words(one, options.get(one, "").strip()) for one in chosen if one]

    def _in_words(self, option: str, words: str) -> str:
        """Return an option's own name, or the words for it where these are a label."""
        return words if words and option.casefold() not in self.codes else option


def _image(file: ViaFile, labelled: _Labelled) -> ImportedImage:
    regions: list[ImportedRegion] = []
    faults: list[str] = []
    notes: list[str] = []
    for shape, attributes in file.regions:
        try:
            named = labelled.words(labelled.attribute, attributes.get(labelled.attribute, ""))
            if not named:
                raise RegionError("it has no label.")
            region = _region(shape)
            regions += [ImportedRegion(label, region) for label in named]
            own = {key: value for key, value in attributes.items() if key != labelled.attribute}
            notes += left_out(own)
            notes += [TURNED_ELLIPSE] * (shape["name"] == "ellipse" and region.kind == Polygon.kind)
        except ENTRY_FAULTS as error:
            kind = shape.get("name") if isinstance(shape, Mapping) else "region"
            faults.append(f"A {kind} is left out: {reason(error)}")
    values = tuple(_values(file, labelled, notes))
    return ImportedImage(
        _name(file.name), None, None, tuple(regions), values, tuple(faults), tuple(notes)
    )


def _values(file: ViaFile, labelled: _Labelled, notes: list[str]) -> Iterator[ImportedValue]:
    """Yield the labels of the project that attributes of a picture name: they are present."""
    for name, value in file.attributes.items():
        known = [w for w in labelled.words(str(name), value) if w.casefold() in labelled.codes]
        yield from (ImportedValue(word, Presence.PRESENT) for word in known)
        if not known and str(value).strip():
            notes.append(f"attributes {str(name)[:40]!r} of images left out: no label is named")


def _name(name: str) -> str:
    return unquote(urlsplit(name).path).lstrip("/") if "://" in name else name


def _region(shape: Mapping[str, Any]) -> Region:
    kind = shape["name"]
    if kind not in _SHAPES:
        raise RegionError("it has no counterpart here; draw it as a polygon in VIA.")
    return _SHAPES[kind](shape)


def _rect(shape: Mapping[str, Any]) -> Region:
    return BoundingBox(shape["x"], shape["y"], shape["width"], shape["height"])


def _ellipse(shape: Mapping[str, Any]) -> Region:
    rx, ry = shape.get("rx", shape.get("r")), shape.get("ry", shape.get("r"))
    ellipse = Ellipse(shape["cx"] - rx, shape["cy"] - ry, 2 * rx, 2 * ry)
    return turned_ellipse(ellipse, math.degrees(shape.get("theta") or 0))


def _polygon(shape: Mapping[str, Any]) -> Region:
    return Polygon(tuple(zip(shape["all_points_x"], shape["all_points_y"], strict=True)))


def _extreme(shape: Mapping[str, Any]) -> Region:
    """Return the box of a thing's outermost points."""
    xs, ys = shape["all_points_x"], shape["all_points_y"]
    return BoundingBox(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _point(shape: Mapping[str, Any]) -> Region:
    return Landmark(shape["cx"], shape["cy"])


_SHAPES: Mapping[str, Callable[[Mapping[str, Any]], Region]] = {
    "rect": _rect,
    "circle": _ellipse,
    "ellipse": _ellipse,
    "polygon": _polygon,
    "extreme_rect": _extreme,
    "point": _point,
}

VIA = ImportFormat("via", "VGG Image Annotator (JSON or CSV)", _read)
