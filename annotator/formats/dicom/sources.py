"""The DICOM image that other objects refer to: the original instance, or a picture of ours.

What is written of a picture belongs to somebody's study. With the originals at hand it is their
study, found by the hash of the file that was imported. Without them the record knows of whom
pictures are, in pseudonyms: they share one study, and one series of each kind.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, SecondaryCaptureImageStorage
from pydicom.valuerep import DSfloat

from ...dataset.items import ExportItem
from ...dataset.volumes import series_of
from ...domain import SliceGeometry
from ...errors import ExportError

_NAMESPACE = uuid.UUID("0e4f1d1e-8c4b-4f57-9d0b-2a3f6f1f7f10")
_ONE_MM = (1.0, 1.0)
_EVEN_MM = 0.01
_PATIENT_GROUPS = (0x0010, 0x0012)
"""Of the original's header: patient, patient study and clinical trial."""
_STUDY = (
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "IssuerOfAccessionNumberSequence",
    "ReferringPhysicianName",
    "ConsultingPhysicianName",
    "PhysiciansOfRecord",
    "NameOfPhysiciansReadingStudy",
    "StudyDescription",
    "ProcedureCodeSequence",
    "ReferencedStudySequence",
    "StudyID",
    "TimezoneOffsetFromUTC",
)
_EMPTY_WHERE_UNKNOWN = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID"),
    *("StudyDate", "StudyTime", "ReferringPhysicianName"),
)
_NEEDED = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")


def uid(*parts: object) -> str:
    """Return a UID that follows from its parts (PS3.5 section B.2, by a UUID)."""
    return f"2.25.{uuid.uuid5(_NAMESPACE, ':'.join(map(str, parts))).int}"


def plain(text: str, length: int, otherwise: str = "unnamed") -> str:
    """Return a text for a DICOM string: without control characters and backslash, cut.

    PS3.5 section 6.2; blanks at its ends would not come back.
    """
    kept = "".join(" " if c == "\\" or not c.isprintable() else c for c in text)
    return kept.strip()[:length].strip() or otherwise


@dataclass(frozen=True, slots=True)
class SourceImage:
    """The image that objects about an item refer to.

    Attributes
    ----------
    sop_class, instance, series, study : str
        UIDs.
    frame : int or None
        From 1, of an object of many frames.
    place : SliceGeometry
        In the frame of reference of a UID; of its own, where it is not known where the image
        lies: that says where its pixels and others' are to each other, nothing of the patient.
    group : str
        What segments of several images are one object of: the original's series, or what the
        record knows of it.
    known : Dataset
        Elements of patient and study that objects about the image share with it.
    original : bool
        Whether it is the file that was imported; otherwise a Secondary Capture of ours.
    """

    sop_class: str
    instance: str
    series: str
    study: str
    frame: int | None
    place: SliceGeometry
    group: str
    known: Dataset
    original: bool

    def header(self) -> Dataset:
        """Return an image of its study and series of whose patient nothing is said.

        highdicom reads names, dates and sex more strictly than files are written; `hand_on` adds
        them as they are.
        """
        header = Dataset()
        for keyword in _EMPTY_WHERE_UNKNOWN:
            setattr(header, keyword, "")
        header.StudyInstanceUID, header.SeriesInstanceUID = self.study, self.series
        header.SOPClassUID, header.SOPInstanceUID = CTImageStorage, self.instance
        return header

    def hand_on(self, derived: Dataset) -> None:
        """Give an object what it shares with the image of patient and study."""
        for element in self.known:
            derived[element.tag] = element


def source_image(item: ExportItem, project: str) -> SourceImage:
    """Return what objects about an image refer to.

    Parameters
    ----------
    item : ExportItem
    project : str
        What sets the project apart from others.

    Raises
    ------
    ExportError
        If its original does not say which study, series and instance it is.
    """
    original = item.original
    if original is None or original.header is None:
        return _own(item, project)
    header = original.header
    missing = [keyword for keyword in _NEEDED if not header.get(keyword)]
    if missing:
        raise ExportError(
            f"The original of {item.image.file_name} has no {', '.join(missing)}, so nothing can "
            "refer to it; take it out of the folder of originals."
        )
    known = Dataset()
    # One by one: an element is decoded by the header that it stands in.
    for group in _PATIENT_GROUPS:
        known.update({element.tag: element for element in header.group_dataset(group)})
    for keyword in _STUDY:
        if keyword in header:
            known.add(header[keyword])
    sop_class, instance, series, study = (str(header[keyword].value) for keyword in _NEEDED)
    reference = str(header.get("FrameOfReferenceUID") or "")
    frame = item.image.frame
    return SourceImage(
        *(sop_class, instance, series, study),
        frame=None if frame is None else frame + 1,
        place=_place(item, original.geometry, reference or uid("frame of reference", instance)),
        group=series,
        known=known,
        original=True,
    )


