"""Whose word an export takes, how several become one, and who is in which split."""

from __future__ import annotations

import csv
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

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
    Polygon,
    Presence,
    Protocol,
    Provenance,
    Reading,
    ReadingRecord,
    Remark,
    RemarkKind,
    Round,
    Suggestion,
    SuggestionRun,
)
from annotator.errors import ExportError
from annotator.export import (
    Consensus,
    ExportReport,
    Selection,
    Source,
    Take,
    export_format,
    export_formats,
    export_items,
    read_shares,
    verify_dataset,
)
from annotator.ingest.png import encoded_png

LABELS = LabelSet((Label("e", "sad", ""), Label("e", "happy", "")))
START = datetime(2026, 5, 1, tzinfo=UTC)
MADE = Provenance("face", "2", "cd" * 32, "excitation backprop", {}, "0.1.0")


def reading(image: ImageAsset, rater: str, box, round_=Round.FIRST, *, signed=True, value=None):
    """One reader's read: a box, and a value of ``sad``."""
    at = START + timedelta(hours=list(Round).index(round_))
    act = Annotation(
        uuid.uuid4(), image.id, uuid.uuid4(), rater, Decision.ADDED, "happy", box, created_at=at
    )
    made = Reading(
        uuid.uuid4(),
        uuid.UUID(int=1),
        image.id,
        rater,
        round_,
        Mode.BLIND_THEN_REVEAL,
        at,
        at if signed else None,
    )
    said = (
        (LabelValue(uuid.uuid4(), image.id, rater, "sad", value, created_at=at),) if value else ()
    )
    return ReadingRecord(made, (act,), said)


def study(*readings: ReadingRecord, image: ImageAsset) -> ImageRecord:
    said = Suggestion("sad", BoundingBox(1, 2, 3, 4), 0.75, 0.5, "dual", 0.9)
    run = SuggestionRun(image.id, MADE, {"sad": 0.75}, (said,))
    acts = tuple(act for read in readings for act in read.annotations)
    protocol = Protocol(mode=Mode.BLIND_THEN_REVEAL, readers=2)
    return ImageRecord(image, acts, (run,), readings, (), (), protocol)


def asset(name="a.png", **changes) -> ImageAsset:
    return replace(ImageAsset(name, 100, 80, "0" * 64, "1" * 64), **changes)


def exported(tmp_path: Path, *records, name="csv", unfinished=True, **chosen) -> ExportReport:
    source = Source(records, LABELS, "p", uuid.UUID(int=7))
    target = tmp_path / uuid.uuid4().hex
    selection = Selection(unfinished=unfinished, **chosen)
    return export_items(source, target, format_name=name, selection=selection)


def table(report: ExportReport, name: str) -> list[dict[str, str]]:
    with (report.folder / f"{name}.csv").open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_suggestion_first_final_and_adjudicated_are_told_apart(tmp_path):
    image = asset()
    boxes = {n: BoundingBox(n, n, 10, 10) for n in (10, 20, 30, 40)}
    record = study(
        reading(image, "A", boxes[10]),
        reading(image, "A", boxes[20], Round.REVEALED),
        reading(image, "B", boxes[30], signed=False),
        reading(image, "C", boxes[40], Round.ADJUDICATION),
        image=image,
    )
    record = replace(record, protocol=replace(record.protocol, readers=1))
    unadjudicated = replace(record, readings=record.readings[:3])

    def places(record, unfinished=False, **chosen):
        report = exported(tmp_path, record, unfinished=unfinished, **chosen)
        rows = table(report, "regions")
        return [(row["rater"], row["round"], float(row["x"])) for row in rows]

    assert places(record, take=Take.SUGGESTIONS) == [("face", "", 1.0)]
    assert places(record, take=Take.FIRST) == [("A", "first", 10.0)]
    assert places(record, take=Take.ADJUDICATED) == [("C", "adjudication", 40.0)]
    assert places(record) == [("C", "adjudication", 40.0)]
    assert places(unadjudicated) == [("A", "revealed", 20.0)]
    assert places(unadjudicated, unfinished=True) == [("A", "revealed", 20.0), ("B", "first", 30.0)]
    assert places(unadjudicated, take=Take.ADJUDICATED) == []
    assert places(unadjudicated, unfinished=True, raters=frozenset("B")) == [("B", "first", 30.0)]
    later = START + timedelta(minutes=30)
    assert places(unadjudicated, unfinished=True, since=later) == [("A", "revealed", 20.0)]


