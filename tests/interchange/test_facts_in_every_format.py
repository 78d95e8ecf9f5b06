"""What a region says of a label is in every format that says anything of labels."""

from __future__ import annotations

import itertools
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
    Presence,
    Protocol,
    Provenance,
    Reading,
    ReadingRecord,
    Round,
    Suggestion,
    SuggestionRun,
)
from annotator.export import Consensus, Selection, Source, export_items
from annotator.formats import import_format
from annotator.workflows.adjudicating import disagreements
from annotator.workflows.side_by_side import facts_by_label, ruled_value

LABELS = LabelSet((Label("FACS", "AU12", ""), Label("findings", "effusion", "")))
PROVENANCE = Provenance("card", "1", "ab" * 32, "excitation backprop", {}, "0.1")
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
LEFT, RIGHT = BoundingBox(60, 10, 20, 20), BoundingBox(20, 10, 20, 20)
ASSET = ImageAsset("a.png", 100, 80, "0" * 64, "1" * 64, subject="S1", id=uuid.UUID(int=1))
WITH_VALUES = ("csv", "coco", "cvat", "label-studio")


def decided(rater: str, label: str, **halves: str) -> tuple[list[Annotation], list[Suggestion]]:
    """Decide on the halves of a label."""
    acts, suggestions = [], []
    for number, (half, word) in enumerate(halves.items()):
        key = uuid.uuid5(uuid.NAMESPACE_OID, f"{label}{half}")
        box = LEFT if half == "left" else RIGHT
        suggestions.append(Suggestion(label, box, 0.9, 0.5, "dual", 0.5, id=key))
        if word != "open":
            at = BEGIN + timedelta(minutes=number)
            act = (uuid.uuid4(), ASSET.id, key, rater, Decision(word), label, box, key)
            acts.append(Annotation(*act, created_at=at))
    return acts, suggestions


def value(rater: str, label: str, word: str, intensity=None, side=None, hours=1) -> LabelValue:
    at = BEGIN + timedelta(hours=hours)
    said = (label, Presence(word), intensity, side)
    return LabelValue(uuid.uuid4(), ASSET.id, rater, *said, created_at=at)


def record(acts, suggestions, values) -> ImageRecord:
    face = BoundingBox(10, 0, 80, 80)
    run = SuggestionRun(ASSET.id, PROVENANCE, {}, tuple(suggestions), face=face)
    return ImageRecord(ASSET, tuple(acts), (run,), (), tuple(values))


def read_again(one: ImageRecord, folder: Path, name: str, **chosen):
    source = Source(iter([one]), LABELS, "p", uuid.UUID(int=7))
    report = export_items(
        source, folder, format_name=name, selection=Selection(unfinished=True, **chosen)
    )
    (image,) = import_format(name).read(report.folder, LABELS, lambda _: (100, 80))
    return report, image


CASES = list(
    itertools.product(
        ("AU12", "effusion"),
        ("accepted", "edited", "rejected", "open"),
        (None, ("present", "C"), ("present", None), ("absent", None)),
        WITH_VALUES,
    )
)


@pytest.mark.parametrize(("label", "right", "stated", "name"), CASES)
def test_label_decision_value_and_format(tmp_path, label, right, stated, name):
    """The left half is accepted; what becomes of the right one, and what is stated, varies."""
    if stated == ("present", "C") and label == "effusion":
        stated = ("present", None)
    acts, suggestions = decided("R", label, left="accepted", right=right)
    values = [value("R", label, *stated)] if stated else []
    report, image = read_again(record(acts, suggestions, values), tmp_path / "out", name)
    said = [(v.label, v.value.value, v.intensity, v.side) for v in image.values]
    drawn = [r for r in image.regions if not r.suggested]
    if stated == ("absent", None):
        # A tag of CVAT says that the label is there, so it has none for what is not.
        assert said == ([] if name == "cvat" else [(label, "absent", None, None)])
        assert name != "cvat" or any("absent, not said" in loss for loss in report.losses())
        assert drawn == []
        assert any("stated absent afterwards, left out" in loss for loss in report.losses())
        return
    side = "L" if label == "AU12" and right == "rejected" else None
    fact = (label, "present", stated[1] if stated else None, side)
    # A table of labels beside a table of regions says what the regions say once.
    assert said == ([fact] if name != "csv" or stated or side else [])
    assert len(drawn) == 1 + (right in ("accepted", "edited"))


