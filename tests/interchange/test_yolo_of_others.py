"""YOLO's label files as other tools write them: what stands beside them names their classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotator.domain import BoundingBox, Label, LabelSet
from annotator.errors import IngestError
from annotator.formats import import_format

LABELS = LabelSet(tuple(Label("", code, "") for code in ("cat", "dog")))


def read(folder: Path, form: str = "yolo"):
    return list(import_format(form).read(folder, LABELS, lambda _: (100, 50)))


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data.yaml", "names: [dog, cat]\nnc: 2\n"),
        ("data.yaml", "names:\n  0: dog\n  1: cat\n"),
        ("data.yaml", "\ufeffnames:\n- dog\n- 'cat'\n"),
        ("labels/classes.txt", "dog\ncat\n"),
        ("obj.names", "dog\r\ncat\r\n"),
        ("notes.json", '{"categories": [{"id": 1, "name": "cat"}, {"id": 0, "name": "dog"}]}'),
    ],
)
@pytest.mark.parametrize("below", [".", "labels"])
def test_names_beside_the_labels_win_over_the_projects_order(tmp_path, name, text, below):
    write(tmp_path, {name: text, "labels/a.txt": "0 .5 .5 .2 .2\n1 .5 .5 .4 .4\n"})
    (image,) = read(tmp_path / below)
    assert [region.label for region in image.regions] == ["dog", "cat"]
    assert (image.faults, image.notes) == ((), ())


def test_names_above_a_splits_labels_are_seen(tmp_path):
    write(tmp_path, {"data.yaml": "names: [dog]", "train/labels/a.txt": "0 .5 .5 .2 .2"})
    (image,) = read(tmp_path / "train" / "labels")
    assert image.regions[0].label == "dog"


def test_names_stay_text_and_unknown_ones_are_kept_as_they_are(tmp_path):
    write(tmp_path, {"data.yaml": "names: [no, 1]", "labels/a.txt": "0 .5 .5 .2 .2\n1 0 0 1 1"})
    (image,) = read(tmp_path)
    assert [region.label for region in image.regions] == ["no", "1"]


def test_a_class_without_a_name_and_names_that_differ_are_refused_in_words(tmp_path):
    write(tmp_path, {"data.yaml": "names: [dog]", "labels/a.txt": "1 .5 .5 .2 .2"})
    (image,) = read(tmp_path)
    assert image.faults == (
        "Line 1 of a.txt is left out: data.yaml names 1 classes and none 1; write its name there.",
    )
    write(tmp_path, {"classes.txt": "cat\n"})
    with pytest.raises(IngestError, match=r"data\.yaml and classes\.txt name the classes diff"):
        read(tmp_path)
    write(tmp_path, {"data.yaml": "names: dog"})
    with pytest.raises(IngestError, match="does not say which number each class has"):
        read(tmp_path)


def test_without_names_the_projects_order_is_said(tmp_path):
    (image,) = read(write(tmp_path, {"a.txt": "1 .5 .5 .2 .2"}))
    assert image.regions[0].label == "dog"
    assert image.notes == (
        "label files read by the order of the project's labels: no data.yaml is there",
    )


def test_a_pose_is_a_box_with_points_and_no_outline(tmp_path):
    rows = (
        "0 .5 .5 .2 .2 .45 .5 2 .55 .5 1 0 0 0\n"
        "0 .5 .5 .2 .2 .45 .5 2 .55 .5 1 0 0 0 .75\n"
        "0 .5 .5 .2 .2 .1 .1 .2 .2\n"
    )
    write(tmp_path, {"data.yaml": "names: [face]\nkpt_shape: [3, 3]", "labels/a.txt": rows})
    (image,) = read(tmp_path)
    box, left, right = (region.region for region in image.regions[:3])
    assert box == BoundingBox(40, 20, 20, 10)
    assert [point.extent[:2] for point in (left, right)] == [(45, 25), (pytest.approx(55), 25)]
    assert [region.score for region in image.regions] == [None] * 3 + [0.75] * 3
    assert "8 numbers are not a box and 3 points of 3 numbers" in image.faults[0]
    assert len(image.faults) == 1


def test_points_of_a_pose_have_their_own_labels_where_the_project_has_them(tmp_path):
    data = "names: [dog]\nkpt_shape: [2, 3]\nkpt_names:\n  0: [cat, tail]\n"
    write(tmp_path, {"data.yaml": data, "a.txt": "0 .5 .5 .2 .2 .45 .5 2 .55 .5 1"})
    (image,) = read(tmp_path)
    assert [region.label for region in image.regions] == ["dog", "cat", "dog"]
    assert image.notes == (
        "points marked as hidden (visibility 1) taken over as points",
        "points of poses taken over as points of the label of their box",
    )


def test_what_other_tools_write_into_a_line(tmp_path):
    """A byte order mark, a class as a fraction, a machine's confidence, a line twice."""
    rows = "\ufeff0.0 .5 .5 .2 .2\n1 .5 .5 .2 .2 0.93\n0 .5 .5 .2 .2\n"
    rows += "1 .5 .5 .2 .2 93\n0.5 0 0 1 1\n"
    write(tmp_path, {"data.yaml": "names: [dog, cat]", "labels/a.txt": rows})
    (image,) = read(tmp_path)
    seen = [(region.label, region.score, region.suggested) for region in image.regions]
    assert seen == [("dog", None, False), ("cat", 0.93, True)]
    assert image.notes == ("repeated lines left out",)
    assert [fault.partition(":")[0] for fault in image.faults] == [
        "Line 4 of a.txt is left out",
        "Line 5 of a.txt is left out",
    ]


def test_a_file_that_is_no_text_is_left_out_by_itself(tmp_path):
    write(tmp_path, {"a.txt": b"\xff\xfe\xe4", "b.txt": "0 .5 .5 .2 .2", "c.txt": "0 x y 1 1"})
    bad, good, words = read(tmp_path)
    assert bad.faults == ("a.txt cannot be read as text; export it again.",)
    assert len(good.regions) == 1
    assert words.faults == (
        "Line 1 of c.txt is left out: it is not a class and numbers; export it again.",
    )