def _own(item: ExportItem, project: str) -> SourceImage:
    image = item.image
    who = image.subject or str(image.id)
    known = Dataset()
    known.PatientID = plain(who, 64)
    geometry = image.geometry
    # Slices of one volume share a file; nothing says that other files share their axes.
    axes = (geometry.frame_of_reference if geometry else None) or image.source_sha256
    return SourceImage(
        SecondaryCaptureImageStorage,
        uid("image", image.id),
        # A series has one frame of reference.
        uid("series", project, who, axes if geometry else ""),
        uid("study", project, who),
        frame=None,
        place=_place(item, geometry, uid("frame of reference", project, axes)),
        group=series_of(image),
        known=known,
        original=False,
    )


def _place(item: ExportItem, geometry: SliceGeometry | None, reference: str) -> SliceGeometry:
    if geometry is not None:
        return replace(geometry, frame_of_reference=reference)
    return SliceGeometry(
        *((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
        item.image.spacing_mm or _ONE_MM,
        frame_of_reference=uid("frame of reference", item.image.id),
    )


def between_mm(sources: Sequence[SourceImage]) -> float | None:
    """Return the distance of neighbouring slices, some of which may be missing.

    Returns
    -------
    float or None
        In mm; None where there is one slice alone, or they do not follow each other evenly.
    """
    normal = sources[0].place.normal
    depths = np.unique([np.round(np.dot(s.place.position_mm, normal), 4) for s in sources])
    gaps = np.diff(depths)
    if not len(gaps):
        return sources[0].place.between_mm
    least = float(gaps.min())
    counts = np.round(gaps / least)
    even = np.abs(gaps - counts * least) < _EVEN_MM
    return float(depths[-1] - depths[0]) / float(counts.sum()) if even.all() else None


def placed(source: SourceImage, height: int, width: int, between: float | None = None) -> Dataset:
    """Return a single image that lies where the source does, to make an object of.

    It is of a class that highdicom places whatever the source's is (a frame of a film or of an
    enhanced object, a picture of a detector); `refer_to` puts the source in its place.

    Parameters
    ----------
    source : SourceImage
    height, width : int
        In pixels.
    between : float, optional
        Distance to the neighbouring slices, in mm.
    """
    image = source.header()
    image.SOPInstanceUID = _stand_in(source)
    image.Rows, image.Columns = height, width
    image.Modality = "OT"
    lay(image, source.place)
    if between is not None:
        image.SpacingBetweenSlices = _decimal(between)
    return image


def lay(image: Dataset, place: SliceGeometry) -> None:
    """Say where a single image lies (PS3.3 C.7.4.1, C.7.6.2)."""
    image.FrameOfReferenceUID = place.frame_of_reference
    image.PositionReferenceIndicator = ""
    image.ImagePositionPatient = _decimals(place.position_mm)
    image.ImageOrientationPatient = _decimals((*place.row_direction, *place.column_direction))
    image.PixelSpacing = _decimals(place.spacing_mm)
    image.SliceThickness = _decimal(place.thickness_mm or place.between_mm or 1.0)


def _decimals(numbers: Iterable[float]) -> list[DSfloat]:
    return [_decimal(number) for number in numbers]


def _decimal(number: float) -> DSfloat:
    return DSfloat(number, auto_format=True)


def _stand_in(source: SourceImage) -> str:
    return uid("stand-in", source.instance, source.frame)


def refer_to(derived: Dataset, sources: Sequence[SourceImage]) -> None:
    """Have an object that was made of `placed` images refer to the images themselves."""
    frames: dict[str, list[int]] = {}
    for source in sources:
        frames.setdefault(source.instance, []).extend([source.frame] if source.frame else [])
    classes = {source.instance: source.sop_class for source in sources}
    derived.SourceImageSequence = [
        _reference(classes[instance], instance, own) for instance, own in frames.items()
    ]
    (series,) = derived.ReferencedSeriesSequence
    series.ReferencedInstanceSequence = [_reference(classes[one], one, []) for one in frames]
    by_stand_in = {_stand_in(source): source for source in sources}
    for groups in (
        *derived.SharedFunctionalGroupsSequence,
        *derived.PerFrameFunctionalGroupsSequence,
    ):
        for derivation in groups.get("DerivationImageSequence") or ():
            for image in derivation.SourceImageSequence:
                # Frames of several segments share these items.
                if image.ReferencedSOPInstanceUID in by_stand_in:
                    one = by_stand_in[image.ReferencedSOPInstanceUID]
                    own = [one.frame] if one.frame else []
                    image.update(_reference(one.sop_class, one.instance, own))


def _reference(sop_class: str, instance: str, frames: list[int]) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID = sop_class
    reference.ReferencedSOPInstanceUID = instance
    if frames:
        reference.ReferencedFrameNumber = frames
    return reference
