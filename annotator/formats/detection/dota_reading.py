"""DOTA: one text file an image, four corners in pixels, the name of the class, its difficulty."""

from __future__ import annotations

import re
from pathlib import Path

from ...domain import LabelSet, Polygon
from ...errors import IngestError, RegionError
from ..import_format import ImportFormat, SizeOf
from ..imported import ImportedImage, ImportedImages, ImportedRegion, left_out
from .turning import rectangle_of

_HEAD = ("imagesource:", "gsd:")


def dota_names(labels: LabelSet) -> dict[str, str]:
    """Return the name of each label, by its code: blanks part the columns and cannot be in it."""
    names: dict[str, str] = {}
    for code in labels.codes:
        name = re.sub(r"\s+", "_", code)
        while name in names.values():
            name += "_"
        names[code] = name
    return names


def read_dota_file(path: Path, name: str, labels: LabelSet) -> ImportedImage:
    """Read the boxes of one image.

    Parameters
    ----------
    path : Path
        Its text file.
    name : str
        Its file name.
    labels : LabelSet
        For labels whose code has blanks.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise IngestError(f"{path.name} cannot be read as text; export it again.") from None
    codes = {name: code for code, name in dota_names(labels).items()}
    regions, faults = [], []
    notes: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith(_HEAD):
            continue
        try:
            x0, y0, x1, y1, x2, y2, x3, y3, label, *difficulty = line.split()
            texts = ((x0, y0), (x1, y1), (x2, y2), (x3, y3))
            region = rectangle_of(Polygon(tuple((float(x), float(y)) for x, y in texts)))
            regions.append(ImportedRegion(codes.get(label, label), region))
            notes += left_out({"difficulty": "".join(difficulty)})
        except (ValueError, RegionError):
            faults.append(
                f"Line {number} of {path.name} is left out: it is not eight numbers and a class."
            )
    return ImportedImage(name, regions=tuple(regions), faults=tuple(faults), notes=tuple(notes))


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del size_of
    folder = path / "labelTxt" if (path / "labelTxt").is_dir() else path
    files = sorted(folder.rglob("*.txt")) if folder.is_dir() else [folder]
    if not files:
        raise IngestError(f"There are no label files (*.txt) in {path.name}; name their folder.")
    for file in files:
        inside = file.relative_to(folder) if folder.is_dir() else Path(file.name)
        name = inside.with_suffix("").as_posix()
        try:
            yield read_dota_file(file, name, labels)
        except IngestError as error:
            yield ImportedImage(name, faults=(str(error),))


DOTA = ImportFormat("dota", "DOTA (rotated boxes)", _read)
