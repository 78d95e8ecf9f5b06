"""DICOM Segmentation: what its frames say of the images that they lie on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ...domain import SliceGeometry
from ..imported_plane import PlaneMask, PlaneReference

_HALF = 0.5
"""How probable a pixel is, from where on it belongs to a segment of shares."""


class SegmentFrame(NamedTuple):
    """What one frame says of one image.

    Attributes
    ----------
    segment : int
        Its number.
    reference : PlaneReference
    drawn : PlaneMask
    """

    segment: int
    reference: PlaneReference
    drawn: PlaneMask


def frames_of(dataset: Any) -> Iterator[SegmentFrame]:
    """Yield what each frame of a segmentation marks.

    Parameters
    ----------
    dataset : Dataset
        With its pixels; segments of shares are cut at one half.
    """
    values = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    kind = dataset.get("SegmentationType")
    least = _HALF * int(dataset.get("MaximumFractionalValue") or 1) if kind == "FRACTIONAL" else 1
    shared = dataset.SharedFunctionalGroupsSequence[0]
    series = tuple(
        str(one.SeriesInstanceUID) for one in dataset.get("ReferencedSeriesSequence") or ()
    )
    space = str(dataset.get("FrameOfReferenceUID") or "")
    for frame, own in zip(values, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        groups = (own, shared)
        instance, number = _lies_on(groups)
        reference = PlaneReference("", instance, number, space, series)
        place = _place(groups)
        if kind == "LABELMAP":
            segments = {int(n): frame == n for n in np.unique(frame) if n}
        else:
            named = _first(groups, "SegmentIdentificationSequence")
            segments = {int(named.ReferencedSegmentNumber): frame >= least}
        for segment, pixels in segments.items():
            yield SegmentFrame(segment, reference, PlaneMask(pixels, place))


def _place(groups: tuple[Any, ...]) -> SliceGeometry | None:
    """Return where a frame lies; None where it does not say."""
    position, plane, measures = (
        _first(groups, f"{name}Sequence")
        for name in ("PlanePosition", "PlaneOrientation", "PixelMeasures")
    )
    if position is None or plane is None or measures is None or not measures.get("PixelSpacing"):
        return None
    axes = [float(number) for number in plane.ImageOrientationPatient]
    down, along = (float(number) for number in measures.PixelSpacing)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = np.multiply(axes[:3], along), np.multiply(axes[3:], down)
    affine[:3, 3] = [float(number) for number in position.ImagePositionPatient]
    return SliceGeometry.of_affine(affine) if np.isfinite(affine).all() else None


def _lies_on(groups: tuple[Any, ...]) -> tuple[str, int | None]:
    derivation = _first(groups, "DerivationImageSequence")
    images = derivation.get("SourceImageSequence") if derivation is not None else None
    if not images:
        return "", None
    numbers = images[0].get("ReferencedFrameNumber")
    number = numbers if numbers is None or isinstance(numbers, int) else numbers[0]
    return str(images[0].ReferencedSOPInstanceUID), None if number is None else int(number) - 1


def _first(groups: tuple[Any, ...], keyword: str) -> Any:
    return next((item for group in groups for item in group.get(keyword) or ()), None)