def test_absent_uncertain_and_not_assessed_are_kept_apart(tmp_path):
    image, untouched = asset(), asset("b.png")
    box = BoundingBox(10, 10, 5, 5)
    record = study(
        reading(image, "A", box, value=Presence.UNCERTAIN),
        reading(image, "B", box),
        image=image,
    )
    rows = table(exported(tmp_path, record, ImageRecord(untouched, (), ())), "labels")
    said = [(r["rater"], r["label"], r["value"], r["basis"]) for r in rows]
    assert said == [
        ("A", "sad", "uncertain", "stated"),
        ("A", "happy", "present", "region"),
        ("B", "sad", "absent", "review"),
        ("B", "happy", "present", "region"),
        ("", "sad", "not_assessed", "none"),
        ("", "happy", "not_assessed", "none"),
    ]
    report = exported(tmp_path, record, name="openface")
    assert "3 labels that the format has no place for" in report.losses()


def test_regions_of_a_label_that_was_stated_absent_after_them_do_not_go_in(tmp_path):
    image = asset()
    read = reading(image, "A", BoundingBox(10, 10, 5, 5), value=Presence.ABSENT)
    (stated,) = read.label_values
    later = replace(stated, label="happy", created_at=START + timedelta(hours=9))
    (first,) = read.annotations
    acts = (first, replace(first, id=uuid.uuid4(), region_id=uuid.uuid4()))
    record = study(replace(read, annotations=acts, label_values=(later,)), image=image)
    report = exported(tmp_path, record)
    assert table(report, "regions") == []
    assert [r["value"] for r in table(report, "labels") if r["label"] == "happy"] == ["absent"]
    gone = "2 regions of a label that was stated absent afterwards, left out"
    assert gone in [*report.losses()]


@pytest.mark.parametrize("method", [Consensus.MAJORITY, Consensus.STAPLE])
def test_consensus_of_three_readers(tmp_path, method):
    image = asset()
    boxes = [BoundingBox(10, 10, 30, 30), BoundingBox(10, 10, 30, 30), BoundingBox(12, 12, 30, 30)]
    reads = [
        reading(image, rater, box, value=value)
        for rater, box, value in zip(
            "ABC", boxes, [Presence.ABSENT, Presence.ABSENT, Presence.UNCERTAIN], strict=True
        )
    ]
    report = exported(tmp_path, study(*reads, image=image), consensus=method)
    (row,) = table(report, "regions")
    assert (row["decision"], row["rater"]) == ("consensus", f"consensus ({method.value})")
    # Two of three agree on the first box to the pixel.
    assert [float(row[k]) for k in ("x", "y", "width", "height")] == pytest.approx([10, 10, 30, 30])
    values = {r["label"]: r["value"] for r in table(report, "labels")}
    assert values == {"sad": "absent", "happy": "present"}


def test_areas_are_in_square_millimetres_where_the_spacing_is_known(tmp_path):
    box = BoundingBox(10, 10, 30, 20)
    known = asset("known.png", display={"spacing_mm": [0.5, 0.25]})
    unknown = asset("unknown.png", pixels_sha256="ef" * 32, id=uuid.uuid4())
    records = [study(reading(image, "A", box), image=image) for image in (known, unknown)]
    rows = {r["file_name"]: r for r in table(exported(tmp_path, *records), "regions")}
    assert [float(row["area_px"]) for row in rows.values()] == [600, 600]
    assert [row["area_mm2"] for row in rows.values()] == ["75.0", ""]


