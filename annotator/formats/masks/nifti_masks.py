"""Masks as NIfTI files: 1 inside, 0 outside."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from ...domain import BoolMask, ImageAsset
from ..export_format import ExportFormat
from . import mask_files


def _save(path: Path, mask: BoolMask, image: ImageAsset) -> None:
    import nibabel as nib

    spacing = (image.display or {}).get("spacing_mm") or (1.0, 1.0)
    # The axes are column, row, slice. NIfTI's x grows to the patient's left and y to the back
    # in ours, as on a film that is looked at: RAS+ has both the other way round.
    affine = np.diag([-float(spacing[1]), -float(spacing[0]), 1.0, 1.0])
    volume = nib.Nifti1Image(np.asfortranarray(mask.T[:, :, None], dtype=np.uint8), affine)
    volume.header.set_xyzt_units("mm" if (image.display or {}).get("spacing_mm") else "unknown")
    # Without the time and the name that gzip would write, so that the bytes never vary.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed:
        packed.write(volume.to_bytes())


def _load(path: Path) -> BoolMask:
    import nibabel as nib

    values = np.asarray(nib.Nifti1Image.from_filename(path).dataobj)
    inside: BoolMask = values[:, :, 0].T == 1
    return inside


FORMAT = ExportFormat(
    "nifti",
    "Masks (NIfTI)",
    {
        **mask_files.CONVENTIONS,
        "values": "1 inside, 0 outside; axes are column, row, slice (one)",
        "affine": "spacing of the pixels in mm where it is known, else 1; the picture's "
        "orientation in the patient is not known and is not said: x to the left, y down",
    },
    mask_files.SAYS,
    mask_files.writer(".nii.gz", _save),
    mask_files.checker(".nii.gz", _load),
)
