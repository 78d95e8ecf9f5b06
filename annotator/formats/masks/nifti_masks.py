"""Masks as NIfTI files: 1 inside, 0 outside; of a volume or series one on the source's grid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ...domain import BoolMask, ImageAsset, VolumeGrid
from ...domain.geometry import matrix_rows
from ..export_format import ExportFormat
from . import mask_files
from .nifti_files import load_volume, save_volume

ENDING = ".nii.gz"


def _save(path: Path, mask: BoolMask, image: ImageAsset) -> None:
    spacing = image.spacing_mm or (1.0, 1.0)
    # The axes are column, row, slice. NIfTI's x grows to the patient's left and y to the back
    # in ours, as on a film that is looked at: RAS+ has both the other way round.
    affine = np.diag([-spacing[1], -spacing[0], 1.0, 1.0])
    height, width = mask.shape
    unit = "mm" if image.spacing_mm else "unknown"
    grid = VolumeGrid((width, height, 1), matrix_rows(affine), unit, sform_code=2)
    save_volume(path, mask.T[:, :, None].astype(np.uint8), grid)


def _load(path: Path) -> BoolMask:
    inside: BoolMask = load_volume(path)[0][:, :, 0].T == 1
    return inside


_VOLUMES = mask_files.VolumeFiles(save_volume, load_volume)
FORMAT = ExportFormat(
    "nifti",
    "Masks (NIfTI)",
    {
        **mask_files.CONVENTIONS,
        "values": "1 inside, 0 outside",
        "slices of a volume or series": "one file for each volume, label, rater and round, on the "
        "grid and with the affine of the source (a series: columns, rows, slices in the order of "
        "their positions along the normal; RAS, mm). masks.csv says which slice along which axis "
        "an image is, and the axes that its columns and rows run along. Slices that nobody "
        "annotated are 0; volumes.csv counts those in the data set, reviewed and annotated",
        "other images": "axes are column, row, slice (one); spacing of the pixels in mm where it "
        "is known, else 1; the picture's orientation in the patient is not known and is not "
        "said: x to the left, y down",
    },
    replace(mask_files.SAYS, volumes=True),
    mask_files.writer(ENDING, _save, _VOLUMES),
    mask_files.checker(ENDING, _load, _VOLUMES),
    windowed=False,
    readers_apart=True,
)
