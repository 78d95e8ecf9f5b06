"""De-identification on the way in: what is kept of a file's identity is a pseudonym.

PS3.15 annex E lists what to remove from a header that is passed on. No header is passed on here:
pixels and what describes them go on (`kept_elements`), everything else is left behind whatever
it is. What remains to be done is in this module: pseudonyms, the options, and text in the pixels.
"""

from __future__ import annotations

import functools
import importlib.metadata
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from pydicom.dataset import Dataset
from pydicom.valuerep import DA

from ..errors import IngestError
from ..settings import APPLICATION
from .burned_in_text import PixelBox, masked, outside_ultrasound, text_boxes
from .dicom_header import modality_of
from .kept_elements import LeftBehind
from .path_endings import name_hash
from .pictures import DecodedPicture, Origin, Pixels
from .pseudonyms import Pseudonyms

_HEADS = ("HEAD", "BRAIN", "SKULL", "FACE", "ORBIT", "SINUS", "JAW", "MANDIBLE", "MAXILLA", "NECK")
_VOLUMES = frozenset({"CT", "MR", "PT"})
# Pictures of the body alone: where the device states that nothing was drawn into them, it is right.
_OF_THE_BODY = frozenset({"CT", "MR", "PT", "NM", "DX", "CR", "MG", "IO", "PX"})

FACE_RISK = (
    "A scan of the head: whoever has the whole series can render the face from it; deface the "
    "series before it leaves the house."
)


class TextFoundError(IngestError):
    """A picture seems to have text drawn into it, and such files are to be refused."""


class BurnedInText(StrEnum):
    """What to do where text seems to be drawn into a DICOM picture."""

    MASK = "mask"
    """Make it black before the picture is stored."""
    KEEP = "keep"
    REFUSE = "refuse"
    """Take no such file, so that a person looks at it."""


@dataclass(frozen=True, slots=True)
class Deidentification:
    """The options; those that are on from the start keep least.

    Attributes
    ----------
    burned_in_text : BurnedInText
        In DICOM pictures.
    dicom_file_names, photograph_names : bool
        Whether files keep their names in the record. A photograph's is kept from the start, for
        it is what its labels are found by.
    retain_dates : bool
        Keep the day of the acquisition, moved by one number of days for each subject.
    retain_device : bool
        Keep the manufacturer and the model of the device; never its serial number or station.
    """

    burned_in_text: BurnedInText = BurnedInText.MASK
    dicom_file_names: bool = False
    photograph_names: bool = True
    retain_dates: bool = False
    retain_device: bool = False

    @classmethod
    def off(cls) -> Deidentification:
        """Return the options that keep most: of the header still nothing but what pixels need."""
        return cls(BurnedInText.KEEP, dicom_file_names=True, retain_dates=True, retain_device=True)

    def codes(self) -> dict[str, str]:
        """Return what was done, code to meaning (PS3.16 CID 7050); empty where names stay."""
        if self.dicom_file_names:
            return {}
        done = {"113100": "Basic Application Confidentiality Profile"}
        if self.burned_in_text is not BurnedInText.KEEP:
            done["113101"] = "Clean Pixel Data Option"
        if self.retain_dates:
            done["113107"] = "Retain Longitudinal Temporal Information Modified Dates Option"
        if self.retain_device:
            done["113109"] = "Retain Device Identity Option"
        return done


