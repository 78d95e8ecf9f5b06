"""Fault 22: what managers change of a project, in combination with what readers stated."""

from __future__ import annotations

import csv
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from annotator.domain import Decision, Label, Presence, ProjectCounts, Protocol, Review
from annotator.domain.queues import FIRST_OPEN, QueueChoice
from annotator.domain.rights import Rights
from annotator.errors import NotFoundError, ProtocolError, StorageError
from annotator.export import Source, export_formats, export_items
from annotator.ingest.png import encoded_png
from annotator.record import decided_before
from annotator.record.pools import IsolatedReader

PIXELS = np.zeros((300, 400), np.uint8)
BY = {"actor": "Max", "reason": "asked for by the study board"}


@pytest.fixture
def images(record, project, make):
    return record.add_images(project.id, [make.asset(f"{n}.png") for n in range(3)]).added


@pytest.fixture(autouse=True)
def the_chain_holds(record):
    """What is changed leaves a record that verifies, and states that follow from it."""
    yield
    assert record.safekeeping.faults() == []
    assert record.problems() == []


def queue(record, project):
    page = record.queue.page(project.id, FIRST_OPEN, 0, 10)
    assert page.total == len(page.rows)
    return [row.file_name for row in page.rows]


def test_a_renamed_project_keeps_its_work(record, project, images, make):
    act = make.drawn(images[0])
    record.record_acts([act])
    record.rename_project(project.id, "Renamed", **BY)
    assert record.project("Renamed").id == project.id
    assert next(record.image_records(project.id)).annotations[0].id == act.id
    other = record.create_project("Other", project.label_set)
    with pytest.raises(StorageError, match="exists already"):
        record.rename_project(other.id, "Renamed", **BY)
    record.rename_project(project.id, "Renamed", **BY)  # to its own name: nothing is in the way
    with pytest.raises(NotFoundError):
        record.project(project.name)


def test_an_archived_project_can_be_read_only(record, project, images, make, monkeypatch):
    record.record_acts([make.drawn(images[0])])
    record.readings.assign([images[0].id], ["Ada"], actor="Max")
    monkeypatch.setattr(decided_before, "_waiting", lambda *_: [images[0].id])
    record.archive_project(project.id, True, **BY)
    assert record.project(project.id).archived_at is not None
    report = record.save_acts([make.drawn(images[1])])
    assert report.recorded == ()
    assert "archived" in report.refused[0].reason
    refused = (
        lambda: record.readings.sign(images[0].id, "Ada", ""),
        lambda: record.record_run(make.run(images[0])),
        lambda: record.add_images(project.id, [make.asset("new.png")]),
        lambda: record.readings.assign([images[0].id], ["Ada"], actor="Max"),
        lambda: record.readings.withdraw([images[0].id], "Ada", **BY),
        lambda: record.readings.sign_decided(project.id, "Ada"),
        lambda: record.readings.leave_decided(project.id, "Ada"),
        lambda: record.readings.set_protocol(project.id, Protocol(readers=2), **BY),
        lambda: record.remove_images(project.id, [images[0].id], **BY),
        lambda: record.rename_project(project.id, "x", **BY),
        lambda: record.add_label(project.id, Label("project", "x", "x"), **BY),
        lambda: record.rights.state(project.id, Rights(), **BY),
    )
    for change in refused:
        with pytest.raises(StorageError, match="archived"):
            change()
    assert len(list(record.image_records(project.id))) == 3
    record.archive_project(project.id, False, **BY)
    assert record.save_acts([make.drawn(images[1])]).refused == ()


def test_a_removed_image_is_gone_from_queue_counts_and_stream(record, project, images, make):
    run = make.run(images[0])
    record.record_run(run)
    record.readings.sign(images[0].id, "Ada", "")
    before = record.project(project.id).counts
    assert (before.images, before.decided, before.suggested) == (3, 1, 1)
    assert record.remove_images(project.id, [images[0].id], **BY) == 1
    assert record.remove_images(project.id, [images[0].id], **BY) == 0
    assert record.project(project.id).counts == ProjectCounts(images=2)
    assert queue(record, project) == ["1.png", "2.png"]
    assert record.image_ids(project.id) == [images[1].id, images[2].id]
    assert record.image_ids(project.id, 2, 2) == [images[1].id]  # numbers stay
    assert [one.image for one in record.image_records(project.id)] == list(images[1:])
    assert record.images_without_run(project.id, "m", "s") == [images[1].id, images[2].id]
    assert [image.id for image in record.removed_images(project.id)] == [images[0].id]
    report = record.save_acts([make.drawn(images[0]), make.drawn(images[1])])
    assert len(report.recorded) == 1
    assert "removed" in report.refused[0].reason
    # What was stated stays, and counts again once it is put back.
    assert record.image_record(images[0].id).readings[0].reading.signed_at is not None
    assert record.remove_images(project.id, [images[0].id], False, **BY) == 1
    assert record.project(project.id).counts.images == 3
    assert record.queue.review(images[0].id) is Review.REVIEWED
    assert sorted(queue(record, project)) == ["0.png", "1.png", "2.png"]


