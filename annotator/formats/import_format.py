"""What an importer is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..domain import LabelSet
from .imported import ImportedImage
from .imported_plane import ImportedPlane, ReferredValue
from .imported_volume import ImportedVolume

Imported = ImportedImage | ImportedPlane | ReferredValue | ImportedVolume
"""What a file says of an image, or of a place in the patient."""
SizeOf = Callable[[str], tuple[int, int] | None]
"""Returns width and height in pixels of an image by its file name; None where it is not known."""


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """A format of another tool that can be taken over.

    Attributes
    ----------
    name, title : str
    read : callable
        Takes the file or folder, the project's labels (for formats that number their classes)
        and the sizes of its images (for formats that give shares of it); yields the images,
        and planes, values and volumes that are to be placed on images. Raises IngestError where
        the whole cannot be read; an entry that cannot be read is a fault of its image, and the
        rest goes on.
    """

    name: str
    title: str
    read: Callable[[Path, LabelSet, SizeOf], Iterator[Imported]]
