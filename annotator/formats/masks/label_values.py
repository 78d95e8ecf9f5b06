"""Which number of a label map is which label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...domain import LabelSet
from ...errors import IngestError
from ..imported import code_at
from ..markup.json_reading import read_json

DESCRIPTION = "dataset.json"
"""nnU-Net's, and that of the Medical Segmentation Decathlon, which MONAI reads."""
BY_NUMBER = (
    "label maps whose numbers nothing names: assumed to be the places of the project's labels, "
    "counted from 1"
)

_WHITE = 255
_TABLES = (".txt", ".label", ".ctbl")
# ITK-SNAP: number, colour, three shares, the name in quotes; 3D Slicer: number, name, colour.
_ROWS = (
    re.compile(r'\s*(\d+)\s[\d\s.]*"([^"]+)"\s*'),
    re.compile(r"\s*(\d+)\s+(\S+)(?:\s+\d+){3,4}\s*"),
)

Named = Mapping[str, tuple[int, ...]]
"""The values of each label but the background."""


def described(file: Path) -> Named:
    """Return the values that a description gives, names to numbers or numbers to names.

    Raises
    ------
    IngestError
        If it does not say which value each label has.
    """
    labels = read_json(file, dict, "a description of labels").get("labels")
    try:
        pairs = [
            (str(value), (int(key),)) if isinstance(value, str) else (str(key), _whole(value))
            for key, value in labels.items()
        ]
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise IngestError(
            f"{file.name} does not say which value each label has; write labels, name to number."
        ) from None
    return {name: values for name, values in pairs if values != (0,)}


def _whole(value: Any) -> tuple[int, ...]:
    return tuple(map(int, value)) if isinstance(value, list) else (int(value),)


def named_beside(file: Path, stem: str) -> Named | None:
    """Return the values that a file beside a label map names; None where there is none.

    Parameters
    ----------
    file : Path
        The label map.
    stem : str
        Its name without its ending: a file of that name counts first, then one for the folder.
    """
    for name in (stem, "labels"):
        sidecar = file.parent / f"{name}.json"
        # One of BIDS says how the volume was made.
        if sidecar.is_file() and "labels" in read_json(sidecar, dict, "a description of labels"):
            return described(sidecar)
        for ending in _TABLES:
            table = file.parent / f"{name}{ending}"
            if table.is_file() and (rows := dict(_rows(table))):
                return rows
    return None


def _rows(table: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    for line in table.read_text("utf-8", "replace").splitlines():
        row = next((found for one in _ROWS if (found := one.fullmatch(line))), None)
        if row is not None and int(row[1]):
            yield row[2], (int(row[1]),)


def numbered(there: list[int], labels: LabelSet, name: str) -> Named:
    """Return the labels by their place from 1; black and white is the only label there is.

    Parameters
    ----------
    there : list of int
        The values of a label map but 0.
    labels : LabelSet
    name : str
        Of the file, for messages.

    Raises
    ------
    IngestError
        If the project has no label at such a place.
    """
    if there == [_WHITE] and len(labels) == 1:
        return {labels.codes[0]: (_WHITE,)}
    return {code_at(labels, value - 1, f"{name}, value {value}:"): (value,) for value in there}


def unnamed(there: list[int], named: Named, name: str) -> tuple[str, ...]:
    """Return a fault where values of a label map have no name."""
    known = {value for own in named.values() for value in own}
    others = [value for value in there if value not in known]
    if not others:
        return ()
    first = ", ".join(map(str, others[:5])) + (", ..." if len(others) > 5 else "")
    return (f"{name}: pixels of value {first} are left out: nothing names a label for them.",)
