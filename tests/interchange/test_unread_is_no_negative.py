"""An image that nobody finished is no image without findings, and two readers are not one."""

from __future__ import annotations

import csv
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import Image
from plain_records import plain_png

from annotator.cli import main
from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    ImageAsset,
    ImageRecord,
    Label,
    LabelSet,
    LabelValue,
    Mode,
    Presence,
    Protocol,
    Provenance,
    Reading,
    ReadingRecord,
    Round,
    Suggestion,
    SuggestionRun,
)
from annotator.errors import ExportError
from annotator.export import (
    EVERYTHING,
    FINISHED,
    Consensus,
    Selection,
    Source,
    Take,
    export_format,
    export_formats,
    export_items,
)

LABELS = LabelSet((Label("FACS", "AU12", "lip corner puller"), Label("project", "cat", "")))
NOW = datetime(2026, 5, 1, tzinfo=UTC)
BOX = BoundingBox(10, 10, 20, 20)


def asset(number: int) -> ImageAsset:
    name, pixels = f"{number}.png", f"{number:064x}"
    return ImageAsset(name, 100, 80, pixels, "1" * 64, id=uuid.UUID(int=number))


def act(image: ImageAsset, rater="R", region=BOX, label="cat") -> Annotation:
    return Annotation(
        uuid.uuid4(), image.id, uuid.uuid4(), rater, Decision.ADDED, label, region, created_at=NOW
    )


def read(image, rater, acts=(), round_=Round.FIRST, *, signed=True) -> ReadingRecord:
    arm = Mode.SUGGESTIONS_FIRST
    made = Reading(uuid.uuid4(), uuid.UUID(int=9), image.id, rater, round_, arm, NOW)
    return ReadingRecord(replace(made, signed_at=NOW if signed else None), tuple(acts))


def shared(number: int, *acts: Annotation, signed=False) -> ImageRecord:
    image = asset(number)
    return ImageRecord(image, acts, (), (read(image, "R"),) if signed else ())


def study(number: int, *readings: ReadingRecord, readers=2) -> ImageRecord:
    acts = tuple(act for one in readings for act in one.annotations)
    return ImageRecord(asset(number), acts, (), readings, protocol=Protocol(readers=readers))


def exported(records, target, name, selection=FINISHED, labels=LABELS):
    source = Source(records, labels, "p", uuid.UUID(int=7), plain_png)
    return export_items(source, target, format_name=name, selection=selection)


def names(report) -> list[str]:
    lines = (report.folder / "decisions.jsonl").read_text().splitlines()
    return [json.loads(line)["original_file_name"] for line in lines]


@pytest.mark.parametrize("name", export_formats())
def test_fault_8_unread_images_are_left_out_and_counted_in_every_format(tmp_path, name):
    records = [
        shared(1),
        shared(2, act(asset(2))),
        shared(3, act(asset(3)), signed=True),
        shared(4, signed=True),
    ]
    report = exported(records, tmp_path / "out", name)
    assert names(report) == ["3.png", "4.png"]
    counts = report.manifest["counts"]
    assert counts["left_out"] == {"in progress": 1, "not reviewed": 1}
    assert counts["images"] == {
        "all": 2,
        "reviewed": 2,
        "in progress": 0,
        "not reviewed": 0,
        "negative": 1,
    }
    assert "2 images left out as unfinished (1 in progress, 1 not reviewed)" in report.summary()
    everything = exported(records, tmp_path / "all", name, EVERYTHING)
    assert names(everything) == ["1.png", "2.png", "3.png", "4.png"]
    assert everything.manifest["counts"]["left_out"] == {}
    assert "left out" not in everything.summary()
    for folder in (tmp_path / "out", tmp_path / "all"):
        there = {p.name.split("-")[0] for p in folder.rglob("*.png") if "masks" not in p.parts}
        assert there == {one.removesuffix(".png") for one in names_in(folder)}


def names_in(folder) -> list[str]:
    lines = (folder / "decisions.jsonl").read_text().splitlines()
    return [json.loads(line)["original_file_name"] for line in lines]


def test_progress_ends_at_two_steps_for_each_image_left_out_or_not(tmp_path):
    records = [shared(1), shared(2, signed=True), shared(3)]
    steps: list[int] = []
    source = Source(records, LABELS, "p", uuid.UUID(int=7))
    export_items(source, tmp_path / "out", selection=FINISHED, progress=steps.append)
    assert steps == sorted(steps)
    assert steps[-1] == 6