def test_removing_is_all_or_nothing_and_an_image_may_be_added_again(record, project, images, make):
    other = record.create_project("other", project.label_set)
    (foreign,) = record.add_images(other.id, [make.asset("f.png")]).added
    with pytest.raises(NotFoundError):
        record.remove_images(project.id, [images[0].id, foreign.id], **BY)
    assert record.project(project.id).counts.images == 3
    record.remove_images(project.id, [images[0].id], **BY)
    again = make.asset("again.png", pixels_sha256=images[0].pixels_sha256)
    assert record.images(project.id, 1, 1) == [images[2]]
    added = record.add_images(project.id, [again, images[1]])
    assert added.duplicates == ((again, images[0].id), (images[1], images[1].id))
    assert added.put_back == (images[0].id,)
    assert record.project(project.id).counts.images == 3


def test_isolated_readers_do_not_meet_a_removed_image(record, project, images):
    record.readings.set_protocol(project.id, Protocol(readers=2), **BY)
    record.readings.assign([image.id for image in images], ["Ada"], actor="Max")
    record.remove_images(project.id, [images[0].id], **BY)
    page = record.queue.page(project.id, QueueChoice(), 0, 10, IsolatedReader("Ada", 2))
    assert [row.image_id for row in page.rows] == [images[1].id, images[2].id]
    with pytest.raises(StorageError, match="removed"):
        record.readings.open(images[0].id, "Ada")


def test_a_deleted_project_leaves_digests_and_a_record_that_verifies(record, project, images, make):
    record.record_acts([make.drawn(images[0])])
    record.remove_images(project.id, [images[1].id], **BY)
    record.archive_project(project.id, True, **BY)
    record.erasing.erase(project.id, None, None, **BY)
    assert record.projects() == []


def test_labels_are_added_renamed_and_retired(record, project, images, make):
    record.add_label(project.id, Label("project", "squint", "squint"), **BY)
    kept = make.drawn(images[0], label="squint")
    record.record_acts([kept])
    record.change_label(project.id, "squint", meaning="lid tightening", **BY)
    record.change_label(project.id, "squint", retired=True, **BY)
    label = record.project(project.id).label_set["squint"]
    assert (label.meaning, label.retired) == ("lid tightening", True)
    assert "squint" not in record.project(project.id).label_set.offered.codes
    report = record.save_acts(
        [make.drawn(images[1], label="squint"), make.drawn(images[1], label="AU12")]
    )
    assert len(report.recorded) == 1
    assert "retired" in report.refused[0].reason
    # What was stated with it stays, is exported, and can be taken back.
    assert next(record.image_records(project.id)).annotations[0].label == "squint"
    record.record_acts([make.again(kept, label="squint", decision=Decision.WITHDRAWN)])
    record.change_label(project.id, "squint", retired=False, **BY)
    record.record_acts([make.drawn(images[1], label="squint")])
    for code in ("AU12", "squint"):
        record.change_label(project.id, code, retired=True, **BY)
    with pytest.raises(StorageError, match="only label left"):
        record.change_label(project.id, "happy", retired=True, **BY)
    with pytest.raises(NotFoundError):
        record.change_label(project.id, "nothing", meaning="x", **BY)
    with pytest.raises(StorageError, match="already"):
        record.add_label(project.id, Label("project", "AU12", "again"), **BY)


def test_images_join_a_running_study_only_where_it_is_said(record, project, images, make):
    record.add_images(project.id, [make.asset("open.png")])  # no study: as before
    record.readings.set_protocol(project.id, Protocol(readers=2), **BY)
    record.add_images(project.id, [make.asset("before.png")])  # nobody has begun
    assert not record.joins_running_study(project.id)
    record.readings.open(images[0].id, "Ada")
    assert record.joins_running_study(project.id)
    with pytest.raises(ProtocolError, match="running study"):
        record.add_images(project.id, [make.asset("late.png")])
    assert record.project(project.id).counts.images == 5
    record.add_images(project.id, [make.asset("late.png")], actor="Max", join_running_study=True)
    assert record.project(project.id).counts.images == 6


def test_a_removed_or_erased_image_moves_no_region_to_another(record, project, make):
    images = record.add_images(project.id, [make.asset(f"{n}.png") for n in range(6)]).added
    own = {image.file_name: make.drawn(image) for image in images}
    record.record_acts(list(own.values()))
    record.remove_images(project.id, [images[1].id], **BY)
    record.erasing.erase(project.id, None, [images[3].id], **BY)
    left = {r.image.file_name: r.annotations for r in record.image_records(project.id)}
    assert list(left) == ["0.png", "2.png", "4.png", "5.png"]
    assert {name: [act.id for act in acts] for name, acts in left.items()} == {
        name: [own[name].id] for name in left
    }
    assert record.image_record(images[1].id).annotations[0].id == own["1.png"].id


