"""How the self-check walks through the files of a data set, beside the items they were made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..dataset.items import ExportItem
from ..domain import LabelSet
from ..errors import ExportError
from .imported import ImportedImage, ImportedImages

ReadBack = Callable[[Path, Iterator[ExportItem], LabelSet], ImportedImages]
"""Yields what the files of a folder say of each image, taking an item for each."""


def of_one_file(read: Callable[[Path], ImportedImages], file_name: str) -> ReadBack:
    """Walk through a file that holds all images in order."""

    def walk(folder: Path, items: Iterator[ExportItem], labels: LabelSet) -> ImportedImages:
        del labels
        images: Iterator[ImportedImage] = read(folder / file_name)
        for _ in items:
            image = next(images, None)
            if image is None:
                raise ExportError(f"{file_name} ends before its last image; export again.")
            yield image
        yield from images

    return walk


def of_many_files(
    read: Callable[[Path, ExportItem, LabelSet], ImportedImage], pattern: str
) -> ReadBack:
    """Read a file for each image, and see that there are no others."""

    def walk(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> ImportedImages:
        number = 0
        for item in items:
            number += 1
            yield read(folder, item, labels)
        found = sum(1 for _ in folder.glob(pattern))
        if found != number:
            raise ExportError(f"There are {found} files {pattern} of {number}; export again.")

    return walk
