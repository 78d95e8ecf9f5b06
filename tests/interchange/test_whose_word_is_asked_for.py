"""Readers who are not there, tables beside people, and what a machine's silence says."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    ImageAsset,
    ImageRecord,
    Label,
    LabelSet,
    Mode,
    Protocol,
    Reading,
    ReadingRecord,
    Round,
)
from annotator.errors import ExportError
from annotator.export import Consensus, Selection, Source, Take, export_items

LABELS = LabelSet((Label("project", "cat", ""), Label("project", "dog", "")))
NOW = datetime(2026, 5, 1, tzinfo=UTC)
ALONE = Protocol()
BLIND = Protocol(readers=2)


def asset(number: int, subject: str | None = None) -> ImageAsset:
    name, pixels = f"{number}.png", f"{number:064x}"
    own = uuid.UUID(int=number)
    return ImageAsset(name, 100, 80, pixels, f"{number:064x}", id=own, subject=subject)


def drawn(image: ImageAsset, rater: str, left: float = 10) -> Annotation:
    box = BoundingBox(left, 10, 20, 20)
    of = uuid.uuid4(), image.id, uuid.uuid4()
    return Annotation(*of, rater, Decision.ADDED, "cat", box, created_at=NOW)


def reading(image, rater, acts=(), round_=Round.FIRST) -> ReadingRecord:
    signed = None if round_ is Round.IMPORTED else NOW
    of = uuid.uuid4(), uuid.UUID(int=9), image.id
    made = Reading(*of, rater, round_, Mode.SUGGESTIONS_FIRST, NOW, signed_at=signed)
    return ReadingRecord(made, tuple(acts))


def signed(number: int, *raters: str, protocol=ALONE, subject: str | None = None) -> ImageRecord:
    image = asset(number, subject)
    acts = tuple(drawn(image, rater) for rater in raters)
    readings = tuple(reading(image, act.rater, [act]) for act in acts)
    return ImageRecord(image, acts, (), readings, protocol=protocol)


def exported(records, target, name="coco", selection=None):
    source = Source(records, LABELS, "p", uuid.UUID(int=7))
    return export_items(source, target, format_name=name, selection=selection or Selection())


@pytest.mark.parametrize("pseudonyms", [False, True])
@pytest.mark.parametrize("protocol", [ALONE, BLIND])
def test_a_misspelt_reader_is_refused_with_the_readers_there_are(tmp_path, protocol, pseudonyms):
    chosen = Selection(raters=frozenset({"Ada", "Bop"}), pseudonyms=pseudonyms)
    records = [signed(1, "Ada", "Bo", protocol=protocol)]
    with pytest.raises(ExportError, match=r"^Bop stated and read nothing.*readers are: Ada, Bo\."):
        exported(records, tmp_path / "out", "csv", chosen)
    assert not (tmp_path / "out").exists()
    rightly = replace(chosen, raters=frozenset({"Bo"}))
    assert (
        exported(records, tmp_path / "out", "csv", rightly).manifest["counts"]["annotations"] == 1
    )


def test_a_table_that_is_asked_for_by_name_is_taken(tmp_path):
    image = asset(1)
    tool = reading(image, "Tool", [drawn(image, "Tool")], Round.IMPORTED)
    record = signed(1, "Ada", "Bo", protocol=BLIND)
    record = replace(record, readings=(*record.readings, tool))
    chosen = Selection(raters=frozenset({"Tool"}), unfinished=True)
    report = exported([record], tmp_path / "out", "coco", chosen)
    assert report.manifest["counts"]["annotations_by_rater"] == {"Tool": 1}


def test_a_person_and_a_table_are_two_readings_of_a_shared_project(tmp_path):
    """Tool has a box; Ada draws hers beside it: nobody knows whether they are one finding."""
    image = asset(1)
    of_tool, of_ada = drawn(image, "Tool"), drawn(image, "Ada", 12)
    readings = (reading(image, "Ada"), reading(image, "Tool", [of_tool], Round.IMPORTED))
    record = ImageRecord(image, (of_tool, of_ada), (), readings)
    with pytest.raises(ExportError, match=r"2 readers \(Ada, Tool\).*--rater.*--consensus"):
        exported([record], tmp_path / "out", "yolo-detect")
    for number, chosen in enumerate(
        (Selection(raters=frozenset({"Ada"})), Selection(consensus=Consensus.MAJORITY))
    ):
        report = exported([record], tmp_path / str(number), "yolo-detect", chosen)
        assert report.manifest["counts"]["annotations"] == 1
    only_tool = replace(record, annotations=(of_tool,))
    report = exported([only_tool], tmp_path / "tool", "yolo-detect")
    assert report.manifest["counts"]["annotations_by_rater"] == {"Tool": 1}


@pytest.mark.parametrize("unfinished", [False, True])
def test_a_person_who_signed_does_not_make_the_machine_find_nothing(tmp_path, unfinished):
    image = asset(1)
    record = ImageRecord(image, (), (), (reading(image, "Ada"),))
    chosen = Selection(take=Take.SUGGESTIONS, unfinished=unfinished)
    report = exported([record], tmp_path / "out", "coco", chosen)
    images = report.manifest["counts"]["images"]
    assert (images["reviewed"], images["negative"]) == (0, 0)
    assert images["all"] == unfinished


def test_splits_without_subjects_are_said_in_report_manifest_and_card(tmp_path):
    chosen = Selection(splits={"train": 0.5, "val": 0.5})
    subjects = {1: "P1", 2: None, 3: None}
    records = [signed(number, "Ada", subject=subject) for number, subject in subjects.items()]
    report = exported(records, tmp_path / "out", "csv", chosen)
    assert any(line.startswith("2 images in splits whose subject") for line in report.losses())
    assert report.manifest["counts"]["images_without_subject"] == 2
    card = (tmp_path / "out" / "README.md").read_text()
    assert "A subject that somebody stated is in one split only." in card
    assert "Of 2 images nobody stated the subject" in card
    whole = exported(records[:1], tmp_path / "known", "csv", chosen)
    assert not whole.losses()
    assert "\nA subject is in one split only.\n" in (tmp_path / "known" / "README.md").read_text()