def test_two_signatures_are_two_of_a_study_and_one_reader_by_name_is_enough(tmp_path):
    one, two = (read(asset(1), rater, [act(asset(1), rater)]) for rater in "AB")
    half = study(1, one)
    opened = study(2, read(asset(2), "A", signed=False), read(asset(2), "B"))
    whole = study(3, one, two)
    records = [half, opened, whole]
    report = exported(records, tmp_path / "a", "csv")
    assert names(report) == ["3.png"]
    assert report.manifest["counts"]["left_out"] == {"in progress": 2}
    by_one = Selection(raters=frozenset("A"))
    assert names(exported(records, tmp_path / "b", "coco", by_one)) == ["1.png", "3.png"]
    first = Selection(take=Take.FIRST)
    assert names(exported(records, tmp_path / "c", "csv", first)) == ["3.png"]


def test_a_first_read_is_finished_by_as_many_first_reads_as_there_are_readers(tmp_path):
    """Its reader may still be at the second look."""
    image = asset(1)
    blind = [replace(read(image, rater).reading, arm=Mode.BLIND_THEN_REVEAL) for rater in "AB"]
    protocol = Protocol(mode=Mode.BLIND_THEN_REVEAL, readers=2)
    readings = tuple(ReadingRecord(one, (), ()) for one in blind)
    record = ImageRecord(image, (), (), readings, protocol=protocol)
    assert names(exported([record], tmp_path / "a", "csv")) == []
    first = Selection(take=Take.FIRST)
    assert names(exported([record], tmp_path / "b", "csv", first)) == ["1.png"]
    one = replace(record, readings=readings[:1])
    assert names(exported([one], tmp_path / "c", "csv", first)) == []


def test_of_the_machine_an_image_it_has_not_seen_is_left_out(tmp_path):
    made = Provenance("card", "1", "ab" * 32, "excitation backprop", {}, "0.1")
    said = Suggestion("cat", BOX, 0.9, 0.5, "dual", 0.5)
    runs = [SuggestionRun(asset(n).id, made, {}, given) for n, given in ((1, (said,)), (2, ()))]
    records = [ImageRecord(asset(n), (), (run,)) for n, run in enumerate(runs, 1)]
    records.append(shared(3, signed=True))
    report = exported(records, tmp_path / "out", "yolo-detect", Selection(take=Take.SUGGESTIONS))
    assert names(report) == ["1.png", "2.png"]
    assert report.manifest["counts"]["left_out"] == {"without suggestions": 1}


def test_days_ask_for_unfinished_images(tmp_path):
    with pytest.raises(ExportError, match="--unfinished"):
        exported([shared(1)], tmp_path / "out", "csv", Selection(since=NOW))
    assert not (tmp_path / "out").exists()
    chosen = Selection(since=NOW - timedelta(days=1), unfinished=True)
    assert names(exported([shared(1, act(asset(1)))], tmp_path / "out", "csv", chosen)) == ["1.png"]


@pytest.mark.parametrize("name", export_formats())
def test_fault_8_regions_of_several_readers_are_never_laid_on_each_other(tmp_path, name):
    image = asset(1)
    record = study(1, *(read(image, rater, [act(image, rater)]) for rater in ("Ada", "Bo")))
    form = export_format(name)
    if form.readers_apart or not form.capacity.shapes:
        exported([record], tmp_path / "out", name)
    else:
        with pytest.raises(ExportError, match=r"2 readers \(Ada, Bo\).*--rater.*--consensus"):
            exported([record], tmp_path / "out", name)
        assert not (tmp_path / "out").exists()
        with pytest.raises(ExportError) as refused:
            exported([record], tmp_path / "out", name, Selection(pseudonyms=True))
        assert "Ada" not in str(refused.value)
    for number, chosen in enumerate(
        (Selection(raters=frozenset({"Bo"})), Selection(consensus=Consensus.MAJORITY))
    ):
        report = exported([record], tmp_path / str(number), name, chosen)
        assert report.manifest["counts"]["annotations"] == 1


def test_who_goes_on_from_each_others_work_is_one_word_and_two_tables_are_two(tmp_path):
    image = asset(1)
    record = shared(1, act(image, "Ada"), act(image, "Bo", BoundingBox(50, 50, 9, 9)), signed=True)
    assert exported([record], tmp_path / "a", "coco").manifest["counts"]["annotations"] == 2
    tables = tuple(read(image, rater, round_=Round.IMPORTED) for rater in ("Ada", "Bo"))
    with pytest.raises(ExportError, match="2 readers"):
        exported([replace(record, readings=(*record.readings, *tables))], tmp_path / "b", "coco")


