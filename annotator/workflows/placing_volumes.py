"""Which slices of a project a label map of a volume lies on, voxel for voxel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from ..dataset.volumes import series_of
from ..domain import ImageAsset
from ..formats import ImportedImage, ImportedVolume
from .finding_images import ImageFinder
from .take_over_report import TakeOverReport

_BY_PLACE = (
    "slices found by their place alone: the file names no volume that the project has, and its "
    "frame of reference is assumed to be the same"
)

_ENDINGS = ("", ".nii.gz", ".nii")


def in_slices(
    entries: Iterable[ImportedImage | ImportedVolume],
    assets: Sequence[ImageAsset],
    finder: ImageFinder,
    report: TakeOverReport,
) -> Iterator[ImportedImage]:
    """Yield what a file says image by image, volumes slice by slice.

    The slices are those of the volume whose hash or name the file says, else those of the one
    volume or series that the label map lies on. What may lie on several is refused.

    Parameters
    ----------
    entries : iterable of ImportedImage and ImportedVolume
    assets : sequence of ImageAsset
        Of the project.
    finder : ImageFinder
    report : TakeOverReport
        Gets the faults of volumes.
    """
    stacks: dict[str, list[ImageAsset]] = {}
    for entry in entries:
        if isinstance(entry, ImportedImage):
            yield entry
            continue
        for asset in () if stacks else assets:
            if asset.volume is not None or asset.geometry is not None:
                stacks.setdefault(series_of(asset), []).append(asset)
        report.faults += entry.faults
        yield from _slices(entry, stacks, finder, report)


def _slices(
    volume: ImportedVolume,
    stacks: dict[str, list[ImageAsset]],
    finder: ImageFinder,
    report: TakeOverReport,
) -> Iterator[ImportedImage]:
    name = PurePosixPath(volume.file_name).name
    meant = _meant(volume, stacks, finder)
    lying = {
        key: images
        for key in meant or stacks
        if (images := _images(volume, stacks[key], same_file=bool(meant)))
    }
    if not lying:
        report.unknown_images += 1
        why = (
            "lies elsewhere than the slices of the volume that it is of; save it on the volume's "
            "own grid"
            if meant
            else "lies on no slices of the project, voxel on pixel; import its volume (again, if "
            "positions were not kept yet), or put the volume's file beside it"
        )
        report.faults.append(f"The label map of {name} {why}.")
        return
    if len(lying) > 1:
        report.faults.append(
            f"The label map of {name} lies on the slices of {len(lying)} volumes or series of the "
            "project and may be of any; it is left out. Put the volume's file beside it, or name "
            "the folder that was imported as originals."
        )
        return
    (images,) = lying.values()
    if not meant:
        report.notes[_BY_PLACE] += len(images)
    beyond = volume.marked - sum(marked for _, marked in images)
    if beyond:
        report.faults.append(
            f"{beyond} voxels of the label map of {name} lie on no slice of the project; left out."
        )
    yield from (image for image, _ in images)


def _meant(
    volume: ImportedVolume, stacks: dict[str, list[ImageAsset]], finder: ImageFinder
) -> list[str]:
    """Return the volumes that the file says it is of: by their hash, else by their name."""
    own = [
        key
        for key, assets in stacks.items()
        if any(asset.source_sha256 in volume.marks for asset in assets)
    ]
    if own:
        return own
    for ending in _ENDINGS:
        named = finder.find(f"{volume.file_name}{ending}")
        if named is not None:
            return [key for key in dict.fromkeys(map(series_of, named.assets)) if key in stacks]
    return []


def _images(
    volume: ImportedVolume, assets: Sequence[ImageAsset], *, same_file: bool
) -> list[tuple[ImportedImage, int]]:
    """Return what a label map says of the slices that it lies on, and how many voxels it marks."""
    images = []
    for asset in assets:
        planes = volume.planes(asset, same_file=same_file)
        if planes is not None:
            marked = sum(int(np.count_nonzero(plane)) for plane in planes)
            # The name is the volume's, of which each slice is one image.
            image = replace(volume.image(asset, planes), file_name=asset.file_name)
            images.append((image, marked))
    return images
