"""DICOM Structured Report: TID 1500 with the regions of each read and both its observers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...dataset.stated import Read, StatedRegion, StatedValue
from ...domain import LabelSet, Presence, Region
from ...settings import APPLICATION
from ..capacity import SAYS_ALL
from ..export_format import ExportFormat
from ..self_check import require
from .dicom_image import (
    SCHEME,
    concept,
    finished,
    own_concept,
    person_name,
    save,
    write_source,
)
from .sources import SourceImage, plain, uid

SAYS = replace(
    SAYS_ALL,
    shapes=frozenset({"ellipse", "polygon", "point"}),
    holes=False,
    most_pieces=1000,  # a content item each: more open in no viewer in time
    # Coordinates are 32-bit floats (PS3.3 section C.18.6): 1/512 px at 16384 px.
    resolution_px=2e-3,
    not_offered=False,
)

_SERIES_NUMBER = 1003

CONVENTIONS = {
    "dicom/NAME/image.dcm": "the picture as a Secondary Capture, where its original is not at "
    "hand; identities follow from the record, and one subject has one study",
    "dicom/NAME/report-N.dcm": "TID 1500 Measurement Report for each read: a planar ROI (TID 1410) "
    "for each region, a group (TID 1501) for each label whose value was stated of the image",
    "observers": "the rater as person (none for suggestions), this program and its model as device",
    "coordinates": "SCOORD in pixels of the image, from the outer corner of the top-left pixel; "
    "32-bit floats; boxes and outlines as closed POLYLINE; pieces of one region share its tracking "
    "identifier",
    "codes": "labels in SNOMED CT where their vocabulary has a code, else, as decisions, "
    f"intensities and sides, in the private scheme {SCHEME}; present, absent and uncertain in "
    "SNOMED CT",
    "READING": "in every report a group that says whether the reading is complete",
    "completion": "COMPLETE where the reading is complete: then a label not named was not seen",
}

_SNOMED = {
    Presence.PRESENT: ("52101004", "Present"),
    Presence.ABSENT: ("2667000", "Absent"),
    Presence.UNCERTAIN: ("82334004", "Indeterminate"),
}


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, facts: ProjectFacts
) -> None:
    project, instance = facts.name, 0
    for item in items:
        source = write_source(folder, item, project)
        for number, read in enumerate(item.reads, start=1):
            instance += 1
            report = _report(source, item, read, labels, project, instance)
            save(report, folder, item.stem, f"report-{number}")


def _report(
    source: SourceImage, item: ExportItem, read: Read, labels: LabelSet, project: str, number: int
) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes

    groups = [
        _region_group(source, stated, region, labels) for stated, region in _regions(item, read)
    ]
    groups += [_value_group(source, item, said, labels) for said in read.values]
    groups.append(_state_group(source, item, read))
    content = sr.MeasurementReport(
        observation_context=_observers(item, read),
        procedure_reported=codes.SCT.ImagingProcedure,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    acts = [str(stated.id) for stated in read.regions]
    report = sr.ComprehensiveSR(
        evidence=[source.header()],
        content=content[0],
        series_instance_uid=uid("report series", project, source.series),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=uid("report", item.image.id, read.rater, read.round, acts, read.values),
        instance_number=number,
        manufacturer=APPLICATION,
        is_complete=read.complete,
        is_final=read.complete,
    )
    _evidence(report).ReferencedSOPClassUID = source.sop_class
    times = [said.created_at for said in read.regions]
    times += [said.created_at for said in read.values]
    return finished(report, item, source, times)


def _evidence(report: Any) -> Any:
    """Return the reference to the one image that a report is about."""
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    return study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0]


def _observers(item: ExportItem, read: Read) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes

    model = item.record.runs[-1].provenance.model_name if item.record.runs else None
    machine = sr.ObserverContext(
        codes.DCM.Device,
        sr.DeviceObserverIdentifyingAttributes(
            uid=uid("device", APPLICATION, model or ""),
            name=APPLICATION,
            manufacturer_name=APPLICATION,
            model_name=plain(model, 64) if model else APPLICATION,
        ),
    )
    person = None
    if not read.by_machine:
        person = sr.ObserverContext(
            codes.DCM.Person, sr.PersonObserverIdentifyingAttributes(person_name(read.rater))
        )
    return sr.ObservationContext(person, machine)


def _regions(item: ExportItem, read: Read) -> Iterator[tuple[StatedRegion, Region]]:
    for stated in read.regions:
        for region in SAYS.regions(stated.region, item.image.width, item.image.height):
            yield stated, region


def _reference(source: SourceImage) -> tuple[str, str, list[int] | None]:
    """Return the class and the instance of an image, and the frame of it."""
    return source.sop_class, source.instance, [source.frame] if source.frame else None


def _region_group(
    source: SourceImage, stated: StatedRegion, region: Region, labels: LabelSet
) -> Any:
    from highdicom import sr

    shape, points = graphic(region)
    roi = sr.ImageRegion(shape, points, sr.SourceImageForRegion(*_reference(source)))
    decision = sr.QualitativeEvaluation(
        own_concept("DECISION", "How the region came about"),
        own_concept(stated.decision.upper(), stated.decision),
    )
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        sr.TrackingIdentifier(uid("region", stated.region_id), str(stated.region_id)),
        referenced_region=roi,
        finding_type=concept(labels[stated.label], labels),
        qualitative_evaluations=[decision],
    )


def graphic(region: Region) -> tuple[str, npt.NDArray[np.float64]]:
    """Return the graphic type and points of a region (PS3.3 section C.18.6.1.2)."""
    return _GRAPHICS[region.kind](region)


def _ellipse(ellipse: Any) -> tuple[str, npt.NDArray[np.float64]]:
    rx, ry = ellipse.width / 2, ellipse.height / 2
    x, y = ellipse.x + rx, ellipse.y + ry
    across, down = [[x - rx, y], [x + rx, y]], [[x, y - ry], [x, y + ry]]
    # The ends of the longer axis come first.
    return "ELLIPSE", np.array([*across, *down] if rx >= ry else [*down, *across])


_GRAPHICS: Mapping[str, Callable[[Any], tuple[str, npt.NDArray[np.float64]]]] = {
    "point": lambda point: ("POINT", np.array(point.outline)),
    "ellipse": _ellipse,
    "polygon": lambda polygon: ("POLYLINE", np.array([*polygon.outline, polygon.outline[0]])),
}


def _value_group(source: SourceImage, item: ExportItem, said: StatedValue, labels: LabelSet) -> Any:
    from highdicom import sr

    evaluations = [
        sr.QualitativeEvaluation(own_concept("VALUE", "Value of the label"), _value(said.value))
    ]
    for key, meaning in (("intensity", "Intensity"), ("side", "Side")):
        letter = getattr(said, key)
        if letter:
            name = own_concept(key.upper(), meaning)
            code = own_concept(f"{key.upper()}-{letter}", f"{meaning} {letter}")
            evaluations.append(sr.QualitativeEvaluation(name, code))
    return sr.MeasurementsAndQualitativeEvaluations(
        sr.TrackingIdentifier(
            uid("value", item.image.id, said.label, said.rater, said.round),
            plain(f"{said.label} {said.round}", 64),
        ),
        finding_type=concept(labels[said.label], labels),
        qualitative_evaluations=evaluations,
        source_images=[sr.SourceImageForMeasurementGroup(*_reference(source))],
    )


def _state_group(source: SourceImage, item: ExportItem, read: Read) -> Any:
    """Return what the read is: in every report, since one without findings needs a group too."""
    from highdicom import sr

    state = ("COMPLETE", "Complete") if read.complete else ("INCOMPLETE", "Incomplete")
    return sr.MeasurementsAndQualitativeEvaluations(
        sr.TrackingIdentifier(
            uid("state", item.image.id, read.rater, read.round), plain(read.round, 64, "state")
        ),
        qualitative_evaluations=[
            sr.QualitativeEvaluation(
                own_concept("READING", "State of the reading"), own_concept(*state)
            )
        ],
        source_images=[sr.SourceImageForMeasurementGroup(*_reference(source))],
    )


def _value(value: Presence) -> Any:
    from highdicom.sr import CodedConcept

    if value in _SNOMED:
        code, meaning = _SNOMED[value]
        return CodedConcept(code, "SCT", meaning)
    return own_concept(value.value.upper(), value.value.replace("_", " ").capitalize())


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    from highdicom import sr

    for item in items:
        reports = len(list((folder / "dicom" / item.stem).glob("report-*.dcm")))
        require(reports == len(item.reads), f"the reports of image {item.number}")
        for number, read in enumerate(item.reads, start=1):
            name = f"report {number} of image {item.number}"
            report = sr.srread(folder / "dicom" / item.stem / f"report-{number}.dcm")
            _check_regions(report.content, list(_regions(item, read)), labels, name)
            _check_values(report.content, read, labels, name)


def _check_regions(
    content: Any, regions: list[tuple[StatedRegion, Region]], labels: LabelSet, name: str
) -> None:
    groups = content.get_planar_roi_measurement_groups()
    require(len(groups) == len(regions), f"the number of regions of {name}")
    for group, (stated, region) in zip(groups, regions, strict=True):
        want = concept(labels[stated.label], labels)
        require(group.finding_type == want, f"a label of {name}")
        require(group.tracking_identifier == str(stated.region_id), f"a region's id of {name}")
        shape, points = graphic(region)
        got = group.roi.value
        same = got.shape == points.shape and np.allclose(got, points, 0, SAYS.resolution_px)
        require(group.roi.graphic_type.value == shape and same, f"an outline of {name}")


def _check_values(content: Any, read: Read, labels: LabelSet, name: str) -> None:
    *groups, state = content.get_image_measurement_groups()
    (said_state,) = state.get_qualitative_evaluations()
    wanted = "COMPLETE" if read.complete else "INCOMPLETE"
    require(said_state.value.value == wanted, f"the state of {name}")
    require(len(groups) == len(read.values), f"the number of values of {name}")
    for group, said in zip(groups, read.values, strict=True):
        want = concept(labels[said.label], labels)
        require(group.finding_type == want, f"a label of {name}")
        evaluations = {e.name.value: e.value.value for e in group.get_qualitative_evaluations()}
        letters = {"INTENSITY": said.intensity, "SIDE": said.side}
        expected = {"VALUE": _value(said.value).value} | {
            key: f"{key}-{letter}" for key, letter in letters.items() if letter
        }
        require(evaluations == expected, f"a value of {name}")


FORMAT = ExportFormat(
    "dicom-sr",
    "DICOM Structured Report (TID 1500)",
    CONVENTIONS,
    SAYS,
    _write,
    _check,
    needs_pictures=True,
    refers_to_originals=True,
    readers_apart=True,
)
