"""Pascal VOC, YOLO and tables as other tools lay them out."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from annotator.domain import BoundingBox, Label, LabelSet, Polygon
from annotator.domain.regions import RotatedBox
from annotator.errors import IngestError
from annotator.formats import ImportedImage, import_format
from annotator.ui.take_over_form import sent_together

LABELS = LabelSet((Label("own", "cat", ""), Label("own", "dog", "")))
EDGES = "<xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax>"


def read(form: str, path: Path) -> list[ImportedImage]:
    def size_of(name: str) -> tuple[int, int] | None:
        return None if "README" in name else (100, 80)

    return list(import_format(form).read(path, LABELS, size_of))


def voc(path: Path, place: str, *, name: str = "<filename>a.png</filename>") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    thing = f"<object><name>\n cat </name>{place}</object>"
    path.write_text(f"<annotation>{name}{thing}</annotation>")
    return path


def test_an_outline_of_voc_is_a_polygon(tmp_path):
    corners = "<x1>1</x1><y1>1</y1><x2>9</x2><y2>1</y2><x3>9</x3><y3>9</y3>"
    place = f"<bndbox>{EDGES}</bndbox><polygon>{corners}</polygon>"
    (image,) = read("voc", voc(tmp_path / "a.xml", place))
    assert image.regions[0].region == Polygon(((0.5, 0.5), (8.5, 0.5), (8.5, 8.5)))


def test_a_rotated_box_of_roLabelImg(tmp_path):
    place = (
        "<robndbox><cx>50</cx><cy>40</cy><w>20</w><h>10</h><angle>0.5</angle></robndbox>"
        "<bndbox><xmin></xmin></bndbox>"
    )
    (image,) = read("voc", voc(tmp_path / "a.xml", place))
    assert image.regions[0].region == RotatedBox(50, 40, 20, 10, math.degrees(0.5))


@pytest.mark.parametrize(
    ("name", "file_name"),
    [
        ("<filename>\n b.jpg \n</filename>", "sub/b.jpg"),
        ("<path>C:\\pictures\\b.jpg</path>", "sub/b.jpg"),
        ("<filename/>", "sub/a.b"),
    ],
)
def test_a_file_of_voc_in_a_sub_folder_names_its_picture_somehow(tmp_path, name, file_name):
    voc(tmp_path / "sub" / "a.b.xml", f"<bndbox>{EDGES}</bndbox>", name=name)
    (image,) = read("voc", tmp_path)
    assert (image.file_name, image.regions[0].label) == (file_name, "cat")


def test_what_voc_says_of_an_object_beside_its_place_is_said_to_be_left_out(tmp_path):
    said = "<difficult>1</difficult><truncated>0</truncated><pose>Unspecified</pose><part/>"
    (image,) = read("voc", voc(tmp_path / "a.xml", f"{said}<bndbox>{EDGES}</bndbox>"))
    assert image.notes == (
        "attributes 'difficult' of regions left out: a region has its label only",
        "attributes 'part' of regions left out: a region has its label only",
    )


def test_other_xml_is_no_voc(tmp_path):
    (tmp_path / "a.xml").write_text("<svg/>")
    (image,) = read("voc", tmp_path)
    assert image.faults == ("a.xml names no image; it is not an annotation of Pascal VOC.",)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize("below", [".", "train"])
def test_a_download_of_roboflow_for_yolo(tmp_path, below):
    files = {
        "data.yaml": "names: [dog, cat]\ntrain: ../train/images\n",
        "README.dataset.txt": "# pets",
        "train/labels/a_jpg.rf.12.txt": "0 .5 .5 .2 .2",
    }
    write(tmp_path, files)
    (image,) = read("yolo", tmp_path / below)
    name = "train/images/a_jpg.rf.12" if below == "." else "a_jpg.rf.12"
    assert (image.file_name, image.regions[0].label, image.faults) == (name, "dog", ())


def test_names_anywhere_below_are_seen_and_have_to_agree(tmp_path):
    files = {"pets/data.yaml": "names: [dog, cat]", "pets/train/labels/a.txt": "0 .5 .5 .2 .2"}
    write(tmp_path, files)
    assert [one.regions[0].label for one in read("yolo", tmp_path)] == ["dog"]
    write(tmp_path, {"more/classes.txt": "cat\ndog\n"})
    with pytest.raises(IngestError, match="name the classes differently"):
        read("yolo", tmp_path)


def test_files_that_a_browser_sent_lie_together(tmp_path):
    write(tmp_path, {"000000/a.txt": "0 .5 .5 .2 .2", "000001/data.yaml": "names: [dog, cat]"})
    folder = sent_together(tmp_path)
    assert [(one.file_name, one.regions[0].label) for one in read("yolo", folder)] == [("a", "dog")]


def test_files_of_one_name_stay_apart_and_one_file_is_itself(tmp_path):
    write(tmp_path, {"000000/a.txt": "", "000001/a.txt": ""})
    assert sent_together(tmp_path) == tmp_path
    (tmp_path / "000001" / "a.txt").unlink()
    assert sent_together(tmp_path) == tmp_path / "000000" / "a.txt"


def test_names_of_darknet_beside_pictures_and_labels(tmp_path):
    write(tmp_path, {"_darknet.labels": "dog\ncat\n", "a.txt": "1 .5 .5 .2 .2"})
    assert [one.regions[0].label for one in read("yolo", tmp_path)] == ["cat"]


def test_an_outline_with_a_confidence_at_its_end_is_a_suggestion(tmp_path):
    write(tmp_path, {"data.yaml": "names: [dog]", "a.txt": "0 .1 .1 .2 .1 .2 .2 .875"})
    (image,) = read("yolo", tmp_path / "a.txt")
    ((one),) = image.regions
    assert (one.region.kind, one.score, one.suggested) == ("polygon", 0.875, True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_of_any_spreadsheet(tmp_path, delimiter, encoding):
    rows = [("File ", "LABEL", "Boxes_xywh_px"), ("\u00e9.png", "cat", '"1 2 3 4;5 6 7 8"')]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    (image,) = read("csv", tmp_path / "t.csv")
    assert image.file_name == "\u00e9.png"
    assert [one.region for one in image.regions] == [
        BoundingBox(1, 2, 3, 4),
        BoundingBox(5, 6, 7, 8),
    ]


def test_a_table_in_another_encoding_says_what_to_do(tmp_path):
    (tmp_path / "t.csv").write_bytes("file,label\n\u00e9.png,cat\n".encode("cp1252"))
    with pytest.raises(IngestError, match=r"t\.csv is not in UTF-8; save it as UTF-8 text"):
        read("csv", tmp_path / "t.csv")
