"""Volumes in NIfTI files to slices, one after the other; nibabel reads the header and the values.

Only numbers leave the header: its texts (``descrip``, ``aux_file``, ``intent_name``, ``db_name``)
and its extensions, which may hold a whole DICOM header, are not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, NamedTuple, cast

import nibabel as nib
import numpy as np
import numpy.typing as npt
from nibabel.arrayproxy import ArrayProxy
from nibabel.orientations import io_orientation

from ..domain import SlicePlace
from ..domain.geometry import PLANES, UNITS_MM, volume_to_json
from ..errors import IngestError
from ..formats.masks.nifti_files import (
    MAX_VOLUME_BYTES,
    nifti_grid,
    nifti_image,
    nifti_unit,
    too_large,
)
from .pictures import MAX_MEGAPIXELS, DecodedPicture, Display, GreyWindow, Pixels, require_size
from .quiet import quiet

UNPLACED = "The file does not say how the volume lies in the patient: left may be right."
ROUNDED = "Values are fractions, or beyond 16 bits; they were rounded to 65,536 steps."
NO_NUMBERS = "Values that are no numbers are shown black."

_USUAL_SHARES = (0.005, 0.995)
_MOST_STEPS = 65_535


class _Slicing(NamedTuple):
    """How slices are cut: which axis of the file is which of a picture, and which way it runs."""

    through: int
    rows: int
    columns: int
    flipped: tuple[bool, bool, bool]
    plane: str | None

    def place(self, index: int) -> SlicePlace:
        """Say which voxels the slice at an index of the file shows."""
        columns, rows = (
            f"{'-' if self.flipped[axis] else '+'}{'ijk'[axis]}"
            for axis in (self.columns, self.rows)
        )
        return SlicePlace("ijk"[self.through], index, columns, rows)


def decode_nifti(
    stream: BinaryIO, name: str, *, max_megapixels: float = MAX_MEGAPIXELS
) -> Iterator[DecodedPicture]:
    """Cut a volume into slices across its thickest axis; across the body's where all are alike.

    Slices lie as radiologists look at them: axial ones from below with the front at the top,
    coronal ones from the front, sagittal ones with the front at the left. They come from below
    to above, from back to front, from left to right.

    Parameters
    ----------
    stream : file object
        Positioned anywhere; read from its beginning.
    name : str
        What the file is called, for messages.
    max_megapixels : float
        Larger slices are refused.

    Yields
    ------
    DecodedPicture
        uint16 grey. Integers that span 16 bits at most keep their values exactly.

    Raises
    ------
    IngestError
        If it is damaged, no volume of grey values in three dimensions, or too large.
    """
    try:
        with quiet():
            image = nifti_image(stream, name)
            values = _values(image, name)
            slicing, warnings = _slicing(image)
            stored, slope, intercept, said = _stored(values, *_scaling(image))
            display = _display(image, slicing, slope, intercept)
            grid = nifti_grid(image)
    except (IngestError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - readers raise anything on damaged bytes
        raise IngestError(f"{name} is a NIfTI file and cannot be read; export it again.") from None
    shape = stored.shape
    require_size(name, shape[slicing.columns], shape[slicing.rows], max_megapixels)
    window = _window(stored)
    indices = range(shape[slicing.through])[:: -1 if slicing.flipped[slicing.through] else 1]
    for number, index in enumerate(indices):
        place = slicing.place(index)
        yield DecodedPicture(
            np.ascontiguousarray(place.view(stored)),
            modality="OT",
            window=window,
            warnings=(*warnings, *said),
            display=replace(display, volume=volume_to_json(grid, place, slicing.plane)),
            frame=number if len(indices) > 1 else None,
        )


def _values(image: nib.Nifti1Image, name: str) -> npt.NDArray[np.generic]:
    """Return the values as they are in the file, (I, J, K)."""
    shape = tuple(int(n) for n in image.shape)
    if math.prod(shape) <= 0 or len(shape) < 2 or any(n > 1 for n in shape[3:]):
        raise IngestError(
            f"{name} has the dimensions {' x '.join(map(str, shape)) or 'of nothing'}, and volumes "
            "of three are read; split a series over time into its volumes."
        )
    kind = image.get_data_dtype()
    if kind.kind not in "iuf" or kind.itemsize > 8:
        raise IngestError(
            f"{name} holds values of the kind {kind}, and grey values are read: integers, or "
            "fractions of 32 or 64 bits; convert it."
        )
    if math.prod(shape) * max(kind.itemsize, 2) > MAX_VOLUME_BYTES:
        raise too_large(name)
    values = np.asarray(cast("ArrayProxy", image.dataobj).get_unscaled())
    return values.reshape((*shape, 1)[:3] if len(shape) < 3 else shape[:3])


def _scaling(image: nib.Nifti1Image) -> tuple[float, float]:
    """Return slope and intercept of the quantity (NIfTI-1 standard: 0 or no number is none)."""
    proxy = cast("ArrayProxy", image.dataobj)
    slope, intercept = float(proxy.slope), float(proxy.inter)
    usable = math.isfinite(slope) and math.isfinite(intercept) and slope != 0
    return (slope, intercept) if usable else (1.0, 0.0)


def _stored(
    values: npt.NDArray[np.generic], slope: float, intercept: float
) -> tuple[npt.NDArray[np.uint16], float, float, tuple[str, ...]]:
    """Return what is stored, the slope and intercept from it to the quantity, and warnings."""
    # Plane by plane, for what is between would take several times the volume's own memory.
    planes = range(values.shape[-1])
    steps = np.zeros_like(values, np.uint16)
    if values.dtype.kind in "iu":
        low, high = int(values.min()), int(values.max())
        if high - low <= _MOST_STEPS:
            wide = np.int32 if values.dtype.itemsize < 4 else np.int64
            for k in planes:
                steps[..., k] = np.subtract(values[..., k], low, dtype=wide, casting="unsafe")
            return steps, slope, slope * low + intercept, ()
    lowest, highest, all_numbers = math.inf, -math.inf, True
    for k in planes:
        known = values[..., k][np.isfinite(values[..., k])]
        all_numbers &= known.size == values[..., k].size
        if known.size:
            lowest, highest = min(lowest, float(known.min())), max(highest, float(known.max()))
    if lowest > highest:
        lowest = highest = 0.0
    step = (highest - lowest) / _MOST_STEPS or 1.0
    for k in planes:
        numbers = np.isfinite(values[..., k])
        known = values[..., k][numbers].astype(np.float64)
        steps[..., k][numbers] = np.rint((known - lowest) / step).astype(np.uint16)
    notes = (ROUNDED,) if all_numbers else (ROUNDED, NO_NUMBERS)
    return steps, slope * step, slope * lowest + intercept, notes


def _slicing(image: nib.Nifti1Image) -> tuple[_Slicing, tuple[str, ...]]:
    sizes = _sizes(image)
    placed = bool(image.header["sform_code"]) or bool(image.header["qform_code"])
    placed = placed and bool(np.isfinite(image.affine).all())
    axes = io_orientation(image.affine) if placed else None
    if axes is None or np.isnan(axes).any():
        return _Slicing(2, 1, 0, (False, True, False), None), (UNPLACED,)
    # axes[a] is the world axis (right, front, above) that the file's axis a follows, and its sign.
    of_world = {int(axes[a][0]): a for a in range(3)}
    against = [axes[a][1] < 0 for a in range(3)]
    thickest = max(range(3), key=lambda world: (round(sizes[of_world[world]], 3), world))
    columns, rows = {0: (1, 2), 1: (0, 2), 2: (0, 1)}[thickest]
    flipped = [False] * 3
    flipped[of_world[thickest]] = against[of_world[thickest]]
    # To the right of a picture lies the patient's left, or the back; at its top the front or above.
    for world in (columns, rows):
        flipped[of_world[world]] = not against[of_world[world]]
    found = _Slicing(
        of_world[thickest],
        of_world[rows],
        of_world[columns],
        (flipped[0], flipped[1], flipped[2]),
        PLANES[thickest],
    )
    return found, ()


def _sizes(image: nib.Nifti1Image) -> list[float]:
    """Return the size of a voxel along each axis of the file, 1 where none is stated."""
    return [size or 1.0 for size in _stated_sizes(image)]


def _stated_sizes(image: nib.Nifti1Image) -> list[float | None]:
    """Return the sizes that the header states, else those of the affine."""
    stated = [abs(float(size)) for size in image.header.get_zooms()[:3]]
    by_affine = np.linalg.norm(np.asarray(image.affine)[:3, :3], axis=0)
    return [
        next((float(size) for size in (one, other) if math.isfinite(size) and size > 0), None)
        for one, other in zip((*stated, 1.0, 1.0, 1.0), by_affine, strict=False)
    ]


def _display(image: nib.Nifti1Image, slicing: _Slicing, slope: float, intercept: float) -> Display:
    sizes = _stated_sizes(image)
    row, column = sizes[slicing.rows], sizes[slicing.columns]
    factor = UNITS_MM.get(nifti_unit(image), 1.0)
    return Display(
        slope=slope,
        intercept=intercept,
        spacing_mm=(row * factor, column * factor) if row and column else None,
        aspect=(row or 1.0) / (column or 1.0),
    )


def _window(stored: Pixels) -> GreyWindow:
    """Return the same window for all slices: all but the darkest and brightest half percent."""
    counts = np.zeros(_MOST_STEPS + 1, np.int64)
    for k in range(stored.shape[-1]):
        counts += np.bincount(stored[..., k].ravel(), minlength=_MOST_STEPS + 1)
    counts = np.cumsum(counts)
    low, high = (float(np.searchsorted(counts, s * counts[-1])) for s in _USUAL_SHARES)
    return GreyWindow(low, max(high, low + 1.0))
