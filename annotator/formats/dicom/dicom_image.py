"""The picture as a DICOM object that others refer to, and the identities that DICOM asks for.

The record keeps no identities of the files that were imported, so every object is of a study of
its own, whose identities follow from the record: the same record gives the same objects.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset

from ...dataset.items import ExportItem
from ...domain import Label
from ...settings import APPLICATION

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

FOLDER = "dicom"
SCHEME = "99EXCITATION"
"""Coding scheme of what DICOM and SNOMED have no code for (a private one starts with 99)."""

_NAMESPACE = uuid.UUID("0e4f1d1e-8c4b-4f57-9d0b-2a3f6f1f7f10")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uid(*parts: object) -> str:
    """Return a UID that follows from its parts (PS3.5 section B.2, by a UUID)."""
    return f"2.25.{uuid.uuid5(_NAMESPACE, ':'.join(map(str, parts))).int}"


def plain(text: str, length: int, otherwise: str = "unnamed") -> str:
    """Return a text for a DICOM string: without control characters and backslash, cut.

    PS3.5 section 6.2; blanks at its ends would not come back.
    """
    kept = "".join(" " if c == "\\" or not c.isprintable() else c for c in text)
    return kept.strip()[:length].strip() or otherwise


def person_name(text: str) -> str:
    """Return a name for a DICOM person: all of it as the family name, without separators."""
    return plain(text.replace("^", " ").replace("=", " "), 63) + "^"


def concept(label: Label, number: int) -> CodedConcept:
    """Return the code of a label, the `number`-th of its project from 1."""
    from highdicom.sr import CodedConcept

    fits = plain(label.code, 16, "") == label.code and label.code.isascii()
    value = label.code if fits else f"LABEL{number}"
    return CodedConcept(value, SCHEME, plain(label.meaning or label.code, 64))


def own_concept(value: str, meaning: str) -> CodedConcept:
    """Return a code of ours."""
    from highdicom.sr import CodedConcept

    return CodedConcept(value, SCHEME, meaning)


class Device(TypedDict):
    """The program that makes an object."""

    manufacturer: str
    manufacturer_model_name: str
    software_versions: str
    device_serial_number: str


def device() -> Device:
    """Return what DICOM objects say of the program that made them."""
    import importlib.metadata

    return {
        "manufacturer": APPLICATION,
        "manufacturer_model_name": APPLICATION,
        "software_versions": importlib.metadata.version(APPLICATION),
        "device_serial_number": "none",
    }


def secondary_capture(folder: Path, item: ExportItem) -> Any:
    """Return the copied picture as a Secondary Capture image.

    Parameters
    ----------
    folder : Path
        The data set, with the copy.
    item : ExportItem
    """
    from highdicom.sc import SCImage

    with Image.open(folder / "images" / item.file_name) as picture:
        pixels = np.asarray(picture)
    if pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[:, :, :3])
    display = item.image.display or {}
    spacing = display.get("spacing_mm")
    image = SCImage(
        pixels,
        photometric_interpretation="RGB" if pixels.ndim == 3 else "MONOCHROME2",
        bits_allocated=pixels.dtype.itemsize * 8,
        coordinate_system="PATIENT",
        study_instance_uid=uid("study", item.image.id),
        series_instance_uid=uid("series", item.image.id),
        series_number=1,
        sop_instance_uid=uid("image", item.image.id),
        instance_number=1,
        manufacturer=APPLICATION,
        patient_id=plain(item.image.subject or str(item.image.id), 64),
        pixel_spacing=(float(spacing[0]), float(spacing[1])) if spacing else None,
        patient_orientation=("L", "F"),
    )
    image.Laterality = ""
    for key in ("DateOfSecondaryCapture", "TimeOfSecondaryCapture"):  # highdicom says now
        if key in image:
            delattr(image, key)
    return finished(image, item, ())


def finished(dataset: Any, item: ExportItem, times: Iterable[datetime]) -> Any:
    """Give an object the time of what it says in place of now, and room for all scripts."""
    latest = max(times, default=item.acts[-1].created_at if item.acts else _EPOCH)
    date, time = latest.strftime("%Y%m%d"), latest.strftime("%H%M%S.%f")
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for prefix in ("InstanceCreation", "Content", "Series"):
        for kind, value in (("Date", date), ("Time", time)):
            if f"{prefix}{kind}" in dataset:
                setattr(dataset, f"{prefix}{kind}", value)
    for equipment in dataset.get("ContributingEquipmentSequence", ()):
        equipment.ContributionDateTime = f"{date}{time}"
    organization = uid("dimensions", dataset.SOPInstanceUID)
    for key in ("DimensionOrganizationSequence", "DimensionIndexSequence"):
        for dimension in dataset.get(key, ()):
            dimension.DimensionOrganizationUID = organization
    dataset.StudyDate = dataset.StudyTime = ""  # of the examination, which is not known
    if "PixelData" in dataset or "FloatPixelData" in dataset:
        # Not known, which highdicom does not let be said.
        dataset.PatientOrientation = ""
    dataset.TimezoneOffsetFromUTC = "+0000"
    _say_deidentified(dataset, (item.image.display or {}).get("origin") or {})
    return dataset


def _say_deidentified(dataset: Any, origin: Mapping[str, Any]) -> None:
    """Say what was done to whom a picture shows when it was taken in (PS3.15 E.1.1, E.2)."""
    if not origin.get("codes"):
        return
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = origin["method"]
    dataset.DeidentificationMethodCodeSequence = [
        _code(value, meaning) for value, meaning in origin["codes"].items()
    ]


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def save(dataset: Any, folder: Path, item: ExportItem, kind: str) -> str:
    """Write an object; return the name of its file inside the data set."""
    name = f"{FOLDER}/{item.stem}/{kind}.dcm"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(folder / name, enforce_file_format=True)
    return name
