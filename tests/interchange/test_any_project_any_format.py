"""Any project, any format, any selection: what is written reads back, up to the declared loss."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from export_projects import LABELS, exported, image_records, projects, projects_of_images
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from plain_records import plain_png

from annotator.dataset.items import export_item
from annotator.dataset.json_lines import json_bytes
from annotator.dataset.record_json import record_from_json, record_to_json
from annotator.errors import ExportError
from annotator.export import (
    Consensus,
    Selection,
    Take,
    export_format,
    export_formats,
    verify_dataset,
)
from annotator.formats import import_format, import_formats
from annotator.formats.self_check import compare

selections = st.builds(
    Selection,
    take=st.sampled_from(Take),
    consensus=st.sampled_from([Consensus.NONE, Consensus.MAJORITY]),
    unfinished=st.booleans(),
    labels=st.sampled_from([frozenset(), frozenset({"happy"})]),
    pseudonyms=st.booleans(),
    splits=st.sampled_from([{}, {"train": 0.5, "val": 0.5}]),
)


@pytest.mark.parametrize("name", export_formats())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=projects, selection=selections)
def test_reads_back_and_verifies(name, records, selection):
    """The self-check, which reads by the importers, passes; the manifest is of what is there."""
    with tempfile.TemporaryDirectory() as parent:
        form, out = export_format(name), Path(parent) / "out"
        pictures = plain_png if form.needs_pictures else None
        items = [export_item(1, r, copied=False, selection=selection) for r in records]
        taken = [item for item in items if selection.unfinished or not item.unfinished]
        stacked = any(len(item.independent_readers) > 1 for item in taken)
        if stacked and form.capacity.shapes and not form.readers_apart:
            with pytest.raises(ExportError, match="Choose one reader"):
                exported(records, out, name, selection, pictures)
            return
        report = exported(records, out, name, selection, pictures)
        assert verify_dataset(report.folder) == []
        counts = report.manifest["counts"]
        assert counts["images"]["all"] == len(taken)
        assert sum(counts["left_out"].values()) == len(records) - len(taken)


TAKEN_OVER = {
    "coco": "coco",
    "cvat": "cvat",
    "label-studio": "label-studio",
    "voc": "voc",
    "yolo-detect": "yolo",
    "yolo-segment": "yolo",
    "yolo-obb": "yolo-obb",
    "dota": "dota",
    "coco-rle": "coco",
}


@pytest.mark.parametrize("name", TAKEN_OVER)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=projects_of_images)
def test_importer_gives_the_same_annotations(name, records):
    capacity = export_format(name).capacity
    items = [export_item(n, r, copied=True) for n, r in enumerate(records, 1)]
    apart = export_format(name).readers_apart
    assume(apart or all(len(item.independent_readers) < 2 for item in items))
    sizes = {item.stem: (item.image.width, item.image.height) for item in items}
    with tempfile.TemporaryDirectory() as parent:
        folder = exported(records, Path(parent) / "out", name, image_png=plain_png).folder
        form = import_format(TAKEN_OVER[name])
        read = {
            Path(i.file_name).name.removesuffix(".png"): i
            for i in form.read(folder, LABELS, sizes.get)
        }
    assert set(read) == {item.stem for item in items}
    for item in items:
        want, got = capacity.expected(item), read[item.stem]
        if name.startswith("yolo"):
            assert got.file_name == item.stem
        compare(
            type(want)(got.file_name, want.width, want.height, want.regions, want.values),
            got,
            max(capacity.resolution_px, 1e-6),
            item.stem,
        )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(record=image_records())
def test_the_record_of_an_image_reads_back_whole(record):
    read = record_from_json(json.loads(json_bytes(record_to_json(record))))
    assert record_to_json(read) == record_to_json(record)
    assert read.image == record.image
    assert set(read.annotations) == set(record.annotations)
    assert read.label_values == record.label_values
    assert read.readings == record.readings
    assert read.runs == record.runs
    assert read.review is record.review


def test_every_importer_is_tested():
    elsewhere = {"openface", "py-feat", "disfa", "bp4d", "csv", "masks", "labelme", "via", "kaggle"}
    elsewhere |= {"dicom-seg", "dicom-rtstruct", "dicom-sr"}
    assert set(TAKEN_OVER.values()) | elsewhere >= set(import_formats())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(), number=st.floats(allow_nan=False, allow_infinity=False))
def test_a_line_is_ascii_and_says_the_very_text_and_number(text, number):
    """Half a surrogate pair, characters beyond 16 bits and separators of lines included."""
    for said in (text, f"{text}\ud800", f"\U0001f600\u2028\x7fü{text}"):
        line = json_bytes({"said": said, "number": number})
        assert line.isascii()
        assert b"\n" not in line
        assert json.loads(line) == {"said": said, "number": number}
