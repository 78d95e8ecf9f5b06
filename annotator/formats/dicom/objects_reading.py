"""DICOM objects about images taken over: segmentations, and structured reports of ours."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pydicom
from pydicom.errors import InvalidDicomError
from pydicom.uid import ComprehensiveSRStorage, SecondaryCaptureImageStorage, SegmentationStorage

from ...domain import Ellipse, LabelSet, Landmark, Mask, Polygon, Region
from ...errors import IngestError
from ..import_format import ImportFormat, SizeOf
from ..imported import ENTRY_FAULTS, ImportedImage, ImportedRegion, reason
from .dicom_image import code_of, concept
from .dicom_seg_reading import frames_of
from .dicom_sr_reading import groups_of
from .sources import plain

_Place = tuple[str, int | None]
"""The SOP instance that something lies on, and the frame of it, from 1."""
_Said = Iterator[tuple[_Place, tuple[int, int] | None, ImportedRegion]]


def _reader(
    sop_class: str, what: str, regions_of: Callable[[Any, LabelSet], _Said]
) -> Callable[[Path, LabelSet, SizeOf], Iterator[ImportedImage]]:
    def read(path: Path, labels: LabelSet, size_of: SizeOf) -> Iterator[ImportedImage]:
        del size_of
        names: dict[str, str] = {}
        regions: dict[_Place, list[ImportedRegion]] = defaultdict(list)
        sizes: dict[_Place, tuple[int, int] | None] = {}
        objects = 0
        for file, dataset in _datasets(path):
            if dataset.get("SOPClassUID") == SecondaryCaptureImageStorage:
                # A picture of an export of ours lies in a folder called as its copy is.
                names[str(dataset.SOPInstanceUID)] = f"{file.parent.name}.png"
            if dataset.get("SOPClassUID") != sop_class:
                continue
            objects += 1
            try:
                for place, size, region in regions_of(dataset, labels):
                    regions[place].append(region)
                    sizes[place] = size
            except (*ENTRY_FAULTS, NotImplementedError, struct.error) as error:
                yield ImportedImage("", faults=(f"{file.name} is left out: {reason(error)}",))
        if not objects:
            raise IngestError(f"There is no {what} in {path.name}; name its file or its folder.")
        for place, own in regions.items():
            yield _image(place, names, sizes[place], own)

    return read


def _image(
    place: _Place,
    names: Mapping[str, str],
    size: tuple[int, int] | None,
    regions: list[ImportedRegion],
) -> ImportedImage:
    instance, number = place
    width, height = size or (None, None)
    return ImportedImage(
        names.get(instance, instance),
        width,
        height,
        tuple(regions),
        marks=(instance,),
        frame=None if number is None else number - 1,
    )


def _datasets(path: Path) -> Iterator[tuple[Path, Any]]:
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        dataset = _dataset(file)
        if dataset is not None:
            yield file, dataset


def _dataset(file: Path) -> Any:
    try:
        return pydicom.dcmread(file) if file.is_file() else None
    except (InvalidDicomError, OSError, EOFError, NotImplementedError, struct.error):
        return None  # a folder of an export has other files, too
    except ENTRY_FAULTS:
        return None  # damaged: what it refers to is not read of it


def _segments(dataset: Any, labels: LabelSet) -> _Said:
    described = {int(one.SegmentNumber): one for one in dataset.SegmentSequence}
    for frame in frames_of(dataset):
        mask = Mask.of(frame.mask)
        if mask is None:
            continue
        if not frame.instance:
            raise IngestError("its frames do not say which image they lie on.")
        segment = described[frame.segment]
        kind = segment.SegmentedPropertyTypeCodeSequence[0]
        code = (kind.CodeValue, kind.CodingSchemeDesignator, kind.CodeMeaning)
        label = _label(code, labels, str(segment.SegmentLabel))
        made = segment.get("SegmentAlgorithmType") == "AUTOMATIC"
        place = frame.instance, frame.number
        size = int(dataset.Columns), int(dataset.Rows)
        yield place, size, ImportedRegion(label, mask, suggested=made)


def _findings(dataset: Any, labels: LabelSet) -> _Said:
    for group in groups_of(dataset):
        if group.finding is None:
            continue
        label = _label(group.finding, labels)
        made = group.evaluations.get("DECISION") == "SUGGESTED"
        for shape, points in group.graphics:
            region = _region(shape, [(float(x), float(y)) for x, y in points])
            yield (group.instance, group.frame), None, ImportedRegion(label, region, suggested=made)


def _region(shape: str, points: list[tuple[float, float]]) -> Region:
    if shape == "POINT":
        return Landmark(*points[0])
    if shape == "ELLIPSE":
        xs, ys = zip(*points, strict=True)
        if len({*xs}) > 3 or len({*ys}) > 3:
            raise IngestError("it has a turned ellipse, which is not read.")
        return Ellipse(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    if shape != "POLYLINE" or points[0] != points[-1]:
        raise IngestError(f"it has a graphic of type {shape} that encloses nothing.")
    return Polygon(tuple(points[:-1]))


def _label(code: tuple[str, str, str], labels: LabelSet, name: str = "") -> str:
    """Return the project's label of a name or of a code; else what the file calls it."""
    for label in labels:
        if name and plain(label.code, 64) == name:
            return label.code
    for label in labels:
        # One of ours that stands for a place in the other project's list is known by its meaning.
        known = code_of(concept(label, labels))
        numbered = code[0].startswith("LABEL") and code[1] == known[1]
        if (known[2] == code[2]) if numbered else (known[:2] == code[:2]):
            return label.code
    return name or code[2] or code[0]


SEGMENTATIONS = ImportFormat(
    "dicom-seg",
    "DICOM Segmentation",
    _reader(SegmentationStorage, "DICOM Segmentation", _segments),
)
REPORTS = ImportFormat(
    "dicom-sr",
    "DICOM Structured Report of ours (TID 1500)",
    _reader(ComprehensiveSRStorage, "DICOM Structured Report", _findings),
)
