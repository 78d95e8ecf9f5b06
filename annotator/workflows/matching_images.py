"""Which images of a project a file speaks of: no entry lands on an image that it may not mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from ..domain import ImageAsset
from ..formats import ImportedImage, ImportedValue
from .finding_images import SURE, FoundImages, ImageFinder
from .original_names import path_of
from .take_over_report import TakeOverReport

_MOST_NAMES = 5
_BY_BARE_NAME = (
    "images found by the end of their name alone: the project does not know the folders that the "
    "file names"
)
_Entry = tuple[ImportedImage, FoundImages]


def match_images(
    images: Iterable[ImportedImage], finder: ImageFinder, report: TakeOverReport
) -> Iterator[tuple[ImageAsset, ImportedImage]]:
    """Yield each image of the project that a file speaks of, with all that it says of it.

    An entry that may mean several images is refused, and so are several entries of different
    paths that may mean the same one; what is nearest by its path wins. What is left out stands
    in the report.

    Parameters
    ----------
    images : iterable of ImportedImage
    finder : ImageFinder
    report : TakeOverReport
        Gets the faults, and images that the project does not have.
    """
    entries: dict[UUID, list[_Entry]] = {}
    for image in images:
        report.faults += image.faults
        found = finder.find(image.file_name, image.marks)
        if found is None:
            report.unknown_images += not image.faults
        elif len(found.assets) > 1:
            report.faults.append(_ambiguous(found.assets))
        else:
            entries.setdefault(found.assets[0].id, []).append((image, found))
    for own in entries.values():
        asset = own[0][1].assets[0]
        nearest = _nearest(asset, own, report)
        same = [image for image in nearest if _fits(asset, image, report)]
        if same:
            yield asset, _joined(asset, same, report)


def _nearest(
    asset: ImageAsset, entries: Sequence[_Entry], report: TakeOverReport
) -> list[ImportedImage]:
    """Return the entries that mean an image; none, and a fault, where they may mean others."""
    most = max(found.common for _, found in entries)
    nearest = [image for image, found in entries if found.common == most]
    names = {path_of(image.file_name) for image in nearest}
    if len(names) > 1 and most != SURE:
        report.faults.append(
            f"{len(names)} entries of the file may be {asset.file_name}: {_listed(names)}; they "
            "are left out. Name the folder that was imported as originals, or take over one folder."
        )
        return []
    others = {path_of(image.file_name) for image, found in entries if found.common < most}
    if others - names:
        report.faults.append(
            f"{_listed(others - names)} may be {asset.file_name}, which another entry of the file "
            "is nearer to; left out."
        )
    if most == 1 and max(map(len, names)) > 1:
        report.notes[_BY_BARE_NAME] += 1
    return nearest


def _listed(names: Iterable[tuple[str, ...]]) -> str:
    paths = sorted("/".join(name) for name in names)
    return ", ".join(paths[:_MOST_NAMES]) + (", ..." if len(paths) > _MOST_NAMES else "")


def _ambiguous(assets: Sequence[ImageAsset]) -> str:
    few = ", ".join(f"{asset.file_name} ({asset.id})" for asset in assets[:_MOST_NAMES])
    more = ", ..." if len(assets) > _MOST_NAMES else ""
    return (
        f"An entry of the file may be {len(assets)} images of the project, {few}{more}; it is left "
        "out. Write the folder before its name, and name the folder that was imported as originals."
    )


def _fits(asset: ImageAsset, image: ImportedImage, report: TakeOverReport) -> bool:
    size = (image.width or asset.width, image.height or asset.height)
    if size == (asset.width, asset.height):
        return True
    report.faults.append(
        f"{asset.file_name} is left out: the file says {size[0]} x {size[1]} px and the project's "
        f"image has {asset.width} x {asset.height}; they are not the same picture."
    )
    return False


def _joined(
    asset: ImageAsset, images: Sequence[ImportedImage], report: TakeOverReport
) -> ImportedImage:
    """Return as one what several entries say of an image; of values that differ, none."""
    if len(images) == 1:
        return images[0]
    report.notes["images that the file has several entries of, taken together"] += 1
    values: dict[tuple[str, str], set[ImportedValue]] = {}
    for image in images:
        for value in image.values:
            values.setdefault((value.label, value.rater), set()).add(value)
    differing = sorted({label for (label, _), own in values.items() if len(own) > 1})
    if differing:
        report.faults.append(
            f"{asset.file_name}: entries of the file say different things of "
            f"{', '.join(differing)}; these are left out."
        )
    return replace(
        images[0],
        regions=tuple(dict.fromkeys(r for image in images for r in image.regions)),
        values=tuple(value for own in values.values() if len(own) == 1 for value in own),
        notes=tuple(note for image in images for note in image.notes),
    )
