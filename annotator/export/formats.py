"""What a format is: the part of an export that differs from one format to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..domain import LabelSet
from .items import ExportItem

WriteItems = Callable[[Path, Iterable[ExportItem], LabelSet, str], None]
"""Writes a format's files into a folder, from the items (gone through once, one at a time), the
label set and the project's name."""

CheckItems = Callable[[Path, Iterable[dict[str, Any]], LabelSet], None]
"""Reads a format's files back from a folder and compares them with `ExportItem.to_json` of each
item, in order, and the label set."""


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format: one file of this package holds one.

    Attributes
    ----------
    name : str
        As it is asked for.
    files : tuple of str
        The files that `write` makes, for the manifest.
    conventions : mapping of str to str
        What its coordinates and keys mean, for the manifest.
    write, check : callable
        Both raise ExportError; `check` at the first difference.
    """

    name: str
    files: tuple[str, ...]
    conventions: Mapping[str, str]
    write: WriteItems
    check: CheckItems
