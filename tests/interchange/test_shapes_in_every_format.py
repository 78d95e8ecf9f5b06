"""Every shape through every format: it reads back as what the table says, or is counted as lost."""

from __future__ import annotations

import json
import uuid
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from plain_records import drawn, plain_image, plain_png

from annotator.dataset.items import export_item
from annotator.domain import (
    REGION_TYPES,
    ImageRecord,
    Label,
    LabelSet,
    Mask,
    Region,
    region_from_json,
)
from annotator.errors import RegionError
from annotator.export import Source, export_format, export_formats, export_items
from annotator.formats import import_format
from annotator.formats.capacity import SHAPES
from annotator.formats.masks.pixels import brush_bytes, brush_mask, mask_of_runs
from annotator.formats.self_check import alike

TABLE = json.loads(Path(__file__).parents[1].joinpath("shapes/examples.json").read_text("utf-8"))
REGIONS: dict[str, Region] = {
    row["name"]: region_from_json(row["region"])
    for row in (*TABLE["regions"], *TABLE["masks"])
    if not row.get("refused")
}
LABELS = LabelSet((Label("x", "A finding", ""), Label("x", "A_finding", "")))
WIDTH, HEIGHT = 24, 20
TIME = datetime(2026, 5, 1, 12, tzinfo=UTC)

ITSELF = dict.fromkeys((*REGION_TYPES, "holes"), "itself")
POLYGONS = {**ITSELF, "rotated-box": "polygon", "ellipse": "polygon"}
PIXELS = {**dict.fromkeys((*REGION_TYPES, "holes"), "mask"), "mask": "itself"}
NOTHING = dict.fromkeys((*REGION_TYPES, "holes"), "nothing")
BOXES = {**dict.fromkeys((*REGION_TYPES, "holes"), "box"), "box": "itself", "point": "nothing"}
TURNED = {key: {"box": "rotated-box"}.get(value, value) for key, value in BOXES.items()}
BECOMES = {
    "coco": {**POLYGONS, "holes": "mask", "point": "nothing"},
    "coco-rle": PIXELS,
    "coco-panoptic": PIXELS,
    "yolo-pose": {**BOXES, "point": "itself"},
    "coco-keypoints": {**BOXES, "point": "itself"},
    "yolo-detect": BOXES,
    "yolo-segment": {
        **POLYGONS,
        "box": "polygon",
        "mask": "polygon",
        "holes": "polygon",
        "point": "nothing",
    },
    "yolo-obb": {**TURNED, "box": "rotated-box", "rotated-box": "itself"},
    "dota": {**TURNED, "box": "rotated-box", "rotated-box": "itself"},
    "voc": {**BOXES, "box": "box"},
    "cvat": {**ITSELF, "holes": "mask"},
    "label-studio": {**ITSELF, "holes": "mask"},
    "csv": ITSELF,
    "parquet": ITSELF,
    "png-masks": PIXELS,
    "nifti": PIXELS,
    "nnunet": PIXELS,
    "monai": PIXELS,
    "hugging-face": {**POLYGONS, "holes": "mask"},
    "dicom-sr": {
        **POLYGONS,
        "box": "polygon",
        "mask": "polygon",
        "holes": "polygon",
        "ellipse": "itself",
    },
    "dicom-seg": PIXELS,
    **dict.fromkeys(("dicom-map", "openface", "py-feat", "disfa", "bp4d", "facs-events"), NOTHING),
}
"""What the shapes become, format by format; ``holes``: a polygon that has some."""

READ_BY = {
    "coco": "coco",
    "coco-rle": "coco",
    "coco-panoptic": "coco",
    "yolo-detect": "yolo",
    "yolo-segment": "yolo",
    "yolo-obb": "yolo-obb",
    "dota": "dota",
    "voc": "voc",
    "cvat": "cvat",
    "label-studio": "label-studio",
    "csv": "csv",
    "png-masks": "masks",
    "nifti": "masks",
    "nnunet": "masks",
    "monai": "masks",
}


