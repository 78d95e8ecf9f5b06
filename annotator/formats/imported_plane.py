"""What a file draws in a plane of the patient, before it is known which slice that is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..domain import BoolMask, ImageAsset, Landmark, Mask, Polygon, Region, SliceGeometry, mended
from ..domain.geometry import LPS_TO_RAS, VolumeGrid, matrix_rows
from ..errors import IngestError
from .imported import ImportedValue
from .imported_volume import ImportedVolume
from .masks.pixels import one_region

_OFF_MM = 0.25
_OFF_SLICES = 0.25
"""How far a point may lie from the plane of its slice: in mm, and in distances of slices."""
_CENTRE = 0.5
"""Where the centre of a pixel is, from its outer corner."""

Points = npt.NDArray[np.float64]
"""Points in the patient, in mm, in DICOM's axes, shape (N, 3)."""


class PlaneReference(NamedTuple):
    """What a file says of the image that something of it lies on.

    Attributes
    ----------
    file_name : str
        What it is called; empty where the file has no name.
    instance : str
        Its SOP instance; empty where the file does not say.
    frame : int or None
        Which frame of that instance, from 0.
    space : str
        UID of the frame of reference that positions are relative to.
    series : tuple of str
        UIDs of the series that it may be of; empty where the file does not say.
    """

    file_name: str = ""
    instance: str = ""
    frame: int | None = None
    space: str = ""
    series: tuple[str, ...] = ()


class Drawn(ABC):
    """Something that is drawn in one plane."""

    __slots__ = ()

    @property
    @abstractmethod
    def points_mm(self) -> Points:
        """Points that all lie in its plane; none where the file does not say where that is."""

    @abstractmethod
    def on(self, asset: ImageAsset) -> Region | None:
        """Return it in pixels of an image; None where it does not lie in the image's plane.

        Raises
        ------
        IngestError
            If that cannot be known, in words.
        """


@dataclass(frozen=True, slots=True)
class InPixels(Drawn):
    """A region in the pixels of the image that the file refers to."""

    region: Region

    @property
    def points_mm(self) -> Points:
        """None: it has its image."""
        return np.empty((0, 3))

    def on(self, asset: ImageAsset) -> Region:
        """Return the region."""
        del asset
        return self.region


@dataclass(frozen=True, slots=True)
class PlaneMask(Drawn):
    """Pixels of a grid.

    Attributes
    ----------
    pixels : ndarray of bool, shape (H, W)
    place : SliceGeometry or None
        Where the grid lies; None where the file does not say.
    """

    pixels: BoolMask
    place: SliceGeometry | None

    @property
    def points_mm(self) -> Points:
        """Return the centres of the pixels at its corners."""
        if self.place is None:
            return np.empty((0, 3))
        height, width = self.pixels.shape
        corners = [(c, r, 0, 1) for c in (0, width - 1) for r in (0, height - 1)]
        lying: Points = (np.array(corners) @ self.place.affine.T)[:, :3]
        return lying

    def on(self, asset: ImageAsset) -> Region | None:
        """Return the pixels, which lie on those of the image; None where none is marked there."""
        if self.place is None or asset.pixel_affine is None:
            if self.pixels.shape != (asset.height, asset.width):
                height, width = self.pixels.shape
                raise IngestError(
                    f"{asset.file_name} is left out: the file says {width} x {height} px and the "
                    f"project's image has {asset.width} x {asset.height}; they are not the same "
                    "picture."
                )
            return Mask.of(self.pixels)
        values = self.pixels.T[:, :, None]
        grid = VolumeGrid(values.shape, matrix_rows(LPS_TO_RAS @ self.place.affine))
        planes = ImportedVolume("", (values,), grid, {}).planes(asset)
        return None if planes is None else Mask.of(planes[0])


@dataclass(frozen=True, slots=True)
class Contour(Drawn):
    """A closed outline, or a point.

    Attributes
    ----------
    points : ndarray, shape (N, 3)
        In mm, in DICOM's axes.
    """

    points: Points

    @property
    def points_mm(self) -> Points:
        """Its corners."""
        return self.points

    def on(self, asset: ImageAsset) -> Region | None:
        """Return the polygon, or the point, where all of it lies in the plane of the image."""
        geometry = asset.geometry
        if geometry is None:
            raise IngestError(
                f"{asset.file_name}: it is not known where this slice lies in the patient, so that "
                "nothing in mm can be drawn on it; import the series into a new project."
            )
        homogeneous = np.column_stack([self.points, np.ones(len(self.points))])
        columns, rows, depths, _ = np.linalg.inv(geometry.affine) @ homogeneous.T
        if np.abs(depths).max() > off_plane_mm(geometry):
            return None
        ring = tuple(
            (float(x), float(y)) for x, y in zip(columns + _CENTRE, rows + _CENTRE, strict=True)
        )
        return Polygon(ring) if len(ring) > 1 else Landmark(*ring[0])


def off_plane_mm(geometry: SliceGeometry) -> float:
    """Return how far from the plane of a slice what is drawn on it may lie."""
    between = geometry.between_mm or geometry.thickness_mm or 1.0
    return min(_OFF_MM, _OFF_SLICES * between)


@dataclass(frozen=True, slots=True)
class ImportedPlane:
    """One thing that a file says of one plane.

    Attributes
    ----------
    reference : PlaneReference
    label : str
        As the file names it.
    drawn : Drawn
    part : str
        What it is a part of: outlines of one part on one slice are one region, and those that lie
        in others are holes.
    suggested : bool
        Whether the file says that a machine proposes it.
    rater : str
        Who stated it; empty where the file does not say.
    """

    reference: PlaneReference
    label: str
    drawn: Drawn
    part: str = ""
    suggested: bool = False
    rater: str = ""


@dataclass(frozen=True, slots=True)
class ReferredValue:
    """The value of a label on the image that a file refers to, of which it has no name."""

    reference: PlaneReference
    value: ImportedValue

    @property
    def label(self) -> str:
        """As the file names it."""
        return self.value.label


def joined(regions: Iterable[Region]) -> list[Region]:
    """Return the outlines among regions as one, by the even-odd rule, and the others as they are.

    Raises
    ------
    RegionError
        If the outlines enclose nothing.
    """
    others: list[Region] = []
    rings: list[Any] = []
    for region in regions:
        if region.kind == Polygon.kind:
            rings += region.rings
        else:
            others.append(region)
    return [*others, one_region(mended(tuple(rings)))] if rings else others
