"""Patients, studies and series: the order in which the files of a folder belong together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ..errors import IngestError
from .quiet import quiet
from .reading import HEAD_BYTES, FileKind, file_kind, opened

_PLACE = (
    "PatientID",
    "StudyInstanceUID",
    "SeriesNumber",
    "SeriesInstanceUID",
    "InstanceNumber",
)


class Place(NamedTuple):
    """Where a DICOM file belongs; files compare by it. It names people: never keep or show it."""

    patient: str
    study: str
    series_number: int
    series: str
    instance: int


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
                stream, stop_before_pixels=True, force=True, specific_tags=list(_PLACE)
            )
            patient, study, series_number, series, instance = (header.get(tag) for tag in _PLACE)
            return Place(
                str(patient or ""),
                str(study or ""),
                _number(series_number),
                str(series or ""),
                _number(instance),
            )
    except Exception:  # noqa: BLE001 - whatever ails a file is told when it is taken in
        return None


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


_File = TypeVar("_File")


def in_series_order(files: Iterable[tuple[_File, Path]]) -> Iterator[_File]:
    """Put the DICOM files of each folder in the order of patients, studies, series, instances.

    Parameters
    ----------
    files : iterable of (any, Path)
        Files with their paths, those of a folder after each other.

    Yields
    ------
    any
        The first of each pair: what is no DICOM file in the order it came, then the others.
    """
    for _, folder in itertools.groupby(files, key=lambda file: file[1].parent):
        placed = [(place_of(path), file) for file, path in folder]
        yield from (file for place, file in placed if place is None)
        known = [(place, file) for place, file in placed if place is not None]
        yield from (file for _, file in sorted(known, key=lambda one: one[0]))


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
