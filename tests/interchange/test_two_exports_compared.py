"""`export diff`: what two data sets state differently, whatever their formats."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

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
    Presence,
    Provenance,
    Remark,
    RemarkKind,
    Suggestion,
    SuggestionRun,
)
from annotator.errors import ExportError
from annotator.export import Selection, Source, compare_datasets, export_items

LABELS = LabelSet((Label("x", "cat", ""), Label("x", "dog", "")))
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
FIRST, SECOND = "only in the first", "only in the second"


def record(number: int, *acts: Annotation, values: tuple[LabelValue, ...] = ()) -> ImageRecord:
    key = uuid.UUID(int=number)
    asset = ImageAsset(f"{number}.png", 100, 80, f"{number:064x}", "1" * 64, id=key)
    return ImageRecord(asset, tuple(replace(act, image_id=key) for act in acts), (), (), values)


def act(number: int, label: str = "cat", x: float = 1.0, rater: str = "R") -> Annotation:
    key = uuid.UUID(int=1000 + number)
    box = BoundingBox(x, 2, 10, 12)
    return Annotation(key, key, key, rater, Decision.ADDED, label, box, created_at=BEGIN)


def value(label: str, presence: Presence) -> LabelValue:
    key = uuid.UUID(int=9)
    return LabelValue(key, uuid.UUID(int=3), "R", label, presence, created_at=BEGIN)


def exported(
    target: Path, *records: ImageRecord, name: str = "coco", labels: LabelSet = LABELS, **chosen
) -> Path:
    source = Source(list(records), labels, "p", uuid.UUID(int=7))
    selection = Selection(unfinished=True, **chosen)
    return export_items(source, target, format_name=name, selection=selection).folder


BEFORE = (
    record(1, act(1), act(2, "dog")),
    record(2),
    record(3, act(3), values=(value("dog", Presence.ABSENT),)),
)


@pytest.mark.parametrize("name", ["coco", "yolo-detect", "csv", "cvat"])
def test_one_project_in_two_formats_states_the_same(tmp_path, name):
    one = exported(tmp_path / "a", *BEFORE)
    other = exported(tmp_path / "b", *BEFORE, name=name)
    comparison = compare_datasets(one, other)
    assert comparison.same
    assert comparison.alike == 3
    assert main(["export", "diff", str(one), str(other)]) == 0


def test_a_record_without_checks_is_the_one_that_earlier_versions_wrote(tmp_path):
    """Suggestions from before they were put to the test are none that an upgrade changed."""
    found = Suggestion("cat", BoundingBox(1, 2, 8, 9), 0.9, 0.5, "dual", 0.5)
    run = SuggestionRun(
        uuid.UUID(int=1), Provenance("m", "1", "2" * 64, "eb", {}, "1"), {}, (found,)
    )
    folder = exported(tmp_path / "a", replace(record(1), runs=(run,)))
    (line,) = map(json.loads, (folder / "decisions.jsonl").read_text().splitlines())
    assert set(line["runs"][0]["suggestions"][0]) == {
        *("suggestion_uuid", "label", "region", "score", "strength", "against", "explained_mass")
    }


def test_every_kind_of_difference_is_counted_and_named(tmp_path, capsys):
    one = exported(tmp_path / "a", *BEFORE)
    moved, relabelled = act(1, x=5), act(2, "cat")
    after = (
        record(1, moved, relabelled, act(4, rater="S")),
        record(3, values=(value("dog", Presence.PRESENT),)),
        record(5, act(5)),
    )
    other = exported(tmp_path / "b", *after)
    assert main(["export", "diff", str(one), str(other), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["same"] is False
    assert said["counts"]["images"] == {FIRST: 1, SECOND: 1, "changed": 2, "alike": 0}
    assert said["counts"]["regions"] == {FIRST: 1, SECOND: 2, "changed": 2}
    # The region of image 3 said that cat is present, those of image 5 and of S as well.
    assert said["counts"]["values"][FIRST] >= 1
    assert said["raters"] == {FIRST: [], SECOND: ["S"]}
    by_name = {image["original_file_name"]: image for image in said["images"]}
    assert by_name["2.png"]["difference"] == FIRST
    assert by_name["5.png"]["difference"] == SECOND
    changed = {
        (one["is"]["label"], one["becomes"]["label"]): one["becomes"]["region"]["x"]
        for one in by_name["1.png"]["regions"]
        if one["difference"] == "changed"
    }
    assert changed == {("cat", "cat"): 5.0, ("dog", "cat"): 1.0}
    (flipped,) = (one for one in by_name["3.png"]["values"] if one["difference"] == "changed")
    assert (flipped["is"]["value"], flipped["becomes"]["value"]) == ("absent", "present")
    assert main(["export", "diff", str(one), str(other)]) == 1
    text = capsys.readouterr().out
    assert "Images: 1 only in the first, 1 only in the second, 2 changed." in text
    assert "Raters only in the second: S." in text


def test_another_split_or_order_of_labels_is_a_difference(tmp_path):
    one = exported(tmp_path / "a", *BEFORE, splits={"train": 0.5, "val": 0.5}, seed="1")
    other = exported(tmp_path / "b", *BEFORE, splits={"val": 0.5, "train": 0.5}, seed="1")
    comparison = compare_datasets(one, other)
    assert comparison.counts["fields"]["split"] == 3
    swapped = exported(tmp_path / "c", *BEFORE, labels=LabelSet(LABELS.labels[::-1]))
    plain = exported(tmp_path / "d", *BEFORE)
    comparison = compare_datasets(plain, swapped)
    assert comparison.images == []
    assert not comparison.same
    assert "The labels have another order, so numbered classes mean others." in comparison.lines()


def test_a_remark_alone_is_a_difference_of_the_record(tmp_path):
    remark = Remark(uuid.uuid4(), BEFORE[1].image.id, "R", RemarkKind.NOTE, "look again")
    one = exported(tmp_path / "a", *BEFORE)
    other = exported(tmp_path / "b", BEFORE[0], replace(BEFORE[1], remarks=(remark,)), BEFORE[2])
    (image,) = compare_datasets(one, other).images
    assert image["recorded"] == ["remarks"]
    assert image["original_file_name"] == "2.png"


def test_pictures_of_two_projects_meet_by_their_pixels(tmp_path):
    def elsewhere(one: ImageRecord) -> ImageRecord:
        key = uuid.uuid4()
        acts = tuple(
            replace(act, id=uuid.uuid4(), region_id=uuid.uuid4(), image_id=key)
            for act in one.annotations
        )
        return replace(one, image=replace(one.image, id=key), annotations=acts)

    one = exported(tmp_path / "a", *BEFORE)
    other = exported(tmp_path / "b", *map(elsewhere, BEFORE[::-1]))
    assert compare_datasets(one, other).same


def test_readers_chosen_by_pseudonym_are_chosen_again(tmp_path):
    both = record(1, act(1, rater="Ada"), act(2, rater="Bo"))
    chosen = {"pseudonyms": True, "raters": frozenset({"Bo"})}
    one = exported(tmp_path / "a", both, **chosen)
    comparison = compare_datasets(one, exported(tmp_path / "b", both, **chosen))
    assert comparison.same
    elsewhere = (record(1, act(1, rater="Ada")), record(2, act(3, rater="Bo")))
    less = exported(tmp_path / "c", *elsewhere, **chosen)
    assert compare_datasets(one, less).counts["regions"][FIRST] == 1


@pytest.mark.parametrize("content", [None, "[]", '{"a": 1}', '{"selection": {}, "files": []}'])
def test_a_foreign_folder_is_refused_in_words(tmp_path, capsys, content):
    good, bad = exported(tmp_path / "a", *BEFORE), tmp_path / "bad"
    bad.mkdir()
    if content is not None:
        (bad / "manifest.json").write_text(content)
    for pair in ((good, bad), (bad, good)):
        with pytest.raises(ExportError, match="data set"):
            compare_datasets(*pair)
        assert main(["export", "diff", *map(str, pair)]) == 2
        assert str(bad) in capsys.readouterr().err


def test_a_record_that_was_changed_afterwards_is_refused(tmp_path):
    one, other = exported(tmp_path / "a", *BEFORE), exported(tmp_path / "b", *BEFORE)
    path = other / "decisions.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"cat"', b'"dog"'))
    with pytest.raises(ExportError, match="was changed after the export"):
        compare_datasets(one, other)


def test_a_selection_is_read_as_it_was_written_and_as_earlier_versions_wrote_it():
    chosen = Selection(
        unfinished=True, raters=frozenset({"R"}), since=BEGIN, splits={"a": 1.0}, seed="3"
    )
    written = json.loads(json.dumps(chosen.to_json()))
    assert Selection.from_json(written) == chosen
    written["unsigned"] = written.pop("unfinished")
    assert Selection.from_json(written) == chosen
