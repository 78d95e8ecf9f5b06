"""RT Structure Set: the contours of its regions of interest, in mm (PS3.3 C.8.8.5 and C.8.8.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ...errors import IngestError
from ..imported import ENTRY_FAULTS, reason
from ..imported_plane import Contour, PlaneReference, Points

_CLOSED = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"})
_POINT = "POINT"
_LEAST = 3
"""Corners of what encloses something."""


class RoiContour(NamedTuple):
    """A contour of a region of interest.

    Attributes
    ----------
    roi : int
        Its number.
    name : str
    code : (str, str, str) or None
        Value, scheme and meaning, where the file has one.
    automatic : bool
        Whether a machine made it and nobody changed it.
    reference : PlaneReference
    drawn : Contour
    """

    roi: int
    name: str
    code: tuple[str, str, str] | None
    automatic: bool
    reference: PlaneReference
    drawn: Contour


def contours_of(dataset: Any, faults: list[str]) -> Iterator[RoiContour]:
    """Yield the contours of a structure set.

    Parameters
    ----------
    dataset : Dataset
    faults : list of str
        Takes, for each region of interest, what of it is left out and why.
    """
    series = _series_of_spaces(dataset)
    described = {int(one.ROINumber): one for one in dataset.StructureSetROISequence}
    codes = {
        int(one.ReferencedROINumber): _code(one)
        for one in dataset.get("RTROIObservationsSequence") or ()
    }
    for contours in dataset.get("ROIContourSequence") or ():
        number = int(contours.ReferencedROINumber)
        if number not in described:
            faults.append(f"contours of ROI {number}, which has no name, are left out.")
            continue
        roi = described[number]
        name, space = str(roi.get("ROIName") or ""), str(roi.get("ReferencedFrameOfReferenceUID"))
        automatic = roi.get("ROIGenerationAlgorithm") == "AUTOMATIC"
        left_out: Counter[str] = Counter()
        for contour in contours.get("ContourSequence") or ():
            try:
                drawn = Contour(_points(contour))
                place = _reference(contour, space, series.get(space, ()))
                yield RoiContour(number, name, codes.get(number), automatic, place, drawn)
            except ENTRY_FAULTS as error:
                left_out[reason(error)] += 1
        faults += [f"{count} of the contours of {name!r}: {why}" for why, count in left_out.items()]


def _points(contour: Any) -> Points:
    kind = str(contour.get("ContourGeometricType") or "")
    if kind not in _CLOSED and kind != _POINT:
        raise IngestError(
            f"of type {kind or 'none'}, which encloses nothing; export them as CLOSED_PLANAR."
        )
    points = np.array(contour.ContourData, dtype=np.float64).reshape(-1, 3)
    stated = contour.get("NumberOfContourPoints")
    if not np.isfinite(points).all() or (stated is not None and int(stated) != len(points)):
        raise IngestError("the numbers of their points are damaged; export them again.")
    if len(points) != 1 if kind == _POINT else len(points) < _LEAST:
        raise IngestError(f"of {len(points)} points, which is too few or too many for {kind}.")
    return points


def _reference(contour: Any, space: str, series: tuple[str, ...]) -> PlaneReference:
    images = contour.get("ContourImageSequence")
    if not images:
        return PlaneReference(space=space, series=series)
    frame = images[0].get("ReferencedFrameNumber")
    return PlaneReference(
        instance=str(images[0].ReferencedSOPInstanceUID),
        frame=None if frame is None else int(frame) - 1,
        space=space,
        series=series,
    )


def _series_of_spaces(dataset: Any) -> dict[str, tuple[str, ...]]:
    """Return the series that a structure set refers to, by the frame of reference they have."""
    return {
        str(space.FrameOfReferenceUID): tuple(
            str(series.SeriesInstanceUID)
            for study in space.get("RTReferencedStudySequence") or ()
            for series in study.get("RTReferencedSeriesSequence") or ()
        )
        for space in dataset.get("ReferencedFrameOfReferenceSequence") or ()
    }


def _code(observation: Any) -> tuple[str, str, str] | None:
    coded = observation.get("RTROIIdentificationCodeSequence")
    if not coded:
        return None
    return coded[0].CodeValue, coded[0].CodingSchemeDesignator, coded[0].CodeMeaning
