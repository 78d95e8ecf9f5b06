"""Volumes of others: NIfTI and NRRD, read whole, and no further than a volume may be."""

from __future__ import annotations

import bz2
import gzip
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from ...domain import VolumeGrid
from ...domain.geometry import matrix_rows
from ...errors import IngestError
from .nifti_files import nifti_grid, nifti_image, unpacked

ENDINGS = (".nii", ".nii.gz", ".nrrd")

_LONGEST_LINE, _MOST_LINES = 1 << 20, 100_000
_PLACED, _UNPLACED = 1, 0
_SEGMENT = re.compile(r"Segment(\d+)_(Name|LabelValue|Layer)")

Values = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class LabelVolume:
    """A label map of a volume.

    Attributes
    ----------
    layers : tuple of ndarray of int, shape (I, J, K)
        More than one where segments overlap.
    grid : VolumeGrid
    segments : mapping of str to (int, tuple of int)
        By the name of each segment its layer and its values, where the file itself names them.
    """

    layers: tuple[Values, ...]
    grid: VolumeGrid
    segments: Mapping[str, tuple[int, tuple[int, ...]]]


def is_volume(path: Path) -> bool:
    """Tell a volume by the ending of its name."""
    return path.name.lower().endswith(ENDINGS)


def read_label_volume(path: Path) -> LabelVolume:
    """Read a label map.

    Raises
    ------
    IngestError
        If it cannot be read, is too large, or its values are no whole numbers.
    """
    try:
        volume = _nrrd(path) if path.name.lower().endswith(".nrrd") else _nifti(path)
    except IngestError:
        raise
    except Exception:  # noqa: BLE001 - readers raise anything on damaged bytes
        raise IngestError(f"{path.name} cannot be read as a volume; save it again.") from None
    return volume


def _nifti(path: Path) -> LabelVolume:
    with path.open("rb") as stream:
        image = nifti_image(stream, path.name)
        values = np.asarray(image.dataobj)
    if math.prod(values.shape[3:]) > 1:
        raise IngestError(
            f"{path.name} has the dimensions {' x '.join(map(str, values.shape))}, and label maps "
            "of three are read; save each volume by itself."
        )
    grid = nifti_grid(image)
    if not abs(np.linalg.det(grid.affine_mm)) > 0:
        grid = replace(grid, sform_code=0, qform_code=0)
    return LabelVolume((_whole(values.reshape(grid.shape), path.name),), grid, {})


def _nrrd(path: Path) -> LabelVolume:
    import nrrd

    with path.open("rb") as stream:
        header = dict(nrrd.read_header(_header_lines(stream)))
        detached = {"data file", "datafile"} & header.keys()
        if detached:
            raise IngestError(
                f"{path.name} keeps its values in another file; save it as one .nrrd file."
            )
        values = nrrd.read_data(
            {**header, "encoding": _plain_encoding(header)},
            io.BytesIO(_nrrd_values(stream, header, path.name)),
        )
    directions = np.atleast_2d(np.asarray(header.get("space directions", []), dtype=np.float64))
    axes = _axes_of_space(header, values.ndim)
    layers = np.moveaxis(values, axes, range(-3, 0)).reshape((-1, *(values.shape[a] for a in axes)))
    shape = layers.shape[1:]
    affine = _nrrd_affine(header, directions, axes)
    grid = VolumeGrid(
        (shape[0], shape[1], shape[2]),
        matrix_rows(np.eye(4) if affine is None else affine),
        sform_code=_UNPLACED if affine is None else _PLACED,
    )
    whole = tuple(_whole(layer, path.name) for layer in layers)
    return LabelVolume(whole, grid, _segments(header, len(whole)))


def _header_lines(stream: BinaryIO) -> list[str]:
    """Return the lines before the first empty one; in UTF-8, for segments have names."""
    lines = []
    for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
        lines.append(line.decode("utf-8", "replace"))
        if not line.strip() or len(lines) > _MOST_LINES:
            break
    return lines


def _plain_encoding(header: Mapping[str, Any]) -> str:
    text = header["encoding"].lower() in ("ascii", "text", "txt")
    return "ascii" if text else "raw"


def _nrrd_values(stream: BinaryIO, header: Mapping[str, Any], name: str) -> bytes:
    encoding = header["encoding"].lower()
    if encoding in ("gzip", "gz"):
        return unpacked(cast("BinaryIO", gzip.GzipFile(fileobj=stream)), name)
    if encoding in ("bzip2", "bz2"):
        return unpacked(cast("BinaryIO", bz2.BZ2File(stream)), name)
    return unpacked(stream, name)


def _axes_of_space(header: Mapping[str, Any], dimensions: int) -> list[int]:
    """Return the three axes that lie in space; a fourth lists layers."""
    kinds = [str(kind).lower() for kind in header.get("kinds", [])]
    axes = [axis for axis, kind in enumerate(kinds) if kind in ("domain", "space")]
    if len(axes) == 3:
        return axes
    if dimensions == 3:
        return [0, 1, 2]
    raise IngestError("The file does not say which of its axes lie in space; save it again.")


def _nrrd_affine(
    header: Mapping[str, Any], directions: npt.NDArray[np.float64], axes: list[int]
) -> npt.NDArray[np.float64] | None:
    """Return the affine to RAS; None where the file does not say how it lies in the patient."""
    space = str(header.get("space", "")).lower()
    initials = "".join(word[0] for word in space.split("-")) if "-" in space else space
    if len(initials) != 3 or directions.shape[-1] != 3 or len(directions) <= max(axes):
        return None
    affine = np.eye(4)
    affine[:3, :3] = directions[axes].T
    affine[:3, 3] = header.get("space origin", [0, 0, 0])
    to_ras = np.diag([*(1.0 if a == b else -1.0 for a, b in zip(initials, "ras", strict=True)), 1])
    turned: npt.NDArray[np.float64] = to_ras @ affine
    usable = np.isfinite(turned).all() and abs(np.linalg.det(turned)) > 0
    known = all(a in pair for a, pair in zip(initials, ("lr", "pa", "si"), strict=True))
    return turned if usable and known else None


def _segments(header: Mapping[str, Any], layers: int) -> dict[str, tuple[int, tuple[int, ...]]]:
    """Return the segments of 3D Slicer's file; of its older ones each has a layer of its own."""
    fields: dict[int, dict[str, str]] = {}
    for key, value in header.items():
        if named := _SEGMENT.fullmatch(key):
            fields.setdefault(int(named[1]), {})[named[2]] = str(value)
    segments: dict[str, tuple[int, tuple[int, ...]]] = {}
    for number, own in sorted(fields.items()):
        layer = int(own.get("Layer", number if layers > 1 else 0))
        if "Name" in own and 0 <= layer < layers:
            segments[own["Name"]] = layer, (int(own.get("LabelValue", 1)),)
    return segments


def _whole(values: Values, name: str) -> Values:
    if values.dtype.kind in "iub":
        return values
    if values.dtype.kind == "f" and np.array_equal(values, np.rint(values)):
        return values.astype(np.int32)
    raise IngestError(
        f"{name} is no label map: its voxels are fractions or colours; save it with one whole "
        "number a voxel."
    )
