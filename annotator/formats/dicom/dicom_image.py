"""The picture as a DICOM object where no original is at hand, and what all objects have.

Their identities follow from the record: the same record gives the same objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset

from ...dataset.items import ExportItem
from ...domain import ImageAsset, Label, LabelSet
from ...domain.vocabularies import by_scheme
from ...settings import APPLICATION
from .sources import SourceImage, lay, plain, source_image, uid

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

FOLDER = "dicom"
SCHEME = "99EXCITATION"
"""Coding scheme of what DICOM and SNOMED have no code for (a private one starts with 99)."""

_REGION = "309825002"
_CATEGORIES = {
    _REGION: "Spatial and Relational Concept",
    "49755003": "Morphologically Abnormal Structure",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def person_name(text: str) -> str:
    """Return a name for a DICOM person: all of it as the family name, without separators."""
    return plain(text.replace("^", " ").replace("=", " "), 63) + "^"


def concept(label: Label, labels: LabelSet) -> CodedConcept:
    """Return the code of a label: SNOMED CT's where a vocabulary has it, else one of ours.

    Where two labels of the project are one there, both have ours: they would come back as one.
    A label too long for a code is the meaning of its place: another project knows it by nothing
    else.
    """
    from highdicom.sr import CodedConcept

    meaning = plain(label.meaning or label.code, 64)
    elsewhere = _snomed(label)
    if elsewhere and [_snomed(one) for one in labels].count(elsewhere) == 1:
        return CodedConcept(elsewhere, "SCT", meaning)
    fits = plain(label.code, 16, "") == label.code and label.code.isascii()
    if fits:
        return CodedConcept(label.code, SCHEME, meaning)
    place = labels.codes.index(label.code) + 1
    return CodedConcept(f"LABEL{place}", SCHEME, plain(label.code, 64))


def code_of(coded: CodedConcept) -> tuple[str, str, str]:
    """Return value, scheme and meaning of a code."""
    return coded.value, coded.scheme_designator, coded.meaning


def category(label: Label) -> CodedConcept:
    """Return what a label is, of DICOM's CID 7150; no more than a region where that is unknown."""
    from highdicom.sr import CodedConcept

    known = by_scheme(label.scheme)
    value = known.category if known and known.category else _REGION
    return CodedConcept(value, "SCT", _CATEGORIES[value])


def _snomed(label: Label) -> str | None:
    known = by_scheme(label.scheme)
    return known.other_codes.get(label.code, {}).get("snomed_ct") if known else None


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


def secondary_capture(folder: Path, item: ExportItem, source: SourceImage) -> Any:
    """Return the copied picture as a Secondary Capture image.

    Parameters
    ----------
    folder : Path
        The data set, with the copy.
    item : ExportItem
    source : SourceImage
        What the image is.
    """
    from highdicom.sc import SCImage

    with Image.open(folder / "images" / item.file_name) as picture:
        pixels = np.asarray(picture)
    if pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[:, :, :3])
    image = SCImage(
        pixels,
        photometric_interpretation="RGB" if pixels.ndim == 3 else "MONOCHROME2",
        bits_allocated=pixels.dtype.itemsize * 8,
        coordinate_system="PATIENT",
        study_instance_uid=source.study,
        series_instance_uid=source.series,
        series_number=1,
        sop_instance_uid=source.instance,
        instance_number=item.number,
        manufacturer=APPLICATION,
        pixel_spacing=item.image.spacing_mm,
        patient_orientation=("L", "F"),
    )
    image.Laterality = ""
    for key in ("DateOfSecondaryCapture", "TimeOfSecondaryCapture"):  # highdicom says now
        if key in image:
            delattr(image, key)
    if item.image.geometry is not None:
        lay(image, source.place)
    return finished(image, item.image, source, [act.created_at for act in item.acts[-1:]])


def write_source(folder: Path, item: ExportItem, project: str) -> SourceImage:
    """Return what objects about an image refer to; write it, where it is none of the originals."""
    source = source_image(item, project)
    if not source.original:
        save(secondary_capture(folder, item, source), folder, item.stem, "image")
    return source


def finished(
    dataset: Any,
    image: ImageAsset,
    source: SourceImage,
    times: Iterable[datetime],
    description: str = "",
) -> Any:
    """Give an object its patient, and the time of what it says in place of now.

    Parameters
    ----------
    dataset : Dataset
    image : ImageAsset
    source : SourceImage
    times : iterable of datetime
        Of what it says.
    description : str
        Of its series, for who looks for it in an archive.
    """
    latest = max(times, default=_EPOCH)
    if description:
        dataset.SeriesDescription = description
    dataset.SpecificCharacterSet = "ISO_IR 192"
    source.hand_on(dataset)
    if not source.original:
        dataset.TimezoneOffsetFromUTC = "+0000"
        _say_deidentified(dataset, image.origin)
    local = latest.astimezone(_zone(dataset))
    date, time = local.strftime("%Y%m%d"), local.strftime("%H%M%S.%f")
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
    if "PixelData" in dataset or "FloatPixelData" in dataset:
        # Not known, which highdicom does not let be said.
        dataset.PatientOrientation = ""
    return dataset


def _zone(dataset: Any) -> tzinfo:
    """Return the zone of an object's times: the original's, as far as that says it."""
    try:
        return datetime.strptime(str(dataset.TimezoneOffsetFromUTC), "%z").tzinfo or UTC
    except (AttributeError, ValueError):
        return UTC


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


def save(dataset: Any, folder: Path, stem: str, kind: str) -> str:
    """Write an object; return the name of its file inside the data set."""
    name = f"{FOLDER}/{stem}/{kind}.dcm"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(folder / name, enforce_file_format=True)
    return name
