"""COCO panoptic: a picture for each image, whose colours number its regions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ...dataset.items import ExportItem
from ...dataset.project_facts import ProjectFacts
from ...domain import LabelSet
from ...errors import ExportError
from ..capacity import SAYS_ALL
from ..export_format import ExportFormat
from ..masks.flattening import flattened
from ..self_check import require
from .coco import category_entry, head_of, image_entry
from .coco_files import CocoFiles

SAYS = replace(SAYS_ALL, shapes=frozenset({"mask"}), layered=False)

CONVENTIONS = {
    "annotations/panoptic_PART.json": "COCO's panoptic format, a file for each split (train where "
    "there are none); its pictures in the folder of its name, the images in images/PART",
    "colours": "the id of a segment is R + 256 G + 65536 B; 0 is no region",
    "segments": "the pixels whose centre lies inside a region; where regions overlap, the smaller "
    "one is on top, of two of one size the later one; area and bbox are of the pixels left",
    "category_id": "place of the label in the project's label set, from 1; all are things",
    "review": "of an image: 'reviewed' (no segment means no finding, but for labels not offered), "
    "'in progress' or 'not reviewed' (no segment means nothing)",
    "segment keys": "annotation_uuid, region_uuid, rater, decision, round",
}


def _part(item: ExportItem) -> str:
    return f"images/{item.split or 'train'}"


def _file_of(split: str) -> str:
    return f"annotations/panoptic_{split or 'train'}.json"


def _picture_of(item: ExportItem) -> str:
    return f"annotations/panoptic_{item.split or 'train'}/{item.stem}.png"


def _segments(
    item: ExportItem, ids: dict[str, int]
) -> tuple[npt.NDArray[np.int64], list[dict[str, Any]]]:
    """Return the number of each pixel's segment, shape (H, W), and what the segments are."""
    width, height = item.image.width, item.image.height
    placed = [(one, r) for one in item.stated for r in SAYS.regions(one.region, width, height)]
    numbers, layers = flattened([region for _, region in placed], height, width)
    segments = []
    for number, ((one, _), layer) in enumerate(zip(placed, layers, strict=True), start=1):
        if not layer.seen_px:
            continue
        rows, columns = np.nonzero(numbers[layer.window] == number)
        down, across = layer.window
        left, top = across.start + int(columns.min()), down.start + int(rows.min())
        segments.append(
            {
                "id": number,
                "category_id": ids[one.label],
                "area": layer.seen_px,
                "bbox": [left, top, int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1],
                "iscrowd": 0,
                "annotation_uuid": one.id,
                "region_uuid": one.region_id,
                "rater": one.rater,
                "decision": one.decision,
                "round": one.round,
            }
        )
    return numbers, segments


@dataclass(frozen=True, slots=True)
class _Image:
    """An image as it is written: its segments are found once, for the picture and for the file."""

    number: int
    split: str
    picture: str
    entry: Mapping[str, Any]
    annotation: Mapping[str, Any]
    colours: npt.NDArray[np.uint8]


def _images(items: Iterable[ExportItem], labels: LabelSet) -> Iterator[_Image]:
    ids = labels.numbered(1)
    for item in items:
        numbers, segments = _segments(item, ids)
        annotation = {
            "image_id": item.number,
            "file_name": f"{item.stem}.png",
            "segments_info": segments,
        }
        picture, colours = _picture_of(item), _colours(numbers)
        yield _Image(item.number, item.split, picture, image_entry(item), annotation, colours)


def _colours(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    return np.stack([numbers >> shift & 255 for shift in (0, 8, 16)], axis=2).astype(np.uint8)


def _files(labels: LabelSet) -> CocoFiles[_Image]:
    categories = [{**category_entry(n, one), "isthing": 1} for n, one in enumerate(labels, 1)]
    return CocoFiles(
        _file_of,
        categories,
        lambda image: image.entry,
        lambda image: [image.annotation],
        numbered=False,
    )


def _write(
    folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
) -> None:
    def drawn() -> Iterator[_Image]:
        for image in _images(items, labels):
            path = folder / image.picture
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image.colours).save(path, "PNG")
            yield image

    _files(labels).write(folder, drawn(), head_of(project))


def _check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
    def looked_at() -> Iterator[_Image]:
        for image in _images(items, labels):
            what = f"the picture of the segments of image {image.number}"
            try:
                with Image.open(folder / image.picture) as opened:
                    read = np.asarray(opened)
            except (OSError, SyntaxError):
                raise ExportError(f"{what} cannot be read back; check the disk.") from None
            require(np.array_equal(read, image.colours), what)
            yield image

    _files(labels).check(folder, looked_at())


FORMAT = ExportFormat(
    "coco-panoptic",
    "COCO panoptic (one picture of all regions)",
    CONVENTIONS,
    SAYS,
    _write,
    _check,
    pictures=_part,
    prefixed=True,
)