def records(regions: list[Region]) -> list[ImageRecord]:
    """An image for each region."""
    return [
        drawn(
            plain_image(number, WIDTH, HEIGHT, file_name=f"{number:03}.png"), ("A finding", region)
        )
        for number, region in enumerate(regions, start=1)
    ]


def exported(target: Path, name: str, regions: list[Region]) -> Path:
    source = Source(iter(records(regions)), LABELS, "p", uuid.UUID(int=7), plain_png)
    return export_items(source, target, format_name=name).folder


def number_of(stem: str) -> int:
    """The number of an image, by its name or its identity."""
    return int(stem[:3]) or uuid.UUID(stem).int


def of_table(region: Region) -> str:
    return "holes" if region.kind == "polygon" and len(region.rings) > 1 else region.kind


def lost(name: str, record: ImageRecord) -> set[str]:
    """What a format says it loses of a region, beside what it loses of any."""
    capacity, item = export_format(name).capacity, export_item(1, record, copied=True)
    carries = replace(capacity, shapes=SHAPES, holes=True, joined=True, clipped=False)
    return set(capacity.losses(item)) - set(carries.losses(item))


def test_the_table_has_every_format_and_every_shape() -> None:
    assert set(BECOMES) == set(export_formats())
    assert {of_table(region) for region in REGIONS.values()} == set(ITSELF)


@pytest.mark.parametrize("name", BECOMES)
def test_every_shape_is_what_the_table_says_or_counted_as_lost(name: str) -> None:
    for region, record in zip(REGIONS.values(), records([*REGIONS.values()]), strict=True):
        made = export_format(name).capacity.regions(region, WIDTH, HEIGHT)
        becomes = BECOMES[name][of_table(region)]
        if becomes == "itself":
            assert made == (region,)
            assert not lost(name, record)
        else:
            assert {one.kind for one in made} == ({becomes} - {"nothing"})
            if made != (region,):
                words = " ".join(lost(name, record))
                assert any(w in words for w in (region.plural, "regions left out", "holes filled"))
        joined = export_format(name).capacity.joined or len(made) < 2
        assert joined or "each piece written as a region of its own" in " ".join(lost(name, record))
        filled = len(region.rings) > 1 and {one.kind for one in made} == {"polygon"}
        if filled and made != (region,) and any(p.holes for p in region.polygons()):
            assert "holes filled" in lost(name, record)
        if "mask" in {one.kind for one in made}:
            (mask,) = made
            assert (mask.mask(HEIGHT, WIDTH) == region.mask(HEIGHT, WIDTH)).all()


@pytest.mark.parametrize("name", export_formats())
def test_every_shape_is_exported_and_checked_and_read_back(name: str, tmp_path: Path) -> None:
    """The format's own check passes; our importer, where there is one, gives the same regions."""
    regions = [*REGIONS.values(), *(r.moved(-3, -2) for r in REGIONS.values())]
    folder = exported(tmp_path / "out", name, regions)
    if name not in READ_BY:
        return
    sizes = {record.image.file_name: (WIDTH, HEIGHT) for record in records(regions)}
    stems = {key.removesuffix(".png"): size for key, size in sizes.items()}
    form = import_format(READ_BY[name])
    read = {
        number_of(Path(image.file_name).stem): image
        for image in form.read(folder, LABELS, lambda n: (stems | sizes).get(n) or (WIDTH, HEIGHT))
        if image.regions or image.faults
    }
    capacity = export_format(name).capacity
    for number, region in enumerate(regions, start=1):
        made = capacity.regions(region, WIDTH, HEIGHT)
        image = read.pop(number, None)
        got = [one.region for one in image.regions] if image else []
        assert len(got) == len(made), (region, image)
        assert image is None or not image.faults
        for one, other in zip(made, got, strict=True):
            assert alike(one, other, capacity.resolution_px), (one, other)
    assert not read


