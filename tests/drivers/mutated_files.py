"""Label files of other tools, and what becomes of them when something in them is damaged."""

from __future__ import annotations

import copy
import io
import json
import random
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from PIL import Image

from annotator.domain import ImageAsset, Label, LabelSet
from annotator.domain.geometry import SliceGeometry
from annotator.errors import IngestError
from annotator.formats import ImportedImage, import_format
from annotator.ingest.pseudonyms import Pseudonyms
from annotator.workflows.finding_images import ImageFinder
from annotator.workflows.fitting_findings import LabelNames, fitted
from annotator.workflows.original_names import KeptEndings, OriginalNames
from annotator.workflows.own_data_sets import OwnDataSet
from annotator.workflows.placing_volumes import in_slices
from annotator.workflows.take_over_report import TakeOverReport


def _lying(z_mm: float) -> SliceGeometry:
    return SliceGeometry((0.0, 0.0, z_mm), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 1.0))


LABELS = LabelSet(tuple(Label("FACS", code, "") for code in ("AU1", "AU12", "x")))
ASSET = ImageAsset("a.png", 100, 80, "0" * 64, "1" * 64)
SLICES = [
    replace(ASSET, id=uuid.uuid4(), display={"geometry": _lying(z).to_json()}) for z in (0.0, 1.0)
]

_ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 0.5, 1e308, 10**400, float("nan"), float("inf"), "", "x", "\ud800"),
    *([], {}, [[]], [[[]]], {"a": 1}, ["x"], [1, 2], "1e999", "9" * 5000, "\x00"),
)
_ODD_TEXT = ("", "x", "-1", "0", "nan", "inf", "1e308", "9" * 400, "\x00", "[]", "{}", '"', "1;2")

_ODD_BYTES = (b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"[" * 3000, b"9" * 400)

_SIZE = {"original_width": 100, "original_height": 80}
_PLACE = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 5}
_CORNERS = [[1, 1], [9, 1], [9, 9]]
_ROUND = {"x": 50, "y": 50, "radiusX": 5, "radiusY": 9, "rotation": 30}
_BRUSH = {"format": "rle", "rle": [0, 0, 125, 0, 7, 9]}
_IMAGES = [{"id": 1, "file_name": "a.png", "width": 100, "height": 80}]
_CATEGORIES = [{"id": 7, "name": "x", "keypoints": ["AU1", "b"]}]
_RECT = {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4}
_OUTLINE = {"name": "polygon", "all_points_x": [1, 9, 9], "all_points_y": [1, 1, 9]}
_TURNED = {"name": "ellipse", "cx": 50, "cy": 40, "rx": 5, "ry": 9, "theta": 0.5}
_VALUE = {"label": "x", "value": "present", "rater": "r", "intensity": "A", "side": "L"}


def _coco() -> Any:
    annotations = [
        {"bbox": [1, 2, 3, 4], "score": 0.5, "attributes": {"rotation": 30.0, "grade": 2}},
        {"segmentation": [[1, 1, 9, 1, 9, 9], [20, 20, 30, 20, 30, 30]], "bbox": [1, 1, 29, 29]},
        {"segmentation": {"size": [80, 100], "counts": [0, 5, 7995]}, "iscrowd": 1},
        {"segmentation": {"size": [80, 100], "counts": "05kg7"}},
        {"bbox": [1, 2, 30, 40], "keypoints": [10, 10, 2, 20, 20, 1], "num_keypoints": 2},
        {"segments_info": [{"id": 1, "category_id": 7}], "file_name": "a.png"},
    ]
    own = [{"id": n, "image_id": 1, "category_id": 7, **a} for n, a in enumerate(annotations)]
    images = [{**_IMAGES[0], "label_values": [_VALUE], "pixels_sha256": "0" * 64}]
    return {"images": images, "categories": _CATEGORIES, "annotations": own}


