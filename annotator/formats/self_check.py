"""Compares what a reader finds in a data set with what should be there, item by item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..dataset.items import ExportItem
from ..domain import LabelSet, Region
from ..errors import ExportError
from .capacity import Capacity
from .export_format import CheckItems
from .imported import ImportedImage
from .reading_back import ReadBack


def require(equal: bool, what: str) -> None:
    """Refuse a data set in which something differs from the record.

    Raises
    ------
    ExportError
    """
    if not equal:
        raise ExportError(
            f"The self-check found {what} not as recorded, so nothing was exported; export "
            "again, and report this if it stays."
        )


def check_by(read: ReadBack, capacity: Capacity) -> CheckItems:
    """Return a check that reads a data set as everybody else does: by the importer.

    Parameters
    ----------
    read : callable
        Yields what the files say of each image, in the order of the items.
    capacity : Capacity
        What the format can say.
    """

    def check(folder: Path, items: Iterable[ExportItem], labels: LabelSet) -> None:
        expected: list[ImportedImage] = []

        def passing() -> Iterator[ExportItem]:
            for item in items:
                expected.append(capacity.expected(item))
                yield item

        for number, image in enumerate(read(folder, passing(), labels), start=1):
            require(bool(expected), f"an image {number} too many")
            compare(expected.pop(0), image, capacity.resolution_px, f"image {number}")
        require(next(iter(items), None) is None and not expected, "the number of images")

    return check


def compare(expected: ImportedImage, read: ImportedImage, px: float, name: str) -> None:
    """Compare one image.

    Raises
    ------
    ExportError
        At the first difference.
    """
    require(not read.faults, f"{name} ({'; '.join(read.faults)})")
    # Readers of strangers' files pass over blanks around a name, and one that is nothing else.
    names = expected.file_name.strip(), read.file_name.strip()
    # A path or URL may stand before it.
    require(names[1].endswith(names[0]), f"the file name of {name}")
    for key in ("width", "height"):
        said = getattr(read, key)
        require(said is None or said == getattr(expected, key), f"the {key} of {name}")
    require(len(expected.regions) == len(read.regions), f"the number of regions of {name}")
    for number, (want, got) in enumerate(zip(expected.regions, read.regions, strict=True), 1):
        what = f"region {number} of {name}"
        require(want.label == got.label, f"the label of {what}")
        require(want.rater == got.rater, f"the rater of {what}")
        origin = (want.suggested, want.score) == (got.suggested, got.score)
        require(origin, f"the origin of {what}")
        require(alike(want.region, got.region, px), f"the outline of {what}")
    require(
        sorted(map(repr, expected.values)) == sorted(map(repr, read.values)),
        f"the values of labels of {name}",
    )


def alike(one: Region, other: Region, px: float) -> bool:
    """Tell whether two regions are of one shape, their coordinates within so many pixels."""
    one, other = one.simplest, other.simplest
    if one == other or type(one) is not type(other):
        return one == other
    pairs = zip(_numbers(one), _numbers(other), strict=False)
    return len(_numbers(one)) == len(_numbers(other)) and all(abs(a - b) <= px for a, b in pairs)


def _numbers(region: Region) -> list[float]:
    return [number for ring in region.rings for point in ring for number in point]
