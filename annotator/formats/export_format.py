"""What a format is: the part of an export that differs from one format to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..dataset.items import ExportItem
from ..dataset.project_facts import ProjectFacts
from ..domain import LabelSet
from .capacity import Capacity

WriteItems = Callable[[Path, Iterable[ExportItem], LabelSet, ProjectFacts], None]
"""Writes a format's files into a folder, from the items (gone through once, one at a time), the
label set and what may be said of the project."""

CheckItems = Callable[[Path, Iterable[ExportItem], LabelSet], None]
"""Reads a format's files back from a folder and compares them with the items, in order, and the
label set."""


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format: one file of this package, or of an installed one, holds one.

    Attributes
    ----------
    name : str
        As it is asked for.
    title : str
        As people know it.
    conventions : mapping of str to str
        What its coordinates and keys mean, for the manifest.
    capacity : Capacity
        What it can say; the rest is counted as lost.
    write, check : callable
        Both raise ExportError; `check` at the first difference.
    pictures : callable
        Returns the folder, inside the data set, that an image is copied to.
    picture_name : callable
        Returns what the copy is called there.
    needs_pictures : bool
        Whether it makes no sense without the images.
    card : callable
        Returns what the head of the data set's card says for this format, from the labels and the
        names of the splits, JSON-ready.
    refers_to_originals : bool
        Whether it refers to the files that were imported, where they are at hand.
    windowed : bool
        Whether 16-bit grey is copied as it is shown, in 8 bits, where nobody asks for more: most
        readers of PNG show 16 bits as white or grey.
    prefixed : bool
        Whether a path or URL can stand before the names of pictures (`ExportItem.address`).
    readers_apart : bool
        Whether what each reader states of an image stands by itself (a file, a row, an annotation
        of their own). Elsewhere the regions of several would lie on each other, so that one
        reader, or one result of all, must be chosen.
    """

    name: str
    title: str
    conventions: Mapping[str, str]
    capacity: Capacity
    write: WriteItems
    check: CheckItems
    pictures: Callable[[ExportItem], str] = lambda _: "images"
    picture_name: Callable[[ExportItem], str] = lambda item: item.file_name
    needs_pictures: bool = False
    card: Callable[[LabelSet, Sequence[str]], Mapping[str, Any]] = lambda _labels, _parts: {}
    refers_to_originals: bool = False
    windowed: bool = True
    prefixed: bool = False
    readers_apart: bool = False