class Deidentifier:
    """Replaces identities by pseudonyms, and masks text in pixels.

    Parameters
    ----------
    options : Deidentification
    pseudonyms : Pseudonyms
        Of the project.

    Attributes
    ----------
    options, pseudonyms
        As given.
    """

    def __init__(self, options: Deidentification, pseudonyms: Pseudonyms) -> None:
        self.options = options
        self.pseudonyms = pseudonyms

    def scan_name(self, name: str, source_sha256: str, ending: str) -> str:
        """Return what a DICOM file (``dcm``), or a volume (``nii``), is called in the record."""
        if self.options.dicom_file_names:
            return name
        kind = {"dcm": "dicom"}.get(ending, "volume")
        return f"{self.pseudonyms.of(kind, source_sha256)}.{ending}"

    def photograph_name(self, name: str, source_sha256: str, ending: str) -> str:
        """Return what a photograph's file is called in the record."""
        if self.options.photograph_names:
            return name
        return f"{self.pseudonyms.of('photograph', source_sha256)}.{ending.lower()}"

    def origin(self, header: Dataset, left: LeftBehind) -> Origin:
        """Return where a file came from, in pseudonyms.

        Parameters
        ----------
        header : Dataset
            The whole header, which goes no further.
        left : LeftBehind
            What was not taken of it.

        Returns
        -------
        Origin
            Its facts: ``codes`` (what was done, see `Deidentification.codes`) and ``method``;
            ``study`` and ``series`` (pseudonyms), ``instance`` (number in the series or None);
            ``left_behind`` (counts); with the options, ``acquired`` (a moved day, or None) and
            ``device``; ``face_risk`` where a face may be rendered from the series. Where text
            was masked, `cleaned` adds ``masked_px`` (boxes x, y, width, height). Its SOP instance,
            by which other DICOM objects refer to it, is among its names.
        """
        person = _person(header)
        subject = self.pseudonyms.of("subject", *person) if person else None
        facts: dict[str, Any] = {
            "codes": self.options.codes(),
            "method": f"{APPLICATION} {_version()}: pixels and their description only",
            "study": self._of_uid("study", header.get("StudyInstanceUID")),
            "series": self._of_uid("series", header.get("SeriesInstanceUID")),
            "instance": _whole_number(header.get("InstanceNumber")),
            "left_behind": left.to_json(),
        }
        if self.options.retain_dates:
            days = self.pseudonyms.days(*person)
            facts["acquired"] = _moved(header, days)
        if self.options.retain_device:
            said = (header.get("Manufacturer"), header.get("ManufacturerModelName"))
            facts["device"] = " ".join(str(one).strip() for one in said if one) or None
        if _shows_a_head(header):
            facts["face_risk"] = True
        instance = str(header.get("SOPInstanceUID") or "")
        names = (name_hash(instance, self.pseudonyms),) if instance else ()
        return Origin(subject, facts, names)

    def frame_of_reference(self, header: Dataset) -> str | None:
        """Return the pseudonym of what a file's positions are relative to."""
        return self._of_uid("space", header.get("FrameOfReferenceUID"))

    def _of_uid(self, kind: str, uid: object) -> str | None:
        return self.pseudonyms.of(kind, str(uid)) if uid else None

    def cleaned(self, picture: DecodedPicture, header: Dataset, name: str) -> DecodedPicture:
        """Return a DICOM picture with the text in its pixels dealt with as the options say.

        Parameters
        ----------
        picture : DecodedPicture
        header : Dataset
            Of `kept_elements`.
        name : str
            What the file is called, for messages.

        Raises
        ------
        TextFoundError
            If there seems to be text and such files are to be refused.
        """
        choice = self.options.burned_in_text
        if choice is BurnedInText.KEEP or _is_stated_clean(header):
            return picture
        outside = outside_ultrasound(header, *picture.pixels.shape[:2])
        boxes = text_boxes(picture.pixels, picture.window)
        stated = str(header.get("BurnedInAnnotation") or "") == "YES"
        if choice is BurnedInText.REFUSE and (boxes or stated or outside is not None):
            raise TextFoundError(
                f"{name} seems to have text drawn into its picture; look at it, then import it "
                "with the text masked or kept."
            )
        return _with_mask(picture, boxes, outside, stated)


@functools.cache
def _version() -> str:
    return importlib.metadata.version(APPLICATION)


def _person(header: Dataset) -> tuple[str, ...]:
    """Return what identifies the patient: the id with who issued it, else name and birth."""
    number = str(header.get("PatientID") or "").strip()
    if number:
        return number, str(header.get("IssuerOfPatientID") or "").strip()
    name = str(header.get("PatientName") or "").strip()
    return (name, str(header.get("PatientBirthDate") or "").strip(), "") if name else ()


def _whole_number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _moved(header: Dataset, days: int) -> str | None:
    """Return the day of the acquisition, moved back."""
    for keyword in ("AcquisitionDate", "ContentDate", "SeriesDate", "StudyDate"):
        try:
            day = DA(header.get(keyword))
        except (TypeError, ValueError):
            continue
        if isinstance(day, date):
            return (date(day.year, day.month, day.day) - timedelta(days)).isoformat()
    return None


def _shows_a_head(header: Dataset) -> bool:
    keywords = ("BodyPartExamined", "StudyDescription", "SeriesDescription", "ProtocolName")
    said = " ".join(str(header.get(keyword) or "") for keyword in keywords).upper()
    return modality_of(header) in _VOLUMES and any(part in said for part in _HEADS)


def _is_stated_clean(header: Dataset) -> bool:
    return header.get("BurnedInAnnotation") == "NO" and modality_of(header) in _OF_THE_BODY


def _with_mask(
    picture: DecodedPicture, boxes: list[PixelBox], outside: Any, stated: bool
) -> DecodedPicture:
    pixels: Pixels = masked(picture.pixels, boxes) if boxes else picture.pixels
    warnings = list(picture.warnings)
    if outside is not None:
        pixels = pixels.copy() if pixels is picture.pixels else pixels
        pixels[outside] = 0
        warnings.append("What is around the echoes of an ultrasound picture was masked.")
    if boxes:
        warnings.append("What seems to be text was masked.")
    elif stated and outside is None:
        warnings.append(
            "The header says that text is drawn into the picture, and none was found; look at it."
        )
    origin = picture.origin
    if origin is not None and boxes:
        origin = replace(origin, facts={**origin.facts, "masked_px": [list(box) for box in boxes]})
    return replace(picture, pixels=pixels, origin=origin, warnings=tuple(warnings))
