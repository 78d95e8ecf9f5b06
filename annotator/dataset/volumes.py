"""The volumes that pictures are slices of: a volume's file, or a stack of slices of a series.

Masks go back onto the grid of the source: that of the file, or, of a series, the one that the
slices make, in the order of their positions along the normal, not of their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np

from ..domain import ImageAsset, SliceGeometry, SlicePlace, VolumeGrid
from ..domain.geometry import LPS_TO_RAS, matrix_rows
from ..domain.sequences import sequences_of

LEFT_EMPTY = "slices of volumes that are not in the data set, 0 in the masks of their volume"

_SAME = 1e-3
"""The least distance of two slices, in mm, and how slanted a stack may be and still be straight."""
_OFF = 0.05
"""How far a slice may lie from its place, in distances of slices."""
_MOST_MISSING = 4
"""A grid with more empty slices for each that is there is none of a series."""
_DIGITS = 16
_EVERYWHERE = UUID(int=0)
"""In place of a project: files of one volume are called the same in every export."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume.

    Attributes
    ----------
    name : str
        For files about it: ASCII, without ending, the same in every export.
    source : str
        SHA-256 of its file, or the pseudonym of the series.
    grid : VolumeGrid
    uneven : bool
        Whether it is one slice of a series whose slices make no grid.
    """

    name: str
    source: str
    grid: VolumeGrid
    uneven: bool = False


@dataclass(frozen=True, slots=True)
class VolumePart:
    """Which slice of which volume a picture is."""

    volume: Volume
    place: SlicePlace

    @property
    def slices(self) -> int:
        """How many slices the volume has."""
        return self.volume.grid.shape["ijk".index(self.place.slices)]


class Volumes:
    """Finds the volume that an image is a slice of.

    Parameters
    ----------
    images : callable
        Returns all images of the project, also those that are not exported: they make the grid.
        Called when the first slice of a series is asked for.
    """

    def __init__(self, images: Callable[[], Iterable[ImageAsset]] = tuple) -> None:
        self._images = images
        self._stacked: dict[UUID, VolumePart] | None = None
        self._taken: dict[str, dict[int, VolumePart]] = {}

    def part(self, image: ImageAsset) -> VolumePart | None:
        """Return the volume and the place of an image; None where it is not known to lie in one."""
        part = self._part(image)
        if part is not None:
            self._taken.setdefault(part.volume.name, {})[part.place.slice] = part
        return part

    def _part(self, image: ImageAsset) -> VolumePart | None:
        of_file = image.volume
        if of_file is not None:
            sha256 = image.source_sha256
            grid, place = of_file
            return VolumePart(Volume(f"volume-{sha256[:_DIGITS]}", sha256, grid), place)
        if image.geometry is None:
            return None
        if self._stacked is None:
            self._stacked = _stacked(self._images())
        return self._stacked.get(image.id) or _alone(image, image.geometry)

    def left_empty(self) -> int:
        """Return how many slices nobody asked for, of the volumes of which one was asked for."""
        parts = [list(taken.values()) for taken in self._taken.values()]
        return sum(own[0].slices - len(own) for own in parts)


def _alone(image: ImageAsset, geometry: SliceGeometry) -> VolumePart:
    part = _parts([image], [geometry], f"slice-{image.id}")[image.id]
    return replace(part, volume=replace(part.volume, uneven=True))


def series_of(image: ImageAsset) -> str:
    """Return the pseudonym of the series that an image is of, else the hash of its file."""
    return str(image.origin.get("series") or image.source_sha256)


def _stacked(images: Iterable[ImageAsset]) -> dict[UUID, VolumePart]:
    """Return the places of all slices whose sequence makes a grid."""
    parts: dict[UUID, VolumePart] = {}
    slices = (image for image in images if image.volume is None and image.geometry is not None)
    for sequence in sequences_of(_EVERYWHERE, slices):
        own = [frame.image for frame in sequence.frames]
        geometries = [image.geometry for image in own if image.geometry is not None]
        if len(geometries) == len(own):
            parts |= _parts(own, geometries, f"series-{sequence.id.hex[:_DIGITS]}")
    return parts


def _parts(
    images: Sequence[ImageAsset], geometries: Sequence[SliceGeometry], name: str
) -> dict[UUID, VolumePart]:
    """Return the place of each of some slices in order; none where they make no grid."""
    grid = _grid(geometries, images[0].width, images[0].height)
    if grid is None:
        return {}
    volume = Volume(name, series_of(images[0]), grid[0])
    return {
        image.id: VolumePart(volume, SlicePlace("k", number, "+i", "+j"))
        for image, number in zip(images, grid[1], strict=True)
    }


def _grid(
    slices: Sequence[SliceGeometry], width: int, height: int
) -> tuple[VolumeGrid, list[int]] | None:
    """Return the grid of parallel slices in order, and each one's number in it.

    Slices that the project does not have leave places empty. A stack may be slanted, as of a
    tilted gantry: the affine then is sheared.

    Returns
    -------
    (VolumeGrid, list of int) or None
        None where the slices do not lie at multiples of one distance.
    """
    first = slices[0]
    offsets = np.array([one.position_mm for one in slices]) - first.position_mm
    depths = offsets @ first.normal
    numbers = [0]
    if len(slices) == 1:
        step = np.array(first.normal) * (first.between_mm or first.thickness_mm or 1.0)
    else:
        gaps = np.diff(depths)
        least = gaps.min()
        if least < _SAME:
            return None
        numbers = [0, *np.cumsum(np.rint(gaps / least).astype(int)).tolist()]
        step = offsets[-1] / numbers[-1]
        off = np.linalg.norm(offsets - np.outer(numbers, step), axis=1)
        if off.max() > _OFF * least or numbers[-1] > _MOST_MISSING * len(slices):
            return None
    affine = first.affine
    affine[:3, 2] = step
    slanted = np.linalg.norm(np.cross(step, first.normal)) > _SAME * np.linalg.norm(step)
    grid = VolumeGrid(
        (width, height, numbers[-1] + 1),
        matrix_rows(LPS_TO_RAS @ affine),
        qform_code=0 if slanted else 1,
    )
    return grid, numbers
