"""What a DICOM header leaves out of its pixels' description, or gets wrong, assumed and said.

Other viewers assume the same without a word; here every assumption is a warning at the picture.
"""

from __future__ import annotations

import math

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from .kept_elements import KEPT

PIXEL_OPTIONS = {
    "SamplesPerPixel": "samples_per_pixel",
    "PhotometricInterpretation": "photometric_interpretation",
    "PlanarConfiguration": "planar_configuration",
    "BitsAllocated": "bits_allocated",
    "BitsStored": "bits_stored",
    "PixelRepresentation": "pixel_representation",
}
"""Elements that are assumed, and what pydicom's decoders call them."""

_COLOURED = ("RGB", "YBR")
_GREY = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")


def with_assumptions(header: Dataset, syntax: UID, stored_bytes: int) -> list[str]:
    """Complete and correct a header, in place.

    Parameters
    ----------
    header : Dataset
        Whole, but for its pixels.
    syntax : UID
        The transfer syntax.
    stored_bytes : int
        Length of the pixel data as they are stored; 0 where it is not known.

    Returns
    -------
    list of str
        What was assumed, in sentences.
    """
    if "FloatPixelData" in header or "DoubleFloatPixelData" in header:
        return []
    notes = _decimal_points(header)
    interpretation = str(header.get("PhotometricInterpretation") or "").strip().upper()
    if not header.get("SamplesPerPixel"):
        header.SamplesPerPixel = 3 if interpretation.startswith(_COLOURED) else 1
        notes.append(_said("SamplesPerPixel", f"{header.SamplesPerPixel} a pixel"))
    notes += _bits(header)
    notes += _interpretation(header, interpretation)
    if header.get("PixelRepresentation") is None:
        header.PixelRepresentation = 0
        notes.append(_said("PixelRepresentation", "values without a sign"))
    if header.SamplesPerPixel == 3 and header.get("PlanarConfiguration") is None:
        header.PlanarConfiguration = 0
        notes.append(_said("PlanarConfiguration", "colours pixel by pixel"))
    return notes if syntax.is_encapsulated else notes + _sampling(header, stored_bytes)


def _said(keyword: str, assumed: str) -> str:
    return f"{keyword} is missing in the header, or none that exists; assumed: {assumed}."


def _bits(header: Dataset) -> list[str]:
    notes = []
    allocated, stored = header.get("BitsAllocated"), header.get("BitsStored")
    if not allocated and stored:
        header.BitsAllocated = allocated = 8 * math.ceil(stored / 8)
        notes.append(_said("BitsAllocated", f"{allocated} bits"))
    if allocated and not 1 <= (stored or 0) <= allocated:
        header.BitsStored = stored = allocated
        notes.append(_said("BitsStored", f"all {allocated} bits that are allocated"))
    high = header.get("HighBit")
    if allocated and high is not None and not stored - 1 <= high < allocated:
        header.HighBit = stored - 1
        notes.append(_said("HighBit", f"the lowest {stored} bits"))
    return notes


def _interpretation(header: Dataset, stated: str) -> list[str]:
    if header.SamplesPerPixel == 1 and stated not in _GREY:
        palette = "RedPaletteColorLookupTableDescriptor" in header
        header.PhotometricInterpretation = "PALETTE COLOR" if palette else "MONOCHROME2"
        meaning = "the colours of its palette" if palette else "MONOCHROME2, more is brighter"
        return [_said("PhotometricInterpretation", meaning)]
    if header.SamplesPerPixel == 3 and not stated:
        header.PhotometricInterpretation = "RGB"
        return [_said("PhotometricInterpretation", "RGB")]
    return []


def _sampling(header: Dataset, stored_bytes: int) -> list[str]:
    """Correct what is said of chroma by the bytes that are there (PS3.3 C.7.6.3.1.2)."""
    stated = str(header.get("PhotometricInterpretation") or "")
    if header.SamplesPerPixel != 3 or header.get("BitsAllocated") != 8:
        return []
    pixels = header.Rows * header.Columns * max(1, int(header.get("NumberOfFrames") or 1))
    if stated == "YBR_FULL_422" and stored_bytes >= 3 * pixels:
        header.PhotometricInterpretation = "YBR_FULL"
        return ["The header says YBR_FULL_422, and each pixel has its own colours: YBR_FULL."]
    if stated == "YBR_FULL" and 2 * pixels <= stored_bytes <= 2 * pixels + 1:
        header.PhotometricInterpretation = "YBR_FULL_422"
        return ["The header says YBR_FULL and pixels share colours: read as YBR_FULL_422."]
    return []


def _decimal_points(header: Dataset) -> list[str]:
    """Read numbers like ``1,5``, also those within functional groups."""
    mended = False
    for tag in list(header.keys()):
        raw = header.get_item(tag)
        if tag not in KEPT or raw is None:
            continue
        vr = raw.VR or dictionary_VR(tag)
        if vr == "SQ":
            for item in header[tag].value:
                mended |= bool(_decimal_points(item))
        elif vr == "DS" and isinstance(raw, RawDataElement) and b"," in (raw.value or b""):
            header[tag] = raw._replace(value=raw.value.replace(b",", b"."))
            mended = True
    return (
        ["Numbers in the header have decimal commas; they were read as points."] if mended else []
    )
