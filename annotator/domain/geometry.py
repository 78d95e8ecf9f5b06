"""Where a slice lies: in the patient, and in the array of voxels that it was cut from.

DICOM's axes are LPS (PS3.3 C.7.6.2.1.1): x grows to the patient's left, y to the back, z to the
head. NIfTI's are RAS: x grows to the right, y to the front, z to the head. Both count from the
centre of a voxel, whereas a region's coordinates begin at the outer corner of the first pixel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Vector = tuple[float, float, float]
Matrix = npt.NDArray[np.float64]

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""Turns DICOM's axes into NIfTI's, and back."""

UNITS_MM = {"meter": 1000.0, "micron": 0.001}
"""Units of a NIfTI file's affine other than millimetres, which count where none is stated."""

_RIGHT_ANGLE = 1e-3
"""How far the cosine of an angle may be from 0: directions have few decimals."""
_AXES = "ijk"

PLANES = ("sagittal", "coronal", "axial")
"""By the axis of the patient that a plane lies across."""

_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class SliceGeometry:
    """Where a slice lies in the patient, in millimetres, in DICOM's axes (LPS).

    Attributes
    ----------
    position_mm : (float, float, float)
        Of the centre of the top-left pixel, as Image Position (Patient).
    row_direction, column_direction : (float, float, float)
        Unit vectors along a row (the way columns are counted) and down a column, as Image
        Orientation (Patient).
    spacing_mm : (float, float)
        Distance of rows, then of columns.
    thickness_mm : float or None
        Of the slice.
    between_mm : float or None
        Distance of the centres of neighbouring slices, as stated.
    frame_of_reference : str or None
        Pseudonym: slices that share it share their axes. None of a NIfTI file.
    """

    position_mm: Vector
    row_direction: Vector
    column_direction: Vector
    spacing_mm: tuple[float, float]
    thickness_mm: float | None = None
    between_mm: float | None = None
    frame_of_reference: str | None = None

    @property
    def normal(self) -> Vector:
        """Unit vector away from the slice: where the direction of rows is turned on columns'."""
        return _vector(np.cross(self.row_direction, self.column_direction))

    @property
    def affine(self) -> Matrix:
        """From column, row, millimetres along the normal and 1 to LPS, shape (4, 4)."""
        matrix = np.eye(4)
        matrix[:3, 0] = np.multiply(self.row_direction, self.spacing_mm[1])
        matrix[:3, 1] = np.multiply(self.column_direction, self.spacing_mm[0])
        matrix[:3, 2] = self.normal
        matrix[:3, 3] = self.position_mm
        return matrix

    @classmethod
    def of_affine(
        cls, affine: npt.ArrayLike, *, thickness_mm: float | None = None
    ) -> SliceGeometry | None:
        """Return where the pixels of an affine lie.

        Parameters
        ----------
        affine : array-like, shape (4, 4)
            From column, row, anything and 1 to LPS in mm.
        thickness_mm : float, optional
            Of the slice, and the distance to the next.

        Returns
        -------
        SliceGeometry or None
            None where rows and columns are not at a right angle, or have no length.
        """
        matrix = np.asarray(affine, dtype=np.float64)
        along, down = matrix[:3, 0], matrix[:3, 1]
        column_mm, row_mm = float(np.linalg.norm(along)), float(np.linalg.norm(down))
        if not column_mm * row_mm > 0:
            return None
        directions = along / column_mm, down / row_mm
        if not at_right_angle(*directions):
            return None
        return cls(
            _vector(matrix[:3, 3]),
            _vector(directions[0]),
            _vector(directions[1]),
            (row_mm, column_mm),
            thickness_mm,
            thickness_mm,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as ``ImageAsset.display["geometry"]`` holds it."""
        return _plain(asdict(self))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SliceGeometry:
        """Read what `to_json` wrote."""
        fields: dict[str, Any] = {
            key: tuple(stated) if isinstance(stated, list) else stated
            for key, stated in value.items()
        }
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class VolumeGrid:
    """The voxels of a volume, and where they lie (NIfTI-1, RAS).

    Attributes
    ----------
    shape : (int, int, int)
        Voxels along the axes i, j and k of the file.
    affine : tuple of four tuples of four floats
        From i, j, k (of a voxel's centre) and 1 to RAS, in `unit`.
    unit : str
        ``mm``, ``meter``, ``micron`` or ``unknown``, which means mm.
    sform_code, qform_code : int
        What the affine is relative to, as the file has it. Both 0: the file does not say how the
        volume lies. The quaternion's is 0 where it says something else than the affine.
    """

    shape: tuple[int, int, int]
    affine: tuple[tuple[float, ...], ...]
    unit: str = "mm"
    sform_code: int = 1
    qform_code: int = 0

    @property
    def placed(self) -> bool:
        """Whether it is known where the voxels lie."""
        return self.sform_code > 0 or self.qform_code > 0

    @property
    def affine_mm(self) -> Matrix:
        """From i, j, k and 1 to RAS in mm, shape (4, 4)."""
        factor = UNITS_MM.get(self.unit, 1.0)
        return np.array(self.affine) * [[factor], [factor], [factor], [1.0]]


@dataclass(frozen=True, slots=True)
class SlicePlace:
    """Which voxels of a volume a picture shows.

    Attributes
    ----------
    slices : str
        The file's axis that slices follow each other along: ``i``, ``j`` or ``k``.
    slice : int
        The picture's place along it, from 0.
    columns, rows : str
        The axes that columns and rows of the picture run along, and which way: ``+i``, ``-j``.
    """

    slices: str
    slice: int
    columns: str
    rows: str

    def view(self, values: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
        """Return the picture's voxels, shape (H, W), as a view that can be written to.

        Parameters
        ----------
        values : ndarray, shape (I, J, K)
        """
        axes = (self.slices, self.rows[1], self.columns[1])
        turned = np.transpose(values, tuple(map(_AXES.index, axes)))
        down, along = (-1 if axis[0] == "-" else 1 for axis in (self.rows, self.columns))
        plane: npt.NDArray[_Scalar] = turned[self.slice, ::down, ::along]
        return plane

    def geometry(self, grid: VolumeGrid) -> SliceGeometry | None:
        """Return where the picture lies in the patient.

        Returns
        -------
        SliceGeometry or None
            None where the volume does not say, or rows and columns are not at a right angle.
        """
        if not grid.placed:
            return None
        affine = LPS_TO_RAS @ self.affine(grid)
        normal = np.cross(affine[:3, 0], affine[:3, 1])
        across = abs(float(np.dot(normal, affine[:3, 2])))
        area = float(np.linalg.norm(normal))
        return SliceGeometry.of_affine(affine, thickness_mm=across / area if area else None)

    def affine(self, grid: VolumeGrid) -> Matrix:
        """From column, row, slices from this one on and 1 to RAS in mm, shape (4, 4)."""
        turned = np.zeros((4, 4))
        turned[3, 3] = 1
        for column, axis in enumerate((self.columns, self.rows)):
            along = _AXES.index(axis[1])
            turned[along, column] = -1 if axis[0] == "-" else 1
            turned[along, 3] = grid.shape[along] - 1 if axis[0] == "-" else 0
        through = _AXES.index(self.slices)
        turned[through, 2], turned[through, 3] = 1, self.slice
        placed: Matrix = grid.affine_mm @ turned
        return placed


def volume_to_json(grid: VolumeGrid, place: SlicePlace, plane: str | None) -> dict[str, Any]:
    """Return what ``ImageAsset.display["volume"]`` holds of a slice, ``plane`` by name."""
    return {"plane": plane, **_plain(asdict(place)), **_plain(asdict(grid))}


def volume_from_json(value: Mapping[str, Any]) -> tuple[VolumeGrid, SlicePlace] | None:
    """Read what `volume_to_json` wrote; None of slices whose volume's grid was not kept yet."""
    if "shape" not in value:
        return None
    grid = VolumeGrid(
        tuple(value["shape"]),
        tuple(map(tuple, value["affine"])),
        value["unit"],
        value["sform_code"],
        value["qform_code"],
    )
    return grid, SlicePlace(value["slices"], value["slice"], value["columns"], value["rows"])


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as JSON gives them back: lists, not tuples."""
    return {
        key: np.array(value).tolist() if isinstance(value, tuple) else value
        for key, value in fields.items()
    }


def plane_of(normal: Sequence[float]) -> str:
    """Return the plane of the patient that a slice with this normal comes nearest to."""
    return PLANES[int(np.argmax(np.abs(normal)))]


def matrix_rows(matrix: Matrix) -> tuple[tuple[float, ...], ...]:
    """Return a matrix as `VolumeGrid` holds it: by value, so that two can be compared."""
    return tuple(tuple(row) for row in matrix.tolist())


def at_right_angle(one: Sequence[float] | Matrix, other: Sequence[float] | Matrix) -> bool:
    """Tell whether two unit vectors are at a right angle, up to rounding."""
    return abs(float(np.dot(one, other))) < _RIGHT_ANGLE


def _vector(values: npt.ArrayLike) -> Vector:
    x, y, z = np.asarray(values, dtype=np.float64).tolist()
    return x, y, z
