"""Masks, holes, turned boxes and outlines that cross themselves, as other tools write them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from annotator.domain import BoundingBox, Ellipse, Label, LabelSet, Mask, Polygon, Region
from annotator.domain.regions import RotatedBox
from annotator.errors import IngestError
from annotator.formats import import_format
from annotator.formats.imported import ImportedRegion
from annotator.formats.masks.pixels import brush_bytes
from annotator.formats.self_check import alike
from annotator.settings import Settings
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.take_over_report import TakeOverReport
from annotator.workflows.taking_over import take_over
from annotator.workflows.workspace import Workspace

# pycocotools' decoder speaks NumPy 1; its masks are right.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implement:DeprecationWarning")

WIDTH, HEIGHT = 400, 320
SOME = np.zeros((HEIGHT, WIDTH), bool)
SOME[10:40, 20:70] = True
SOME[15:30, 30:50] = False
SOME[200, 300] = True


@pytest.fixture
def workspace(tmp_path):
    home = Settings.from_environment({"ANNOTATOR_HOME": str(tmp_path / "home")})
    with Workspace.open(home, upgrade=True) as opened:
        create_project(opened, "p", labels=["tumour", "cyst"])
        for name, value in (("a_0000.png", 1), ("b.png", 2)):
            Image.fromarray(np.full((HEIGHT, WIDTH), value, np.uint8)).save(tmp_path / name)
        import_paths(opened, "p", [tmp_path / "a_0000.png", tmp_path / "b.png"])
        yield opened


def taken(workspace, path: Path, name: str) -> tuple[TakeOverReport, list[Region]]:
    report = take_over(workspace, "p", path, format_name=name, reference_of="Old tool")
    project = workspace.record.project("p")
    images = workspace.record.image_ids(project.id)
    return report, [act.region for i in images for act in workspace.record.history(i)]


def coco(tmp_path: Path, *annotations: dict) -> Path:
    path = tmp_path / "coco.json"
    whole = {
        "images": [{"id": 5, "file_name": "b.png", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 2, "name": "tumour"}],
        "annotations": [
            {"id": n, "image_id": 5, "category_id": 2, "bbox": [1, 2, 3, 4], **annotation}
            for n, annotation in enumerate(annotations, start=1)
        ],
    }
    path.write_text(json.dumps(whole))
    return path


def rle(pixels: np.ndarray, *, compressed: bool = True) -> dict:
    """As pycocotools writes it, or as a list."""
    if compressed:
        encoded = coco_mask.encode(np.asfortranarray(pixels.astype(np.uint8)))
        return {"size": encoded["size"], "counts": encoded["counts"].decode()}
    flat = np.concatenate(([False], pixels.ravel(order="F"), [False])).astype(int)
    edges = np.flatnonzero(np.diff(flat))
    counts = np.diff(np.concatenate(([0], edges, [pixels.size]))).tolist()
    return {"size": list(pixels.shape), "counts": counts}


def test_coco_masks_compressed_or_not_are_the_very_pixels(workspace, tmp_path) -> None:
    segmentations = [rle(SOME), rle(SOME, compressed=False)]
    path = coco(tmp_path, *({"segmentation": s} for s in segmentations))
    report, regions = taken(workspace, path, "coco")
    assert [*report.lines()] == []
    assert regions == [Mask.of(SOME)] * 2


def test_coco_outlines_of_one_annotation_are_one_region(workspace, tmp_path) -> None:
    apart = [[10, 10, 20, 10, 20, 20, 10, 20], [50, 50, 60, 50, 60, 60, 50, 60]]
    overlapping = [[10, 10, 20, 10, 20, 20, 10, 20], [15, 10, 30, 10, 30, 20, 15, 20], [1, 1, 2, 2]]
    flat = [10, 10, 20, 10, 20, 20]
    path = coco(
        tmp_path,
        {"segmentation": apart},
        {"segmentation": overlapping},
        {"segmentation": flat, "iscrowd": 1},
        {"segmentation": [[1, 1, 2, 2], [3, 3, 4, 4]]},
        {"segmentation": [[1, 1, 2, 2], [3, 3, 4, 4]], "bbox": [1, 1, 0, 3]},
    )
    report, (two, one, box) = taken(workspace, path, "coco")
    assert isinstance(two, Mask)
    theirs = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(apart, HEIGHT, WIDTH)))
    assert (two.mask(HEIGHT, WIDTH) == theirs).all()
    assert isinstance(one, Polygon)
    assert (one.extent, one.area_px) == ((10, 10, 30, 20), 200)
    assert box == BoundingBox(1, 2, 3, 4)
    assert [*report.lines()] == [
        "Annotation 5 is left out: its outlines enclose nothing.",
        (
            "1 crowd (iscrowd 1) left out: a group marked as one is no finding. CVAT marks its "
            "masks so in COCO; take over its own XML instead"
        ),
        "5 parts of regions left out, which enclose nothing",
        "1 region of several outlines taken over as masks of its pixels",
        "1 region whose outlines enclose nothing taken over as the box around it",
    ]


def test_masks_that_are_none_have_a_sentence_and_the_rest_goes_on(workspace, tmp_path) -> None:
    one_pixel = np.zeros_like(SOME)
    one_pixel[-1, -1] = True
    path = coco(
        tmp_path,
        {"segmentation": rle(SOME[:100])},
        {"segmentation": rle(np.zeros_like(SOME))},
        {"segmentation": {"size": [HEIGHT, WIDTH], "counts": [3, 4]}},
        {"segmentation": {"size": [HEIGHT, WIDTH], "counts": "\u00e4"}},
        {"segmentation": {"size": [10**9, 10**9], "counts": [10**18]}},
        {"segmentation": rle(one_pixel)},
    )
    report, regions = taken(workspace, path, "coco")
    assert regions == [Mask(WIDTH - 1, HEIGHT - 1, 1, 1, "01")]
    words = [
        "not the same picture",
        "no pixel",
        "do not fill",
        "COCO's run lengths",
        "same picture",
    ]
    assert len(report.faults) == len(words)
    for fault, word in zip(report.faults, words, strict=True):
        assert word in fault
        assert fault.startswith("Annotation ")


def test_a_mask_of_fifty_thousand_pieces_is_taken_over_as_it_is(workspace, tmp_path) -> None:
    pieces = np.indices((HEIGHT, WIDTH)).sum(0) % 2 == 0
    begun = time.process_time()
    report, (region,) = taken(workspace, coco(tmp_path, {"segmentation": rle(pieces)}), "coco")
    assert time.process_time() - begun < 20
    assert region.area_px == pieces.sum() == 64_000
    assert report.regions == 1


def test_an_outline_that_crosses_itself_is_taken_over_as_its_parts(workspace, tmp_path) -> None:
    bow_tie, line = [0, 0, 10, 10, 10, 0, 0, 10], [5, 5, 9, 9, 7, 7]
    path = coco(tmp_path, {"segmentation": [bow_tie]}, {"segmentation": [line]})
    report, regions = taken(workspace, path, "coco")
    assert [region.area_px for region in regions] == [25, 25]
    assert report.regions == 2
    fault, mended = report.lines()
    assert mended == "1 outline that crossed itself was taken over as 2 parts"
    assert "left out" in fault
    again, same = taken(workspace, path, "coco")
    assert (again.known, same) == (1, regions)


CVAT = """<?xml version="1.0"?><annotations><version>1.1</version><meta/>
<image id="0" name="b.png" width="400" height="320">
<mask label="tumour" source="manual" rle="3, 5, 5, 5, 2" left="10" top="20" width="10" height="2"/>
<mask label="tumour" rle="3, 5" left="10" top="20" width="10" height="2"/>
<mask label="tumour" rle="20" left="10" top="20" width="10" height="2"/>
<box label="tumour" rotation="30.0" xtl="100" ytl="100" xbr="140" ybr="120"/>
<box label="tumour" rotation="350.00" xtl="100" ytl="100" xbr="140" ybr="120"/>
<ellipse label="tumour" rotation="90" cx="100" cy="100" rx="40" ry="20"/>
<ellipse label="tumour" rotation="45" cx="100" cy="100" rx="40" ry="20"/>
<polyline label="tumour" points="1,1;2,2"/>
</image></annotations>"""


def test_cvats_masks_and_what_it_turned(workspace, tmp_path) -> None:
    path = tmp_path / "annotations.xml"
    path.write_text(CVAT)
    report, regions = taken(workspace, path, "cvat")
    mask, box, left, upright, turned = regions
    rows = np.zeros((2, 10), bool)
    rows[0, 3:8] = rows[1, 3:8] = True
    assert mask == Mask.of(rows, 10, 20)
    assert box == RotatedBox(120, 110, 40, 20, 30)
    assert left == RotatedBox(120, 110, 40, 20, -10)
    assert upright == Ellipse(80, 60, 40, 80)
    assert isinstance(turned, Polygon)
    assert turned.area_px == pytest.approx(np.pi * 40 * 20, rel=0.005)
    reach = np.sqrt((40**2 + 20**2) / 2)
    assert turned.extent == pytest.approx(
        (100 - reach, 100 - reach, 100 + reach, 100 + reach), abs=0.1
    )
    assert "1 rotated ellipse taken over as polygons" in report.lines()
    assert len(report.faults) == 3


def test_label_studios_brush_and_turned_boxes(workspace, tmp_path) -> None:
    def result(shape: str, value: dict) -> dict:
        return {
            "type": f"{shape}labels",
            "original_width": WIDTH,
            "original_height": HEIGHT,
            "value": {**value, f"{shape}labels": ["tumour"]},
        }

    results = [
        result("brush", {"format": "rle", "rle": list(brush_bytes(SOME))}),
        result("brush", {"format": "rle", "rle": [0, 0, 0, 1]}),
        result("rectangle", {"x": 50, "y": 50, "width": 10, "height": 10, "rotation": 90}),
        result("ellipse", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 5, "rotation": 180}),
    ]
    path = tmp_path / "tasks.json"
    task = {"id": 1, "data": {"image": "b.png"}, "annotations": [{"result": results}]}
    path.write_text(json.dumps([task]))
    report, (brush, box, ellipse) = taken(workspace, path, "label-studio")
    assert brush == Mask.of(SOME)
    # 40 x 32 px about the first corner (200, 160), a quarter to the right.
    assert box == RotatedBox(184, 180, 40, 32, 90)
    assert box.outline[0] == (200, 160)
    assert ellipse == Ellipse(160, 144, 80, 32)
    assert len(report.faults) == 1
    assert "not the same picture" in report.faults[0]


def test_nnunets_label_maps(workspace, tmp_path) -> None:
    folder = tmp_path / "Dataset001"
    (folder / "labelsTr").mkdir(parents=True)
    labels = {"background": 0, "tumour": 1, "cyst": [2, 3]}
    (folder / "dataset.json").write_text(json.dumps({"labels": labels, "file_ending": ".png"}))
    values = SOME.astype(np.uint8)
    values[100:110, 100:110] = 2
    values[110:120, 100:110] = 3
    values[0, 0] = 9
    Image.fromarray(values).save(folder / "labelsTr" / "a.png")
    Image.fromarray(values[:50]).save(folder / "labelsTr" / "b.png")
    (folder / "labelsTr" / "c.png").write_bytes(b"nothing of the kind")
    report, regions = taken(workspace, folder, "masks")
    assert regions == [
        Mask.of(SOME),
        Mask(100, 100, 10, 20, Mask.of(np.ones((20, 10), bool)).counts),
    ]
    assert report.images == 1
    lines = "\n".join(report.lines())
    for words in ("of value 9 are left out", "not the same picture", "cannot be read as a picture"):
        assert words in lines


def test_label_maps_without_a_description_number_the_projects_labels(workspace, tmp_path) -> None:
    folder = tmp_path / "maps"
    folder.mkdir()
    Image.fromarray(np.where(SOME, 2, 0).astype(np.uint8)).save(folder / "b.png")
    Image.fromarray(np.full((HEIGHT, WIDTH), 3, np.uint8)).save(folder / "a.png")
    Image.fromarray(np.zeros((HEIGHT, WIDTH, 3), np.uint8)).save(folder / "colours.png")
    (folder / "volume.nii.gz").write_bytes(b"")
    report, regions = taken(workspace, folder, "masks")
    assert regions == [Mask.of(SOME)]
    lines = "\n".join(report.lines())
    for words in ("value 3: has class 2", "colours or fractions", "or damaged"):
        assert words in lines
    (tmp_path / "empty").mkdir()
    Image.fromarray(SOME).save(tmp_path / "empty" / "b.png")
    one = LabelSet((Label("", "tumour", ""),))
    (read,) = import_format("masks").read(tmp_path / "empty", one, lambda _: None)
    assert read.regions == (ImportedRegion("tumour", Mask.of(SOME)),), "black and white"
    Image.fromarray(np.where(SOME, 255, 0).astype(np.uint8)).save(tmp_path / "empty" / "b.png")
    (read,) = import_format("masks").read(tmp_path / "empty", one, lambda _: None)
    assert read.regions == (ImportedRegion("tumour", Mask.of(SOME)),), "0 and 255"
    (tmp_path / "empty" / "b.png").unlink()
    with pytest.raises(IngestError, match="no label maps"):
        list(import_format("masks").read(tmp_path / "empty", LabelSet(()), lambda _: None))


def test_dota_and_oriented_yolo_of_other_tools(tmp_path) -> None:
    (tmp_path / "labelTxt").mkdir()
    text = (
        "imagesource:GoogleEarth\ngsd:0.14\n"
        "10 10 30 10 30 20 10 20 tumour 1\n"
        "10 20 30 20 30 10 10 10 tumour 0\n"  # counter-clockwise on the screen
        "10 10 30 12 33 30 5 20 tumour 0\n"
        "1 2 3 tumour\n"
    )
    (tmp_path / "labelTxt" / "b.txt").write_text(text)
    (read,) = import_format("dota").read(tmp_path, LabelSet(()), lambda _: None)
    first, second, third = (one.region for one in read.regions)
    assert first == second == RotatedBox(20, 15, 20, 10, 0)
    assert third == Polygon(((10, 10), (30, 12), (33, 30), (5, 20)))
    assert len(read.faults) == 1


def test_rolabelimgs_rotated_boxes(tmp_path) -> None:
    turned = "<cx>60.5</cx><cy>40</cy><w>30</w><h>10</h><angle>0.7853981633974483</angle>"
    objects = (
        f"<object><name>tumour</name><robndbox>{turned}</robndbox></object>"
        "<object><name>tumour</name><bndbox><xmin>1</xmin></bndbox></object>"
    )
    file = tmp_path / "b.xml"
    file.write_text(f"<annotation><filename>b.png</filename>{objects}</annotation>")
    (read,) = import_format("voc").read(file, LabelSet(()), lambda _: None)
    (region,) = (one.region for one in read.regions)
    assert alike(region, RotatedBox(60.5, 40, 30, 10, 45), 1e-9)
    (fault,) = read.faults
    assert "a field of it is missing or no number" in fault
