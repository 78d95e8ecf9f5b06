"""Structured reports of ours come back whole: values of labels, regions, and who stated them."""

from __future__ import annotations

import uuid
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from plain_records import BEGIN, drawn, plain_image, plain_png

from annotator.domain import (
    Label,
    LabelSet,
    LabelValue,
    Mask,
    Presence,
)
from annotator.export import EVERYTHING, Source, export_items
from annotator.formats import import_format
from annotator.settings import Settings
from annotator.workflows.projects import create_project
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace

CODES = ("AU1", "AU4", "AU12", "AU17", "Größe / 影")
LABELS = LabelSet(tuple(Label("x", code, "") for code in CODES))
STATED = [
    ("AU1", Presence.PRESENT, "C", "L"),
    ("AU4", Presence.ABSENT, None, None),
    ("AU12", Presence.NOT_ASSESSABLE, None, None),
    ("AU17", Presence.UNCERTAIN, None, None),
    ("Größe / 影", Presence.PRESENT, None, None),
]
IMAGE = plain_image(1, 96, 96, file_name="a.png")
TWO_PIECES = np.zeros((20, 30), bool)
TWO_PIECES[2:8, 3:9] = TWO_PIECES[12:15, 20:28] = True


@pytest.fixture
def report(tmp_path):
    """The folder of a report that Dr. Ä made of one image."""
    values = tuple(
        LabelValue(uuid.uuid4(), IMAGE.id, "Dr. Ä", *stated, created_at=BEGIN) for stated in STATED
    )
    record = drawn(IMAGE, ("AU1", Mask.of(TWO_PIECES, 10, 10)), rater="Dr. Ä")
    records = [replace(record, label_values=values)]
    source = Source(records, LABELS, "p", uuid.UUID(int=7), plain_png)
    export_items(source, tmp_path / "out", format_name="dicom-sr", selection=EVERYTHING)
    return tmp_path / "out"


@pytest.fixture
def colleague(tmp_path):
    home = {"ANNOTATOR_HOME": str(tmp_path / "h"), "ANNOTATOR_SECRETS": str(tmp_path / "h" / "s")}
    with Workspace.open(Settings.from_environment(home), upgrade=True) as opened:
        create_project(opened, "q", labels=["other", *reversed(CODES)])
        opened.record.add_images(opened.record.project("q").id, [IMAGE])
        yield opened


def test_values_and_regions_come_back_exactly_with_who_stated_them(report, colleague):
    taken = take_over(colleague, "q", report, format_name="dicom-sr", reference_of="site B")
    assert (taken.faults, taken.regions, taken.values) == ([], 1, len(STATED))
    (back,) = colleague.record.image_records(colleague.record.project("q").id)
    assert sorted((v.label, v.value, v.intensity, v.side) for v in back.label_values) == sorted(
        STATED, key=lambda stated: stated[0]
    )
    (region,) = back.annotations  # two outlines are one finding
    assert np.array_equal(region.region.mask(96, 96), np.pad(TWO_PIECES, ((10, 66), (10, 56))))
    assert {act.rater for act in (*back.annotations, *back.label_values)} == {
        f"imported by {colleague.person.name} (site B: Dr. Ä)"
    }


def test_what_a_report_says_that_has_no_place_here_is_named(report, colleague):
    (path,) = report.rglob("report-1.dcm")
    made = pydicom.dcmread(path)
    groups = made.ContentSequence[-1].ContentSequence
    names = {g.ContentSequence[2].ConceptCodeSequence[0].CodeValue: g for g in groups[:-1]}
    evaluation = names["AU4"].ContentSequence[3]
    evaluation.ConceptNameCodeSequence[0].CodeValue = "111"
    length = pydicom.Dataset()
    length.ValueType, length.RelationshipType = "NUM", "CONTAINS"
    length.ConceptNameCodeSequence = [pydicom.Dataset()]
    length.ConceptNameCodeSequence[0].CodeValue = "103339001"
    length.ConceptNameCodeSequence[0].CodeMeaning = "Long Axis"
    names["AU12"].ContentSequence.append(length)
    made.save_as(path)
    taken = take_over(colleague, "q", report, format_name="dicom-sr", reference_of="site B")
    assert taken.values == len(STATED) - 1
    assert sorted(taken.faults) == [
        "report-1.dcm: '111' left out (1).",
        "report-1.dcm: 'Long Axis' left out (1).",
        "report-1.dcm: findings without a region or a value left out (1).",
    ]


def test_a_value_that_cannot_be_stated_is_left_out_alone(report, colleague):
    (path,) = report.rglob("report-1.dcm")
    made = pydicom.dcmread(path)
    groups = made.ContentSequence[-1].ContentSequence
    values = {g.ContentSequence[2].ConceptCodeSequence[0].CodeValue: g for g in groups[:-1]}
    present = values["AU1"].ContentSequence[3].ConceptCodeSequence[0]
    present.CodeValue = "NOT_ASSESSABLE"  # and it has a grade and a side
    values["AU17"].ContentSequence[3].ConceptCodeSequence[0].CodeValue = "PERHAPS"
    made.save_as(path)
    taken = take_over(colleague, "q", report, format_name="dicom-sr", reference_of="site B")
    assert (taken.regions, taken.values) == (1, len(STATED) - 2)
    first, second = taken.faults
    assert "'AU17' is left out: it says 'PERHAPS'" in first
    assert "a.png: a value is left out: 'AU1' is 'not_assessable' and cannot have" in second


def test_values_of_an_image_that_is_not_there_are_left_out_in_words(report, colleague):
    create_project(colleague, "elsewhere", labels=CODES)
    taken = take_over(colleague, "elsewhere", report, format_name="dicom-sr", reference_of="B")
    assert taken.nothing
    assert any(fault.startswith("1 value for 'AU4' left out: they refer") for fault in taken.faults)


def test_what_no_person_observed_is_suggested(report):
    (path,) = report.rglob("report-1.dcm")
    made = pydicom.dcmread(path)
    made.ContentSequence = [one for one in made.ContentSequence if "PersonName" not in one]
    made.save_as(path)
    read = list(import_format("dicom-sr").read(report, LABELS, lambda _: None))
    assert all(one.value.suggested for one in read if hasattr(one, "value"))