def test_subjects_stay_in_one_split(tmp_path):
    images = [
        asset(f"{n}.png", subject=f"s{n % 7}", pixels_sha256=f"{n:064x}", id=uuid.UUID(int=n))
        for n in range(60)
    ]
    records = [ImageRecord(image, (), ()) for image in images]
    report = exported(tmp_path, *records, splits={"train": 0.5, "val": 0.5})
    with (report.folder / "splits.csv").open() as lines:
        parts = {row["image_uuid"]: row["split"] for row in csv.DictReader(lines)}
    for subject in {image.subject for image in images}:
        assert len({parts[str(i.id)] for i in images if i.subject == subject}) == 1
    assert set(parts.values()) == {"train", "val"}
    assert sum(report.manifest["counts"]["splits"].values()) == 60
    fewer = exported(tmp_path, *records[:30], splits={"train": 0.5, "val": 0.5})
    with (fewer.folder / "splits.csv").open() as lines:
        assert all(parts[r["image_uuid"]] == r["split"] for r in csv.DictReader(lines))


def test_slices_of_one_study_stay_in_one_split_where_nobody_says_whose_it_is(tmp_path):
    images = [
        asset(
            f"{n}.dcm",
            pixels_sha256=f"{n:064x}",
            source_sha256=f"{n + 99:064x}",
            id=uuid.UUID(int=n),
            display={"origin": {"study": f"study-{n % 7}", "series": f"series-{n % 14}"}},
        )
        for n in range(56)
    ]
    records = [ImageRecord(image, (), ()) for image in images]
    report = exported(tmp_path, *records, splits={"train": 0.5, "val": 0.5})
    with (report.folder / "splits.csv").open() as lines:
        parts = {row["image_uuid"]: row["split"] for row in csv.DictReader(lines)}
    for study in range(7):
        assert len({parts[str(image.id)] for image in images[study::7]}) == 1
    assert set(parts.values()) == {"train", "val"}
    assert report.manifest["counts"]["images_without_subject"] == 56


def test_leak_between_splits_is_refused(tmp_path):
    """One picture under many subjects: some of them fall into the other split."""
    records = [ImageRecord(asset(f"{n}.png", subject=f"s{n}"), (), ()) for n in range(20)]
    with pytest.raises(ExportError, match="very pixels of an image in another split"):
        exported(tmp_path, *records, splits={"train": 0.5, "val": 0.5})
    assert list(tmp_path.iterdir()) == []


def test_blank_slices_of_many_studies_are_no_leak_and_are_said(tmp_path):
    """Equal pixels at two places are two pictures, and each study has its blank slices."""
    records = [
        ImageRecord(
            asset(
                f"{n}.dcm",
                subject=f"s{n}",
                source_sha256=f"{n + 99:064x}",
                id=uuid.UUID(int=n),
                modality="CT",
                display={"origin": {"series": f"series-{n}", "instance": 1}},
            ), (), ()
        )
        for n in range(20)
    ]  # fmt: skip
    report = exported(tmp_path, *records, splits={"train": 0.5, "val": 0.5})
    assert report.manifest["counts"]["images"]["all"] == 20
    assert any("very pixels of one in another split" in loss for loss in report.manifest["losses"])


@pytest.mark.parametrize("text", ["train=0.5", "train=1.2,val=-0.2", "train", "a/b=1", "x=nan"])
def test_shares_that_are_none(tmp_path, text):
    with pytest.raises(ExportError):
        exported(tmp_path, splits=read_shares(text))


def test_no_name_leaves_with_pseudonyms(tmp_path):
    image = asset("Maria Muster.png")
    read = reading(image, "Dr. Secret", BoundingBox(1, 1, 5, 5))
    remark = Remark(uuid.uuid4(), image.id, "Dr. Secret", RemarkKind.NOTE, "as Mrs Muster said")
    record = replace(study(read, image=image), remarks=(remark,))
    chosen = {"pseudonyms": True, "raters": frozenset({"Dr. Secret"})}
    for name in ("coco", "csv", "label-studio", "cvat"):
        report = exported(tmp_path, record, name=name, **chosen)
        for path in report.folder.iterdir():
            for secret in (b"Maria", b"Muster", b"Secret"):
                assert secret not in path.read_bytes()
        assert report.manifest["counts"]["annotations"] == 1


