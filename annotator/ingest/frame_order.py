"""The order of an enhanced object's frames: along the normal, not as they happen to be stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from .dicom_header import frame_count, frame_group, numbers

_PLACES = frozenset(map(tag_for_keyword, ("InStackPositionNumber", "ImagePositionPatient")))


def frame_order(header: Dataset) -> Sequence[int]:
    """Return the numbers of an object's frames, from 0, in the order in which they belong.

    Frames of one stack, time, echo and so on stay together, and lie in it in the order of their
    positions along the normal. Without positions, or where several frames have the same one and
    nothing tells them apart, the order is that of the file.

    Parameters
    ----------
    header : Dataset
        Whole: dimensions are none of the elements that are kept.

    Notes
    -----
    PS3.3 C.7.6.16.2.3 and .4 (position and orientation), C.7.6.17 (dimensions).
    """
    # Not spelled out: a header may state a thousand million.
    stored = range(frame_count(header))
    if len(stored) < 2 or not header.get("PerFrameFunctionalGroupsSequence"):
        return stored
    if len(header.PerFrameFunctionalGroupsSequence) < len(stored):
        return stored
    others = [
        index
        for index, dimension in enumerate(header.get("DimensionIndexSequence") or [])
        if dimension.get("DimensionIndexPointer") not in _PLACES
    ]
    keys = [_key(header, frame, others) for frame in stored]
    known = [key for key in keys if key is not None]
    if len(known) < len(stored) or len(set(known)) < len(stored):
        return stored
    return sorted(stored, key=lambda frame: known[frame])


def _key(header: Dataset, frame: int, others: list[int]) -> tuple[Any, ...] | None:
    """Return what a frame is sorted by; None where it does not say where it lies."""
    plane = frame_group(header, "PlaneOrientationSequence", frame)
    place = frame_group(header, "PlanePositionSequence", frame)
    axes = numbers(plane.get("ImageOrientationPatient"))
    position = numbers(place.get("ImagePositionPatient"))
    if len(axes) != 6 or len(position) != 3 or not np.isfinite([*axes, *position]).all():
        return None
    normal = np.cross(axes[:3], axes[3:])
    content = frame_group(header, "FrameContentSequence", frame)
    indices = numbers(content.get("DimensionIndexValues"))
    # Of frames in different planes (a localizer's) those of one plane stay together.
    group = [indices[index] for index in others if index < len(indices)]
    return (*group, *np.round(axes, 3), round(float(np.dot(normal, position)), 4))
