"""Which images of a project a file speaks of: no entry lands on an image that it may not mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from ..domain import BoundingBox, ImageAsset
from ..formats import ImportedImage, ImportedValue
from ..ingest.path_endings import path_of
from .finding_images import SURE, FoundImages, ImageFinder, is_shown_at
from .take_over_report import TakeOverReport

_MOST_NAMES = 5
_BY_BARE_NAME = (
    "images found by the end of their name alone: the project has other folders around them, or "
    "keeps none"
)
_OTHER_FACES = "rows of other faces than the one that the project reads, left out"
_SHOWN_ON = "frames of the very same pixels as the one before them, which counts; left out"
_DRIFT_S = 0.5
"""How far a frame's time may be from what a table says; films of uneven rate drift."""
_Entry = tuple[ImportedImage, FoundImages]
_Named = tuple[tuple[str, ...], int | None]
"""The path of an entry, and its frame."""
FaceOf = Callable[[ImageAsset], BoundingBox | None]


def match_images(
    images: Iterable[ImportedImage],
    finder: ImageFinder,
    face_of: FaceOf,
    report: TakeOverReport,
) -> Iterator[tuple[ImageAsset, ImportedImage]]:
    """Yield each image of the project that a file speaks of, with all that it says of it.

    An entry that may mean several images is refused, and so are several entries of different
    paths that may mean the same one; what is nearest by its path wins. What is left out stands
    in the report.

    Parameters
    ----------
    images : iterable of ImportedImage
    finder : ImageFinder
    face_of : callable
        Returns the face of an image that the project reads, or None.
    report : TakeOverReport
        Gets the faults, and images that the project does not have.
    """
    entries: dict[UUID, list[_Entry]] = {}
    for image in images:
        report.faults += image.faults
        found = finder.find(image.file_name, image.marks, image.frame, image.time_s)
        if found is None:
            report.unknown_images += not image.faults
        elif len(found.assets) > 1:
            report.faults.append(ambiguous(found.assets))
        else:
            entries.setdefault(found.assets[0].id, []).append((image, found))
    by_folder = any(1 < found.common < SURE for own in entries.values() for _, found in own)
    for own in entries.values():
        asset = own[0][1].assets[0]
        nearest = _nearest(asset, own, report, by_folder=by_folder)
        nearest = _of_one_face(asset, nearest, face_of, report)
        same = [image for image in nearest if _fits(asset, image, report)]
        if same:
            yield asset, _joined(asset, same, report)


def _nearest(
    asset: ImageAsset, entries: Sequence[_Entry], report: TakeOverReport, *, by_folder: bool
) -> list[ImportedImage]:
    """Return the entries that mean an image; none, and a fault, where they may mean others.

    Where the folders of other entries are those of the project, `by_folder`, another folder is
    another picture's.
    """
    most = max(found.common for _, found in entries)
    nearest = [image for image, found in entries if found.common == most]
    nearest = _first_shown(asset, nearest, report)
    names = {_named(asset, image) for image in nearest}
    if len(names) > 1 and most != SURE:
        report.faults.append(
            f"{len(names)} entries of the file may be {asset.file_name}: {_listed(names)}; they "
            "are left out. Name the folder that was imported as originals, or take over one folder."
        )
        return []
    others = {_named(asset, image) for image, found in entries if found.common < most}
    if others - names:
        report.faults.append(
            f"{_listed(others - names)} may be {asset.file_name}, which another entry of the file "
            "is nearer to; left out."
        )
    if most == 1 and max(len(path) for path, _ in names) > 1:
        if by_folder:
            report.faults.append(
                f"{_listed(names)} may be {asset.file_name} by the end of its name alone, and the "
                "folders of other entries are those of the project; left out. Import the folder "
                "that it names, or name the folder that was imported as originals."
            )
            return []
        report.notes[_BY_BARE_NAME] += 1
    return nearest


def _named(asset: ImageAsset, image: ImportedImage) -> _Named:
    # Where an image stands for several frames, it is none of them more than the others.
    return path_of(image.file_name), image.frame if asset.frame is None else None


def _first_shown(
    asset: ImageAsset, images: Sequence[ImportedImage], report: TakeOverReport
) -> list[ImportedImage]:
    """Return what is said of the first of the frames that an image shows; if nothing, all."""
    first = [image for image in images if image.frame is not None and image.frame == asset.frame]
    if first and len(first) < len(images):
        report.notes[_SHOWN_ON] += len(images) - len(first)
    return first or list(images)


def _of_one_face(
    asset: ImageAsset, images: list[ImportedImage], face_of: FaceOf, report: TakeOverReport
) -> list[ImportedImage]:
    """Return what is said of the face that the project reads; none, and a fault, if of several."""
    placed = [image for image in images if image.face is not None and image.face.box is not None]
    read = face_of(asset) if placed else None
    if read is not None:
        own = max(placed, key=lambda image: _overlap(image, read))
        kept = own.face if _overlap(own, read) > 0 else None
        others = [image for image in placed if image.face != kept]
        report.notes[_OTHER_FACES] += len(others)
        images = [image for image in images if image not in others]
    faces = sorted({image.face.name for image in images if image.face is not None})
    if len(faces) > 1:
        report.faults.append(
            f"{asset.file_name}: the file has rows of {len(faces)} faces ({', '.join(faces)}), and "
            "nothing tells which of them the project reads; they are left out. Keep the rows of "
            "one face, then take the file over again."
        )
        return []
    return images


def _overlap(image: ImportedImage, read: BoundingBox) -> float:
    box = image.face.box if image.face is not None else None
    return 0.0 if box is None else box.iou(read)


def _listed(names: Iterable[_Named]) -> str:
    paths = sorted(
        "/".join(path) + ("" if frame is None else f" (frame {frame})") for path, frame in names
    )
    return ", ".join(paths[:_MOST_NAMES]) + (", ..." if len(paths) > _MOST_NAMES else "")


def ambiguous(assets: Sequence[ImageAsset]) -> str:
    """Say that one entry may be several images."""
    few = ", ".join(f"{asset.file_name} ({asset.id})" for asset in assets[:_MOST_NAMES])
    more = ", ..." if len(assets) > _MOST_NAMES else ""
    return (
        f"An entry of the file may be {len(assets)} images of the project, {few}{more}; it is left "
        "out. Write the folder before its name, and name the folder that was imported as originals."
    )


def _fits(asset: ImageAsset, image: ImportedImage, report: TakeOverReport) -> bool:
    at = image.time_s if image.frame is not None and asset.time_s is not None else None
    if at is not None and not is_shown_at(asset, at, _DRIFT_S):
        report.faults.append(
            f"{asset.file_name}: frame {asset.frame} of the film is shown at {asset.time_s:g} s "
            f"and the file says {at:g} s; it is left out, for they are not the same frame."
        )
        return False
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