def test_a_mask_of_very_many_pieces_is_carried_or_left_out_in_words(tmp_path: Path) -> None:
    pieces = Mask.of(np.indices((64, 64)).sum(0) % 2 == 0)
    (record,) = records([pieces])
    image = replace(record.image, width=64, height=64)
    for name in ("coco", "cvat", "label-studio", "yolo-segment", "dicom-sr"):
        source = Source([replace(record, image=image)], LABELS, "p", uuid.UUID(int=7), plain_png)
        report = export_items(source, tmp_path / name, format_name=name)
        left_out = "1 mask of more than 1000 pieces, left out"
        assert (left_out in report.losses()) == (name == "dicom-sr")


@pytest.mark.filterwarnings("ignore:__array__ implement:DeprecationWarning")
def test_pycocotools_and_datasets_users_decode_the_very_pixels(tmp_path: Path) -> None:
    import pyarrow.parquet as pq
    from pycocotools import mask as coco_mask
    from pycocotools.coco import COCO

    regions = [r for r in REGIONS.values() if of_table(r) in ("mask", "holes")]
    coco = COCO(str(exported(tmp_path / "coco", "coco", regions) / "annotations.json"))
    rows = pq.read_table(
        exported(tmp_path / "hf", "hugging-face", regions) / "data" / "train" / "metadata.parquet"
    ).to_pylist()
    for annotation, region, row in zip(coco.anns.values(), regions, rows, strict=True):
        pixels = region.mask(HEIGHT, WIDTH)
        assert annotation["iscrowd"] == 0, "compressed run lengths are no sign of a crowd"
        assert (coco.annToMask(annotation).astype(bool) == pixels).all()
        assert annotation["area"] == pixels.sum() == coco_mask.area(annotation["segmentation"])
        assert annotation["bbox"] == coco_mask.toBbox(annotation["segmentation"]).tolist()
        rle = {"size": [HEIGHT, WIDTH], "counts": row["objects"]["rle"][0]}
        assert (coco_mask.decode(rle).astype(bool) == pixels).all()


def test_cvat_has_masks_row_by_row_and_turns_boxes_about_their_centre(tmp_path: Path) -> None:
    regions = [r for r in REGIONS.values() if r.kind in ("mask", "rotated-box")]
    file = exported(tmp_path / "cvat", "cvat", regions) / "annotations.xml"
    for image, region in zip(ET.parse(file).getroot().iter("image"), regions, strict=True):
        shape = image[0]
        if shape.tag == "mask":
            counts = [int(text) for text in shape.attrib["rle"].split(", ")]
            left, top, width, height = (
                int(shape.attrib[k]) for k in ("left", "top", "width", "height")
            )
            flat = np.concatenate([np.full(n, i % 2) for i, n in enumerate(counts)])
            whole = np.zeros((HEIGHT, WIDTH), bool)
            whole[top : top + height, left : left + width] = flat.reshape(height, width)
            assert (whole == region.mask(HEIGHT, WIDTH)).all()
            continue
        xtl, ytl, xbr, ybr = (float(shape.attrib[k]) for k in ("xtl", "ytl", "xbr", "ybr"))
        angle = np.radians(float(shape.attrib["rotation"]))
        assert 0 <= float(shape.attrib["rotation"]) < 360
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        centre = np.array([(xtl + xbr) / 2, (ytl + ybr) / 2])
        corners = np.array([(xtl, ytl), (xbr, ytl), (xbr, ybr), (xtl, ybr)])
        assert (corners - centre) @ turn.T + centre == pytest.approx(np.array(region.outline))


