"""One entry of a stranger's file that cannot be read is left out in words; the rest goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotator.domain import BoundingBox, LabelSet
from annotator.errors import IngestError
from annotator.formats import ImportedImage, import_format

EXCEPTIONS = ("Error", "Exception", "object is not", "could not convert", "invalid literal")


def read(name: str, path: Path) -> list[ImportedImage]:
    images = list(import_format(name).read(path, LabelSet(()), lambda _: (100, 80)))
    for fault in (fault for image in images for fault in image.faults):
        assert not any(word in fault for word in EXCEPTIONS), fault
    return images


def coco(path: Path, images: list, annotations: list, categories: list | None = None) -> Path:
    categories = categories or [{"id": 1, "name": "x"}]
    whole = {"images": images, "annotations": annotations, "categories": categories}
    path.write_text(json.dumps(whole))
    return path


def image(number: object = 1, **also: object) -> dict:
    return {"id": number, "file_name": "a.png", "width": 100, "height": 80, **also}


def box(number: object = 1, **also: object) -> dict:
    return {"id": 5, "image_id": number, "category_id": 1, "bbox": [1, 2, 3, 4], **also}


@pytest.mark.parametrize(("one", "other"), [(1, "1"), ("1", 1), (1.0, 1), (1, " 1")])
def test_numbers_of_coco_join_however_they_are_written(tmp_path, one, other):
    file = coco(tmp_path / "c.json", [image(one)], [box(other, category_id=str(1))])
    (found,) = read("coco", file)
    assert [region.label for region in found.regions] == ["x"]
    assert found.faults == ()


def test_what_does_not_join_is_said(tmp_path):
    images = [image(1), image(2, file_name="b.png"), image("2", file_name="c.png"), {"a": 1}, 7]
    annotations = [box(1), box(2), box(99), box(99), box(1, category_id=4), box(None), "word"]
    first, a = read("coco", coco(tmp_path / "c.json", images, annotations))
    assert [region.region for region in a.regions] == [BoundingBox(1, 2, 3, 4)]
    assert a.faults == ("Annotation 5 is left out: no category of the file has its category_id 4.",)
    faults = "\n".join(first.faults)
    assert "2 images of c.json have the id 2" in faults
    assert "Annotations of image_id 99 are left out (2): no image of c.json has that id" in faults
    assert faults.count("it is no image with a number in 'id'") == 2
    assert faults.count("it is no annotation with a number in 'image_id'") == 2


def test_scores_and_sizes_as_text(tmp_path):
    annotations = [box(score="0.9"), box(score=87), box(score="high"), box(score=None), box()]
    file = coco(tmp_path / "c.json", [image(width="100", height="80.0")], annotations)
    (found,) = read("coco", file)
    assert [(one.score, one.suggested) for one in found.regions] == [
        (0.9, True),
        (None, False),
        (None, False),
    ]
    assert (found.width, found.height) == (100, 80)
    assert found.faults == (
        "Annotation 5 is left out: its score is 87; write a number from 0 to 1.",
        "Annotation 5 is left out: its score is 'high'; write a number from 0 to 1.",
    )


@pytest.mark.parametrize(
    "bad",
    [
        image(2, width="wide"),
        image(2, file_name=["a"]),
        image(2, width=[1]),
        image(2, width=-1),
        image(2, height=1.5),
    ],
)
def test_one_image_of_coco_that_cannot_be_read(tmp_path, bad):
    good, fault = read("coco", coco(tmp_path / "c.json", [image(1), bad], [box(1), box(2)]))
    assert len(good.regions) == 1
    assert fault.faults[0].startswith("The image of id 2 is left out: its ")


def test_a_crowd_a_mask_of_another_size_and_a_degenerate_part_of_coco(tmp_path):
    half = {"size": [40, 50], "counts": [0, 2000]}
    parts = [[1, 1, 9, 1, 9, 9], [1, 1, 2, 2], 7]
    annotations = [
        box(iscrowd=1),
        box(iscrowd="1"),
        box(iscrowd="0"),
        box(segmentation=half),
        box(segmentation=parts),
        box(segmentation=[1, 1, 9, 1, 9, 9]),
    ]
    (found,) = read("coco", coco(tmp_path / "c.json", [image()], annotations))
    assert [one.region.kind for one in found.regions] == ["box", "polygon", "polygon"]
    assert sum(note.startswith("crowds (iscrowd 1) left out") for note in found.notes) == 2
    assert found.notes.count("parts of regions left out, which enclose nothing") == 2
    assert len(found.faults) == 1
    assert "its mask is of 50 x 40 px and its image of 100 x 80" in found.faults[0]


@pytest.mark.parametrize("values", [[{"label": ["x"]}], [7], [{"label": 3, "value": "present"}]])
def test_values_of_coco_that_are_no_text(tmp_path, values):
    (found,) = read("coco", coco(tmp_path / "c.json", [image(label_values=values)], [box()]))
    assert len(found.regions) == len(found.faults) == 1


def test_a_list_is_no_coco(tmp_path):
    (tmp_path / "c.json").write_text('{"images": 3, "categories": []}')
    with pytest.raises(IngestError, match=r"c\.json is not COCO"):
        read("coco", tmp_path / "c.json")


def test_one_image_of_cvat_that_cannot_be_read(tmp_path):
    shape = '<box label="x" xtl="1" ytl="2" xbr="4" ybr="6" source="auto"/>'
    tag = '<tag label="y" source="auto"/>'
    (tmp_path / "c.xml").write_text(
        "<annotations><version>1.1</version>"
        f'<image name="a.png" width="100.0" height="80">{shape}{tag}</image>'
        f'<image name="b.png" width="wide" height="80">{shape}</image>'
        '<image name="c.png"><box label="x" xtl="a" ytl="2" xbr="4" ybr="6"/></image>'
        '<track id="0" label="x"><box frame="0"/></track></annotations>'
    )
    a, b, c, track = read("cvat", tmp_path / "c.xml")
    assert (a.width, [one.suggested for one in (*a.regions, *a.values)]) == (100, [True, True])
    assert b.faults == (
        "The image 'b.png' is left out: its width is 'wide'; write a whole number of pixels.",
    )
    assert c.faults == ("A box of 'x' is left out: a field of it is missing or no number.",)
    assert "The track 'x' is left out: it is of no film" in track.faults[0]


@pytest.mark.parametrize("encoding", ["gbk", "shift_jis", "utf-16", "windows-1252", "gb18030"])
def test_xml_in_other_encodings_is_read(tmp_path, encoding):
    name = "café" if encoding == "windows-1252" else "猫"
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<annotation><filename> a.png\n</filename>'
        f"<object><name> {name} </name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax>"
        "<ymax>9</ymax></bndbox></object></annotation>"
    )
    (tmp_path / "1.xml").write_bytes(text.encode(encoding))
    (found,) = read("voc", tmp_path)
    assert (found.file_name, [one.label for one in found.regions]) == ("a.png", [name])


@pytest.mark.parametrize(
    ("encoding", "content"), [("klingon", b""), ("gbk", b"\xff\xff"), ("hex", b"")]
)
def test_an_encoding_that_nobody_knows_leaves_out_its_file(tmp_path, encoding, content):
    head = f'<?xml version="1.0" encoding="{encoding}"?><annotation>'.encode()
    (tmp_path / "1.xml").write_bytes(head + content + b"</annotation>")
    good = "<annotation><filename>b.png</filename></annotation>"
    (tmp_path / "2.xml").write_text(good)
    bad, fine = read("voc", tmp_path)
    assert bad.faults == (
        f"1.xml says that it is in {encoding!r} and cannot be read so; save it as UTF-8.",
    )
    assert fine.file_name == "b.png"


def test_a_0_anywhere_in_voc_counts_from_0(tmp_path):
    for name, corners in (("a", (0, 10, 20, 30)), ("b", (1, 2, 100, 80))):
        edges = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
        box_ = "".join(f"<{edge}>{value}</{edge}>" for edge, value in edges)
        text = f"<object><name>x</name><bndbox>{box_}</bndbox></object>"
        text = f"<annotation><filename>{name}.png</filename>{text}</annotation>"
        (tmp_path / f"{name}.xml").write_text(text)
    first, second = read("voc", tmp_path)
    assert first.regions[0].region == BoundingBox(0, 10, 20, 20)
    assert second.regions[0].region == BoundingBox(1, 2, 99, 78)
    assert first.notes == ("files with pixels counted from 0",)
    (tmp_path / "a.xml").unlink()
    (alone,) = read("voc", tmp_path)
    assert (alone.regions[0].region, alone.notes) == (BoundingBox(0, 1, 100, 79), ())


@pytest.mark.parametrize("form", ["csv", "masks"])
def test_tables_of_an_export_that_lack_a_column(tmp_path, form):
    head = "image_uuid,original_file_name,file_name,label,rater,basis,value"
    table = {"csv": "labels.csv", "masks": "masks.csv"}[form]
    (tmp_path / table).write_text(f"{head}\nu,a.png,a.png,x,r,stated,present\n")
    (tmp_path / "regions.csv").write_text("label,rater\nx,r\n")
    with pytest.raises(IngestError, match=r"lacks the column (image_uuid|file); export it again"):
        read(form, tmp_path)


def test_files_of_two_folders_of_voc_are_told_apart(tmp_path):
    for part in ("train", "val"):
        (tmp_path / part).mkdir()
        text = "<annotation><filename>1.png</filename></annotation>"
        (tmp_path / part / "1.xml").write_text(text)
    assert [one.file_name for one in read("voc", tmp_path)] == ["train/1.png", "val/1.png"]


def test_rows_and_files_of_facs_tables_that_cannot_be_read(tmp_path):
    (tmp_path / "AU_OCC").mkdir()
    (tmp_path / "AU_OCC" / "F1.csv").write_text("0,4,12\n20,9,1\n21,x,1\n22,1\n")
    (tmp_path / "AU_OCC" / "F2.csv").write_bytes(b"0,4\n\xff\xfe\n")
    faults = [fault for image in read("bp4d", tmp_path) for fault in image.faults]
    assert len(faults) == 3
    (row,) = (one for one in read("bp4d", tmp_path) if one.values)
    assert (row.file_name, row.frame) == ("F1", 19)
    (tmp_path / "S1_au4.txt").write_text("1,0\n")
    (tmp_path / "S1_au12.txt").write_text("frame one\n")
    bad, good = read("disfa", tmp_path)
    assert "S1_au12.txt is not lines of frame,intensity" in bad.faults[0]
    assert (good.file_name, good.frame) == ("S1", 0)


def test_predictions_of_label_studio_keep_their_score_and_stay_a_machines(tmp_path):
    size = {"original_width": 100, "original_height": 80}
    place = {"x": 10, "y": 10, "width": 20, "height": 20}
    region = {"type": "rectanglelabels", **size, "value": {**place, "rectanglelabels": ["x"]}}
    choice = {"type": "choices", "value": {"choices": ["y"]}}
    wrong = {"type": "rectanglelabels", **size, "value": {**place, "rectanglelabels": [["x"]]}}
    task = {
        "data": {"image": "a.png"},
        "predictions": [{"score": 0.4, "result": [region, choice, wrong, 7]}],
    }
    (tmp_path / "t.json").write_text(json.dumps([task, {"data": {"image": "b.png"}}]))
    first, second = read("label-studio", tmp_path / "t.json")
    assert [(one.score, one.suggested) for one in first.regions] == [(0.4, True)]
    assert [one.suggested for one in first.values] == [True]
    assert len(first.faults) == 2
    assert second.file_name == "b.png"
