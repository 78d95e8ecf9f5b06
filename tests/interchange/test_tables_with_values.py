"""A table that says of labels what they are: absent never becomes present."""

from __future__ import annotations

import pytest

from annotator.domain import Label, LabelSet, Presence
from annotator.formats import import_format

LABELS = LabelSet((Label("x", "node", ""), Label("x", "cyst", "")))


def read(tmp_path, text: str):
    (tmp_path / "t.csv").write_text(text)
    return list(import_format("csv").read(tmp_path / "t.csv", LABELS, lambda name: None))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("absent", Presence.ABSENT),
        (" Present ", Presence.PRESENT),
        ("0", Presence.ABSENT),
        ("1", Presence.PRESENT),
        ("uncertain", Presence.UNCERTAIN),
        ("", None),
    ],
)
def test_the_column_of_values_counts(tmp_path, cell, value):
    (image,) = read(tmp_path, f"file,label,value,intensity,side\na.png,node,{cell},C,L\n")
    assert image.faults == ()
    stated = [(v.label, v.value, v.intensity, v.side) for v in image.values]
    assert stated == ([("node", value, "C", "L")] if value else [])


def test_other_words_and_rows_that_differ_are_refused(tmp_path):
    rows = "a.png,node,maybe", "a.png,cyst,present", "a.png,cyst,absent"
    (image,) = read(tmp_path, "\n".join(("file,label,value", *rows)))
    assert len(image.faults) == 2
    assert image.faults[0].startswith("Line 2: 'maybe' is no value; write present, absent, ")
    assert image.faults[1] == "Line 4: another row says something else of 'cyst'."


def test_without_it_each_label_of_a_row_is_present(tmp_path):
    (image,) = read(tmp_path, "file,labels\na.png,node|cyst\n")
    assert {v.value for v in image.values} == {Presence.PRESENT}
