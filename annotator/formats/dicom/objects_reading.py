"""DICOM objects about images: segmentations, structure sets, and structured reports of ours."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
from pydicom.errors import InvalidDicomError
from pydicom.uid import (
    ComprehensiveSRStorage,
    RTStructureSetStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
)

from ...domain import Ellipse, LabelSet, Landmark, Polygon, Region
from ...errors import IngestError
from ..import_format import ImportFormat, SizeOf
from ..imported import ENTRY_FAULTS, ImportedImage, ImportedValue, reason
from ..imported_plane import ImportedPlane, InPixels, PlaneReference, ReferredValue
from .dicom_image import SCHEME, code_of, concept
from .dicom_rtstruct_reading import contours_of
from .dicom_seg_reading import frames_of
from .dicom_sr_reading import VALUES, ReportGroup, groups_of, reader_of
from .sources import plain

_OURS = {"DECISION", "VALUE", "INTENSITY", "SIDE", "READING"}
"""Names of the evaluations that are read."""
_Referring = ImportedPlane | ReferredValue
_Statements = Iterator[_Referring]


def _reader(
    sop_class: str, what: str, statements_of: Callable[[Any, LabelSet, list[str]], _Statements]
) -> Callable[[Path, LabelSet, SizeOf], Iterator[ImportedImage | _Referring]]:
    def read(path: Path, labels: LabelSet, size_of: SizeOf) -> Iterator[ImportedImage | _Referring]:
        del size_of
        names: dict[str, str] = {}
        statements: list[_Referring] = []
        objects = 0
        for file, dataset in _datasets(path):
            if dataset.get("SOPClassUID") == SecondaryCaptureImageStorage:
                # A picture of an export of ours lies in a folder called as its copy is.
                names[str(dataset.SOPInstanceUID)] = f"{file.parent.name}.png"
            if dataset.get("SOPClassUID") != sop_class:
                continue
            objects += 1
            faults: list[str] = []
            try:
                made = statements_of(dataset, labels, faults)
                statements.extend(_of_object(objects, one) for one in made)
            except (*ENTRY_FAULTS, NotImplementedError, struct.error) as error:
                faults.append(f"left out: {reason(error)}")
            if faults:
                yield ImportedImage("", faults=tuple(f"{file.name}: {one}" for one in faults))
        if not objects:
            raise IngestError(f"There is no {what} in {path.name}; name its file or its folder.")
        for one in statements:
            name = names.get(one.reference.instance, "")
            yield replace(one, reference=one.reference._replace(file_name=name))

    return read


def _of_object(number: int, one: _Referring) -> _Referring:
    """Return what an object says, its parts apart from those of others."""
    if isinstance(one, ImportedPlane):
        return replace(one, part=f"{number} {one.part}")
    return one


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


def _segments(dataset: Any, labels: LabelSet, faults: list[str]) -> _Statements:
    del faults
    described = {int(one.SegmentNumber): one for one in dataset.SegmentSequence}
    for frame in frames_of(dataset):
        if not frame.drawn.pixels.any():
            continue
        if not frame.reference.instance and frame.drawn.place is None:
            raise IngestError("its frames do not say which image they lie on, nor where.")
        segment = described[frame.segment]
        kind = segment.SegmentedPropertyTypeCodeSequence[0]
        code = (kind.CodeValue, kind.CodingSchemeDesignator, kind.CodeMeaning)
        label = label_of(code, labels, str(segment.SegmentLabel))
        made = segment.get("SegmentAlgorithmType") == "AUTOMATIC"
        yield ImportedPlane(frame.reference, label, frame.drawn, str(frame.segment), made)


def _structures(dataset: Any, labels: LabelSet, faults: list[str]) -> _Statements:
    for contour in contours_of(dataset, faults):
        label = label_of(contour.code or ("", "", ""), labels, contour.name)
        part = str(contour.roi)
        yield ImportedPlane(contour.reference, label, contour.drawn, part, contour.automatic)


def _findings(dataset: Any, labels: LabelSet, faults: list[str]) -> _Statements:
    reader = reader_of(dataset)
    left_out: Counter[str] = Counter()
    for number, group in enumerate(groups_of(dataset)):
        left_out.update(f"{name!r}" for name in (*group.others, *group.evaluations.keys() - _OURS))
        if group.finding is None:
            left_out["groups without a finding"] += "READING" not in group.evaluations
            continue
        label = label_of(group.finding, labels)
        try:
            statements = list(_stated(group, label, reader, number))
        except ENTRY_FAULTS as error:
            faults.append(f"a finding {label!r} is left out: {reason(error)}")
            continue
        left_out["findings without a region or a value"] += not statements
        yield from statements
    faults += [f"{what} left out ({count})." for what, count in left_out.items() if count]


def _stated(group: ReportGroup, label: str, reader: str, number: int) -> _Statements:
    frame = None if group.frame is None else group.frame - 1
    reference = PlaneReference(instance=group.instance, frame=frame)
    if "VALUE" in group.evaluations:
        yield ReferredValue(reference, _value(label, group.evaluations, reader))
    ours = group.evaluations.get("DECISION")
    for place, (shape, points) in enumerate(group.graphics):
        region = _region(shape, [(float(x), float(y)) for x, y in points])
        # Pieces of a region of ours have its identity; of others, each is a finding.
        part = group.tracking if ours else f"{number} {place}"
        yield ImportedPlane(reference, label, InPixels(region), part, ours == "SUGGESTED", reader)


def _value(label: str, evaluations: Mapping[str, str], reader: str) -> ImportedValue:
    code = evaluations["VALUE"]
    values = [value for value, known in VALUES.items() if known[0] == code]
    if not values:
        raise IngestError(f"it says {code[:40]!r} of {label!r}, which is no value that is known.")
    # Grade and side are INTENSITY-A and SIDE-L.
    grade, side = (evaluations.get(key, "")[-1:] or None for key in ("INTENSITY", "SIDE"))
    return ImportedValue(label, values[0], reader, grade, side, suggested=not reader)


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


def label_of(code: tuple[str, str, str], labels: LabelSet, name: str = "") -> str:
    """Return the project's label of a name or of a code; else what the file calls it."""
    numbered = code[1] == SCHEME and code[0].startswith("LABEL")
    called = name or (code[2] if numbered else "")
    for label in labels:
        if called and plain(label.code, 64) == called:
            return label.code
    for label in labels:
        # Earlier exports have a label's meaning beside its place in the other project's list.
        known = code_of(concept(label, labels))
        meant = label.meaning and plain(label.meaning, 64) == code[2]
        if meant if numbered else known[:2] == code[:2]:
            return label.code
    return name or code[2] or code[0]


SEGMENTATIONS = ImportFormat(
    "dicom-seg",
    "DICOM Segmentation",
    _reader(SegmentationStorage, "DICOM Segmentation", _segments),
)
STRUCTURES = ImportFormat(
    "dicom-rtstruct",
    "DICOM RT Structure Set",
    _reader(RTStructureSetStorage, "DICOM RT Structure Set", _structures),
)
REPORTS = ImportFormat(
    "dicom-sr",
    "DICOM Structured Report of ours (TID 1500)",
    _reader(ComprehensiveSRStorage, "DICOM Structured Report", _findings),
)
