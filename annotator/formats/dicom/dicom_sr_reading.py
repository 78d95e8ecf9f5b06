"""DICOM Structured Report: what its measurement groups (TID 1410, 1501) say of images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...domain import Presence
from .dicom_image import SCHEME
from .report_content import Code

_GROUP, _FINDING, _TRACKING, _OBSERVER = "125007", "121071", "112039", "121008"
_SNOMED = {
    Presence.PRESENT: ("52101004", "SCT", "Present"),
    Presence.ABSENT: ("2667000", "SCT", "Absent"),
    Presence.UNCERTAIN: ("82334004", "SCT", "Indeterminate"),
}
VALUES: Mapping[Presence, Code] = {
    value: _SNOMED.get(value) or (value.upper(), SCHEME, value.replace("_", " ").capitalize())
    for value in Presence
}
"""Codes of the values of labels."""


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
    others : list of str
        What else it has, by name: measurements, and coordinates in the patient.
    """

    finding: tuple[str, str, str] | None
    tracking: str
    evaluations: dict[str, str]
    graphics: list[tuple[str, npt.NDArray[np.float64]]]
    instance: str
    frame: int | None
    others: list[str]


def reader_of(report: Any) -> str:
    """Return who observed what a report says; empty where it names no person."""
    names = [
        str(item.get("PersonName", ""))
        for item in report.get("ContentSequence") or ()
        if _name(item) == _OBSERVER
    ]
    return " ".join(names[0].replace("^", " ").split()) if names else ""


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
    others: list[str] = []
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
        elif kind in ("NUM", "SCOORD3D"):
            others.append(str(item.ConceptNameCodeSequence[0].get("CodeMeaning", kind)))
        if lies_on is not None and lies_on.get("ReferencedSOPSequence"):
            reference = lies_on.ReferencedSOPSequence[0]
            instance = str(reference.ReferencedSOPInstanceUID)
            frame = reference.get("ReferencedFrameNumber")
    number = None if frame is None else int(frame)
    return ReportGroup(finding, tracking, evaluations, graphics, instance, number, others)


def _points(data: Any) -> npt.NDArray[np.float64]:
    if isinstance(data, bytes):  # too long for the short form of its kind
        data = np.frombuffer(data, "<f4")
    return np.asarray(data, dtype=np.float64).reshape(-1, 2)
