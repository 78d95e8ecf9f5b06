"""A label map of a volume, before it is known which slices of a project it lies on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..domain import ImageAsset, Mask, VolumeGrid
from .imported import ImportedImage, ImportedRegion

_OFF_VOXELS = 0.25
"""How far a pixel's centre may lie from a voxel's, anywhere on the picture."""


@dataclass(frozen=True, slots=True)
class ImportedVolume:
    """What a file says of the slices of one volume or series.

    Attributes
    ----------
    file_name : str
        What the volume that it is of may be called, perhaps with folders before it.
    layers : tuple of ndarray of int, shape (I, J, K)
    grid : VolumeGrid
    labels : mapping of str to (int, tuple of int)
        The layer and the values of each label.
    marks : tuple of str
        SHA-256 of the volumes that it may be of.
    faults, notes : tuple of str
        As of `ImportedImage`.
    """

    file_name: str
    layers: tuple[npt.NDArray[Any], ...]
    grid: VolumeGrid
    labels: Mapping[str, tuple[int, tuple[int, ...]]]
    marks: tuple[str, ...] = ()
    faults: tuple[str, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def marked(self) -> int:
        """How many voxels have a label, once for each layer."""
        return int(sum(np.count_nonzero(layer) for layer in self.layers))

    def planes(
        self, asset: ImageAsset, *, same_file: bool = False
    ) -> tuple[npt.NDArray[Any], ...] | None:
        """Return the voxels that lie on an image, layer by layer.

        Parameters
        ----------
        asset : ImageAsset
        same_file : bool
            Whether it is known that the volume is of the image's own file, so that where neither
            says how it lies in the patient their voxels are the same.

        Returns
        -------
        tuple of ndarray, shape (H, W), or None
            0 beyond the volume. None where the image does not lie on a slice of it, pixel on
            voxel.
        """
        volume = asset.volume
        if volume is not None and same_file and not (self.grid.placed and volume[0].placed):
            same = volume[0].shape == self.grid.shape
            return tuple(volume[1].view(layer) for layer in self.layers) if same else None
        affine = asset.pixel_affine
        if affine is None or not self.grid.placed:
            return None
        to_voxels = np.linalg.inv(self.grid.affine_mm) @ affine
        return self._cut(to_voxels[:3, [0, 1, 3]], asset.width, asset.height)

    def _cut(
        self, to_voxels: npt.NDArray[np.float64], width: int, height: int
    ) -> tuple[npt.NDArray[Any], ...] | None:
        """Return the planes that columns, rows and 1 lead to by a matrix of shape (3, 3)."""
        steps = np.rint(to_voxels[:, :2]).astype(int)
        start = np.rint(to_voxels[:, 2]).astype(int)
        if not (np.abs(steps).sum(axis=0) == 1).all() or (np.abs(steps).sum(axis=1) > 1).any():
            return None
        corners = np.array([(c, r, 1) for c in (0, width - 1) for r in (0, height - 1)]).T
        off = to_voxels @ corners - np.column_stack([steps, start]) @ corners
        if np.abs(off).max() > _OFF_VOXELS:
            return None
        along, down = (int(np.flatnonzero(steps[:, axis])[0]) for axis in (0, 1))
        through = 3 - along - down
        if not 0 <= start[through] < self.grid.shape[through]:
            return None
        columns = start[along] + steps[along, 0] * np.arange(width)
        rows = start[down] + steps[down, 1] * np.arange(height)
        inside = tuple(
            (axis >= 0) & (axis < self.grid.shape[which])
            for axis, which in ((rows, down), (columns, along))
        )
        planes = []
        for layer in self.layers:
            slices = np.transpose(layer, (through, down, along))[start[through]]
            plane = np.zeros((height, width), dtype=layer.dtype)
            plane[np.ix_(*inside)] = slices[np.ix_(rows[inside[0]], columns[inside[1]])]
            planes.append(plane)
        return tuple(planes)

    def image(self, asset: ImageAsset, planes: tuple[npt.NDArray[Any], ...]) -> ImportedImage:
        """Return what the planes on an image say of it: each label is one mask."""
        regions = tuple(
            ImportedRegion(label, mask)
            for label, (layer, values) in self.labels.items()
            if (mask := Mask.of(np.isin(planes[layer], values))) is not None
        )
        marks = (str(asset.id),)
        return ImportedImage(
            self.file_name, asset.width, asset.height, regions, notes=self.notes, marks=marks
        )