@pytest.mark.parametrize("name", list(export_formats()))
@pytest.mark.parametrize(
    "points",
    [((1.0, 4.0), (9.0, 4.0), (5.0, 4.0)), ((1.0, 4.0),) * 3, ((1.0, 1.0), (9.0, 9.0), (5.0, 5.0))],
)
def test_a_line_that_an_earlier_version_took_for_a_polygon_stops_no_export(tmp_path, name, points):
    image = asset()
    record = study(reading(image, "A", Polygon(points)), image=image)
    pixels = np.zeros((image.height, image.width), np.uint8)
    source = Source([record], LABELS, "p", uuid.UUID(int=7), lambda _: encoded_png(pixels))
    report = export_items(source, tmp_path / "out", format_name=name)
    kept = (tmp_path / "out" / "decisions.jsonl").read_text()
    assert json.dumps([list(point) for point in points], separators=(",", ":")) in kept
    assert report.manifest["counts"]["annotations"] == 1


def test_losses_are_counted(tmp_path):
    image = asset()
    record = study(reading(image, "A", BoundingBox(90, 1, 20, 5)), image=image)
    report = exported(tmp_path, record, name="yolo-detect")
    assert report.manifest["losses"]["regions cut at the edge of the image"] == 1
    assert report.manifest["losses"]["regions without the name of who stated them"] == 1
    assert all(line.startswith("1 ") for line in report.losses())


def test_verify_finds_what_was_changed_added_or_lost(tmp_path):
    image = asset()
    report = exported(tmp_path, ImageRecord(image, (), ()), name="voc")
    folder = report.folder
    assert verify_dataset(folder) == []
    (annotation,) = (folder / "Annotations").iterdir()
    annotation.write_text(annotation.read_text().replace("100", "101"))
    (folder / "extra.txt").write_text("")
    (folder / "ImageSets" / "Main" / "trainval.txt").unlink()
    assert verify_dataset(folder) == [
        f"Annotations/{annotation.name} was changed after the export.",
        "ImageSets/Main/trainval.txt is missing.",
        "extra.txt is not of the data set.",
    ]
    (folder / "manifest.json").write_text("[]")
    with pytest.raises(ExportError, match="is none of a data set"):
        verify_dataset(folder)


def test_formats_are_known_by_name():
    assert export_format("coco").title == "COCO (boxes, polygons and masks)"
    with pytest.raises(ExportError, match=r"no format 'yolo'; use coco, .*yolo-detect"):
        export_format("yolo")


def test_what_a_killed_export_left_is_removed_by_the_next(tmp_path):
    left = tmp_path / ".out.0123abcd.partial"
    left.mkdir()
    (left / "annotations.json").write_text("{")
    (tmp_path / ".other.0123abcd.partial").mkdir()
    export_items(Source([], LABELS, "p", uuid.UUID(int=7)), tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".other.0123abcd.partial", "out"]


@pytest.mark.parametrize("readers", [2, 4])
def test_a_tie_is_no_majority(tmp_path, readers):
    """Half of the readers are not more than half: for pixels, and for values."""
    image = asset()
    here, there = BoundingBox(10, 10, 20, 20), BoundingBox(20, 10, 20, 20)
    reads = [
        reading(image, rater, here if n % 2 else there, value=value)
        for n, (rater, value) in enumerate(
            zip("ABCD"[:readers], [Presence.PRESENT, Presence.ABSENT] * 2, strict=False)
        )
    ]
    report = exported(tmp_path, study(*reads, image=image), consensus=Consensus.MAJORITY)
    (row,) = table(report, "regions")
    # Both halves of the readers mark the strip from 20 to 30; half of them mark the rest.
    assert float(row["x"]) == pytest.approx(20, abs=0.25)
    assert float(row["width"]) == pytest.approx(10, abs=0.5)
    values = {r["label"]: r["value"] for r in table(report, "labels")}
    assert values["sad"] == "uncertain"
