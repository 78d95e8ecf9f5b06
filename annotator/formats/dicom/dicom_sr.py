"""DICOM Structured Report: TID 1500 with the regions of each read and both its observers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComprehensiveSRStorage, ExplicitVRLittleEndian

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...dataset.stated import Read, StatedRegion, StatedValue
from ...domain import LabelSet, Region
from ...settings import APPLICATION
from ..capacity import SAYS_ALL
from ..export_format import ExportFormat
from ..self_check import require
from . import report_content as content
from .dicom_image import SCHEME, code_of, concept, finished, person_name, save, write_source
from .dicom_sr_reading import VALUES, ReportGroup, groups_of
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

_LANGUAGE = ("121049", "DCM", "Language of Content Item and Descendants")
_PROCEDURE = ("121058", "DCM", "Procedure reported")
_GROUP = ("125007", "DCM", "Measurement Group")
_FINDING = ("121071", "DCM", "Finding")
_SOURCE = ("121112", "DCM", "Source of Measurement")
_DECISION = ("DECISION", SCHEME, "How the region came about")
_VALUE = ("VALUE", SCHEME, "Value of the label")


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, facts: ProjectFacts
) -> None:
    project, instance = facts.identity, 0
    for item in items:
        source = write_source(folder, item, project)
        for number, read in enumerate(item.reads, start=1):
            instance += 1
            report, body = _report(source, item, read, labels, project, instance)
            name = save(report, folder, item.stem, f"report-{number}")
            with (folder / name).open("ab") as file:
                file.write(body)


def _report(
    source: SourceImage, item: ExportItem, read: Read, labels: LabelSet, project: str, number: int
) -> tuple[Dataset, bytes]:
    """Return a report without its content, and that, which comes last in its file."""
    groups = [
        _region_group(source, stated, region, labels) for stated, region in _regions(item, read)
    ]
    groups += [_value_group(source, item, said, labels) for said in read.values]
    groups.append(_state_group(source, item, read))
    acts = [str(stated.id) for stated in read.regions]
    report = source.header()
    report.file_meta = FileMetaDataset()
    report.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    report.SOPClassUID = ComprehensiveSRStorage
    report.SOPInstanceUID = uid("report", item.image.id, read.rater, read.round, acts, read.values)
    report.SeriesInstanceUID = uid("report series", project, source.series)
    report.SeriesNumber, report.InstanceNumber = _SERIES_NUMBER, number
    report.Modality, report.Manufacturer = "SR", APPLICATION
    report.ReferencedPerformedProcedureStepSequence = []
    report.PerformedProcedureCodeSequence = []
    for kind in ("InstanceCreation", "Content"):  # `finished` says when
        report[f"{kind}Date"] = DataElement(f"{kind}Date", "DA", "")
        report[f"{kind}Time"] = DataElement(f"{kind}Time", "TM", "")
    report.CompletionFlag = "COMPLETE" if read.complete else "PARTIAL"
    report.PreliminaryFlag = "FINAL" if read.complete else "PRELIMINARY"
    report.VerificationFlag = "UNVERIFIED"
    report.CurrentRequestedProcedureEvidenceSequence = [_evidence(source)]
    report.ValueType, report.ContinuityOfContent = "CONTAINER", "CONTINUOUS"
    report.ConceptNameCodeSequence = [_coded("126000", "DCM", "Imaging Measurement Report")]
    report.ContentTemplateSequence = [_dataset(MappingResource="DCMR", TemplateIdentifier="1500")]
    items = content.sequence(
        [
            content.code(
                "HAS CONCEPT MOD", _LANGUAGE, ("en-US", "RFC5646", "English (United States)")
            ),
            *_observers(item, read),
            content.code("HAS CONCEPT MOD", _PROCEDURE, ("363679005", "SCT", "Imaging procedure")),
            content.container(("126010", "DCM", "Imaging Measurements"), groups),
        ]
    )
    times = [said.created_at for said in read.regions]
    times += [said.created_at for said in read.values]
    times = times or [act.created_at for act in item.acts[-1:]]
    return finished(report, item.image, source, times, "Report of annotated regions"), items


def _evidence(source: SourceImage) -> Dataset:
    """Return the reference to the one image that a report is about."""
    one = _dataset(ReferencedSOPClassUID=source.sop_class, ReferencedSOPInstanceUID=source.instance)
    series = _dataset(SeriesInstanceUID=source.series, ReferencedSOPSequence=[one])
    return _dataset(StudyInstanceUID=source.study, ReferencedSeriesSequence=[series])


def _dataset(**elements: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def _coded(value: str, scheme: str, meaning: str) -> Dataset:
    return _dataset(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def _observers(item: ExportItem, read: Read) -> list[bytes]:
    made = item.record.runs[-1].provenance.model_name if item.record.runs else None
    context, kind = "HAS OBS CONTEXT", ("121005", "DCM", "Observer Type")
    items = []
    if not read.by_machine:
        name = ("121008", "DCM", "Person Observer Name")
        items = [
            content.code(context, kind, ("121006", "DCM", "Person")),
            content.person(context, name, person_name(read.rater)),
        ]
    model = plain(made, 64) if made else APPLICATION
    device = uid("device", APPLICATION, made or "")
    return [
        *items,
        content.code(context, kind, ("121007", "DCM", "Device")),
        content.uid_reference(context, ("121012", "DCM", "Device Observer UID"), device),
        content.text(context, ("121013", "DCM", "Device Observer Name"), APPLICATION),
        content.text(context, ("121014", "DCM", "Device Observer Manufacturer"), APPLICATION),
        content.text(context, ("121015", "DCM", "Device Observer Model Name"), model),
    ]


def _regions(item: ExportItem, read: Read) -> Iterator[tuple[StatedRegion, Region]]:
    for stated in read.regions:
        for region in SAYS.regions(stated.region, item.image.width, item.image.height):
            yield stated, region


def _region_group(
    source: SourceImage, stated: StatedRegion, region: Region, labels: LabelSet
) -> bytes:
    shape, points = graphic(region)
    lies_on = _image("SELECTED FROM", ("260753009", "SCT", "Source"), source)
    return content.container(
        _GROUP,
        [
            *_tracking(str(stated.region_id), uid("region", stated.region_id)),
            content.code("CONTAINS", _FINDING, code_of(concept(labels[stated.label], labels))),
            content.code("CONTAINS", _DECISION, (stated.decision.upper(), SCHEME, stated.decision)),
            content.graphic(("111030", "DCM", "Image Region"), shape, points, lies_on),
        ],
        "1410",
    )


def _tracking(name: str, identity: str) -> list[bytes]:
    return [
        content.text("HAS OBS CONTEXT", ("112039", "DCM", "Tracking Identifier"), name),
        content.uid_reference(
            "HAS OBS CONTEXT", ("112040", "DCM", "Tracking Unique Identifier"), identity
        ),
    ]


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


def _value_group(
    source: SourceImage, item: ExportItem, said: StatedValue, labels: LabelSet
) -> bytes:
    evaluations = [content.code("CONTAINS", _VALUE, VALUES[said.value])]
    for key, meaning in (("intensity", "Intensity"), ("side", "Side")):
        letter = getattr(said, key)
        if letter:
            value = (f"{key.upper()}-{letter}", SCHEME, f"{meaning} {letter}")
            evaluations.append(content.code("CONTAINS", (key.upper(), SCHEME, meaning), value))
    identity = uid("value", item.image.id, said.label, said.rater, said.round)
    finding = code_of(concept(labels[said.label], labels))
    return content.container(
        _GROUP,
        [
            *_tracking(plain(f"{said.label} {said.round}", 64), identity),
            content.code("CONTAINS", _FINDING, finding),
            *evaluations,
            _image("CONTAINS", _SOURCE, source),
        ],
        "1501",
    )


def _image(relation: str, name: content.Code, source: SourceImage) -> bytes:
    return content.image(relation, name, source.sop_class, source.instance, source.frame)


def _state_group(source: SourceImage, item: ExportItem, read: Read) -> bytes:
    """Return what the read is: in every report, since one without findings needs a group too."""
    state = ("COMPLETE", "Complete") if read.complete else ("INCOMPLETE", "Incomplete")
    name = ("READING", SCHEME, "State of the reading")
    identity = uid("state", item.image.id, read.rater, read.round)
    return content.container(
        _GROUP,
        [
            *_tracking(plain(read.round, 64, "state"), identity),
            content.code("CONTAINS", name, (state[0], SCHEME, state[1])),
            _image("CONTAINS", _SOURCE, source),
        ],
        "1501",
    )


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    for item in items:
        reports = len(list((folder / "dicom" / item.stem).glob("report-*.dcm")))
        require(reports == len(item.reads), f"the reports of image {item.number}")
        for number, read in enumerate(item.reads, start=1):
            name = f"report {number} of image {item.number}"
            report = pydicom.dcmread(folder / "dicom" / item.stem / f"report-{number}.dcm")
            groups = list(groups_of(report))
            regions = list(_regions(item, read))
            require(len(groups) == len(regions) + len(read.values) + 1, f"the groups of {name}")
            for group, (stated, region) in zip(groups, regions, strict=False):
                _check_region(group, stated, region, labels, name)
            for group, said in zip(groups[len(regions) :], read.values, strict=False):
                _check_value(group, said, labels, name)
            state = "COMPLETE" if read.complete else "INCOMPLETE"
            require(groups[-1].evaluations == {"READING": state}, f"the state of {name}")


def _check_region(
    group: ReportGroup, stated: StatedRegion, region: Region, labels: LabelSet, name: str
) -> None:
    expected = code_of(concept(labels[stated.label], labels))
    require(group.finding == expected, f"a label of {name}")
    require(group.tracking == str(stated.region_id), f"a region's id of {name}")
    shape, points = graphic(region)
    require(len(group.graphics) == 1 and group.graphics[0][0] == shape, f"a shape of {name}")
    read = group.graphics[0][1]
    same = read.shape == points.shape and np.allclose(read, points, 0, SAYS.resolution_px)
    require(same, f"an outline of {name}")


def _check_value(group: ReportGroup, said: StatedValue, labels: LabelSet, name: str) -> None:
    require(group.finding == code_of(concept(labels[said.label], labels)), f"a label of {name}")
    letters = {"INTENSITY": said.intensity, "SIDE": said.side}
    expected = {"VALUE": VALUES[said.value][0]} | {
        key: f"{key}-{letter}" for key, letter in letters.items() if letter
    }
    require(group.evaluations == expected, f"a value of {name}")


FORMAT = ExportFormat(
    "dicom-sr",
    "DICOM Structured Report (TID 1500)",
    CONVENTIONS,
    SAYS,
    _write,
    _check,
    needs_pictures=True,
    windowed=False,
    refers_to_originals=True,
    readers_apart=True,
)
