"""The elements of a DICOM header that may be used at all: what the pixels mean, and nothing else.

A list of what is kept is safer than a list of what is removed: an element that the standard adds
tomorrow, a private one, or a name typed into the wrong field is left behind without being known.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

_PIXELS = (
    "Rows Columns SamplesPerPixel PhotometricInterpretation PlanarConfiguration BitsAllocated "
    "BitsStored HighBit PixelRepresentation NumberOfFrames PixelPaddingValue "
    "PixelPaddingRangeLimit ICCProfile "
    "RedPaletteColorLookupTableDescriptor RedPaletteColorLookupTableData "
    "GreenPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableData "
    "BluePaletteColorLookupTableDescriptor BluePaletteColorLookupTableData "
    "SegmentedRedPaletteColorLookupTableData SegmentedGreenPaletteColorLookupTableData "
    "SegmentedBluePaletteColorLookupTableData"
)
_VALUES = (
    "Modality ImageType Units RescaleSlope RescaleIntercept RescaleType ModalityLUTSequence "
    "ModalityLUTType LUTDescriptor LUTData VOILUTSequence VOILUTFunction WindowCenter WindowWidth"
)
_LENGTHS = (
    "PixelSpacing ImagerPixelSpacing NominalScannedPixelSpacing PixelAspectRatio "
    "PixelSpacingCalibrationType EstimatedRadiographicMagnificationFactor"
)
_PLACE = (
    "ImagePositionPatient ImageOrientationPatient SliceThickness SpacingBetweenSlices "
    "PlanePositionSequence PlaneOrientationSequence"
)
_FRAMES = (
    "SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence PixelMeasuresSequence "
    "PixelValueTransformationSequence FrameVOILUTSequence"
)
_ACQUISITION = (
    "EchoTime EffectiveEchoTime InversionTime TemporalPositionIdentifier TemporalPositionIndex "
    "DiffusionBValue FrameType MREchoSequence FrameContentSequence MRDiffusionSequence "
    "MRImageFrameTypeSequence CTImageFrameTypeSequence"
)
_ANNOTATIONS = (
    "BurnedInAnnotation SequenceOfUltrasoundRegions RegionLocationMinX0 RegionLocationMinY0 "
    "RegionLocationMaxX1 RegionLocationMaxY1 RegionSpatialFormat PhysicalUnitsXDirection "
    "PhysicalUnitsYDirection PhysicalDeltaX PhysicalDeltaY"
)
KEPT = frozenset(
    tag_for_keyword(keyword)
    for group in (_PIXELS, _VALUES, _LENGTHS, _PLACE, _FRAMES, _ACQUISITION, _ANNOTATIONS)
    for keyword in group.split()
)
"""Tags; in the record arrive only numbers and defined terms that follow from them."""

_PIXEL_DATA = frozenset(
    map(tag_for_keyword, ("PixelData", "FloatPixelData", "DoubleFloatPixelData"))
)


@dataclass(slots=True)
class LeftBehind:
    """How many elements of a header were not taken, of all and of some kinds."""

    elements: int = 0
    private: int = 0
    overlays: int = 0

    def to_json(self) -> dict[str, int]:
        """Return it JSON-ready."""
        return {"elements": self.elements, "private": self.private, "overlays": self.overlays}


def kept_elements(header: Dataset) -> tuple[Dataset, LeftBehind]:
    """Return a header's elements that describe pixels, also those within them, and a count.

    Parameters
    ----------
    header : Dataset
        It is not changed.

    Returns
    -------
    Dataset
        A new one, with elements of `KEPT` at every depth.
    LeftBehind
        Of the elements that are not in it; one within a sequence left behind is not counted.
    """
    left = LeftBehind()
    return _kept(header, left), left


def _kept(header: Dataset, left: LeftBehind) -> Dataset:
    kept = Dataset()
    # Values that are bytes have the file's order.
    kept.set_original_encoding(*header.original_encoding)
    for tag in header.keys():  # noqa: SIM118 - iterating a Dataset itself would parse each value
        if tag in _PIXEL_DATA:
            continue
        if tag not in KEPT:
            left.elements += 1
            left.private += tag.is_private
            left.overlays += 0x6000 <= tag.group <= 0x60FF and tag.element == 0x3000
            continue
        element = header[tag]
        if element.VR == "SQ":
            setattr(kept, element.keyword, [_kept(item, left) for item in element.value])
        else:
            kept[tag] = element
    return kept
