"""A folder of labelled images: sub-folders, files named twice, boxes beyond the picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotator.domain import BoundingBox
from annotator.errors import IngestError
from annotator.workflows.labelled_folder import LabelledImage, read_labels


def table(tmp_path: Path, *rows: str, columns: str = "file,label,boxes_xywh_px,split") -> Path:
    (tmp_path / "labels.csv").write_text("\n".join((columns, *rows)) + "\n")
    return tmp_path


def test_names_may_have_folders(tmp_path):
    read = read_labels(table(tmp_path, "a.png,x,,", "sub/b.png,x,,", "sub\\c.png,y,,"))
    assert [image.path.relative_to(tmp_path / "images").as_posix() for image in read] == [
        "a.png",
        "sub/b.png",
        "sub/c.png",
    ]


@pytest.mark.parametrize("name", ["", "../a.png", "/a.png", "sub/../../a.png"])
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    with pytest.raises(IngestError, match=r"labels.csv, line 2: .* is no name of a file in images"):
        read_labels(table(tmp_path, f"{name},x,,"))


def test_rows_of_one_file_are_one_image(tmp_path):
    rows = ("a.png,x,1 1 2 2,train", "b.png,x,,train", "a.png,x,5 5 2 2,train", "b.png,y,,train")
    a, b = read_labels(table(tmp_path, *rows))
    assert a.boxes == (BoundingBox(1, 1, 2, 2), BoundingBox(5, 5, 2, 2))
    assert (a.labels, b.labels) == (("x",), ("x", "y"))


def test_a_row_that_is_repeated_counts_as_often_as_it_is_there(tmp_path):
    images = read_labels(table(tmp_path, *["a.png,x,1 1 2 2,train"] * 3, "b.png,x,,train"))
    assert [image.path.name for image in images] == ["a.png"] * 3 + ["b.png"]


def test_a_picture_may_be_in_several_splits_that_are_asked_for_by_name(tmp_path):
    folder = table(tmp_path, "a.png,x,,test-all", "a.png,x,,test")
    assert [image.split for image in read_labels(folder)] == ["test-all", "test"]
    assert len(read_labels(folder, "test")) == 1


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (("a.png,x,1 1 2 2,", "a.png,y,,"), "lines 2 and 3: both name a.png, with boxes of diff"),
    ],
)
def test_rows_of_one_file_that_contradict_each_other_are_refused(tmp_path, rows, reason):
    with pytest.raises(IngestError, match=reason):
        read_labels(table(tmp_path, *rows))


def test_a_box_is_cut_at_the_edge_of_its_picture_and_refused_beyond_it():
    image = LabelledImage(Path("a.png"), ("x",), (BoundingBox(90, 70, 20, 20),))
    assert image.boxes_on(100, 80) == (BoundingBox(90, 70, 10, 10),)
    with pytest.raises(IngestError, match=r"a.png is left out: its box 90 70 20 20 lies beyond"):
        image.boxes_on(50, 50)