def signed_around_a_label(record, project, images, code, readers=1):
    """Sign an image before a label is added, one while it is offered, and one when it is retired.

    Return what is exported.
    """
    record.readings.set_protocol(project.id, Protocol(readers=readers), **BY)

    def sign(image):
        for name in ("Ada", "Ben")[:readers]:
            record.readings.open(image.id, name)
            record.readings.sign(image.id, name, "")

    sign(images[0])
    record.add_label(project.id, Label("project", code, code), **BY)
    sign(images[1])
    record.change_label(project.id, code, retired=True, **BY)
    sign(images[2])
    labels = record.project(project.id).label_set
    records, offers = record.image_records(project.id), record.offers(project.id)
    return Source(
        records, labels, "p", uuid.UUID(int=7), lambda _: encoded_png(PIXELS), offers=offers
    )


@pytest.mark.parametrize("readers", [1, 2])
def test_nobody_who_signed_before_a_label_was_offered_said_that_it_is_absent(
    record, project, images, tmp_path, readers
):
    source = signed_around_a_label(record, project, images, "squint", readers)
    export_items(source, tmp_path / "out", format_name="csv")
    with (tmp_path / "out" / "labels.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] in ("squint", "happy")]
    names = ("0.png", "1.png", "2.png")
    of_squint = [row for row in rows if row["label"] == "squint"]
    said = {
        name: {row["value"] for row in of_squint if row["original_file_name"] == name}
        for name in names
    }
    assert said == {"0.png": {"not_assessed"}, "1.png": {"absent"}, "2.png": {"not_assessed"}}
    assert {row["value"] for row in rows if row["label"] == "happy"} == {"absent"}


def of_coco(name: str) -> Callable[[Path], list[list[str]]]:
    return lambda folder: [
        image.get("not_offered", []) for image in json.loads((folder / name).read_text())["images"]
    ]


LISTED = {
    "coco": of_coco("annotations.json"),
    "coco-panoptic": of_coco("annotations/panoptic_train.json"),
    "label-studio": lambda folder: [
        task["data"].get("not_offered", [])
        for task in json.loads((folder / "label-studio.json").read_text())
    ],
    "hugging-face": lambda folder: [
        row["not_offered"]
        for row in pq.read_table(folder / "data" / "train" / "metadata.parquet").to_pylist()
    ],
}
LISTED |= {"coco-rle": LISTED["coco"], "coco-keypoints": LISTED["coco"]}
SAID_BY_VALUE = {
    *("csv", "parquet", "png-masks", "nifti"),
    *("openface", "py-feat", "disfa", "bp4d", "facs-events"),
}
"""Formats with a row, a cell or a line for each label of an image."""


@pytest.mark.parametrize("name", list(export_formats()))
def test_every_format_says_which_labels_were_not_offered_or_that_it_does_not(
    record, project, images, tmp_path, name
):
    source = signed_around_a_label(record, project, images, "AU4")
    report = export_items(source, tmp_path / "out", format_name=name)
    lost = "labels not offered when their image was signed: not assessed, which is not said"
    if name in LISTED:
        assert LISTED[name](tmp_path / "out") == [["AU4"], [], ["AU4"]]
    if name in LISTED or name in SAID_BY_VALUE:
        assert lost not in report.manifest["losses"]
    else:
        assert report.manifest["losses"][lost] == 2


def test_a_unit_that_was_not_offered_has_no_cell_and_no_reason_but_that(
    record, project, images, tmp_path
):
    source = signed_around_a_label(record, project, images, "AU4")
    records = list(source.records)
    for name in ("openface", "csv"):
        taken = replace(source, records=records)
        export_items(taken, tmp_path / name, format_name=name)
    with (tmp_path / "openface" / "coder-1" / "stills.csv").open() as file:
        assert [row["AU04_c"] for row in csv.DictReader(file)] == ["", "0", ""]
    with (tmp_path / "csv" / "labels.csv").open(encoding="utf-8-sig") as file:
        bases = [row["basis"] for row in csv.DictReader(file) if row["label"] == "AU4"]
    assert bases == ["not offered", "review", "not offered"]


def test_what_was_stated_with_a_retired_label_can_be_taken_back(record, project, images, make):
    stated = make.value(images[0])
    record.record_acts([stated])
    record.change_label(project.id, "happy", retired=True, **BY)
    back = make.value(images[0], value=Presence.NOT_ASSESSED, supersedes=stated.id)
    assert record.save_acts([back]).recorded == (back.id,)
    again = make.value(images[0], supersedes=back.id)
    assert "retired" in record.save_acts([again]).refused[0].reason