def _label_studio() -> Any:
    results = [
        {"type": "rectanglelabels", "value": {**_PLACE, "rectanglelabels": ["x"]}},
        {"type": "polygonlabels", "value": {"points": _CORNERS, "polygonlabels": ["x"]}},
        {"type": "ellipselabels", "value": {**_ROUND, "ellipselabels": ["x"]}},
        {"type": "keypointlabels", "value": {"x": 5, "y": 5, "keypointlabels": ["x"]}},
        {"type": "brushlabels", "value": {**_BRUSH, "brushlabels": ["x"]}},
        {"type": "choices", "value": {"choices": ["AU1: absent", "x"]}, "meta": {"side": "L"}},
        {"type": "rectangle", "id": "p", "value": _PLACE},
        {"type": "labels", "id": "p", "value": {**_PLACE, "labels": ["x"]}},
        {"type": "textarea", "from_name": "t", "value": {**_PLACE, "text": ["x"]}},
    ]
    own = [{"id": str(n), **_SIZE, **one} for n, one in enumerate(results)]
    annotations = [{"completed_by": {"email": "a"}, "result": own}]
    predictions = [{"model_version": "m", "score": 0.5, "result": own[:1]}]
    data = {"image": "/data/upload/1/12345678-a.png", "image_uuid": "u"}
    return [{"data": data, "annotations": annotations, "predictions": predictions}]


def _via(**also: Any) -> Any:
    regions = [
        {"shape_attributes": shape, "region_attributes": {"kind": "x", "grade": {"1": True}}}
        for shape in (_RECT, _OUTLINE, _TURNED)
    ]
    file = {"filename": "a.png", "size": 1, "regions": regions, "file_attributes": {"is": "x"}}
    attributes = {"region": {"kind": {"options": {"1": "x"}}}}
    return {"_via_img_metadata": {"a": file}, "_via_attributes": attributes, **also}


def _via_3() -> Any:
    places = ([2, 1, 2, 3, 4], [7, 1, 1, 9, 1, 9, 9], [4, 50, 40, 5, 9], [1, 2, 3], [])
    return {
        "attribute": {"5": {"aname": "kind", "options": {"0": "x", "1": "AU1"}}},
        "file": {"7": {"fname": "a.png", "type": 2}},
        "view": {"1": {"fid_list": [7]}},
        "metadata": {
            str(n): {"vid": "1", "z": [], "xy": place, "av": {"5": "0"}}
            for n, place in enumerate(places)
        },
    }


def _labelme() -> Any:
    shapes = [
        {"points": [[1, 1], [9, 1], [9, 9]], "group_id": 1},
        {"points": [[21, 1], [29, 1], [29, 9]], "group_id": 1},
        {"shape_type": "rectangle", "points": [[1, 1], [9, 9]], "flags": {"far": True}},
        {"shape_type": "circle", "points": [[50, 40], [53, 44]]},
        {"shape_type": "mask", "points": [[1, 1], [9, 9]], "mask": "AAAA"},
        {"shape_type": "rotation", "points": [[50, 20], [60, 30], [50, 40], [40, 30]]},
    ]
    own = [{"label": "x", **shape} for shape in shapes]
    size = {"imageWidth": 100, "imageHeight": 80}
    return {"shapes": own, "imagePath": "a.png", "flags": {"x": True}, **size}


_CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><original_size><width>100</width>
<height>80</height></original_size><source>a.png</source></task></meta>
<image id="0" name="a.png" width="100" height="80">
<box label="x" source="auto" xtl="1" ytl="1" xbr="9" ybr="9" rotation="30" occluded="1">
<attribute name="grade">II</attribute></box><ellipse label="x" cx="50" cy="40" rx="5" ry="9"
rotation="20"/><polygon label="x" points="1,1;9,1;9,9"/><points label="x" points="3,4;5,6"/>
<mask label="x" rle="3, 5, 5, 5, 2" left="10" top="10" width="10" height="2"/>
<skeleton label="x"><points label="AU1" points="1,2"/></skeleton>
<tag label="x"><attribute name="value">absent</attribute></tag></image>
<track id="0" label="x"><box frame="0" keyframe="1" outside="0" xtl="1" ytl="1" xbr="9" ybr="9"/>
</track></annotations>"""
_VOC = """<?xml version="1.0" encoding="utf-8"?>
<annotation><filename>a.png</filename><size><width>100</width><height>80</height></size>
<object><name>x</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax>
<ymax>9</ymax></bndbox></object><object><name>x</name><robndbox><cx>50</cx><cy>40</cy><w>20</w>
<h>10</h><angle>0.5</angle></robndbox></object><object><name>x</name><polygon><x1>1</x1><y1>1</y1>
<x2>9</x2><y2>1</y2><x3>9</x3><y3>9</y3></polygon></object></annotation>"""
_VIA_TABLE = (
    "#filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,"
    'region_attributes\na.png,1,"{}",1,0,"{""name"":""point"",""cx"":3,""cy"":4}",'
    '"{""kind"":""x""}"\n'
)
_EXPORTED = (
    "image_uuid,original_file_name,file_name,width,height,pixels_sha256,source_sha256,label,rater,"
    "round,value,basis,intensity,side\nu,a.png,a.png,100,80,0,1,x,r,first,present,stated,A,L\n"
)
_REGIONS = (
    "image_uuid,label,rater,decision,region_type,x,y,width,height,outline,suggestion_score\n"
    "u,x,r,added,box,1,2,3,4,,0.5\n"
    'u,x,r,added,polygon,1,1,8,8,"[[1,1],[9,1],[9,9]]",\n'
)


def _label_map() -> bytes:
    pixels = np.zeros((80, 100), np.uint8)
    pixels[10:20, 30:50] = 1
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def _volume() -> bytes:
    values = np.zeros((100, 80, 2), np.uint8)
    values[30:50, 10:20] = 1
    return bytes(nib.Nifti1Image(values, np.diag([-1, -1, 1, 1])).to_bytes())


SEEDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "coco": ("coco", {"c.json": _coco()}),
    "coco results": (
        "coco",
        {
            "r.json": [{"image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4], "score": 87}],
            "t.json": {"images": _IMAGES, "categories": _CATEGORIES},
        },
    ),
    "label-studio": ("label-studio", {"t.json": _label_studio()}),
    "labelme": ("labelme", {"a.json": _labelme()}),
    "via": ("via", {"v.json": _via()}),
    "via 3": ("via", {"v.json": _via_3()}),
    "via table": ("via", {"v.csv": _VIA_TABLE}),
    "cvat": ("cvat", {"annotations.xml": _CVAT}),
    "voc": ("voc", {"a.xml": _VOC}),
    "yolo": (
        "yolo",
        {
            "data.yaml": "names: {0: x, 1: AU1}\nkpt_shape: [2, 3]\n",
            "a.txt": "0 .5 .5 .2 .2\n1 .5 .5 .2 .2 .9\n0 .5 .5 .2 .2 .4 .4 2 .6 .4 1\n",
        },
    ),
    "yolo-obb": ("yolo-obb", {"classes.txt": "x\n", "a.txt": "0 .1 .1 .3 .1 .3 .2 .1 .2\n"}),
    "yolo notes": (
        "yolo",
        {"notes.json": {"categories": [{"id": 0, "name": "x"}]}, "a.txt": "0 .1 .1 .3 .1 .3 .2\n"},
    ),
    "dota": ("dota", {"a.txt": "imagesource:x\n1 1 9 1 9 9 1 9 x 0\n"}),
    "csv": ("csv", {"t.csv": "file,label,boxes_xywh_px,rater\na.png,x,1 2 3 4;5 6 7 8,r\n"}),
    "csv of an export": ("csv", {"labels.csv": _EXPORTED, "regions.csv": _REGIONS}),
    "kaggle": (
        "kaggle",
        {"t.csv": "image_id,class_name,x1,y1,x2,y2,score\na,x,1,2,4,6,.5\na,AU1,,,,,\n"},
    ),
    "kaggle runs": ("kaggle", {"t.csv": "ImageId_ClassId,EncodedPixels\na_x,1 3 82 2\n"}),
    "kaggle bbox": ("kaggle", {"t.csv": 'id,width,height,bbox,class\na,100,80,"[1, 2, 3, 4]",x\n'}),
    "masks": (
        "masks",
        {"dataset.json": {"labels": {"background": 0, "x": 1}}, "labelsTr/a.png": _label_map()},
    ),
    "volume of labels": (
        "masks",
        {"dataset.json": {"labels": {"background": 0, "x": 1}}, "labelsTr/a.nii": _volume()},
    ),
    "openface": (
        "openface",
        {"a.csv": "frame, timestamp, confidence, success, AU01_r, AU01_c\n1, 0, .9, 1, 2, 1\n"},
    ),
    "py-feat": ("py-feat", {"a.csv": "input,frame,FaceRectX,AU01,AU12\na.png,0,1,.9,.1\n"}),
    "disfa": ("disfa", {"SN001_au12.txt": "1,0\n2,3\n"}),
    "bp4d": ("bp4d", {"AU_OCC/a.csv": "0,1,12\n1,9,1\n2,0,0\n"}),
}  # fmt: skip
"""A format, and files of it, JSON as values; each says all that its reader looks at."""


def written(folder: Path, files: Mapping[str, Any]) -> Path:
    """Write files; return the one, or their folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text, encoding="utf-8", errors="surrogatepass")
    return folder / next(iter(files)) if len(files) == 1 else folder


