"""DICOM Segmentation: what its frames say of the images that they lie on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ...domain import BoolMask

_HALF = 0.5
"""How probable a pixel is, from where on it belongs to a segment of shares."""


class SegmentFrame(NamedTuple):
    """What one frame says of one image.

    Attributes
    ----------
    segment : int
        Its number.
    instance : str
        The SOP instance that it lies on; empty where the frame does not say.
    number : int or None
        The frame of that instance, from 1.
    position : tuple of floats
        Of its top-left pixel's centre, in mm; empty where it is not said.
    mask : ndarray of bool, shape (H, W)
    """

    segment: int
    instance: str
    number: int | None
    position: tuple[float, ...]
    mask: BoolMask


def frames_of(dataset: Any) -> Iterator[SegmentFrame]:
    """Yield what each frame of a segmentation says.

    Parameters
    ----------
    dataset : Dataset
        With its pixels; segments of shares are cut at one half.
    """
    values = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    kind = dataset.get("SegmentationType")
    least = _HALF * int(dataset.get("MaximumFractionalValue") or 1) if kind == "FRACTIONAL" else 1
    shared = dataset.SharedFunctionalGroupsSequence[0]
    for frame, own in zip(values, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        groups = (own, shared)
        instance, number = _lies_on(groups)
        place = _first(groups, "PlanePositionSequence")
        position = tuple(map(float, place.ImagePositionPatient)) if place else ()
        if kind == "LABELMAP":
            segments = {int(n): frame == n for n in np.unique(frame) if n}
        else:
            named = _first(groups, "SegmentIdentificationSequence")
            segments = {int(named.ReferencedSegmentNumber): frame >= least}
        for segment, mask in segments.items():
            yield SegmentFrame(segment, instance, number, position, mask)


def _lies_on(groups: tuple[Any, ...]) -> tuple[str, int | None]:
    derivation = _first(groups, "DerivationImageSequence")
    images = derivation.get("SourceImageSequence") if derivation is not None else None
    if not images:
        return "", None
    numbers = images[0].get("ReferencedFrameNumber")
    number = numbers if numbers is None or isinstance(numbers, int) else numbers[0]
    return str(images[0].ReferencedSOPInstanceUID), None if number is None else int(number)


def _first(groups: tuple[Any, ...], keyword: str) -> Any:
    return next((item for group in groups for item in group.get(keyword) or ()), None)
