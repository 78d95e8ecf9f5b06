"""Masks: one file for each label of each read that has regions, and a table of all of them.

Slices of one volume share a file, if the format has volumes: the mask is on the volume's grid.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...dataset.items import Assessment, ExportItem
from ...dataset.project_facts import ProjectFacts
from ...dataset.volumes import Volume, VolumePart
from ...domain import BoolMask, ImageAsset, LabelSet, Mask, Review, VolumeGrid
from ...domain.regions import union_mask
from ..capacity import SAYS_ALL
from ..export_format import CheckItems, WriteItems
from ..self_check import require

FOLDER = "masks"
TABLE = "masks.csv"
VOLUMES = "volumes.csv"

SAYS = replace(SAYS_ALL, shapes=frozenset({"mask"}), decisions=False)

CONVENTIONS = {
    "pixels": "those whose centre lies inside a region; regions of one label, rater and round are "
    "one mask",
    "masks.csv": "a row for each image, rater, round and label; file is empty where there is no "
    "region: value says whether the label is absent or was not assessed",
}

PLACE = ("slices", "slice", "columns", "rows")
"""Columns of the table: as of `SlicePlace`."""
_COLUMNS = (
    "file",
    "image_uuid",
    "file_name",
    "original_file_name",
    "frame",
    "pixels_sha256",
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
_VOLUME_COLUMNS = ("volume", "source", "slices", "in_data_set", "reviewed", "annotated")
_OPEN_VOLUMES = 8
"""How many volumes the self-check keeps at hand: one for each label, as a rule."""

Values = npt.NDArray[np.uint8]
Save = Callable[[Path, BoolMask, ImageAsset], None]
Load = Callable[[Path], BoolMask]


@dataclass(frozen=True, slots=True)
class VolumeFiles:
    """How masks of volumes are written, and read back with the affine they have."""

    save: Callable[[Path, Values, VolumeGrid], None]
    load: Callable[[Path], tuple[Values, npt.NDArray[np.float64]]]


@dataclass(frozen=True, slots=True)
class _Layer:
    said: Assessment
    name: str
    mask: BoolMask | None
    part: VolumePart | None


@dataclass(slots=True)
class _VolumeRow:
    """What the data set has of a volume."""

    volume: Volume
    slices: int
    readers: dict[tuple[str, str], int] = field(default_factory=dict)
    in_data_set: int = 0
    reviewed: int = 0
    annotated: int = 0

    def cells(self) -> list[str]:
        counts = (self.slices, self.in_data_set, self.reviewed, self.annotated)
        return [self.volume.name, self.volume.source, *map(str, counts)]


class _Layers:
    """Goes through the masks of a data set, image by image, and counts what volumes have."""

    def __init__(self, labels: LabelSet, ending: str, *, in_volumes: bool) -> None:
        self.columns = [*_COLUMNS, *(PLACE if in_volumes else ())]
        self.volumes: dict[str, _VolumeRow] = {}
        self._labels = labels
        self._ending = ending
        self._in_volumes = in_volumes
        self._places = labels.numbered(1)

    def of(self, item: ExportItem) -> Iterator[_Layer]:
        """Yield the mask of each label of each read of an image, or that there is none."""
        height, width = item.image.height, item.image.width
        reads = {(read.rater, read.round): read for read in item.reads}
        numbers = {key: n for n, key in enumerate(reads, start=1)}
        part = item.volume() if self._in_volumes else None
        stem = item.stem
        if part is not None:
            stem = part.volume.name
            row = self.volumes.setdefault(stem, _VolumeRow(part.volume, part.slices))
            row.in_data_set += 1
            row.reviewed += item.review is Review.REVIEWED
            row.annotated += bool(item.stated)
            for key in reads:
                row.readers.setdefault(key, len(row.readers) + 1)
            numbers = row.readers
        for said in item.assessments(self._labels):
            if not said.regions:
                yield _Layer(said, "", None, part)
                continue
            key = said.rater, said.round
            own = (one.region for one in reads[key].regions if one.label == said.label)
            mask = union_mask(own, height, width)
            place = self._places[said.label]
            name = f"{FOLDER}/{stem}.read{numbers[key]}.label{place}{self._ending}"
            yield _Layer(said, name, mask, part)

    def row(self, item: ExportItem, layer: _Layer) -> list[str]:
        """Return a mask's row of the table."""
        place = () if layer.part is None else map(str, astuple(layer.part.place))
        row = [
            layer.name,
            str(item.image.id),
            item.file_name,
            item.image.file_name,
            "" if item.image.frame is None else str(item.image.frame),
            item.image.pixels_sha256,
            item.split,
            str(item.review),
            *layer.said.words,
            "" if layer.mask is None else str(int(layer.mask.sum())),
            *place,
        ]
        return row + [""] * (len(self.columns) - len(row))


