"""Label maps: those of nnU-Net, 3D Slicer and others, and the masks of our own exports.

A picture is one image; a volume lies on slices of a project that are found later, by the volume's
own file, by its name, or by where it lies (`ImportedVolume`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...domain import LabelSet, Mask
from ...errors import IngestError
from ..import_format import ImportFormat, SizeOf
from ..imported import ImportedImage, ImportedRegion
from ..imported_volume import ImportedVolume
from .exported_masks import read_exported_masks
from .label_values import (
    BY_NUMBER,
    DESCRIPTION,
    Named,
    described,
    named_beside,
    numbered,
    unnamed,
)
from .mask_files import TABLE as MASK_TABLE
from .mask_pictures import PICTURES, read_label_picture
from .volume_files import ENDINGS, is_volume, read_label_volume

_LABELS = ("labelsTr", "labelsTs", "labels")
_IMAGES = ("imagesTr", "imagesTs", "images")
_CHANNEL = "_0000"
"""What nnU-Net puts behind the name of a case for its first channel."""
_SUFFIXES = (".seg", "-label", "_label", "_seg", "-seg", "_mask", "-mask", "_segmentation")
"""What people put behind the name of a volume for its label map."""

_Values = npt.NDArray[Any]
_Entry = ImportedImage | ImportedVolume


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> Iterator[_Entry]:
    # Files that a browser sent lie in folders of their own.
    files = {file.name: file for file in sorted(path.rglob("*"))} if path.is_dir() else {}
    if MASK_TABLE in files:
        yield from read_exported_masks(files)
        return
    named = described(files[DESCRIPTION]) if DESCRIPTION in files else None
    maps = _maps(path)
    if not maps:
        raise IngestError(
            f"There are no label maps ({', '.join((*PICTURES, *ENDINGS))}) in {path.name}; name "
            "their folder."
        )
    for file, folder in maps:
        try:
            yield _map(file, folder, labels, size_of, named)
        except IngestError as error:
            yield ImportedImage(file.stem, faults=(str(error),))


def _maps(path: Path) -> list[tuple[Path, Path]]:
    """Return the label maps, each with the folder that its name begins in."""
    if not path.is_dir():
        return [(path, path.parent)] if _is_map(path) else []
    # Wherever the data set lies in the folder that is named.
    folders = [found for name in _LABELS for found in sorted(path.rglob(name)) if found.is_dir()]
    folders = folders or [path]
    maps = [
        (file, folder) for folder in folders for file in sorted(folder.rglob("*")) if _is_map(file)
    ]
    if folders == [path]:
        # Pictures and volumes that stand beside their label maps are none.
        sources = {source for file, _ in maps for source in _sources(file)}
        maps = [(file, folder) for file, folder in maps if file not in sources]
    return maps


def _is_map(file: Path) -> bool:
    return file.suffix.lower() in PICTURES or is_volume(file)


def _map(
    file: Path, folder: Path, labels: LabelSet, size_of: SizeOf, named: Named | None
) -> _Entry:
    inside = (file.parent / _stem(file)).relative_to(folder).as_posix()
    if is_volume(file):
        return _volume(file, inside, labels, size_of, named)
    channel = f"{inside}{_CHANNEL}"
    name = channel if size_of(inside) is None and size_of(channel) else inside
    return _image(file, name, read_label_picture(file), labels, named)


def _stem(file: Path) -> str:
    ending = next((e for e in (".nii.gz", *ENDINGS) if file.name.lower().endswith(e)), file.suffix)
    return file.name[: len(file.name) - len(ending)]


def _image(
    file: Path, name: str, values: _Values, labels: LabelSet, named: Named | None
) -> ImportedImage:
    """Return what a label map says of one image: each label is one mask."""
    own, notes, faults = _labels(file, [values], labels, named)
    regions = [
        ImportedRegion(label, mask)
        for label, numbers in own.items()
        if (mask := Mask.of(np.isin(values, numbers))) is not None
    ]
    height, width = values.shape
    return ImportedImage(name, width, height, tuple(regions), notes=notes, faults=faults)


def _labels(
    file: Path, layers: list[_Values], labels: LabelSet, named: Named | None
) -> tuple[Named, tuple[str, ...], tuple[str, ...]]:
    """Return the values of each label, what was assumed, and a fault for values without a name."""
    there = sorted({int(value) for layer in layers for value in np.unique(layer) if value})
    own = named_beside(file, _stem(file)) or named
    if own is None:
        return numbered(there, labels, file.name), (BY_NUMBER,), ()
    return own, (), unnamed(there, own, file.name)


def _volume(
    file: Path, name: str, labels: LabelSet, size_of: SizeOf, named: Named | None
) -> _Entry:
    volume = read_label_volume(file)
    i, j, k = volume.grid.shape
    if k == 1 and not volume.segments and size_of(name) == (i, j):
        # nnU-Net's label map of a picture, for which the picture counts, not where it lies.
        return _image(file, name, volume.layers[0][:, :, 0].T, labels, named)
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    segments = volume.segments
    if not segments:
        own, notes, faults = _labels(file, list(volume.layers), labels, named)
        segments = {label: (0, numbers) for label, numbers in own.items()}
    return ImportedVolume(
        _case(name),
        volume.layers,
        volume.grid,
        segments,
        tuple(hashlib.sha256(source.read_bytes()).hexdigest() for source in _sources(file)),
        notes=notes,
        faults=faults,
    )


def _case(name: str) -> str:
    """Return the name of a volume by that of its label map."""
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix):
            return _case(name[: -len(suffix)])
    return name


def _sources(file: Path) -> list[Path]:
    """Return the volumes beside a label map, or in the folders of images, that it may be of."""
    if not is_volume(file):
        return []
    stem = _stem(file)
    case = _case(stem)
    cases = {case, f"{case}{_CHANNEL}", stem, f"{stem}{_CHANNEL}"}
    beside = [file.parent, *(file.parent.parent / name for name in _IMAGES)]
    return [
        source
        for folder in beside
        for source in sorted(folder.iterdir() if folder.is_dir() else ())
        if source != file and is_volume(source) and _stem(source) in cases
        if source.parent != file.parent or _stem(source) != stem
    ]


MASKS = ImportFormat(
    "masks", "Masks: label maps (PNG, NIfTI, 3D Slicer, nnU-Net), or the masks of an export", _read
)
