"""What a DICOM header says of one frame: its functional groups, spacing, units and modality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from pydicom.dataset import Dataset

from ..domain import SliceGeometry
from ..domain.geometry import at_right_angle

# Defined terms of Modality (0008,0060), PS3.3 C.7.3.1.1.1. Anything else is stored as OT: in a
# damaged file the element may hold free text, and free text may name a person.
_TERMS = (
    "AR ASMT AU BDUS BI BMD CFM CR CT DMS DG DX ECG EPS ES GM HC HD IO IOL IVOCT IVUS KER LEN LS "
    "MG MR NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS OT PA PR PT PX RF RG RTDOSE RTIMAGE SEG SM "
    "SRF STAIN TG US VA XA XC"
)
_MODALITIES = frozenset(_TERMS.split())

# Rescale Type and Modality LUT Type (PS3.3 C.11.1.1.2), Units of PET (C.8.9.1.1.3): for the same
# reason only terms that are known become the unit of the values.
_UNITS = {
    "HU": "HU",
    "HU_MOD": "HU (modified)",
    "MGML": "mg/ml",
    "PCT": "%",
    "BQML": "Bq/ml",
    "CNTS": "counts",
    "PROPCNTS": "counts (proportional)",
    "GML": "g/ml",
}

_IMAGE_TERMS = (
    "LOCALIZER M P R I MAGNITUDE PHASE REAL IMAGINARY W F IP OP WATER FAT IN_PHASE OUT_PHASE "
    "OPP_PHASE ADC FA TRACEW"
)
_IMAGE_TYPES = frozenset(_IMAGE_TERMS.split())
"""Terms of Image Type that tell pictures of one place apart; others are free text."""

_TISSUE, _CM = 1, 3
"""Of an ultrasound region: its spatial format is two-dimensional, its units are centimetres."""

_UNIT_LENGTH = 1e-2
"""How far the length of a direction may be from 1."""

_PLANAR = frozenset({"CR", "DX", "IO", "MG", "PX", "RF", "RG", "XA"})
"""Modalities that project: lengths in the body are shorter than at the detector."""


class Spacing(NamedTuple):
    """Size of a pixel.

    Attributes
    ----------
    mm : (float, float) or None
        Distance of rows, then of columns; None where the header does not say.
    aspect : float
        Height over width of a pixel.
    at_detector : bool
        Whether the distances are those at the detector, not in the body.
    """

    mm: tuple[float, float] | None = None
    aspect: float = 1.0
    at_detector: bool = False


def modality_of(header: Dataset) -> str:
    """Return the modality, ``OT`` where it is none that the standard knows."""
    modality = str(header.get("Modality", "OT"))
    return modality if modality in _MODALITIES else "OT"


def frame_count(header: Dataset) -> int:
    """Return the number of frames, at least 1."""
    return max(1, int(header.get("NumberOfFrames") or 1))


def frame_group(header: Dataset, macro: str, frame: int) -> Dataset:
    """Return a functional group of a frame, or the header where there is none.

    Parameters
    ----------
    header : Dataset
    macro : str
        Keyword of the group's sequence.
    frame : int
        From 0.

    Notes
    -----
    PS3.3 C.7.6.16: a group stands among those of the frame or among those that all frames share.
    """
    own = header.get("PerFrameFunctionalGroupsSequence") or []
    shared = header.get("SharedFunctionalGroupsSequence") or []
    for groups in (*own[frame : frame + 1], *shared[:1]):
        if groups.get(macro):
            return cast("Dataset", groups.get(macro)[0])
    return header


def unit_of(term: object) -> str | None:
    """Return the unit that a defined term of the standard stands for; None if it is no such."""
    return _UNITS.get(str(term or "").strip().upper())


def rescaled_unit(header: Dataset, group: Dataset) -> str | None:
    """Return the unit of rescaled values.

    Notes
    -----
    A CT image without Rescale Type is in Hounsfield units (PS3.3 C.8.2.1.1), but for localizers,
    whose values mean nothing.
    """
    if group.get("RescaleType"):
        return unit_of(group.RescaleType)
    if header.get("Modality") == "CT" and "RescaleSlope" in group:
        kinds = header.get("ImageType")
        kinds = [] if kinds is None or isinstance(kinds, str) else list(kinds)
        return None if "LOCALIZER" in kinds else "HU"
    return unit_of(header.get("Units")) if header.get("Modality") == "PT" else None


def spacing_of(header: Dataset, frame: int) -> Spacing:
    """Return the spacing of a frame's pixels.

    Notes
    -----
    PS3.3 C.8.5.5: the regions of an ultrasound picture, where they agree. PS3.3 10.7.1: Pixel
    Spacing, else Imager Pixel Spacing (brought to the body by the estimated magnification where
    the header has one), else Nominal Scanned Pixel Spacing. Pixel Aspect Ratio (C.7.6.3.1.7)
    counts where no spacing is known.
    """
    calibrated = _ultrasound_mm(header)
    if calibrated is not None:
        return Spacing(calibrated, calibrated[0] / calibrated[1])
    group = frame_group(header, "PixelMeasuresSequence", frame)
    imager = _positive_pair(header.get("ImagerPixelSpacing"))
    spacing = _positive_pair(group.get("PixelSpacing"))
    if spacing is not None:
        # The same as the imager's and not calibrated: nobody has brought it to the body.
        raw = spacing == imager and not header.get("PixelSpacingCalibrationType")
        return Spacing(spacing, spacing[0] / spacing[1], raw and modality_of(header) in _PLANAR)
    if imager is not None:
        factor = first_number(header.get("EstimatedRadiographicMagnificationFactor")) or 0.0
        known = factor >= 1
        mm = (imager[0] / factor, imager[1] / factor) if known else imager
        return Spacing(mm, imager[0] / imager[1], at_detector=not known)
    scanned = _positive_pair(header.get("NominalScannedPixelSpacing"))
    if scanned is not None:
        return Spacing(scanned, scanned[0] / scanned[1])
    ratio = _positive_pair(header.get("PixelAspectRatio"))
    return Spacing(aspect=ratio[0] / ratio[1] if ratio else 1.0)


def geometry_of(
    header: Dataset, frame: int, frame_of_reference: str | None = None
) -> SliceGeometry | None:
    """Return where a frame lies in the patient; None where the header does not say.

    Parameters
    ----------
    header : Dataset
    frame : int
        From 0.
    frame_of_reference : str, optional
        Its pseudonym.

    Notes
    -----
    PS3.3 C.7.6.2 (Image Plane), C.7.6.16.2.1, .3 and .4 (Pixel Measures, Plane Position and
    Plane Orientation of an enhanced object). A header that has one position for many frames says
    where one of them lies, so it counts for none.
    """
    place = frame_group(header, "PlanePositionSequence", frame)
    if place is header and frame_count(header) > 1:
        return None
    measures = frame_group(header, "PixelMeasuresSequence", frame)
    plane = frame_group(header, "PlaneOrientationSequence", frame)
    position = numbers(place.get("ImagePositionPatient"))
    axes = numbers(plane.get("ImageOrientationPatient"))
    spacing = _positive_pair(measures.get("PixelSpacing"))
    if len(position) != 3 or len(axes) != 6 or spacing is None:
        return None
    along, down = axes[:3], axes[3:]
    lengths = np.linalg.norm(along), np.linalg.norm(down)
    if not np.isfinite(position).all() or not np.allclose(lengths, 1, atol=_UNIT_LENGTH):
        return None
    if not at_right_angle(along, down):
        return None
    return SliceGeometry(
        (position[0], position[1], position[2]),
        (along[0], along[1], along[2]),
        (down[0], down[1], down[2]),
        spacing,
        _positive(measures.get("SliceThickness")),
        _positive(measures.get("SpacingBetweenSlices")),
        frame_of_reference,
    )


def acquisition_of(header: Dataset, frame: int) -> dict[str, Any]:
    """Return what tells a frame from others of its series: numbers and defined terms.

    Parameters
    ----------
    header : Dataset
    frame : int
        From 0.

    Returns
    -------
    dict
        As ``ImageAsset.display["acquisition"]``: ``echo_time_ms``, ``inversion_time_ms``,
        ``time_point``, ``b_value`` and ``image_type``, of those that the header states.

    Notes
    -----
    PS3.3 C.8.3.1 (MR Image), C.8.13.5 (enhanced MR), C.7.6.16.2.2 (Frame Content).
    """
    echo = frame_group(header, "MREchoSequence", frame)
    content = frame_group(header, "FrameContentSequence", frame)
    diffusion = frame_group(header, "MRDiffusionSequence", frame)
    stated: dict[str, Any] = {
        "echo_time_ms": first_number(echo.get("EffectiveEchoTime", echo.get("EchoTime"))),
        "inversion_time_ms": first_number(header.get("InversionTime")),
        "time_point": first_number(
            content.get("TemporalPositionIndex", header.get("TemporalPositionIdentifier"))
        ),
        "b_value": first_number(diffusion.get("DiffusionBValue")),
        "image_type": _image_types(header, frame) or None,
    }
    return {fact: value for fact, value in stated.items() if value is not None}


def _image_types(header: Dataset, frame: int) -> list[str]:
    """Return the terms, from the third on, that say what a picture is of (PS3.3 C.7.6.1.1.2)."""
    terms = header.get("ImageType")
    for macro in ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence"):
        terms = frame_group(header, macro, frame).get("FrameType", terms)
    several = terms is not None and not isinstance(terms, str)
    return [str(term) for term in list(terms or ())[2:] if term in _IMAGE_TYPES] if several else []


def _ultrasound_mm(header: Dataset) -> tuple[float, float] | None:
    """Return the spacing in which all two-dimensional regions in cm agree (PS3.3 C.8.5.5.1)."""
    spacings = []
    for region in header.get("SequenceOfUltrasoundRegions") or []:
        units = (region.get("PhysicalUnitsXDirection"), region.get("PhysicalUnitsYDirection"))
        if region.get("RegionSpatialFormat") == _TISSUE and units == (_CM, _CM):
            deltas = (region.get("PhysicalDeltaY"), region.get("PhysicalDeltaX"))
            spacings.append(_positive_pair([10 * abs(first_number(d) or 0.0) for d in deltas]))
    if not spacings or spacings[0] is None:
        return None
    alike = all(one is not None and np.allclose(one, spacings[0], rtol=0.01) for one in spacings)
    return spacings[0] if alike else None


def numbers(value: Any) -> list[float]:
    """Return the numbers of an element, in order; NaN for what is no finite number."""
    several = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    found = []
    for one in value if several else [value]:
        try:
            number = float(one)
        except (TypeError, ValueError):
            number = float("nan")
        found.append(number if np.isfinite(number) else float("nan"))
    return found


def first_number(value: Any) -> float | None:
    """Return the first number of an element; None if there is none."""
    first = next(iter(numbers(value)), float("nan"))
    return None if np.isnan(first) else first


def _positive(value: Any) -> float | None:
    number = first_number(value)
    return number if number is not None and number > 0 else None


def _positive_pair(value: Any) -> tuple[float, float] | None:
    found = numbers(value)
    if len(found) != 2 or not all(1e-6 < number < 1e6 for number in found):
        return None
    return found[0], found[1]
