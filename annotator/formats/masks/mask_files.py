"""Masks: one file for each label of each read that has regions, and a table of all of them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...dataset.items import Assessment, ExportItem
from ...domain import BoolMask, ImageAsset, LabelSet
from ..capacity import SAYS_ALL
from ..export_format import CheckItems, WriteItems
from ..self_check import require

FOLDER = "masks"
TABLE = "masks.csv"

SAYS = replace(SAYS_ALL, shapes=frozenset({"mask"}), decisions=False)

CONVENTIONS = {
    "pixels": "those whose centre lies inside a region; regions of one label, rater and round are "
    "one mask",
    "masks.csv": "a row for each image, rater, round and label; file is empty where there is no "
    "region: value says whether the label is absent or was not assessed",
}

_COLUMNS = (
    "file",
    "image_uuid",
    "file_name",
    "split",
    "review",
    "label",
    "rater",
    "round",
    "value",
    "basis",
    "intensity",
    "side",
    "pixels",
)

Save = Callable[[Path, BoolMask, ImageAsset], None]
Load = Callable[[Path], BoolMask]


@dataclass(frozen=True, slots=True)
class _Layer:
    said: Assessment
    name: str
    mask: BoolMask | None


def writer(ending: str, save: Save) -> WriteItems:
    """Return what writes the masks by `save`, in files of this ending."""

    def write(folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: str) -> None:
        del project
        (folder / FOLDER).mkdir()
        with (folder / TABLE).open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out, lineterminator="\r\n")
            table.writerow(_COLUMNS)
            for item in items:
                for layer in _layers(item, labels, ending):
                    table.writerow(_row(item, layer))
                    if layer.mask is not None:
                        save(folder / layer.name, layer.mask, item.image)

    return write


def checker(ending: str, load: Load) -> CheckItems:
    """Return what reads every mask back by `load` and compares its pixels."""

    def check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
        files = 0
        with (folder / TABLE).open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines)
            require(next(rows, None) == list(_COLUMNS), f"the head of {TABLE}")
            for item in items:
                for layer in _layers(item, labels, ending):
                    require(next(rows, None) == _row(item, layer), f"a row of image {item.number}")
                    if layer.mask is not None:
                        files += 1
                        same = np.array_equal(load(folder / layer.name), layer.mask)
                        require(same, f"the pixels of a mask of image {item.number}")
            require(next(rows, None) is None, f"the end of {TABLE}")
        found = sum(1 for _ in (folder / FOLDER).iterdir())
        require(found == files, "the number of masks")

    return check


def _layers(item: ExportItem, labels: LabelSet, ending: str) -> Iterator[_Layer]:
    height, width = item.image.height, item.image.width
    reads = {(read.rater, read.round): n for n, read in enumerate(item.reads, start=1)}
    places = {code: place for place, code in enumerate(labels.codes, start=1)}
    for said in item.assessments(labels):
        if not said.regions:
            yield _Layer(said, "", None)
            continue
        number = reads[said.rater, said.round]
        mask = np.zeros((height, width), dtype=bool)
        for stated in item.reads[number - 1].regions:
            if stated.label == said.label:
                mask |= stated.region.mask(height, width)
        name = f"{FOLDER}/{item.stem}.read{number}.label{places[said.label]}{ending}"
        yield _Layer(said, name, mask)


def _row(item: ExportItem, layer: _Layer) -> list[str]:
    said = layer.said
    return [
        layer.name,
        str(item.image.id),
        item.file_name,
        item.split,
        str(item.review),
        *said.words,
        "" if layer.mask is None else str(int(layer.mask.sum())),
    ]
