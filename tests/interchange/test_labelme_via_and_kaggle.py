"""LabelMe, VIA and tables as on Kaggle, as their own programs write them."""

from __future__ import annotations

import base64
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from annotator.domain import (
    BoundingBox,
    Ellipse,
    Label,
    LabelSet,
    Landmark,
    Mask,
    Polygon,
    Presence,
)
from annotator.domain.regions import RotatedBox
from annotator.errors import IngestError
from annotator.formats import ImportedImage, import_format

LABELS = LabelSet((Label("own", "cat", ""), Label("own", "dog", "")))
ONE = LabelSet((Label("own", "cat", ""),))
TRIANGLE = ((1, 1), (9, 1), (9, 9))


def read(form: str, path: Path, labels: LabelSet = LABELS) -> list[ImportedImage]:
    return list(import_format(form).read(path, labels, lambda name: (100, 80) if name else None))


def labelme(path: Path, *shapes: dict[str, Any], **also: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"version": "5.5.0", "flags": {}, "imagePath": "a.jpg", "imageData": None}
    size = {"imageWidth": 100, "imageHeight": 80}
    own = [{"label": "cat", "group_id": None, "flags": {}, **shape} for shape in shapes]
    path.write_text(json.dumps({**whole, **size, "shapes": own, **also}))
    return path


def test_shapes_of_labelme(tmp_path):
    shapes = (
        {"points": [list(p) for p in TRIANGLE]},
        {"shape_type": "rectangle", "points": [[30, 40], [10, 20]]},
        {"shape_type": "circle", "points": [[50, 40], [53, 44]]},
        {"shape_type": "point", "points": [[3, 4]]},
        {"shape_type": "rotation", "points": [[50, 20], [60, 30], [50, 40], [40, 30]]},
        {"shape_type": "line", "points": [[3, 4], [5, 6]]},
        {"shape_type": "circle", "points": [[50, 40]]},
    )
    (image,) = read("labelme", labelme(tmp_path / "a.json", *shapes))
    *plain, turned = (one.region for one in image.regions)
    assert plain == [
        Polygon(TRIANGLE),
        BoundingBox(10, 20, 20, 20),
        Ellipse(45, 35, 10, 10),
        Landmark(3, 4),
    ]
    assert isinstance(turned, RotatedBox)
    assert (turned.cx, turned.cy, turned.angle % 90) == pytest.approx((50, 30, 45))
    assert (image.file_name, image.width, image.height) == ("a.jpg", 100, 80)
    assert image.faults == (
        "A line is left out: it has no counterpart here; draw it as a polygon.",
        "A circle is left out: a field of it is missing or no number.",
    )


def png(pixels: np.ndarray) -> str:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def test_a_mask_of_labelme_lies_between_its_corners(tmp_path):
    window = np.zeros((3, 4), bool)
    window[0, 0] = window[2, 1:] = True
    mask = {"shape_type": "mask", "points": [[10, 20], [13, 22]], "mask": png(window)}
    # Its second corner is one beyond the last pixel; at the image's edge the picture ends before.
    edge = {**mask, "points": [[96, 77], [100, 80]]}
    other = {**mask, "points": [[10, 20], [15, 23]]}
    broken = {**mask, "mask": "AAAA"}
    (image,) = read("labelme", labelme(tmp_path / "a.json", mask, edge, other, broken))
    assert [one.region for one in image.regions] == [
        Mask.of(window, 10, 20),
        Mask.of(window, 96, 77),
    ]
    assert image.faults == (
        "A mask is left out: its mask is of 4 x 3 px and its corners are of 6 x 4.",
        "A mask is left out: its mask cannot be read as a picture.",
    )


def test_a_group_of_labelme_is_one_region_and_flags_are_labels_of_the_image(tmp_path):
    first, second = [[1, 1], [9, 1], [9, 9]], [[21, 1], [29, 1], [29, 9]]
    shapes = (
        {"points": first, "group_id": 1},
        {"points": second, "group_id": 1},
        {"points": first, "group_id": 1, "label": "dog", "flags": {"blurred": True, "far": False}},
        {"points": second, "score": 0.5},
    )
    flags = {"dog": True, "cat": False}
    (image,) = read("labelme", labelme(tmp_path / "a.json", *shapes, flags=flags))
    seen = [(one.label, one.region.kind, one.score, one.suggested) for one in image.regions]
    assert seen == [
        ("cat", "polygon", 0.5, True),
        ("cat", "mask", None, False),
        ("dog", "polygon", None, False),
    ]
    assert [(one.label, one.value) for one in image.values] == [("dog", Presence.PRESENT)]
    assert "outlines of one group (group_id) taken over as one region" in image.notes
    assert "attributes 'blurred' of regions left out: a region has its label only" in image.notes


