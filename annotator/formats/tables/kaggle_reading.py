"""Tables of boxes or run lengths as data sets on Kaggle have them: a row a region.

Columns are known by the names that they have there; see ``docs/formats.md``. Run lengths
(``EncodedPixels``) are pairs of a start, counted from 1 down the columns, and a length.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...domain import BoundingBox, LabelSet, Mask, Presence, Region
from ...errors import IngestError, RegionError
from ..import_format import ImportFormat, SizeOf
from ..imported import (
    ENTRY_FAULTS,
    IN_PERCENT,
    ImportedImage,
    ImportedImages,
    ImportedRegion,
    ImportedValue,
    reason,
    scaled_score,
    score_scale,
)
from ..markup.one_file import one_file
from ..masks.pixels import require_size, some_pixels
from .csv_reading import columns_in_words, read_rows

_Row = Mapping[str, str]

_IMAGES = (
    *("image_id", "imageid", "image", "image_name", "file_name", "filename", "file"),
    *("image_path", "path", "patientid", "img_id", "img", "id"),
)
_BOTH = "imageid_classid"
_LABELS = ("label", "class_name", "class", "category", "labelname", "class_id", "classid", "labels")
_RATERS = ("rad_id", "rater", "annotator")
_SCORES = ("score", "confidence", "conf")
_CORNERS = (
    ("x_min", "y_min", "x_max", "y_max"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("x1", "y1", "x2", "y2"),
)
_SIDES = (("x", "y", "width", "height"), ("x", "y", "w", "h"))
_ONE_FIELD = "bbox"
_RUNS = ("encodedpixels", "rle", "rle_mask")
_NONE = ("", "-1", "nan", "none", "null", "[]")
_NO_PLACE = "rows without a place left out: nothing tells what is said of the image"
_SHARES = "boxes in shares of their image, by its size in the project"
_ONLY_LABEL = "regions taken over for the only label of the project: the table names none"


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    file = one_file(path, ["*.csv"])
    columns, rows = read_rows(file)
    table = _Columns.of(columns, [row for _, row in rows], labels, file)
    images: dict[str, list[tuple[int, _Row]]] = {}
    for line, row in rows:
        images.setdefault(table.image_of(row), []).append((line, row))
    for name, own in images.items():
        yield _image(name, own, table, size_of)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which columns of a table say what.

    Attributes
    ----------
    image, label, rater, score, runs : str
        Empty where there is none.
    box : tuple of str
        Four columns, or the one that holds four numbers; empty where there is none.
    corners : bool
        Whether the last two of them are the lower right corner, not the size.
    shares : bool
        Whether they are parts of the image's size.
    sized : bool
        Whether width and height are those of the image.
    scale : int
        What scores are parts of.
    only : str
        The only label there is, where no column names them.
    """

    image: str
    label: str
    rater: str
    score: str
    runs: str
    box: tuple[str, ...]
    corners: bool
    shares: bool
    sized: bool
    scale: int
    only: str

    @classmethod
    def of(
        cls, columns: Sequence[str], rows: Sequence[_Row], labels: LabelSet, path: Path
    ) -> _Columns:
        """Find the columns by their names.

        Raises
        ------
        IngestError
            If there is none of images or of places, or none of labels and several labels.
        """
        image, label, rater, score, runs = (
            next((name for name in names if name in columns), "")
            for names in ((_BOTH, *_IMAGES), _LABELS, _RATERS, _SCORES, _RUNS)
        )
        corners = next((names for names in _CORNERS if set(names) <= set(columns)), ())
        sides = next((names for names in _SIDES if set(names) <= set(columns)), ())
        box = corners or ((_ONE_FIELD,) if _ONE_FIELD in columns else sides)
        if not image or not (box or runs):
            raise IngestError(
                f"{path.name} needs a column image_id and a box (bbox, or x_min, y_min, x_max, "
                f"y_max) or EncodedPixels; it has {columns_in_words(columns)}."
            )
        if not label and image != _BOTH and len(labels) != 1:
            raise IngestError(
                f"{path.name} has no column label, and the project has {len(labels)} labels; write "
                "the column."
            )
        only = "" if label or image == _BOTH else labels.codes[0]
        places = [number for row in rows for number in _numbers_or_none(row, box)]
        shares = bool(places) and max(places) <= 1 and len(set(places) - {0.0, 1.0}) > 0
        sized = {"width", "height"} <= set(columns) and not {"width", "height"} & set(box)
        scale = score_scale(row[score] for row in rows) if score else 1
        return cls(
            *(image, label, rater, score, runs, box, bool(corners), shares, sized, scale, only)
        )

    def image_of(self, row: _Row) -> str:
        """Return the name of a row's image."""
        text = row[self.image].strip()
        return text.rpartition("_")[0] if self.image == _BOTH else text

    def label_of(self, row: _Row) -> str:
        """Return a row's label."""
        if self.only:
            return self.only
        text = row[self.label or self.image].strip()
        return text if self.label else text.rpartition("_")[2]


