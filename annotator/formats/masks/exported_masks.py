"""The masks of our own exports, and what their table states of images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ...domain import BoolMask, Mask, SlicePlace
from ...errors import IngestError
from ..imported import ENTRY_FAULTS, ImportedImage, ImportedRegion
from ..tables.csv_reading import read_rows, rows_by, stated_of
from .mask_files import PLACE
from .mask_files import TABLE as MASK_TABLE
from .mask_pictures import read_label_picture
from .volume_files import read_label_volume

_ONE_SLICE = SlicePlace("k", 0, "+i", "+j")
_OPEN_VOLUMES = 8

_Values = npt.NDArray[Any]


def read_exported_masks(files: Mapping[str, Path]) -> Iterator[ImportedImage]:
    """Read the masks of our own export, and what its table states of images."""
    columns, table = read_rows(files[MASK_TABLE])
    for column in ("file", "file_name", "label", "rater", "basis", "value"):
        if column not in columns:
            raise IngestError(f"{MASK_TABLE} lacks the column {column}; export it again.")
    # Slices that follow each other are of one volume for each label.
    volume = lru_cache(_OPEN_VOLUMES)(lambda file: read_label_volume(file).layers[0])
    for identity, rows in rows_by(table, "image_uuid").items():
        faults: list[str] = []
        regions = []
        size: tuple[int, int] | None = None
        for line, row in rows:
            if not row["file"]:
                continue
            try:
                pixels = _pixels(files[Path(row["file"]).name], row, volume)
            except KeyError:
                faults.append(f"Line {line}: {row['file']} is not there.")
                continue
            except IngestError as error:
                faults.append(f"Line {line}: {error}")
                continue
            size = pixels.shape[1], pixels.shape[0]
            mask = Mask.of(pixels)
            if mask is not None:
                regions.append(ImportedRegion(row["label"], mask, row["rater"]))
        stated = [value for line, row in rows for value in stated_of(line, row, faults)]
        width, height = size or (None, None)
        yield ImportedImage(
            rows[0][1]["file_name"],
            width,
            height,
            tuple(regions),
            tuple(stated),
            tuple(faults),
            marks=(identity, *filter(None, [rows[0][1].get("pixels_sha256")])),
        )


def _pixels(file: Path, row: Mapping[str, str], volume: Callable[[Path], _Values]) -> BoolMask:
    if file.suffix == ".png":
        return read_label_picture(file) > 0
    try:
        values = volume(file)
        # Of a volume the table says which slice it is; what is of no volume has one.
        slices, number, columns, rows = (row.get(column) or "" for column in PLACE)
        place = SlicePlace(slices, int(number), columns, rows) if slices else _ONE_SLICE
        inside: BoolMask = place.view(values) > 0
    except (*ENTRY_FAULTS, OSError):
        raise IngestError(f"{file.name} cannot be read as NIfTI; export it again.") from None
    return inside
