"""NIfTI files: those of others, whole and no further than a volume may be, and our own."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from ...domain import VolumeGrid
from ...domain.geometry import matrix_rows
from ...errors import IngestError

if TYPE_CHECKING:
    from nibabel.nifti1 import Nifti1Image

MAX_VOLUME_BYTES = 1_000_000_000
"""Larger volumes are refused: values are held in memory whole."""

_GZIP = b"\x1f\x8b"
"""What gzip files begin with (RFC 1952, 2.3.1)."""
_UNITS = {1: "meter", 2: "mm", 3: "micron"}
"""By the lowest bits of xyzt_units; without one the sizes are in mm, as everybody takes them."""
_SAME_MM = 1e-3
"""How far the quaternion may place a voxel elsewhere than the matrix and still say the same."""


def nifti_image(stream: BinaryIO, name: str) -> Nifti1Image:
    """Open a volume, compressed or not; its values are read when they are asked for.

    Parameters
    ----------
    stream : file object
        Positioned anywhere; read from its beginning.
    name : str
        What the file is called, for messages.

    Raises
    ------
    IngestError
        If it unpacks to too much, or is no single file of NIfTI-1 or 2. nibabel raises anything
        else on damaged bytes.
    """
    import nibabel as nib

    stream.seek(0)
    packed = stream.read(2) == _GZIP
    stream.seek(0)
    data = unpacked(cast("BinaryIO", gzip.GzipFile(fileobj=stream)) if packed else stream, name)
    kind = nib.Nifti2Image if data[4:7] == b"n+2" else nib.Nifti1Image
    if kind is nib.Nifti1Image and data[344:347] != b"n+1":
        raise IngestError(
            f"{name} is the header of a NIfTI pair (.hdr and .img), or damaged; save the volume as "
            "one .nii or .nii.gz file."
        )
    return kind.from_stream(io.BytesIO(_with_offset(data)))


def unpacked(stream: BinaryIO, name: str) -> bytes:
    """Return what is left of a stream, in full: a file may unpack to any size.

    Raises
    ------
    IngestError
        If that is more than a volume may be.
    """
    data = stream.read(MAX_VOLUME_BYTES + 1)
    if len(data) > MAX_VOLUME_BYTES:
        raise too_large(name)
    return data


def too_large(name: str) -> IngestError:
    """Return what is said of a volume that is too large."""
    return IngestError(
        f"{name} unpacks to more than {MAX_VOLUME_BYTES / 1e9:.0f} GB; crop the volume, or save "
        "its values with fewer bits."
    )


def _with_offset(data: bytes) -> bytes:
    """Return a file whose values begin behind its header, whatever it says.

    Notes
    -----
    NIfTI-1: ``vox_offset`` (a float at byte 108) of a single file is 352 at least; NIfTI-2: an
    integer at byte 168, 544 at least. Some writers leave it 0, as for pairs of files.
    """
    order = "<" if data[0] in (348 % 256, 540 % 256) else ">"
    kind, at, least = (f"{order}q", 168, 544) if data[4:7] == b"n+2" else (f"{order}f", 108, 352)
    if struct.unpack_from(kind, data, at)[0] >= least:
        return data
    return data[:at] + struct.pack(kind, least) + data[at + struct.calcsize(kind) :]


def nifti_grid(image: Nifti1Image) -> VolumeGrid:
    """Return the voxels of a volume of three dimensions, or fewer, and where they lie."""
    header = image.header
    codes = [max(0, int(header[f"{form}_code"])) for form in ("sform", "qform")]
    affine = np.asarray(image.affine, dtype=np.float64)
    if not np.isfinite(affine).all():
        affine, codes = np.eye(4), [0, 0]
    if codes[0] and codes[1] and not np.allclose(header.get_qform(), affine, atol=_SAME_MM):
        codes[1] = 0
    i, j, k = (*map(int, image.shape), 1, 1, 1)[:3]
    return VolumeGrid((i, j, k), matrix_rows(affine), nifti_unit(image), *codes)


def nifti_unit(image: Nifti1Image) -> str:
    """Return the unit of a volume's affine, as of `VolumeGrid`."""
    return _UNITS.get(int(image.header["xyzt_units"]) & 7, "unknown")


def save_volume(path: Path, values: npt.NDArray[Any], grid: VolumeGrid) -> None:
    """Write the voxels of a grid, with the affine, the codes and the unit of its source.

    Parameters
    ----------
    path : Path
    values : ndarray, shape (I, J, K)
    grid : VolumeGrid
    """
    import nibabel as nib

    affine = np.array(grid.affine)
    volume = nib.Nifti1Image(np.asfortranarray(values), affine)
    volume.set_sform(affine, grid.sform_code)
    volume.set_qform(affine, grid.qform_code)
    volume.header.set_xyzt_units(grid.unit)
    # Without the time and the name that gzip would write, so that the bytes never vary.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed:
        packed.write(volume.to_bytes())


def load_volume(path: Path) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
    """Return the values of a volume, shape (I, J, K), and its affine, shape (4, 4)."""
    import nibabel as nib

    volume = nib.Nifti1Image.from_filename(path)
    return np.asarray(volume.dataobj), np.asarray(volume.affine, dtype=np.float64)
