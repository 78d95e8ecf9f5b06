"""Pictures whose values are labels: nnU-Net's and others' label maps, the masks of an export."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from nibabel.filebasedimages import ImageFileError
from PIL import Image

from ...domain import BoolMask, LabelSet, Mask, SlicePlace
from ...errors import IngestError
from ..import_format import ImportFormat, SizeOf
from ..imported import ENTRY_FAULTS, ImportedImage, ImportedImages, ImportedRegion, code_at
from ..markup.json_reading import read_json
from ..tables.csv_reading import read_rows, rows_by, stated_of
from .mask_files import PLACE
from .nifti_masks import load_volume

MASK_TABLE = "masks.csv"
_DESCRIPTION = "dataset.json"
_PICTURES = (".png", ".tif", ".tiff", ".bmp")
_VOLUMES = (".gz", ".nii")
_WHITE = 255
_ONE_SLICE = SlicePlace("k", 0, "+i", "+j")
_OPEN_VOLUMES = 8
_CHANNEL = "_0000"
"""What nnU-Net puts behind the name of a case for its first channel."""

_Values = npt.NDArray[Any]


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    # Files that a browser sent lie in folders of their own.
    files = {file.name: file for file in sorted(path.rglob("*"))} if path.is_dir() else {}
    if MASK_TABLE in files:
        yield from _exported(files)
        return
    values = _described(files[_DESCRIPTION]) if _DESCRIPTION in files else None
    folder = next((path / n for n in ("labelsTr", "labels") if (path / n).is_dir()), path)
    maps = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
    maps = [file for file in maps if file.suffix.lower() in (*_PICTURES, *_VOLUMES)]
    if not maps:
        raise IngestError(
            f"There are no label maps ({', '.join(_PICTURES)}) in {path.name}; name their folder."
        )
    for file in maps:
        try:
            yield _map(file, _name(file, folder, size_of), values, labels)
        except IngestError as error:
            yield ImportedImage(file.stem, faults=(str(error),))


def _name(file: Path, folder: Path, size_of: SizeOf) -> str:
    """Return the name of a map's image, with the folders that the map lies in."""
    inside = file.relative_to(folder) if folder.is_dir() else Path(file.name)
    name = inside.with_suffix("").as_posix()
    channel = f"{name}{_CHANNEL}"
    return channel if size_of(name) is None and size_of(channel) else name


def _described(file: Path) -> dict[str, tuple[int, ...]]:
    """Return the values of each label but the background, in either version of nnU-Net."""
    labels = read_json(file, dict, "a description of nnU-Net").get("labels")
    try:
        pairs = [
            (str(value), (int(key),)) if isinstance(value, str) else (str(key), _whole(value))
            for key, value in labels.items()
        ]
    except (AttributeError, TypeError, ValueError):
        raise IngestError(
            f"{file.name} does not say which value each label has; write labels, name to number."
        ) from None
    return {name: values for name, values in pairs if values != (0,)}


def _whole(value: Any) -> tuple[int, ...]:
    return tuple(map(int, value)) if isinstance(value, list) else (int(value),)


def _map(
    file: Path, name: str, named: Mapping[str, tuple[int, ...]] | None, labels: LabelSet
) -> ImportedImage:
    """Read a label map: each label is one mask."""
    values = _picture(file)
    if named is None:
        named = _numbered(values, labels, file)
    regions = [
        ImportedRegion(label, mask)
        for label, own in named.items()
        if (mask := Mask.of(np.isin(values, own))) is not None
    ]
    known = {value for own in named.values() for value in own} | {0}
    others = sorted(set(np.unique(values).tolist()) - known)
    faults = []
    if others:
        first = ", ".join(map(str, others[:5])) + (", ..." if len(others) > 5 else "")
        faults.append(
            f"{file.name}: pixels of value {first} are left out: {_DESCRIPTION} names no label for "
            "them."
        )
    height, width = values.shape
    return ImportedImage(name, width, height, tuple(regions), faults=tuple(faults))


def _numbered(values: _Values, labels: LabelSet, file: Path) -> dict[str, tuple[int, ...]]:
    """Return the labels by their place from 1; black and white is the only label there is."""
    there = [int(value) for value in np.unique(values) if value]
    if there == [_WHITE] and len(labels) == 1:
        return {labels.codes[0]: (_WHITE,)}
    return {code_at(labels, value - 1, f"{file.name}, value {value}:"): (value,) for value in there}


def _picture(file: Path) -> _Values:
    """Return the values of a picture, shape (H, W)."""
    if file.suffix.lower() not in _PICTURES:
        raise IngestError(
            f"{file.name} is a volume, which is not taken over slice by slice; save its slices as "
            "PNG, named as the images are."
        )
    try:
        with Image.open(file) as picture:
            values = np.asarray(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise IngestError(f"{file.name} cannot be read as a picture; save it again.") from None
    if values.ndim != 2 or values.dtype.kind not in "biu":
        raise IngestError(
            f"{file.name} is no label map: its pixels are colours or fractions; save it with one "
            "whole number a pixel."
        )
    return values


def _exported(files: Mapping[str, Path]) -> Iterator[ImportedImage]:
    """Read the masks of our own export, and what its table states of images."""
    columns, table = read_rows(files[MASK_TABLE])
    for column in ("file", "file_name", "label", "rater", "basis", "value"):
        if column not in columns:
            raise IngestError(f"{MASK_TABLE} lacks the column {column}; export it again.")
    # Slices that follow each other are of one volume for each label.
    volume = lru_cache(_OPEN_VOLUMES)(lambda file: load_volume(file)[0])
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
            marks=(identity,),
        )


def _pixels(file: Path, row: Mapping[str, str], volume: Callable[[Path], _Values]) -> BoolMask:
    if file.suffix == ".png":
        return _picture(file) > 0
    try:
        values = volume(file)
        # Of a volume the table says which slice it is; what is of no volume has one.
        slices, number, columns, rows = (row.get(column) or "" for column in PLACE)
        place = SlicePlace(slices, int(number), columns, rows) if slices else _ONE_SLICE
        inside: BoolMask = place.view(values) > 0
    except (*ENTRY_FAULTS, OSError, EOFError, ImageFileError):
        raise IngestError(f"{file.name} cannot be read as NIfTI; export it again.") from None
    return inside


MASKS = ImportFormat("masks", "Masks: label maps (nnU-Net, PNG), or the masks of an export", _read)