def _numbers_or_none(row: _Row, box: Sequence[str]) -> list[float]:
    try:
        return [] if _empty(row, box) else _numbers(row, box)
    except ENTRY_FAULTS:
        return []


def _empty(row: _Row, columns: Sequence[str]) -> bool:
    return all(row[column].strip().lower() in _NONE for column in columns)


def _numbers(row: _Row, box: Sequence[str]) -> list[float]:
    if len(box) == 1:
        text = row[box[0]].strip().strip("[]()")
        numbers = [float(part) for part in text.replace(",", " ").split()]
    else:
        numbers = [float(row[column]) for column in box]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise RegionError(f"its box is {len(numbers)} numbers; write four.")
    return numbers


def _image(
    name: str, rows: Sequence[tuple[int, _Row]], table: _Columns, size_of: SizeOf
) -> ImportedImage:
    regions: list[ImportedRegion] = []
    values: dict[tuple[str, str], ImportedValue] = {}
    faults: list[str] = []
    notes: Counter[str] = Counter()
    size = _size(name, rows[0][1], table, size_of)
    for line, row in rows:
        try:
            label = table.label_of(row)
            rater = row[table.rater].strip() if table.rater else ""
            score = (row[table.score].strip() or None) if table.score else None
            score = scaled_score(score, table.scale) if score is not None else None
            region = _region(row, table, size)
            if region is not None:
                regions.append(ImportedRegion(label, region, rater, score, score is not None))
                notes[_SHARES] += table.shares
                notes[_ONLY_LABEL] += bool(table.only)
                notes[IN_PERCENT] += table.scale != 1
            elif table.label and not table.runs:
                # As "No finding" is said. An empty mask is not: the class of the row is not there.
                values[label, rater] = ImportedValue(
                    label, Presence.PRESENT, rater, score=score, suggested=score is not None
                )
            else:
                notes[_NO_PLACE] += 1
        except ENTRY_FAULTS as error:
            faults.append(f"Line {line} is left out: {reason(error)}")
    width, height = size if table.sized and size else (None, None)
    lines = tuple(notes.elements())
    return ImportedImage(
        name, width, height, tuple(regions), tuple(values.values()), tuple(faults), lines
    )


def _size(name: str, row: _Row, table: _Columns, size_of: SizeOf) -> tuple[int, int] | None:
    try:
        return (int(row["width"]), int(row["height"])) if table.sized else size_of(name)
    except ValueError:
        return size_of(name)


def _region(row: _Row, table: _Columns, size: tuple[int, int] | None) -> Region | None:
    """Return a row's region; None where it has none."""
    if table.runs and row[table.runs].strip().lower() not in _NONE:
        return _of_runs(row[table.runs], size)
    if not table.box or _empty(row, table.box):
        return None
    numbers = _numbers(row, table.box)
    if table.shares:
        if size is None:
            raise RegionError("its box is in shares of an image that the project does not have.")
        numbers = [number * side for number, side in zip(numbers, size * 2, strict=True)]
    left, top, *rest = numbers
    across, down = (rest[0] - left, rest[1] - top) if table.corners else rest
    return BoundingBox(left, top, across, down)


def _of_runs(text: str, size: tuple[int, int] | None) -> Mask:
    if size is None:
        raise RegionError("its run lengths need an image that the project has.")
    width, height = size
    require_size(width, height)
    numbers = np.array([int(number) for number in text.split()])
    starts, lengths = numbers[::2] - 1, numbers[1::2]
    if len(starts) != len(lengths) or (lengths < 0).any() or starts[0] < 0:
        raise RegionError("its run lengths are not pairs of a start, from 1, and a length.")
    ends = starts + lengths
    if (starts[1:] < ends[:-1]).any():
        raise RegionError(
            "its runs overlap, or are not in order: perhaps each start counts from the run before, "
            "which is not read; write starts counted from the first pixel."
        )
    if ends[-1] > width * height:
        raise RegionError(f"its run lengths go beyond an image of {width} x {height} px.")
    flat = np.zeros(width * height, dtype=bool)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        flat[start:end] = True
    return some_pixels(flat.reshape(height, width, order="F"))


KAGGLE = ImportFormat("kaggle", "CSV of boxes or run lengths (as on Kaggle)", _read)
