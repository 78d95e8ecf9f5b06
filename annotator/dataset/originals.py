"""The files that were imported, where somebody has them at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain import SliceGeometry

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Original:
    """The very file that an image was made of, found by its hash.

    Attributes
    ----------
    path : Path
    header : Dataset or None
        Of a DICOM file, without pixels. It names the patient: what is made of it does, too.
    geometry : SliceGeometry or None
        Where the image lies, in the file's own frame of reference.
    """

    path: Path
    header: Dataset | None = None
    geometry: SliceGeometry | None = None