def mutated(files: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return the files with something in one of them damaged."""
    name = rng.choice(sorted(files))
    content = files[name]
    if isinstance(content, bytes):
        return {**files, name: _in_bytes(content, rng)}
    if not isinstance(content, str) and rng.random() < 0.7:
        return {**files, name: _in_json(content, rng)}
    text = content if isinstance(content, str) else json.dumps(content)
    return {
        **files,
        name: _in_text(text, rng) if rng.random() < 0.6 else _in_bytes(text.encode(), rng),
    }


def _in_json(value: Any, rng: random.Random) -> Any:
    value = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        holder, key = rng.choice(list(_places(value)) or [({"": value}, "")])
        if rng.random() < 0.2 and isinstance(holder, dict):
            del holder[key]
        else:
            holder[key] = copy.deepcopy(rng.choice(_ODD))
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if not isinstance(value, dict | list):
        return
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        yield from _places(inner)


def _in_text(text: str, rng: random.Random) -> bytes:
    """Replace a word, a number or a separator."""
    parts = list(re.finditer(r"[\w.+-]+|[,;\"<>=\n]", text))
    part = rng.choice(parts)
    replaced = text[: part.start()] + rng.choice(_ODD_TEXT) + text[part.end() :]
    return replaced.encode("utf-8", "surrogatepass")


def _in_bytes(sound: bytes, rng: random.Random) -> bytes:
    content = bytearray(sound)
    for _ in range(rng.choice((1, 1, 3, 9))):
        at = rng.randrange(len(content) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            content[at : at + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            del content[at : at + rng.randrange(1, 9)]
        elif kind == 2:
            content[at:at] = rng.choice(
                (b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"[" * 3000, b"9" * 400)
            )
        else:
            del content[at:]
        content = content or bytearray(b" ")
    return bytes(content)


def images_of(form: str, path: Path, report: TakeOverReport) -> list[ImportedImage]:
    """Read files, volumes slice by slice."""
    entries = import_format(form).read(path, LABELS, lambda _: (100, 80))
    kept = KeptEndings({}, Pseudonyms(lambda: b"0" * 32))
    finder = ImageFinder(SLICES, OriginalNames(()), kept, OwnDataSet(path))
    return list(in_slices(entries, SLICES, finder, report))


def read_through(form: str, path: Path) -> list[str]:
    """Read files and fit what they say onto an image; return every sentence that was said.

    Raises
    ------
    Whatever the reader raises that is not its refusal.
    """
    report = TakeOverReport()
    try:
        images = images_of(form, path, report)
    except IngestError as error:
        return [str(error)]
    names = LabelNames(LABELS, images)
    for image in images:
        report.faults += image.faults
        report.notes.update(image.notes)
        for region in names.named(image, report).regions:
            list(fitted(region, ASSET, report))
    return list(report.lines())