def test_pieces_that_a_machine_proposed_are_no_word_of_a_person(tmp_path):
    shapes = [
        {"points": [[x, 1], [x + 8, 1], [x + 8, 9]], "group_id": 1, **scored}
        for x, scored in ((1, {"score": 0.75}), (21, {"score": "0.5"}), (41, {}))
    ]
    (image,) = read("labelme", labelme(tmp_path / "a.json", *shapes))
    seen = [(one.region.kind, one.score, one.suggested) for one in image.regions]
    assert seen == [("mask", 0.5, True), ("polygon", None, False)]


def test_a_folder_of_labelme_names_pictures_as_seen_from_it(tmp_path):
    labelme(tmp_path / "s1" / "a.json")
    labelme(tmp_path / "s2" / "b.json", imagePath="..\\pictures\\b.jpg")
    (tmp_path / "other.json").write_text("{}")
    fault, *images = read("labelme", tmp_path)
    assert [image.file_name for image in images] == ["s1/a.jpg", "s2/pictures/b.jpg"]
    assert fault.faults == (
        "other.json is left out: other.json is not LabelMe's: it lacks shapes or imagePath.",
    )
    with pytest.raises(IngestError, match=r"has no file of LabelMe"):
        read("labelme", tmp_path / "other.json")


VIA_SHAPES: list[tuple[dict[str, Any], Any]] = [
    ({"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4}, BoundingBox(1, 2, 3, 4)),
    ({"name": "circle", "cx": 50, "cy": 40, "r": 5}, Ellipse(45, 35, 10, 10)),
    (
        {"name": "ellipse", "cx": 50, "cy": 40, "rx": 5, "ry": 9, "theta": 0},
        Ellipse(45, 31, 10, 18),
    ),
    (
        {"name": "ellipse", "cx": 50, "cy": 40, "rx": 5, "ry": 9, "theta": math.pi / 2},
        Ellipse(41, 35, 18, 10),
    ),
    ({"name": "polygon", "all_points_x": [1, 9, 9], "all_points_y": [1, 1, 9]}, Polygon(TRIANGLE)),
    ({"name": "point", "cx": 3, "cy": 4}, Landmark(3, 4)),
]


def via(*regions: tuple[dict[str, Any], dict[str, Any]], **file: Any) -> dict[str, Any]:
    own = [{"shape_attributes": shape, "region_attributes": said} for shape, said in regions]
    return {"filename": "a.png", "size": 123, "regions": own, "file_attributes": {}, **file}


def written(tmp_path: Path, whole: Any) -> Path:
    (tmp_path / "via.json").write_text(json.dumps(whole))
    return tmp_path / "via.json"


@pytest.mark.parametrize("project", [False, True])
@pytest.mark.parametrize("numbered", [False, True])
def test_shapes_of_via(tmp_path, project, numbered):
    line = {"name": "polyline", "all_points_x": [1, 9], "all_points_y": [1, 1]}
    file = via(*((shape, {"kind": "cat"}) for shape, _ in VIA_SHAPES), (line, {"kind": "cat"}))
    if numbered:  # as version 1 has them
        file["regions"] = {str(n): region for n, region in enumerate(file["regions"])}
    whole: Any = {"a.png123": file}
    whole = {"_via_settings": {}, "_via_img_metadata": whole} if project else whole
    (image,) = read("via", written(tmp_path, whole))
    assert image.file_name == "a.png"
    for one, (_, region) in zip(image.regions, VIA_SHAPES, strict=True):
        assert one.label == "cat"
        assert one.region.kind == region.kind
        assert one.region.extent == pytest.approx(region.extent)
    assert image.faults == (
        "A polyline is left out: it has no counterpart here; draw it as a polygon in VIA.",
    )


def test_an_ellipse_of_via_is_turned_in_radians_clockwise(tmp_path):
    shape = {"name": "ellipse", "cx": 50, "cy": 40, "rx": 20, "ry": 5, "theta": math.pi / 6}
    (image,) = read("via", written(tmp_path, {"a": via((shape, {"kind": "cat"}))}))
    points = image.regions[0].region.outline
    x, y = max(points)
    assert (x, y) == pytest.approx((50 + 20 * math.cos(math.pi / 6), 50), abs=0.6)
    assert image.notes == ("rotated ellipses taken over as polygons",)


BOX = {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4}


def test_the_attribute_whose_values_are_labels_names_regions(tmp_path):
    said = {"grade": "II", "what": {"cat": True, "dog": True, "cow": False}}
    file = via((BOX, said), (BOX, {"what": "1"}), (BOX, {"what": ""}))
    file["file_attributes"] = {"seen": "dog", "caption": "asleep", "url": ""}
    options = {"what": {"type": "dropdown", "options": {"1": "dog"}}}
    whole = {"_via_img_metadata": {"a": file}, "_via_attributes": {"region": options}}
    (image,) = read("via", written(tmp_path, whole))
    assert [one.label for one in image.regions] == ["cat", "dog", "dog"]
    assert [(one.label, one.value) for one in image.values] == [("dog", Presence.PRESENT)]
    assert image.notes == (
        "attributes 'grade' of regions left out: a region has its label only",
        "attributes 'caption' of images left out: no label is named",
    )
    assert image.faults == ("A rect is left out: it has no label.",)


def test_attributes_of_via_that_name_no_label_ask_for_one(tmp_path):
    file = via((BOX, {"animal": "cow", "size": "big"}))
    with pytest.raises(IngestError, match=r"has 2 attributes of regions \(animal, size\)"):
        read("via", written(tmp_path, {"a": file}))
    (image,) = read("via", written(tmp_path, {"a": via((BOX, {"Class": "cow", "size": "big"}))}))
    assert [one.label for one in image.regions] == ["cow"]


def test_a_table_of_via(tmp_path):
    head = "#filename,file_size,file_attributes,region_count,region_id,region_shape_attributes"
    shape = json.dumps(BOX).replace('"', '""')
    kind = '"{""kind"":""cat""}"'
    rows = (f'a.png,1,"{{}}",1,0,"{shape}",{kind}', 'b.png,1,"{}",0,0,"{}","{}"', "c.png,1,x,1,0,{")
    (tmp_path / "via.csv").write_text("\n".join((f"{head},region_attributes", *rows)))
    fault, a, b = read("via", tmp_path / "via.csv")
    assert [(one.label, one.region) for one in a.regions] == [("cat", BoundingBox(1, 2, 3, 4))]
    assert (b.file_name, b.regions) == ("b.png", ())
    assert fault.faults == ("Entry 3 of via.csv is left out: line 4 of via.csv is not VIA's JSON.",)


def test_a_project_of_via_3(tmp_path):
    extreme = [8, 5, 1, 9, 4, 6, 8, 2, 3]
    places = ([2, 1, 2, 3, 4], [7, 1, 1, 9, 1, 9, 9], [4, 50, 40, 5, 9], extreme, [6, 1, 1, 2, 2])
    metadata = {
        str(n): {"vid": "1", "z": [], "xy": xy, "av": {"5": "0"}} for n, xy in enumerate(places)
    }
    metadata["9"] = {"vid": "1", "z": [], "xy": [], "av": {"5": "1"}}
    whole = {
        "project": {"data_format_version": "3.1.1"},
        "attribute": {"5": {"aname": "kind", "options": {"0": "cat", "1": "dog"}}},
        "file": {"7": {"fname": "p/a.png", "type": 2}, "8": {"fname": "f.mp4", "type": 4}},
        "view": {"1": {"fid_list": [7]}, "2": {"fid_list": ["8"]}},
        "metadata": metadata,
    }
    (image,) = read("via", written(tmp_path, whole))
    assert image.file_name == "p/a.png"
    assert [(one.label, one.region) for one in image.regions] == [
        ("cat", BoundingBox(1, 2, 3, 4)),
        ("cat", Polygon(TRIANGLE)),
        ("cat", Ellipse(45, 31, 10, 18)),
        ("cat", BoundingBox(2, 1, 7, 7)),
    ]
    assert [one.label for one in image.values] == ["dog"]
    assert len(image.faults) == 1


def kaggle(tmp_path: Path, *rows: str, labels: LabelSet = LABELS) -> list[ImportedImage]:
    (tmp_path / "train.csv").write_text("\n".join(rows) + "\n")
    return read("kaggle", tmp_path, labels)


@pytest.mark.parametrize(
    "rows",
    [
        ("image_id,class_name,x_min,y_min,x_max,y_max", "a,cat,1,2,4,6"),
        ("filename,width,height,class,xmin,ymin,xmax,ymax", "a,100,80,cat,1,2,4,6"),
        ("patientId,x,y,width,height,label", "a,1,2,3,4,cat"),
        ("image_id,width,height,bbox,label", 'a,100,80,"[1.0, 2.0, 3.0, 4.0]",cat'),
        ("ImageID,LabelName,x1,y1,x2,y2", "a,cat,.01,.025,.04,.075"),
    ],
)
def test_boxes_of_a_row(tmp_path, rows):
    (image,) = kaggle(tmp_path, *rows)
    ((one),) = image.regions
    assert (image.file_name, one.label) == ("a", "cat")
    assert one.region.frame == pytest.approx((1, 2, 3, 4))
    assert bool(image.notes) == rows[1].startswith("a,cat,.01")


def test_run_lengths_go_down_the_columns_from_1(tmp_path):
    rows = ("ImageId,EncodedPixels,ClassId", "a,1 3 82 2,cat", "a,,dog", "a,10 5 12 1,cat")
    (image,) = kaggle(tmp_path, *rows, "a,8000 2,cat", "a,5,cat")
    pixels = np.zeros((80, 100), bool)
    pixels[:3, 0] = pixels[1:3, 1] = True
    assert [(one.label, one.region) for one in image.regions] == [("cat", Mask.of(pixels))]
    assert image.notes == (
        "rows without a place left out: nothing tells what is said of the image",
    )
    assert [fault.split(":")[0] for fault in image.faults] == [
        f"Line {n} is left out" for n in (4, 5, 6)
    ]


def test_a_class_behind_the_name_and_a_project_of_one_label(tmp_path):
    (image,) = kaggle(tmp_path, "ImageId_ClassId,EncodedPixels", "a_b.jpg_cat,1 3")
    assert (image.file_name, image.regions[0].label) == ("a_b.jpg", "cat")
    (image,) = kaggle(tmp_path, "id,rle", "a,1 3", labels=ONE)
    assert image.regions[0].label == "cat"
    assert image.notes == (
        "regions taken over for the only label of the project: the table names none",
    )
    with pytest.raises(IngestError, match=r"train.csv has no column label, and the project has 2"):
        kaggle(tmp_path, "id,rle", "a,1 3")


def test_readers_scores_and_findings_without_a_place(tmp_path):
    rows = (
        "image_id,class_name,rad_id,score,x_min,y_min,x_max,y_max",
        "a,cat,R1,,1,2,4,6",
        "a,cat,,90,1,2,4,6",
        "a,dog,R2,,,nan,,",
        "a,cat,R1,,9,2,4,6",
    )
    (image,) = kaggle(tmp_path, *rows)
    seen = [(one.rater, one.score, one.suggested) for one in image.regions]
    assert seen == [("R1", None, False), ("", 0.9, True)]
    assert [(one.label, one.rater) for one in image.values] == [("dog", "R2")]
    assert image.faults[0].startswith("Line 5 is left out: A box of -5 x 4 px has no area")


def test_what_a_machine_says_of_a_whole_image_is_no_word_of_a_person(tmp_path):
    rows = ("image_id,class_name,confidence,bbox", "a,cat,3,", "a,dog,90,")
    (image,) = kaggle(tmp_path, *rows)
    assert [(one.label, one.score, one.suggested) for one in image.values] == [
        ("cat", 0.03, True),
        ("dog", 0.9, True),
    ]


def test_a_table_without_places_says_which_columns_it_needs(tmp_path):
    with pytest.raises(IngestError, match=r"needs a column image_id and a box .* it has id, label"):
        kaggle(tmp_path, "id,label", "a,cat")
    (tmp_path / "second.csv").write_text("id\n")
    with pytest.raises(IngestError, match=r"has 2 files \*\.csv \(second.csv, train.csv\)"):
        read("kaggle", tmp_path)