def writer(ending: str, save: Save, volumes: VolumeFiles | None = None) -> WriteItems:
    """Return what writes the masks by `save`, in files of this ending; of slices by `volumes`."""

    def write(
        folder: Path, items: Iterable[ExportItem], labels: LabelSet, project: ProjectFacts
    ) -> None:
        del project
        (folder / FOLDER).mkdir()
        layers = _Layers(labels, ending, in_volumes=volumes is not None)
        # As run lengths: slices of one volume need not follow each other.
        slices: dict[str, list[tuple[VolumePart, Mask | None]]] = {}
        with (folder / TABLE).open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out, lineterminator="\r\n")
            table.writerow(layers.columns)
            for item in items:
                for layer in layers.of(item):
                    table.writerow(layers.row(item, layer))
                    if layer.mask is None:
                        continue
                    if layer.part is None:
                        save(folder / layer.name, layer.mask, item.image)
                    else:
                        own = slices.setdefault(layer.name, [])
                        own.append((layer.part, Mask.of(layer.mask)))
        if volumes is None:
            return
        for name, parts in slices.items():
            grid = parts[0][0].volume.grid
            values = np.zeros(grid.shape, dtype=np.uint8)
            for part, mask in parts:
                if mask is not None:
                    plane = part.place.view(values)
                    plane[...] = mask.mask(*plane.shape)
            volumes.save(folder / name, values, grid)
        with (folder / VOLUMES).open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out, lineterminator="\r\n")
            table.writerow(_VOLUME_COLUMNS)
            table.writerows(row.cells() for row in layers.volumes.values())

    return write


def checker(ending: str, load: Load, volumes: VolumeFiles | None = None) -> CheckItems:
    """Return what reads every mask back by `load` and `volumes` and compares its pixels."""

    def check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
        layers = _Layers(labels, ending, in_volumes=volumes is not None)
        stacks = _Stacks(folder, volumes)
        files = 0
        with (folder / TABLE).open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines)
            require(next(rows, None) == layers.columns, f"the head of {TABLE}")
            for item in items:
                for layer in layers.of(item):
                    row = layers.row(item, layer)
                    require(next(rows, None) == row, f"a row of image {item.number}")
                    if layer.mask is None:
                        continue
                    if layer.part is None:
                        files += 1
                        read = load(folder / layer.name)
                    else:
                        read = stacks.plane(layer.name, layer.part, layer.mask)
                    same = np.array_equal(read, layer.mask)
                    require(same, f"the pixels of a mask of image {item.number}")
            require(next(rows, None) is None, f"the end of {TABLE}")
        stacks.check()
        found = sum(1 for _ in (folder / FOLDER).iterdir())
        require(found == files + len(stacks.marked), "the number of masks")
        if volumes is not None:
            with (folder / VOLUMES).open(encoding="utf-8", newline="") as lines:
                rows = csv.reader(lines)
                require(next(rows, None) == list(_VOLUME_COLUMNS), f"the head of {VOLUMES}")
                stated = [row.cells() for row in layers.volumes.values()]
                require(list(rows) == stated, f"the rows of {VOLUMES}")

    return check


class _Stacks:
    """Reads masks of volumes back, a slice at a time, and sees that the other slices are 0."""

    def __init__(self, folder: Path, files: VolumeFiles | None) -> None:
        self.marked: dict[str, tuple[VolumeGrid, int]] = {}
        self._load = lru_cache(_OPEN_VOLUMES)(
            lambda name: files.load(folder / name) if files is not None else None
        )

    def _read(self, name: str) -> tuple[Values, npt.NDArray[np.float64]]:
        read = self._load(name)
        if read is None:
            raise AssertionError("Only a format with volumes has slices.")
        return read

    def plane(self, name: str, part: VolumePart, mask: BoolMask) -> BoolMask:
        """Return what a volume's file has of a slice, whose mask is counted."""
        grid = part.volume.grid
        _, before = self.marked.get(name, (grid, 0))
        self.marked[name] = grid, before + int(mask.sum())
        values = self._read(name)[0]
        require(values.shape == grid.shape, f"the size of {name}")
        inside: BoolMask = part.place.view(values) == 1
        return inside

    def check(self) -> None:
        """Compare each volume's voxels in number, and its affine with the source's."""
        for name, (grid, marked) in self.marked.items():
            values, affine = self._read(name)
            require(np.count_nonzero(values) == marked, f"the voxels of {name}")
            require(np.allclose(affine, grid.affine, rtol=1e-4, atol=1e-3), f"the affine of {name}")