def test_a_region_after_absent_goes_out_and_the_value_does_not(tmp_path):
    acts, suggestions = decided("R", "effusion", left="accepted")
    earlier = value("R", "effusion", "absent", hours=-1)
    report, image = read_again(record(acts, suggestions, [earlier]), tmp_path / "out", "coco")
    assert [v.value for v in image.values] == [Presence.PRESENT]
    assert any("before a region of it was accepted" in loss for loss in report.losses())


@pytest.mark.parametrize("name", ["openface", "py-feat", "disfa", "bp4d"])
def test_an_accepted_unit_is_in_the_tables_of_facs(tmp_path, name):
    acts, suggestions = decided("R", "AU12", left="accepted", right="rejected")
    graded = value("R", "AU12", "present", "C")
    _, image = read_again(record(acts, suggestions, [graded]), tmp_path / "out", name)
    said = {v.label: (v.value, v.intensity) for v in image.values}
    assert said["AU12"][0] is Presence.PRESENT
    assert said["AU12"][1] in ("C", None)


def test_people_who_work_together_state_one_fact(tmp_path):
    """One accepts a half, another rejects the other and gives the intensity."""
    acts, suggestions = decided("A", "AU12", left="accepted", right="rejected")
    acts[1] = Annotation(
        *[getattr(acts[1], f) for f in ("id", "image_id", "region_id")],
        "B",
        *[getattr(acts[1], f) for f in ("decision", "label", "region", "derived_from")],
    )
    one = record(acts, suggestions, [value("B", "AU12", "present", "D")])
    report, _ = read_again(one, tmp_path / "out", "coco")
    (image,) = json.loads((report.folder / "annotations.json").read_text())["images"]
    said = {(v["rater"], v["intensity"], v["side"]) for v in image["label_values"]}
    assert said == {("A", None, "L"), ("B", "D", "L")}


def reading(rater: str, acts, values) -> ReadingRecord:
    head = (uuid.uuid4(), uuid.UUID(int=2), ASSET.id, rater)
    made = Reading(*head, Round.FIRST, Mode.SUGGESTIONS_FIRST, BEGIN, BEGIN)
    return ReadingRecord(made, tuple(acts), tuple(values))


def study(*reads: ReadingRecord) -> ImageRecord:
    _, suggestions = decided("", "AU12", left="open", right="open")
    base = record((), suggestions, ())
    acts = tuple(act for read in reads for act in read.annotations)
    return ImageRecord(ASSET, acts, base.runs, reads, (), (), Protocol(readers=len(reads)))


def test_readers_agree_on_what_holds_however_they_said_it(tmp_path):
    left, _ = decided("A", "AU12", left="accepted", right="rejected")
    alike, _ = decided("B", "AU12", left="accepted", right="rejected")
    by_region = reading("A", left, ())
    by_value = reading("B", alike, [value("B", "AU12", "present", None, "L")])
    assert disagreements(study(by_region, by_value)) == ()
    graded = reading("B", alike, [value("B", "AU12", "present", "C", "L")])
    both = study(by_region, graded)
    assert disagreements(both) == ("AU12",)
    facts = facts_by_label(both.readings, both.runs[-1])["AU12"]
    assert [(rater, fact.words[1:]) for rater, fact in facts] == [
        ("A", (None, "L")),
        ("B", ("C", "L")),
    ]
    ruled = ruled_value(facts[0][1], ASSET.id, "judge")
    assert (ruled.rater, ruled.value, ruled.side, ruled.supersedes) == (
        "judge",
        "present",
        "L",
        None,
    )
    assert facts_by_label([by_region], both.runs[-1]) == {}
    chosen = {"consensus": Consensus.MAJORITY}
    _, image = read_again(both, tmp_path / "out", "coco", **chosen)
    (agreed,) = image.values
    assert (agreed.value, agreed.intensity, agreed.side) == (Presence.PRESENT, "C", "L")
