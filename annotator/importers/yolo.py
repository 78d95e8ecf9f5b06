"""YOLO: one text file an image, shares of its size, classes by number (Ultralytics' layout)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ..domain import BoundingBox, LabelSet, Polygon, Region
from ..errors import IngestError, RegionError
from .formats import ImportFormat, SizeOf
from .imported import ImportedImage, ImportedImages, ImportedRegion, code_at
from .turning import rectangle_of


def read_yolo_file(
    path: Path, name: str, size: tuple[int, int], labels: LabelSet, *, oriented: bool = False
) -> ImportedImage:
    """Read the labels of one image.

    Parameters
    ----------
    path : Path
        Its text file: per line the class and a box (centre, width, height) or an outline.
    name : str
        Its file name.
    size : (int, int)
        Its width and height in pixels.
    labels : LabelSet
        The classes, in order.
    oriented : bool
        Whether four corners are a rotated box (``obb``), not an outline.
    """
    regions, faults = [], []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            index, *shares = line.split()
            label = code_at(labels, int(index), f"line {number}")
            region = _region(list(map(float, shares)), size)
            if oriented:
                region = rectangle_of(region)
            regions.append(ImportedRegion(label, region))
        except (ValueError, RegionError, IngestError) as error:
            faults.append(f"Line {number} of {path.name} is left out: {error}")
    return ImportedImage(name, *size, tuple(regions), faults=tuple(faults))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise IngestError(f"{path.name} cannot be read as text; export it again.") from None


def _region(shares: list[float], size: tuple[int, int]) -> Region:
    width, height = size
    if len(shares) == 4:
        x, y, across, down = shares
        left, top = (x - across / 2) * width, (y - down / 2) * height
        return BoundingBox(left, top, across * width, down * height)
    if len(shares) % 2:
        raise RegionError(f"an outline of {len(shares)} numbers is not pairs of x and y.")
    pairs = zip(shares[::2], shares[1::2], strict=True)
    return Polygon(tuple((x * width, y * height) for x, y in pairs))


def _read(
    path: Path, labels: LabelSet, size_of: SizeOf, *, oriented: bool = False
) -> ImportedImages:
    folder = path / "labels" if (path / "labels").is_dir() else path
    files = sorted(folder.rglob("*.txt"))
    if not files:
        raise IngestError(f"There are no label files (*.txt) in {path.name}; name their folder.")
    for file in files:
        size = size_of(file.stem)
        if size is None:
            fault = f"{file.name} is left out: the project has no image of that name."
            yield ImportedImage(file.stem, faults=(fault,))
        else:
            yield read_yolo_file(file, file.stem, size, labels, oriented=oriented)


YOLO = ImportFormat("yolo", "YOLO labels (boxes or outlines)", _read)
YOLO_OBB = ImportFormat("yolo-obb", "YOLO labels (rotated boxes)", partial(_read, oriented=True))
