"""Patients, studies and series: the order in which the files of a folder belong together."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ..domain import ImageAsset
from ..domain.sequences import SequencePlace, repeats, sequence_place
from ..errors import IngestError
from .dicom_header import acquisition_of, first_number, frame_count, geometry_of
from .quiet import quiet
from .reading import HEAD_BYTES, FileKind, file_kind, opened

_ELEMENTS = (
    "PatientID StudyInstanceUID SeriesNumber SeriesInstanceUID InstanceNumber AcquisitionNumber "
    "TriggerTime FrameOfReferenceUID Modality Rows Columns NumberOfFrames PixelSpacing "
    "ImagePositionPatient ImageOrientationPatient ImageType EchoTime InversionTime "
    "TemporalPositionIdentifier DiffusionBValue"
)


class Place(NamedTuple):
    """Where a DICOM file belongs. It names people: never keep or show it.

    Attributes
    ----------
    series : (str, str, int, str)
        Patient, study, series number and series; series go by it.
    instance : int
    turn : (int, float, int)
        Acquisition, trigger time and instance: what orders slices that lie at one place.
    sequence : SequencePlace or None
        Of a file of one slice that says where it lies.
    """

    series: tuple[str, str, int, str]
    instance: int
    turn: tuple[int, float, int]
    sequence: SequencePlace | None


def place_of(path: Path) -> Place | None:
    """Return where a file belongs; None where it is no DICOM file or does not say."""
    try:
        with opened(path, "") as stream, quiet():
            head = stream.read(1024)
            deflated = DeflatedExplicitVRLittleEndian.encode() in head
            if deflated or file_kind(head[:HEAD_BYTES]) is not FileKind.DICOM:
                return None
            stream.seek(0)
            header = pydicom.dcmread(
                stream, stop_before_pixels=True, force=True, specific_tags=_ELEMENTS.split()
            )
            patient, study, series = (
                str(header.get(tag) or "")
                for tag in ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")
            )
            instance = _number(header.get("InstanceNumber"))
            return Place(
                (patient, study, _number(header.get("SeriesNumber")), series),
                instance,
                (
                    _number(header.get("AcquisitionNumber")),
                    first_number(header.get("TriggerTime")) or 0.0,
                    instance,
                ),
                _sequence_place(header, series),
            )
    except Exception:  # noqa: BLE001 - whatever ails a file is told when it is taken in
        return None


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def _sequence_place(header: Dataset, series: str) -> SequencePlace | None:
    """Return where the picture of a file will belong; its stack has no pseudonyms here."""
    geometry = geometry_of(header, 0, str(header.get("FrameOfReferenceUID") or ""))
    if geometry is None or frame_count(header) > 1:
        return None
    size = int(header.get("Columns") or 0), int(header.get("Rows") or 0)
    display = {
        "geometry": geometry.to_json(),
        "acquisition": acquisition_of(header, 0),
        "origin": {"series": series},
    }
    return sequence_place(ImageAsset("", *size, "", "", display=display))


_File = TypeVar("_File")


def in_series_order(files: Iterable[tuple[_File, Path]]) -> Iterator[_File]:
    """Put the DICOM files of each folder in the order of patients, studies, series and places.

    Parameters
    ----------
    files : iterable of (any, Path)
        Files with their paths, those of a folder after each other.

    Yields
    ------
    any
        The first of each pair: what is no DICOM file in the order it came, then series by series
        the others. Slices that belong together (`domain.sequences`) follow each other along their
        axis; what does not say where it lies goes by its instance number.
    """
    for _, folder in itertools.groupby(files, key=lambda file: file[1].parent):
        placed = [(place_of(path), file) for file, path in folder]
        yield from (file for place, file in placed if place is None)
        known = [(place, file) for place, file in placed if place is not None]
        known.sort(key=lambda one: (one[0].series, one[0].instance))
        for _, series in itertools.groupby(known, key=lambda one: one[0].series):
            yield from _along_axes(list(series))


def _along_axes(series: list[tuple[Place, _File]]) -> Iterator[_File]:
    """Yield the files of a series stack by stack; of slices at one place, each in another round."""
    stacks: dict[str, list[tuple[Place, _File]]] = {}
    for place, file in series:
        stack = json.dumps(place.sequence.stack, sort_keys=True) if place.sequence else ""
        stacks.setdefault(stack, []).append((place, file))
    for stack, members in stacks.items():
        if not stack:
            yield from (file for _, file in members)
            continue
        members.sort(key=lambda one: one[0].turn)
        depths = [place.sequence.place for place, _ in members if place.sequence]
        order = sorted(zip(repeats(depths), depths, range(len(members)), strict=True))
        yield from (members[at][1] for _, _, at in order)


def referenced_files(index: BinaryIO) -> list[tuple[str, ...]]:
    """Return the files that a DICOMDIR refers to, in its order, as the parts of their paths.

    Raises
    ------
    IngestError
        If it cannot be read; the message lacks its subject, the file.

    Notes
    -----
    PS3.3 F.3.2.2: Referenced File ID (0004,1500), relative to the folder of the DICOMDIR.
    """
    try:
        with quiet():
            records = pydicom.dcmread(index).get("DirectoryRecordSequence") or []
            return [parts for record in records if (parts := _parts(record))]
    except Exception:  # noqa: BLE001 - readers raise anything on damaged bytes
        raise IngestError("is no index that can be read; import its folder instead.") from None


def _parts(record: Dataset) -> tuple[str, ...]:
    named = record.get("ReferencedFileID")
    if not named:
        return ()
    return (str(named),) if isinstance(named, str) else tuple(map(str, named))