@pytest.mark.parametrize(
    ("value", "without"),
    [
        (None, 1),
        (Presence.ABSENT, 1),
        (Presence.PRESENT, 0),
        (Presence.UNCERTAIN, 0),
        (Presence.NOT_ASSESSABLE, 0),
    ],
)
def test_fault_14_a_coded_still_is_not_without_findings(tmp_path, value, without):
    record = shared(1, signed=True)
    if value:
        said = LabelValue(uuid.uuid4(), record.image.id, "R", "AU12", value, created_at=NOW)
        record = replace(record, label_values=(said,))
    report = exported([record], tmp_path / "out", "openface")
    assert report.manifest["counts"]["images"]["negative"] == without
    assert f"1 reviewed ({without} without findings)" in report.summary()


def test_the_command_line_leaves_them_out_and_takes_them_in(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    Image.fromarray(np.zeros((8, 9), np.uint8)).save(tmp_path / "one.png")

    def run(*arguments) -> int:
        return main([str(argument) for argument in arguments])

    assert run("project", "create", "P", "--label", "cat", "--shows", "nobody") == 0
    assert run("import", "P", tmp_path / "one.png") == 0
    assert run("export", "P", "--output", tmp_path / "out") == 0
    assert "1 image left out as unfinished (1 not reviewed)" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "annotations.json").read_text())["images"] == []
    assert run("export", "P", "--unfinished", "--output", tmp_path / "all") == 0
    assert len(json.loads((tmp_path / "all" / "annotations.json").read_text())["images"]) == 1


def test_what_a_table_leaves_out_is_no_vote_in_a_consensus(tmp_path):
    """Two readers draw a cat; tables of Action Units know no cats."""
    image = asset(1)
    people = [read(image, rater, [act(image, rater)]) for rater in ("Ada", "Bo")]
    tables = [
        replace(
            read(image, rater, round_=Round.IMPORTED, signed=False),
            label_values=(LabelValue(uuid.uuid4(), image.id, rater, "AU12", Presence.PRESENT),),
        )
        for rater in ("OpenFace", "Py-Feat")
    ]
    labels = LabelSet((*LABELS, Label("project", "dog", "")))
    for method in (Consensus.MAJORITY, Consensus.STAPLE):
        chosen = Selection(consensus=method, imported=True)
        report = exported(
            [study(1, *people, *tables)], tmp_path / method.value, "csv", chosen, labels
        )
        with (report.folder / "labels.csv").open(newline="") as table:
            rows = {row["label"]: (row["value"], row["basis"]) for row in csv.DictReader(table)}
        assert rows["cat"] == ("present", "region")
        assert rows["AU12"] == ("uncertain", "stated")  # both readers signed without it
        assert rows["dog"] == ("absent", "review")


@pytest.mark.parametrize(
    "chosen", [Selection(raters=frozenset({"Bo"})), Selection(consensus=Consensus.MAJORITY)]
)
def test_what_others_state_is_not_left_out_by_who_goes_on_from_it(tmp_path, chosen):
    """A table has a cat, which Bo lets stand, adds AU12, and signs: to Bo it is not absent."""
    image = asset(1)
    value = LabelValue(uuid.uuid4(), image.id, "Bo", "AU12", Presence.PRESENT)
    table = read(image, "Tool", [act(image, "Tool")], Round.IMPORTED, signed=False)
    record = replace(
        shared(1, act(image, "Tool")), readings=(read(image, "Bo"), table), label_values=(value,)
    )
    labels = LabelSet((*LABELS, Label("project", "dog", "")))
    report = exported([record], tmp_path / "out", "csv", chosen, labels)
    with (report.folder / "labels.csv").open(newline="") as rows:
        stated = {row["label"]: (row["value"], row["basis"]) for row in csv.DictReader(rows)}
    assert stated == {
        "AU12": ("present", "stated"),
        "cat": ("not_assessed", "none"),
        "dog": ("absent", "review"),
    }
    said = "labels that others state, whose word is not asked for"
    assert report.manifest["losses"] == {said: 1}
    boxes = exported([record], tmp_path / "boxes", "yolo-detect", chosen, labels)
    assert boxes.manifest["losses"][said] == 1
    dogs = replace(chosen, labels=frozenset({"dog"}))
    assert exported([record], tmp_path / "dogs", "csv", dogs, labels).manifest["losses"] == {}
    whole = exported([record], tmp_path / "whole", "csv", labels=labels)
    assert whole.manifest["losses"] == {}


def test_an_image_on_which_another_states_something_is_not_without_findings(tmp_path):
    image = asset(1)
    value = LabelValue(uuid.uuid4(), image.id, "Bo", "AU12", Presence.ABSENT)
    record = replace(shared(1, act(image, "Ada")), readings=(read(image, "Bo"),))
    record = replace(record, label_values=(value,))
    chosen = Selection(raters=frozenset({"Bo"}))
    report = exported([record], tmp_path / "out", "coco", chosen)
    assert report.manifest["counts"]["images"]["negative"] == 0
