"""DICOM Structured Report: what its measurement groups (TID 1410, 1501) say of images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_GROUP, _FINDING, _TRACKING = "125007", "121071", "112039"


class ReportGroup(NamedTuple):
    """One measurement group.

    Attributes
    ----------
    finding : (str, str, str) or None
        Value, scheme and meaning of what it is about.
    tracking : str
    evaluations : dict of str to str
        Values by their names, as codes.
    graphics : list of (str, ndarray of shape (N, 2))
        Graphic type and points, in pixels of the image.
    instance : str
        The SOP instance that it lies on.
    frame : int or None
        From 1.
    """

    finding: tuple[str, str, str] | None
    tracking: str
    evaluations: dict[str, str]
    graphics: list[tuple[str, npt.NDArray[np.float64]]]
    instance: str
    frame: int | None


def groups_of(report: Any) -> Iterator[ReportGroup]:
    """Yield the measurement groups of a report, in order."""
    for item in report.get("ContentSequence") or ():
        if item.get("ValueType") == "CONTAINER":
            if _name(item) == _GROUP:
                yield _group(item)
            else:
                yield from groups_of(item)


def _name(item: Any) -> str:
    names = item.get("ConceptNameCodeSequence")
    return str(names[0].get("CodeValue", "")) if names else ""


def _group(group: Any) -> ReportGroup:
    finding, tracking, instance, frame = None, "", "", None
    evaluations: dict[str, str] = {}
    graphics = []
    for item in group.get("ContentSequence") or ():
        kind, name = item.get("ValueType"), _name(item)
        lies_on = item if kind == "IMAGE" else None
        if kind == "CODE" and item.get("ConceptCodeSequence"):
            code = item.ConceptCodeSequence[0]
            if name == _FINDING:
                finding = (
                    str(code.get("CodeValue", "")),
                    str(code.get("CodingSchemeDesignator", "")),
                    str(code.get("CodeMeaning", "")),
                )
            else:
                evaluations[name] = str(code.get("CodeValue", ""))
        elif kind == "TEXT" and name == _TRACKING:
            tracking = str(item.TextValue)
        elif kind == "SCOORD":
            graphics.append((str(item.GraphicType), _points(item.GraphicData)))
            lies_on = next(iter(item.get("ContentSequence") or ()), None)
        if lies_on is not None and lies_on.get("ReferencedSOPSequence"):
            reference = lies_on.ReferencedSOPSequence[0]
            instance = str(reference.ReferencedSOPInstanceUID)
            frame = reference.get("ReferencedFrameNumber")
    return ReportGroup(
        finding, tracking, evaluations, graphics, instance, None if frame is None else int(frame)
    )


def _points(data: Any) -> npt.NDArray[np.float64]:
    if isinstance(data, bytes):  # too long for the short form of its kind
        data = np.frombuffer(data, "<f4")
    return np.asarray(data, dtype=np.float64).reshape(-1, 2)