def rle_pack_decoded(data: bytes) -> list[int]:
    """Label Studio's bytes as the description of rle-pack reads them, bit by bit."""
    bits = "".join(f"{byte:08b}" for byte in data)
    place = 0

    def read(count: int) -> int:
        nonlocal place
        place += count
        return int(bits[place - count : place], 2)

    number, word = read(32), read(5) + 1
    sizes = [read(4) + 1 for _ in range(4)]
    out: list[int] = []
    while len(out) < number:
        same = read(1)
        length = read(sizes[read(2)]) + 1
        out += [read(word)] * length if same else [read(word) for _ in range(length)]
    return out


@given(arrays(bool, st.tuples(st.integers(1, 300), st.integers(1, 20))).filter(np.any))
def test_label_studios_brush_there_and_back(pixels: np.ndarray) -> None:
    height, width = pixels.shape
    data = brush_bytes(pixels)
    rgba = np.array(rle_pack_decoded(data)).reshape(height, width, 4)
    assert (rgba == np.where(pixels, 255, 0)[:, :, None]).all()
    assert (brush_mask(list(data), width, height).mask(height, width) == pixels).all()


def test_label_studios_own_brush_with_colours_and_runs_that_differ() -> None:
    """Red on nothing, as its editor writes it: runs of bytes that differ between equal ones."""

    def words(*values: int) -> str:
        return "".join(f"{value:08b}" for value in values)

    head = f"{4 * 6:032b}{7:05b}" + "".join(f"{size - 1:04b}" for size in (3, 4, 8, 16))
    nothing = f"100{3:03b}{words(0)}"
    differ = f"001{11:04b}{words(252, 3, 3, 255, 252, 3, 3, 255, 9, 9, 9, 127)}"
    bits = head + nothing + differ + f"100{7:03b}{words(0)}"
    data = [int(bits[n : n + 8].ljust(8, "0"), 2) for n in range(0, len(bits), 8)]
    assert brush_mask(data, 3, 2).mask(2, 3).tolist() == [[False, True, True], [False] * 3]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([0, 0, 0, 1], "1 values and an image of 3 x 2 px has 24"),
        ([], "ends before"),
        ([0, 0, 0, 24, 0x38], "ends before"),
        ([300], "no list of bytes"),
        ("text", "no list of bytes"),
        (list(brush_bytes(np.ones((2, 3), bool)))[:-1], "ends before"),
        (list(brush_bytes(np.zeros((2, 3), bool))), "no pixel"),
    ],
)
def test_a_brush_that_is_none_is_refused_in_words(data: list[int], words: str) -> None:
    with pytest.raises(RegionError, match=words):
        brush_mask(data, 3, 2)


@pytest.mark.parametrize(
    ("counts", "width", "height", "words"),
    [
        ([6], 3, 2, "no pixel"),
        ([0, 5], 3, 2, "do not fill 6"),
        ([-1, 7], 3, 2, "do not fill 6"),
        ([0.5], 3, 2, "fill"),
        (["a"], 3, 2, "no whole numbers"),
        ([0, 10**12], 10**6, 10**6, "none of an image"),
        ([0, 6], 3.0, 2, "is none"),
        ([0, 6], 0, 2, "none of an image"),
    ],
)
def test_run_lengths_that_are_none_of_the_mask_are_refused_in_words(
    counts: list[int], width: int, height: int, words: str
) -> None:
    with pytest.raises(RegionError, match=words):
        mask_of_runs(counts, width, height)


def test_a_mask_of_noise_is_left_out_in_words_where_polygons_would_have_no_end() -> None:
    pixels = np.zeros((1000, 1000), bool)
    pixels[::2, ::2] = True
    mask = Mask.of(pixels)
    assert mask is not None
    assert mask.pieces == 250_000
    yolo = export_format("yolo-segment").capacity
    assert yolo.regions(mask, 1000, 1000) == ()
    (record,) = records([mask])
    record = replace(record, image=replace(record.image, width=1000, height=1000))
    assert "masks of more than 100000 pieces, left out" in lost("yolo-segment", record)
