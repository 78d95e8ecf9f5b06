"""YOLO: one text file an image, shares of its size, classes by number (Ultralytics' layout)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...domain import BoundingBox, LabelSet, Landmark, Polygon, Region
from ...errors import IngestError, RegionError
from ..import_format import ImportFormat, SizeOf
from ..imported import ImportedImage, ImportedImages, ImportedRegion, names_before_upload
from .coco_shapes import HIDDEN, OF_THEIR_BOX
from .turning import rectangle_of
from .yolo_classes import YoloClasses, classes_beside, names_classes

_BOX = 4
"""Numbers of a box."""
_LISTS = ("train.txt", "val.txt", "valid.txt", "test.txt")
"""Of pictures, beside the labels in older layouts."""


def read_yolo_file(
    path: Path,
    name: str,
    size: tuple[int, int],
    classes: YoloClasses,
    *,
    oriented: bool = False,
) -> ImportedImage:
    """Read the labels of one image.

    Parameters
    ----------
    path : Path
        Its text file: per line the class and a box (centre, width, height), a box and the points
        of a pose, or an outline; at its end perhaps how sure a machine was.
    name : str
        Its file name.
    size : (int, int)
        Its width and height in pixels.
    classes : YoloClasses
    oriented : bool
        Whether four corners are a rotated box (``obb``), not an outline.

    Raises
    ------
    IngestError
        If it is no text.
    """
    regions: list[ImportedRegion] = []
    faults: list[str] = []
    notes: list[str] = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            index, *shares = _numbers(line)
            label = classes.name_of(index)
            shares, score = _parted(shares, classes.points)
            read = [(label, _region(shares[: _BOX if classes.points else None], size))]
            if classes.points and len(shares) != _BOX:
                for place, point in _points(shares, size, classes.points, notes):
                    own = classes.point_label(index, place)
                    notes += [OF_THEIR_BOX] * (not own)
                    read.append((own or label, point))
            regions += [
                ImportedRegion(
                    one,
                    rectangle_of(region) if oriented else region,
                    score=score,
                    suggested=score is not None,
                )
                for one, region in read
            ]
        except (RegionError, IngestError) as error:
            faults.append(f"Line {number} of {path.name} is left out: {error}")
    return ImportedImage(name, *size, tuple(regions), faults=tuple(faults), notes=tuple(notes))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise IngestError(f"{path.name} cannot be read as text; export it again.") from None


def _numbers(line: str) -> list[float]:
    try:
        return [float(text) for text in line.split()]
    except ValueError:
        raise RegionError("it is not a class and numbers; export it again.") from None


def _parted(
    shares: list[float], points: tuple[int, int] | None
) -> tuple[list[float], float | None]:
    """Return the numbers of a region, and how sure a machine was where the line says so."""
    if points is None:
        odd = len(shares) % 2 and len(shares) > _BOX  # a box or an outline, and one number more
    else:
        odd = len(shares) in (_BOX + 1, _BOX + points[0] * points[1] + 1)
    if not odd:
        return shares, None
    *shares, score = shares
    if not 0 <= score <= 1:
        raise RegionError(f"{score:g} at its end is no confidence, which is from 0 to 1.")
    return shares, score


def _region(shares: Sequence[float], size: tuple[int, int]) -> Region:
    """Return a box or an outline."""
    if len(shares) == _BOX:
        return _box(shares, size)
    if len(shares) % 2:
        raise RegionError(f"an outline of {len(shares)} numbers is not pairs of x and y.")
    pairs = zip(shares[::2], shares[1::2], strict=True)
    return Polygon(tuple((x * size[0], y * size[1]) for x, y in pairs))


def _points(
    shares: Sequence[float], size: tuple[int, int], points: tuple[int, int], notes: list[str]
) -> Iterator[tuple[int, Landmark]]:
    """Yield the points behind the box of a pose that somebody marked, each with its place."""
    number, dimensions = points
    if dimensions not in (2, 3) or len(shares) != _BOX + number * dimensions:
        raise RegionError(
            f"{len(shares)} numbers are not a box and {number} points of {dimensions} numbers "
            "each, which kpt_shape says."
        )
    for place in range(number):
        x, y, *visible = shares[_BOX + place * dimensions :][:dimensions]
        # 0 is how points that nobody marked are filled; one may also be marked at the very corner.
        marked = visible != [0] if visible else (x, y) != (0, 0)
        if marked and min(x, y) >= 0:
            notes += [HIDDEN] * (visible == [1])
            yield place, Landmark(x * size[0], y * size[1])


def _box(shares: Sequence[float], size: tuple[int, int]) -> BoundingBox:
    (width, height), (x, y, across, down) = size, shares
    left, top = (x - across / 2) * width, (y - down / 2) * height
    return BoundingBox(left, top, across * width, down * height)


def _read(
    path: Path, labels: LabelSet, size_of: SizeOf, *, oriented: bool = False
) -> ImportedImages:
    folder = path / "labels" if (path / "labels").is_dir() else path
    files = sorted(folder.rglob("*.txt")) if folder.is_dir() else [folder]
    files = [file for file in files if not names_classes(file)]
    if not files:
        raise IngestError(f"There are no label files (*.txt) in {path.name}; name their folder.")
    classes = classes_beside(path if path.is_dir() else path.parent, labels)
    for file in files:
        own = _name(file, folder)
        names = (own, *names_before_upload(own))
        name = next((one for one in names if size_of(one) is not None), own)
        size = size_of(name)
        if size is not None:
            try:
                image = read_yolo_file(file, name, size, classes, oriented=oriented)
                yield _once(image, classes)
            except IngestError as error:
                yield ImportedImage(name, faults=(str(error),))
        elif file.name not in _LISTS and not file.name.lower().startswith("readme"):
            fault = f"{file.name} is left out: the project has no image of that name."
            yield ImportedImage(name, faults=(fault,))


def _name(file: Path, folder: Path) -> str:
    """Return the path of a file's image, which lies in ``images`` where its labels do in theirs."""
    inside = file.relative_to(folder) if folder.is_dir() else Path(file.name)
    *folders, base = inside.with_suffix("").parts
    return "/".join([*("images" if one == "labels" else one for one in folders), base])


def _once(image: ImportedImage, classes: YoloClasses) -> ImportedImage:
    """Return an image whose equal lines are one, and that says whose order its classes have."""
    regions = tuple(dict.fromkeys(image.regions))
    notes = image.notes + ("repeated lines left out",) * (len(image.regions) - len(regions))
    if regions and not classes.source:
        notes += ("label files read by the order of the project's labels: no data.yaml is there",)
    return replace(image, regions=regions, notes=notes)


YOLO = ImportFormat("yolo", "YOLO labels (boxes, poses or outlines)", _read)
YOLO_OBB = ImportFormat("yolo-obb", "YOLO labels (rotated boxes)", partial(_read, oriented=True))
